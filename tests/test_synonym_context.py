"""synonym: what the words beside a word, or a tagger, tell of its sense."""

import pytest

from dataaug import plugins
from dataaug.augmentation.methods import Request, Variant
from dataaug.errors import UsageError
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
    with pytest.raises(UsageError, match=r"synonym.context=mood: expected none or tagger"):
        plugins.load("methods", Spec("synonym", {"context": "mood"}))
