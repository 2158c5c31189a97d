"""Back-translation and translation: what they keep, what they refuse, and why."""

import orjson
import pytest
from making import kept, real, rejected

from dataaug import plugins, translators
from dataaug.augmentation.methods import Nothing, Request, Variant
from dataaug.augmentation.placeholders import Unmasked, masked, to_mask, unmasked
from dataaug.augmentation.run import Augmentation, augment, fit
from dataaug.augmentation.translation import translator_spec
from dataaug.augmentation.variant_filter import Passed, Screen
from dataaug.errors import UsageError
from dataaug.llms import Connection
from dataaug.plugins import Spec
from dataaug.rows.spans import Span
from dataaug.sessions import Session, Settings
from dataaug.text.fidelity import changes
from dataaug.text.protection import Protector
from dataaug.translators import NoTranslation

OFF = {"similarity": "0", "embedder": "off"}


class Scripted:
    """A translator whose translations are given; what it was not given, it marks."""

    def __init__(self, said=None, *, varies=False):
        self.said = said or {}
        self.varies = varies
        self.asked = []

    def model(self, source, target):
        return f"scripted:{source}{target}"

    def __call__(self, texts, source, target, seeds=None):
        self.asked += [(source, target, text) for text in texts]
        found = [self.said.get((target, text), f"{text}") for text in texts]
        if seeds is None:
            return found
        words = ("now", "please", "today", "here", "again", "there", "too", "then")
        return [text if isinstance(text, NoTranslation) else f"{text} {words[seed % 8]}"
                for text, seed in zip(found, seeds, strict=True)]  # fmt: skip


@pytest.fixture
def scripted(monkeypatch):
    """Put a scripted translator in the place of the shared one."""

    def install(said=None, *, varies=False, remembering=False):
        found = Scripted(said, varies=varies)
        given = translators.CachedTranslator(found) if remembering else found
        for name in ("back_translation", "translation"):
            monkeypatch.setattr(
                f"dataaug.augmentation.methods.{name}.shared", lambda _: given, raising=False
            )
        return found

    from dataaug.augmentation.methods import back_translation, translation  # noqa: F401 - to be patched

    with Session():  # methods that were loaded with another translator belong to another session
        yield install


def one(name, text, *, count=1, spans=(), **options):
    method = plugins.load("methods", Spec(name, {**OFF, **options}))
    guard = Protector()(text, spans)
    return list(method([Request(text, count, 7, guard, set(), None, spans)])[0])


# Masks


@pytest.mark.parametrize(
    ("text", "sent"),
    [
        ("I paid $1,299.99 for 3 cars", ["I paid XX0 for XX1 cars"]),
        ("write to a.b@c.com or https://x.org/y?z=1 now", ["write to XX0 or XX1 now"]),
        ("hello {name}, order %(id)s is 😀 late", ["hello XX0, order XX1 is XX2 late"]),
        ("I ❤\ufe0f my 1\ufe0f\u20e3 card", ["I XX0 my XX1 card"]),
        ("我想取消我的卡", ["我想取消我的卡"]),
        ("ฉันต้องการยกเลิกบัตร", ["ฉันต้องการยกเลิกบัตร"]),
        ("line one here\r\n\tline two here", ["line one here", "line two here"]),
        ("two  gaps are\tkept as they are", ["gaps are", "kept as they are"]),
        ("MY NEW CARD IS LOST 17 TIMES", ["My new card is lost XX0 times"]),
        ("the card XX0 was XX1", ["the card XX0 was XX1"]),
        ("ask Angela Merkel, not IBM", ["ask Angela Merkel, not IBM"]),
        (f"see {'z' * 80} please", ["see XX0 please"]),
    ],
)
def test_what_must_stay_is_masked_and_what_gives_grammar_is_not(text, sent):
    found = masked(text, to_mask(text, Protector()(text)), least=2)
    assert found.texts == sent
    assert unmasked(found, found.texts, as_before=True) == Unmasked(text, ())


@pytest.mark.parametrize(
    ("source", "back", "text"),
    [
        ("where is it?", "Where is it.", "where is it?"),
        ("i want my Card back", "I want my Card back!", "I want my Card back"),
        ("Where is it", "where is that?", "Where is that"),
        ("WHERE IS THE CARD", "Where is that card", "WHERE IS THAT CARD"),
        ("my apple pay is gone", "My Apple Pay is away", "my apple pay is away"),
        ("pay 5 to {x}", "To XX1, xx0 is paid", "to {x}, 5 is paid"),
    ],
)
def test_case_and_end_mark_are_those_of_the_source(source, back, text):
    found = masked(source, to_mask(source, Protector()(source)))
    assert unmasked(found, [back], as_before=True).text == text


