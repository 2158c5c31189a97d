"""What every method promises. A new method is picked up by its name and must keep all of it."""

import re
from random import Random

import orjson
import pytest
from llm_server import Server
from rewording import reworded

from dataaug import plugins
from dataaug.augmentation.methods import Nothing, Request, Variant
from dataaug.augmentation.run import Augmentation, augment
from dataaug.errors import DataaugError
from dataaug.llms import Connection
from dataaug.plugins import Spec
from dataaug.rows.mentions import LabelledSpan
from dataaug.rows.reasons import REASONS
from dataaug.rows.record import Reject, from_fields
from dataaug.rows.spans import Span, apply_edits, move
from dataaug.sessions import Session, Settings
from dataaug.text.fidelity import changes
from dataaug.text.protection import Protector
from dataaug.text.words import free_words

NAMES = plugins.names("methods")

TEXTS = [
    "I bought a big car last year and started to drive it quickly.",
    "The movie was wrong about the error, and the children noticed the mistake",
    "Please help me to find the big box that the courier left behind yesterday",
    "an error happened when I tried to buy the larger phone",
    "MY NEW PHONE IS BROKEN AND THE SCREEN IS WRONG",
    "Where is my order? I purchased it on Monday, and it is late!",
]
ODD = {
    "empty": "",
    "blank": "   ",
    "one word": "hello",
    "one letter": "a",
    "emoji": "😀😀 👩‍👩‍👧 🇩🇪",
    "tabs": "one\ttwo\t\tthree",
    "lines": "first line\r\nsecond line\n\n third",
    "cjk": "我想退货。请问怎么办？",
    "arabic": "أريد استرداد أموالي من فضلك",
    "combining": "cafe\u0301 nai\u0308ve re\u0301sume\u0301",
    "zero width": "one\u200bword two\u00adparts",
    "punctuation": "?!... --- ,,, '\"'",
    "digits": "12345 67890",
    "control": "a\x00b \x1b[31mred\x1b[0m",
    "separators": "one\u2028two\u0085three",
    "same word": "go go go go",
    "long word": "a" * 5000,
    "only protected": "https://example.com 17 {name}",
    "only names": "Angela Merkel IBM",
}

GUARDED = [
    "I bought it at https://shop.example.com/a-big-car?x=quickly&y=2 yesterday",
    "please write to big.car@example.com about the error in my order",
    "I paid $1,299.99 for 3 big cars on 2024-05-01 at 10:30",
    "hello {customer_name}, your order %(order_id)s started late",
    "the <b>big</b> button with <a href='/start'>start</a> is wrong",
    "run `buy big car` and then start it quickly",
    "my friend Angela Error bought an IBM phone from the ATM shop",
    "I did not buy the big car and never started it, don't help me",
    "the value of big_car_error is wrong",
]

LABELLED_SPANS = [
    {"text": "There will be 5 adults and 1 child.",
     "spans": [{"start": 14, "end": 34, "label": "people"}]},
    {"text": "We will require and outside table to seat 9 people on August 23rd",
     "spans": [{"start": 42, "end": 50, "label": "people"}, {"start": 54, "end": 65}]},
    {"text": "please start the big booking for next big friday evening for my children",
     "spans": [{"start": 33, "end": 48, "label": "date"}]},
    {"text": "tomorrow I want to buy the large table and start quickly",
     "spans": [{"start": 0, "end": 8, "label": "date"}]},
    {"text": "we want to start the dinner quickly at half past eight",
     "spans": [{"start": 39, "end": 54, "label": "time"}]},
]  # fmt: skip


WRITES_ANEW = {"paraphrase", "back-translation", "translation"}
"""Methods without edits: :mod:`dataaug.text.fidelity` judges what they keep, not positions."""

TRANSLATE = {"back-translation", "translation"}
"""The packaged translator has one translation of a text: other seeds give no other variants."""

NEEDS = {"translation": {"to": "pt"}}
"""Options without which a method can't be built."""


def spec_of(name, options=None):
    return Spec(name, {**NEEDS.get(name, {}), **(options or {})})


@pytest.fixture(scope="module")
def server():
    with Server(reworded) as listening:
        yield listening


@pytest.fixture(autouse=True, scope="module")
def model(server):
    """Let methods that need a language model have one that rewords any text.

    One session for all: a translator is opened once.
    """
    connection = Connection(Spec("openai", {"model": "m", "base_url": server.url}), "off")
    with Session(Settings(connection)):
        yield


@pytest.fixture(params=NAMES)
def name(request):
    return request.param