@pytest.mark.parametrize("back", ["pay to XX1", "pay XX0 XX0 to XX1", "pay XX0 to XX1 and XX2"])
def test_mask_that_is_lost_doubled_or_made_up_is_told(back):
    source = "pay $5.00 to {x}"
    found = masked(source, to_mask(source, Protector()(source)))
    assert isinstance(unmasked(found, [back], as_before=True), str)


@pytest.mark.parametrize("source", ["pay {x}1 now", "😀1 2😀3\t and now go home", "{a}1{b}22{c}"])
def test_digits_behind_a_mask_go_with_it(source):
    found = masked(source, to_mask(source, Protector()(source), numbers=False))
    assert unmasked(found, found.texts, as_before=False) == Unmasked(source, ())


def test_numbers_that_a_language_inflects_are_left_to_the_translator():
    text = "3 cards on the 1st at 5pm for $1,299.99 by A-123"
    found = masked(text, to_mask(text, Protector()(text), numbers=False))
    assert found.texts == ["3 cards on the 1st at 5pm for XX0 by XX1"]


# Faults of translations


@pytest.mark.parametrize(
    ("source", "translation", "reason"),
    [
        ("I did not get my card", "Recebi o meu cartão", "negation_changed"),
        ("I got my card", "Não recebi o meu cartão", "negation_changed"),
        ("I did not get my card", "Não recebi o meu cartão", None),
        ("why can't I pay", "por que não posso pagar", None),
        ("I am in London now", "Agora estou em Londres", None),
        ("ask Angela about it", "pergunte sobre isso", "name_lost"),
        ("it came on Monday in May", "veio na segunda-feira de maio", None),
        ("I have 12 cards", "Eu tenho 13 cartões", "number_changed"),
        ("I have two cards", "Eu tenho 2 cartões", None),
        ("I have 2 cards", "Eu tenho dois cartões", None),
        ("see www.x.com", "veja", "placeholder_lost"),
    ],
)
def test_translation_is_held_to_what_its_source_says(source, translation, reason):
    found = next(changes(source, translation, into="pt"), None)
    assert (found and found.reason) == reason


@pytest.mark.parametrize(
    ("source", "text", "reason"),
    [
        ("Where is my card?", "where is my  card", "unchanged"),
        ("Where is my new bank card today, please tell me", "Where?", "length_ratio"),
        ("Where is my card?", "Where is my card, " * 6, "length_ratio"),
        ("Where is my card today please?", "Onde está o meu cartão hoje, por favor?",
         "wrong_language"),
        ("I did not get 5 cards", "I got 5 cards", "negation_changed"),
        ("I got 5 cards", "I got 6 cards", "number_changed"),
        ("Where is my card?", "Where has my card gone?", None),
    ],
)  # fmt: skip
def test_rewording_is_held_to_its_source(source, text, reason):
    (found,) = Screen("en", "en", 0.5, 0.0, None)([source], [text])
    assert (None if isinstance(found, Passed) else found.reason) == reason


def test_similarity_below_the_floor_is_refused_and_the_rest_carries_it():
    screen = Screen("en", "en", 0.5, 0.3, Spec("hashing"))
    far, near = screen(["where is my card"] * 2, ["why was it so slow", "where is the card"])
    assert far.reason == "low_similarity"
    assert near.similarity >= 0.3


def test_one_sentence_of_nonsense_is_refused_by_its_name():
    source = "where is my new bank card and when will you send it. kind regards"
    bad, good = (f"{source[:51]}. {close}" for close in ("aspects of the type", "regards"))
    screen = Screen("en", "en", 0.5, 0.3, Spec("hashing"), sentence=0.3)
    far, near = screen([source] * 2, [bad, good])
    assert far.reason == "low_similarity"
    assert "aspects of the type" in far.detail
    assert isinstance(near, Passed)
    (whole,) = Screen("en", "en", 0.5, 0.3, Spec("hashing"))([source], [bad])
    assert isinstance(whole, Passed)


def test_sentence_that_is_left_out_or_joined_is_no_nonsense():
    source = "where is my new bank card. I wait for it. it is not here"
    texts = [
        "where is my new bank card, it is not here",
        "where is my card. I wait for it, not here",
    ]
    found = Screen("en", "en", 0.3, 0.3, Spec("hashing"), sentence=0.4)([source] * 2, texts)
    assert all(isinstance(one, Passed) for one in found)