@pytest.fixture
def method(name):
    return plugins.load("methods", spec_of(name))


POOL = {"word": ("parcel", "a new screen", "Berlin", "half past eight", "7 friends", "soon")}
"""What a method that takes mentions has of other rows."""


def request_for(text, count=3, seed=7, taken=()):
    protected = Protector()(text)
    mentions = tuple(
        LabelledSpan(Span(word.start, word.end), "word")
        for word in free_words(text, protected)[::3]
    )
    return Request(text, count, seed, protected, set(taken), mentions=mentions, pool=POOL)


def answers(method, texts, count=3, seed=7):
    return [list(found) for found in method([request_for(text, count, seed) for text in texts])]


def test_all_methods_of_the_issue_are_there():
    assert {"synonym", "swap", "delete", "insert", "typo"} <= set(NAMES)


def test_method_varies_ordinary_text(method):
    found = [answer for texts in answers(method, TEXTS, 1) for answer in texts]
    assert sum(isinstance(answer, Variant) for answer in found) >= len(TEXTS) - 2


@pytest.mark.parametrize("count", [1, 4, 16])
def test_method_gives_as_many_answers_as_were_asked_for(method, count):
    assert [len(found) for found in answers(method, TEXTS, count)] == [count] * len(TEXTS)


def test_variants_differ_from_their_parent_and_from_each_other(method):
    for text, found in zip(TEXTS, answers(method, TEXTS, 12), strict=True):
        made = [answer.text for answer in found if isinstance(answer, Variant)]
        assert len({text, *made}) == len(made) + 1


def test_variants_differ_from_the_texts_that_were_taken_before(method):
    first = answers(method, TEXTS, 1)
    taken = [{answer.text for answer in found if isinstance(answer, Variant)} for found in first]
    again = method([
        request_for(text, 1, 7, seen) for text, seen in zip(TEXTS, taken, strict=True)
    ])  # fmt: skip
    for seen, found in zip(taken, again, strict=True):
        assert not {answer.text for answer in found if isinstance(answer, Variant)} & seen


def test_missing_variants_have_a_reason_of_the_vocabulary(method):
    for found in answers(method, [*TEXTS, *ODD.values()], 40):
        for answer in found:
            assert isinstance(answer, Variant) or answer.reason in REASONS


def test_one_batch_of_many_is_many_batches_of_one(method):
    together = answers(method, TEXTS)
    alone = [answers(method, [text])[0] for text in TEXTS]
    backwards = answers(method, TEXTS[::-1])[::-1]
    assert together == alone == backwards


def test_empty_batch_has_no_answers(method):
    assert list(method([])) == []


def test_equal_seeds_give_equal_variants_in_every_instance(method, name):
    again = plugins.load("methods", spec_of(name))
    assert answers(method, TEXTS) == answers(again, TEXTS)


def test_other_seeds_give_other_variants(method, name):
    if name in TRANSLATE:
        assert answers(method, TEXTS, seed=1) == answers(method, TEXTS, seed=2)
        return
    assert answers(method, TEXTS, seed=1) != answers(method, TEXTS, seed=2)


def test_more_variants_begin_with_the_fewer_ones(method):
    for few, many in zip(answers(method, TEXTS, 2), answers(method, TEXTS, 5), strict=True):
        assert many[:2] == few


def test_global_random_state_is_neither_used_nor_changed(method):
    import random

    answers(method, TEXTS[:1])  # what libraries do while they are imported is not the method's
    random.seed(1)
    before = random.getstate()
    first = answers(method, TEXTS)
    assert random.getstate() == before
    random.seed(2)
    assert answers(method, TEXTS) == first


@pytest.mark.parametrize("odd", ODD)
def test_odd_text_gives_variants_or_reasons(method, odd):
    text = ODD[odd]
    (found,) = answers(method, [text])
    assert len(found) == 3
    for answer in found:
        if isinstance(answer, Variant):
            assert answer.text != text
            assert answer.text.strip()
            answer.text.encode()  # no lone surrogates
        else:
            assert answer.reason in REASONS


def test_text_without_words_has_no_variants(method):
    for odd in ("empty", "blank", "emoji", "punctuation", "digits", "only protected"):
        (found,) = answers(method, [ODD[odd]])
        assert all(isinstance(answer, Nothing) for answer in found), odd


def test_very_long_text_is_varied_or_said_to_be_too_long(method):
    text = " ".join(TEXTS * 700)  # 260 kB
    (found,) = answers(method, [text], 1)
    assert isinstance(found[0], Variant) or found[0].reason == "too_long"


def test_edits_lead_from_the_text_to_the_variant(method):
    for text, found in zip(TEXTS, answers(method, TEXTS, 8), strict=True):
        for answer in found:
            if isinstance(answer, Variant) and answer.edits is not None:
                assert apply_edits(text, answer.edits) == answer.text
                assert len(answer.edits) > 0


@pytest.mark.parametrize("text", GUARDED)
def test_protected_spans_are_untouched(method, text):
    spans = Protector()(text)
    assert spans
    for answer in answers(method, [text], 12)[0]:
        if not isinstance(answer, Variant):
            continue
        if answer.edits is None:
            into = answer.changed.get("language", "")
            assert list(changes(text, answer.text, into=into)) == []
            continue
        for span in spans:
            assert text[span.start : span.end] in answer.text
            assert move(span, answer.edits) is not None


@pytest.mark.parametrize("text", GUARDED)
def test_protected_tokens_stay_in_their_order(method, text):
    tokens = [text[span.start : span.end] for span in Protector()(text)]
    pattern = re.compile(".*".join(re.escape(token) for token in tokens), re.DOTALL)
    for answer in answers(method, [text], 6)[0]:
        if isinstance(answer, Variant) and answer.edits is not None:
            assert pattern.search(answer.text)


def test_text_that_is_protected_whole_is_left_alone(method):
    text = TEXTS[0]
    (found,) = method([Request(text, 2, 1, (Span(0, len(text)),))])
    assert [type(answer) for answer in found] == [Nothing, Nothing]


def test_white_space_and_punctuation_at_the_ends_stay(method):
    text = "  \tI bought a big car, and the children started it quickly!?  \n"
    for answer in answers(method, [text], 8)[0]:
        if isinstance(answer, Variant):
            assert answer.text.endswith("!?  \n")
            assert answer.text.startswith("  ")


def test_spans_of_a_row_lie_over_the_same_characters_afterwards(name):
    if name in TRANSLATE:
        pytest.skip("tests/test_translating.py")
    if name in WRITES_ANEW:
        outcomes = list(augment([from_fields(row) for row in LABELLED_SPANS],
                                Augmentation((Spec(name),), 1)))  # fmt: skip
        assert {o.reason for o in outcomes if isinstance(o, Reject)} == {"span_lost"}
        return
    if plugins.takes("methods", name) == {"mentions"}:
        pytest.skip("tests/test_mentions.py: it replaces what the others keep")
    rows = [from_fields(row) for row in LABELLED_SPANS]
    outcomes = list(augment(rows, Augmentation((Spec(name),), 10)))
    made = [o for o in outcomes if not isinstance(o, Reject) and not o.is_real]
    assert made
    assert {o.reason for o in outcomes if isinstance(o, Reject)} <= {
        "no_candidate", "too_few_variants"}  # fmt: skip
    parents = {row.id: row for row in rows}
    for child in made:
        parent = parents[child.aug["parent"]]
        spans = orjson.loads(child.line)["spans"]
        for old, new in zip(parent.fields["spans"], spans, strict=True):
            kept = parent.text[old["start"] : old["end"]]
            assert child.text[new["start"] : new["end"]] == kept
            assert new.get("label") == old.get("label")


def test_options_out_of_range_are_refused_when_the_method_is_built(name):
    for key, parameter in plugins.options("methods", name).items():
        if parameter.annotation is float:
            for value in ("-1", "7", "nan", "inf"):
                with pytest.raises(DataaugError):
                    plugins.load("methods", Spec(name, {key: value}))
        if parameter.annotation is int:
            with pytest.raises(DataaugError):
                plugins.load("methods", Spec(name, {key: "-1"}))


@pytest.mark.parametrize("rate", ["0", "0.5", "1"])
def test_every_rate_works(name, rate):
    if "rate" not in plugins.options("methods", name):
        pytest.skip("no rate")
    method = plugins.load("methods", Spec(name, {"rate": rate}))
    for text, found in zip(TEXTS, answers(method, TEXTS, 3), strict=True):
        for answer in found:
            assert isinstance(answer, Variant) or answer.reason in REASONS
            assert not isinstance(answer, Variant) or answer.text not in {"", text}


def test_method_survives_random_texts(method):
    rng = Random(5)
    letters = "ab I'’-.,!? \t\n{}<>@_/éß日😀1\u00a0\u200b"
    texts = ["".join(rng.choices(letters, k=rng.randrange(30))) for _ in range(150)]
    for text, found in zip(texts, answers(method, texts, 2), strict=True):
        for answer in found:
            assert not isinstance(answer, Variant) or (answer.text != text and answer.text.strip())