# Methods


@pytest.mark.model
@pytest.mark.parametrize(
    ("name", "source", "back", "nonsense"),
    [
        ("back-translation", "I am still waiting for my new card. Kind regards.",
         "I'm still waiting on my new card. Aspects of the type.", "Aspects of the type."),
        ("back-translation", "Can you explain this fee on my statement? Hi there!",
         "Could you explain this fee in my statement? I've got it there!", "I've got it there!"),
        ("back-translation", "My payment is pending, what is the hold up? I want to know it.",
         "My payment is pending, what is the delay? I would like to know it.", ""),
        ("back-translation", "I am still waiting for my new card. Thank you so much.",
         "I'm still waiting on my new card. Thank you very much.", ""),
        ("translation", "My card was declined today. Please freeze it asap.",
         "Meu cartão foi recusado hoje. Por favor, congelá-lo o mesmo.", "Por favor, congelá-lo o"),
        ("translation", "My card was declined today. Thank you so much.",
         "Meu cartão foi recusado hoje. Muito obrigado.", ""),
    ],
)  # fmt: skip
def test_sentence_that_says_nothing_of_its_source_is_refused(
    scripted, name, source, back, nonsense
):
    if name == "translation":
        scripted({("pt", source): back})
        options = {"to": "pt", "similarity": "0.5"}
    else:
        scripted({("pt", source): "meio", ("en", "meio"): back})
        options = {"similarity": "0.7"}
    answer = one(name, source, embedder="auto", **options)[0]
    if not nonsense:
        assert answer.text == back
        return
    assert answer.reason == "low_similarity"
    assert nonsense in answer.detail


@pytest.mark.parametrize(
    ("source", "between", "back", "word"),
    [
        ("My pappy hasn't got here yet", "Mi papá no ha llegado todavía",
         "My pappy hasn't yet got llegado", "llegado"),
        ("I got no answer today", "Ich habe heute keine Antwort bekommen",
         "I have heute received no answer", "heute"),
        ("The matter is settled now", "La question est maintenant réglée",
         "The question is settled now", None),
        ("Je n'ai pas mangé avec lui", "No he comido con él", "Je n'ai pas comido avec lui",
         "comido"),
        ("I asked for the carte du jour", "J'ai demandé la carte du jour",
         "I requested the carte du jour", None),
    ],
)  # fmt: skip
def test_word_of_the_language_between_is_left_over(scripted, source, between, back, word):
    own = "fr" if source.startswith("Je") else "en"
    scripted({("pt", source): between, (own, between): back})
    answer = one("back-translation", source, language=own)[0]
    if word is None:
        assert answer.text == back
    else:
        assert (answer.reason, answer.detail) == ("leftover", word)


@pytest.mark.parametrize(
    ("source", "text", "words"),
    [
        ("I recharged it", "I reload reload it", "reload reload"),
        ("I put it in this morning", "I deposited this this morning", "this this"),
        ("I have been waiting for long", "I have been to wait to wait long", "to wait to wait"),
        ("it is very very late here", "it is very very late now", None),
        ("Help me. I lost it", "Help. Help me, it is lost", None),
    ],
)
def test_words_that_only_a_translation_says_twice_on_end_are_refused(source, text, words):
    (found,) = Screen("en", "en", 0.5, 0.0, None)([source], [text])
    if words is None:
        assert isinstance(found, Passed)
    else:
        assert (found.reason, found.detail) == ("repetition", words)


def test_pivots_take_turns_and_say_the_same_thing_once(scripted):
    scripted({
        ("pt", "where is my card"): "onde está", ("en", "onde está"): "where is that card",
        ("fr", "where is my card"): "où est", ("en", "où est"): "Where is that card?",
        ("de", "where is my card"): "wo ist", ("en", "wo ist"): "where did my card go",
    })  # fmt: skip
    found = one("back-translation", "where is my card", count=4, pivots="pt,fr,de")
    assert [answer.text for answer in found[:2]] == ["where is that card", "where did my card go"]
    assert [answer.notes["pivot"] for answer in found[:2]] == ["pt", "de"]
    assert {answer.reason for answer in found[2:]} <= {"too_few_variants", "unchanged"}


def test_forward_translation_is_made_once_for_all_variants(scripted):
    found = scripted(varies=True, remembering=True)
    answers = one("back-translation", "where is my card", count=3, length_ratio="0")
    assert sum(asked[:2] == ("en", "pt") for asked in found.asked) == 1
    assert len({answer.text for answer in answers if isinstance(answer, Variant)}) >= 2


def test_fault_of_the_translator_is_the_reason(scripted):
    scripted({("pt", "where is my card"): NoTranslation("over_budget", "no money")})
    assert one("back-translation", "where is my card") == [Nothing("over_budget", "no money")]
    assert one("translation", "where is my card", to="pt") == [Nothing("over_budget", "no money")]


@pytest.mark.parametrize("name", ["back-translation", "translation"])
def test_rows_with_spans_are_refused_unless_asked_for(scripted, name):
    scripted()
    options = {"to": "pt"} if name == "translation" else {}
    row = real("a table for 9 people at noon", spans=[{"start": 12, "end": 20}])
    outcomes = list(augment([row], Augmentation((Spec(name, {**OFF, **options}),))))
    assert [reject.reason for reject in rejected(outcomes)] == ["exact_spans"]
    assert kept(outcomes) == [row]


@pytest.mark.model
def test_spans_that_are_kept_lie_over_the_same_characters_afterwards():
    rows = [
        real("we want to start the dinner quickly at half past eight with my kids and 3 friends",
             spans=[{"start": 39, "end": 54, "label": "time"}]),
        real("Please book a big table for 9 people on August 23rd for my friend Anna Smith",
             spans=[{"start": 28, "end": 36, "label": "people"},
                    {"start": 40, "end": 51, "label": "date", "value": "August 23rd"},
                    {"start": 66, "end": 76, "label": "first_name"}]),
        real("please start the big booking for next big friday evening for my children",
             spans=[{"start": 33, "end": 48, "label": "date"}]),
    ]  # fmt: skip
    task = Augmentation((Spec("back-translation", {**OFF, "spans": "keep"}),))
    made = [row for row in kept(augment(rows, task)) if not row.is_real]
    assert len(made) >= 2
    parents = {row.id: row for row in rows}
    for child in made:
        parent = parents[child.aug["parent"]]
        for old, new in zip(parent.fields["spans"], child.fields["spans"], strict=True):
            said = parent.text[old["start"] : old["end"]]
            assert child.text[new["start"] : new["end"]] == said
            assert {**old, "start": 0, "end": 0} == {**new, "start": 0, "end": 0}


def test_span_whose_translation_is_found_again_moves_and_takes_the_new_words(scripted):
    scripted({("pt", "a table for nine people"): "uma mesa para nove pessoas",
              ("pt", "nine people"): "nove pessoas"})  # fmt: skip
    row = real("a table for nine people", spans=[{"start": 12, "end": 23, "text": "nine people"}])
    task = Augmentation((Spec("translation", {**OFF, "to": "pt", "spans": "match"}),))
    _, child = kept(augment([row], task))
    (span,) = orjson.loads(child.line)["spans"]
    assert child.text[span["start"] : span["end"]] == span["text"] == "nove pessoas"


def test_span_whose_translation_is_not_there_just_once_is_lost(scripted):
    scripted({("pt", "nine of nine"): "nove de nove", ("pt", "nine"): "nove"})
    found = one("translation", "nine of nine", to="pt", spans=(Span(0, 4),))
    assert found[0].reason == "exact_spans"
    method = plugins.load("methods", Spec("translation", {**OFF, "to": "pt", "spans": "match"}))
    text = "nine of nine"
    ((answer,),) = method([Request(text, 1, 7, (), set(), None, (Span(0, 4),))])
    assert answer.reason == "span_lost"


@pytest.mark.parametrize("name", ["back-translation", "translation"])
def test_source_in_another_language_is_not_translated_as_if_it_were_in_this(scripted, name):
    text = "Quero cancelar o meu cartão porque ele não funciona"
    way = {"to": "pt"} if name == "translation" else {}
    found = scripted()
    (answer,) = one(name, text, **way)
    assert (answer.reason, found.asked) == ("wrong_language", [])
    assert "the text is pt, not en" in answer.detail
    way = {"to": "en"} if name == "translation" else {"pivots": "en"}
    one(name, text, language="pt", **way)
    assert found.asked


def test_extraction_refuses_methods_that_write_anew():
    with pytest.raises(UsageError, match="exact spans matter"):
        fit([Spec("back-translation")], "extraction")
    fit([Spec("back-translation", {"spans": "keep"}), Spec("synonym")], "extraction")
    fit([Spec("back-translation")], "classification")
    with pytest.raises(UsageError, match="choose from"):
        fit([], "poetry")


def test_translation_has_a_language_its_label_and_its_parent(scripted):
    scripted({("pt", "where is my card"): "onde está o meu cartão"})
    row = real("where is my card", "card", id="r1", language="en")
    _, child = kept(augment([row], Augmentation((Spec("translation", {**OFF, "to": "pt"}),))))
    assert (child.fields["language"], child.label, child.aug["parent"]) == ("pt", "card", "r1")
    assert child.aug["from"] == "en"


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("translation", {}, "--to pt"),
        ("translation", {"to": "en"}, "in that language already"),
        ("translation", {"to": "portuguese!"}, "expected a language code"),
        ("back-translation", {"pivots": "en"}, "other languages"),
        ("back-translation", {"pivots": "pt,pt"}, "each once"),
        ("back-translation", {"pivots": ""}, "expected a language code"),
        ("back-translation", {"spans": "maybe"}, "refuse, keep"),
        ("back-translation", {"translator": "babelfish"}, "unknown translator"),
        ("back-translation", {"translator": "firefox(a"}, "name or name"),
    ],
)
def test_wrong_options_are_refused(name, options, message):
    with pytest.raises(UsageError, match=message):
        plugins.load("methods", Spec(name, options))


def test_translator_is_named_with_its_options():
    assert translator_spec("marian(runtime=ctranslate2,device=cpu)") == Spec(
        "marian", {"runtime": "ctranslate2", "device": "cpu"}
    )
    assert translator_spec("firefox") == Spec("firefox")


# A language model as translator


def test_language_model_translates_any_pair(tmp_path):
    answers = [
        {"match": "where is my card", "text": '```json\n{"translation": "wo ist XX"}\n```'},
        {"match": "my card is lost", "text": '{"translation": "meine Karte ist weg"}'},
        {"match": "broken", "text": "I can't do that."},
        {"match": "cut", "text": '{"translation": "ab', "finish": "length"},
        {"match": "refuse", "fault": "refused"},
    ]
    path = tmp_path / "answers.jsonl"
    path.write_bytes(b"".join(orjson.dumps(line) + b"\n" for line in answers))
    with Session(Settings(Connection(Spec("replay", {"model": str(path)}), "off"))):
        translator = plugins.load("translators", Spec("llm"))
        texts = ["where is my card", "my card is lost", "broken", "cut", "refuse"]
        found = list(translator(texts, "en", "de"))
        assert found[:2] == ["wo ist XX", "meine Karte ist weg"]
        assert [fault.reason for fault in found[2:]] == ["unparseable", "truncated", "refused"]
        assert translator.model("en", "de").startswith("llm:")


# The command line


@pytest.mark.model
def test_command_needs_no_hub_and_no_key(cli):
    rows = b'{"id":"a","text":"I am still waiting on my card","label":"x"}\n{"id":"b","text":""}\n'
    done = cli("augment", "-m", "back-translation", "--synthetic-only", "-q", stdin=rows,
               env={"HF_HUB_OFFLINE": ""})  # fmt: skip
    assert (done.code, done.err) == (0, b"")
    (child,) = done.rows
    assert child["_aug"]["pivot"] == "pt"
    assert child["_aug"]["model"].startswith("firefox:enpt@d968735704c7")
    assert child["_aug"]["checks"]["similarity"] > 0.7


@pytest.mark.model
def test_short_form_of_the_target_language(cli):
    row = b'{"text":"where is my card","label":"x"}\n'
    options = ["-p", "firefox.processes=1", "-p", "translation.embedder=off"]
    done = cli("augment", "-m", "translation", "--to", "pt", "--synthetic-only", *options,
               stdin=row)  # fmt: skip
    assert done.code == 0
    (child,) = done.rows
    assert child["language"] == "pt"
    assert child["_aug"]["method"] == (
        "translation(embedder=off,to=pt,translator=firefox(processes=1))"
    )


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["-m", "swap", "--to", "pt"], b"--to is the language of -m translation"),
        (["-m", "swap", "-p", "marian.beams=2"], b"'marian' is not used in this run"),
        (["-m", "back-translation", "-p", "marian.beams=2"], b"(used: firefox)"),
        (["-m", "back-translation", "--task", "extraction"], b"exact spans matter"),
    ],
)
def test_options_that_mean_nothing_are_refused(cli, args, message):
    done = cli("augment", *args, stdin=b'{"text":"a"}\n')
    assert done.code == 2
    assert message in done.err
