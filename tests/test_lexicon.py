import gzip
import hashlib
import re
from importlib import resources

import pytest

from dataaug.lexicon import Lexicon, load_lexicon

TABLE = resources.files("dataaug.lexicon").joinpath("en.txt.gz")
FINGERPRINT = "f4976b69f1e71a4459fd958d092121f563783632c0171c813458e6a28df03c72"

# source, tag, candidate: the candidate has the inflection of the source
INFLECTED = """
    buy VB purchase|buys VBZ purchases|bought VBD purchased|bought VBN purchased
    buying VBG purchasing
    purchased VBD bought|purchased VBN bought|begin VB start|begins VBZ starts|began VBD started
    begun VBN started|beginning VBG starting|start VB begin|starts VBZ begins|started VBD began
    started VBN begun|choose VB select|chose VBD selected|chosen VBN selected|choosing VBG selecting
    help VB assist|helps VBZ assists|helped VBD assisted|helping VBG assisting|allow VB permit
    allows VBZ permits|allowed VBN permitted|allowing VBG permitting|happen VB occur
    happens VBZ occurs|happened VBD occurred|happening VBG occurring|error NN mistake
    errors NNS mistakes|movie NN film|movies NNS films|child NN kid|children NNS kids
    kids NNS children
    country NN nation|countries NNS nations|big JJ large|bigger JJR larger|biggest JJS largest
    large JJ big|larger JJR bigger|quickly RB rapidly|often RB frequently|incorrect JJ wrong
    rejected VBD turned down|rejecting VBG turning down
"""
SHOCKING = re.compile(
    r"\b(fuck|shit|cunt|nigg|whor|slut|bitch|goddam|piss|bonk|penis|vagina|dick|cocks?\b|pussy|"
    r"tits?\b|boob|arse|ass\b|fag|dyke|spic\b|wop\b|kike|chink|gook|retard|moron|negro|rape|"
    r"crap|damn)"
)
KINDS_OF_WORD = re.compile(r"[a-z]+(?:[-' ][a-z]+)*")
FUNCTION_WORDS = frozenset(
    ("be", "have", "do", "get", "make", "go", "take", "can", "will", "may", "never", "not", "no",
     "the", "a", "it", "i", "you", "one", "two")
)  # fmt: skip


@pytest.fixture(scope="module")
def lexicon():
    return load_lexicon()


@pytest.fixture(scope="module")
def entries(lexicon):
    """Every form with its tag, or None, and its candidates."""
    lines = gzip.decompress(TABLE.read_bytes()).decode().splitlines()[1:]
    found = []
    for line in lines:
        form, safe, tagged = line.split("\t")
        found.append((form, None, lexicon.synonyms(form)))
        assert lexicon.synonyms(form) == tuple(filter(None, safe.split(",")))
        for tag in filter(None, tagged.split(";")):
            name = tag.partition("=")[0]
            found.append((form, name, lexicon.synonyms(form, name)))
    return found


def emitted(entries):
    return {other for _, _, others in entries for other in others}


def words_alone(entries):
    """Leave out phrases of several words, which are replaced as a whole."""
    return [(form, tag, others) for form, tag, others in entries if " " not in form]


def test_shipped_table_is_the_one_these_tests_were_written_for():
    content = TABLE.read_bytes()
    assert len(content) < 1_500_000
    assert hashlib.sha256(content).hexdigest() == FINGERPRINT


def test_compressed_file_carries_no_time_and_no_name():
    assert TABLE.read_bytes()[3:8] == bytes(5)


def test_licence_of_wordnet_is_shipped_beside_the_table():
    text = TABLE.parent.joinpath("LICENSE.wordnet").read_text(encoding="utf-8")
    assert "WordNet 3.0 Copyright 2006 by Princeton University" in text


def test_version_names_the_source(lexicon):
    assert lexicon.version == "wordnet-3.0/1"


def test_table_is_loaded_once():
    assert load_lexicon() is load_lexicon("en")


@pytest.mark.parametrize("language", ["xx", "EN", "", "../lexicon/en", "__init__"])
def test_unknown_language_is_a_lookup_error(language):
    with pytest.raises(LookupError, match="no synonym table"):
        load_lexicon(language)


@pytest.mark.parametrize("case", [c.strip() for c in re.split(r"[|\n]", INFLECTED) if c.strip()])
def test_inflection_is_kept(lexicon, case):
    form, tag, candidate = case.split(" ", 2)
    assert candidate in lexicon.synonyms(form, tag)


def test_plural_nouns_stay_plural(entries):
    singular = {other for _, tag, others in entries if tag == "NN" for other in others}
    plural = [(form, other) for form, tag, others in entries if tag == "NNS" for other in others]
    unchanged = [pair for pair in plural if pair[1] in singular and not pair[1].endswith("s")]
    assert len(plural) > 1500
    assert len(unchanged) <= len(plural) * 0.01, unchanged


def test_regular_gerunds_and_third_persons_keep_their_ending(entries):
    for form, tag, others in words_alone(entries):
        if tag in ("VBG", "VBZ"):
            ending = "ing" if tag == "VBG" else "s"
            assert all(other.split()[0].endswith(ending) for other in others), (form, others)


def test_past_form_without_a_tagger_serves_as_past_and_as_participle(lexicon):
    assert "began" in lexicon.synonyms("started", "VBD")
    assert "begun" in lexicon.synonyms("started", "VBN")
    assert not {"began", "begun"} & set(lexicon.synonyms("started"))
    assert lexicon.synonyms("bought") == ("purchased",)


def test_past_that_is_no_participle_needs_its_subject(entries):
    past = re.compile(r"(began|came|chose|did|drove|gave|knew|saw|spoke|took|went|wrote)\b")
    turned = [form for form, _, others in entries if any(map(past.match, others))
              if " " in form and not past.match(form)]  # fmt: skip
    assert [form for form in turned if re.match(r"made |\w+ed ", form)] == []


def test_present_tense_reads_as_the_base_form(lexicon):
    assert lexicon.synonyms("buy", "VBP") == lexicon.synonyms("buy", "VB") != ()


def test_ambiguous_form_is_left_alone_unless_tagged(lexicon):
    assert lexicon.synonyms("help") == ()
    assert lexicon.synonyms("help", "VB") == ("assist",)
    assert lexicon.synonyms("help", "NN") == ("assistance",)
    assert lexicon.synonyms("help", "JJ") == ()


@pytest.mark.parametrize(
    "form", ["know", "members", "member", "it", "me", "far", "card", "zzzz", ""]
)
def test_words_that_tempt_a_thesaurus_are_left_alone(lexicon, form):
    assert lexicon.synonyms(form) == ()


@pytest.mark.parametrize("form", sorted(FUNCTION_WORDS))
def test_function_words_and_light_verbs_have_no_entry(lexicon, form):
    assert form not in lexicon


def test_function_words_are_never_offered_for_a_word(entries):
    assert not emitted(words_alone(entries)) & FUNCTION_WORDS


def test_nothing_obscene_or_demeaning_is_ever_offered(entries):
    assert [other for other in emitted(entries) if SHOCKING.search(other)] == []


def test_no_acronyms_symbols_digits_or_single_letters_are_offered(entries):
    for other in emitted(words_alone(entries)):
        assert KINDS_OF_WORD.fullmatch(other), other
        assert len(other) > 2, other


def test_only_the_pronoun_i_is_written_with_a_capital(entries):
    for other in emitted(entries):
        assert re.sub(r"\bI\b", "i", other) == other.lower(), other


def test_no_form_is_offered_for_itself_or_twice(entries):
    for form, _, others in entries:
        assert form not in others
        assert form not in {other.lower() for other in others}
        assert len(set(others)) == len(others)


def test_spelling_variants_are_not_synonyms(entries):
    pairs = {(form, other) for form, _, others in entries for other in others}
    variants = {
        ("gray", "grey"),
        ("color", "colour"),
        ("organize", "organise"),
        ("toward", "towards"),
    }
    assert not pairs & (variants | {(b, a) for a, b in variants})


def test_common_words_of_customer_messages_are_covered(lexicon):
    words = [
        "buy",
        "bought",
        "purchased",
        "start",
        "quickly",
        "incorrect",
        "wrong",
        "large",
        "big",
        "kids",
        "children",
        "error",
    ]
    assert [word for word in words if not lexicon.synonyms(word)] == []


def test_units_of_several_words_are_replaced_whole(lexicon):
    assert lexicon.synonyms("point of view", "NN") == ("standpoint", "viewpoint")
    assert lexicon.synonyms("switched off") == ("turned off",)
    assert lexicon.synonyms("exchange rates") == ("rates of exchange", "conversion rates")


@pytest.mark.parametrize("unit", ["customer service", "no need", "happened to", "big fan"])
def test_unit_without_a_synonym_stays_to_block_its_parts(lexicon, unit):
    assert unit in lexicon
    assert lexicon.synonyms(unit) == ()
    first, second, *_ = unit.split()
    assert lexicon.units(first)[second] >= 2


def test_second_words_of_units_have_the_length_of_the_longest_unit(lexicon, entries):
    longest = {}
    for form, _, _ in entries:
        first, *others = form.split(" ")
        seconds = longest.setdefault(first, {})
        if others:
            seconds[others[0]] = max(seconds.get(others[0], 1), 1 + len(others))
    assert {first: lexicon.units(first) for first in longest} == longest
    assert lexicon.units("zzzz") == {}


def test_two_readers_of_one_table_agree(lexicon, entries):
    other = Lexicon(gzip.decompress(TABLE.read_bytes()).decode())
    backwards = [(f, t, other.synonyms(f, t)) for f, t, _ in reversed(entries)]
    assert backwards[::-1] == entries
    assert other.version == lexicon.version


def test_tagless_candidates_are_among_the_tagged_ones_of_a_single_word(lexicon, entries):
    by_form = {}
    for entry in entries:
        by_form.setdefault(entry[0], []).append(entry)
    for form, tag, others in words_alone(entries):
        tags = [name for _, name, _ in by_form[form] if name]
        if tag is None and others and tags:  # a word among the phrases written by hand has no tags
            tagged = {other for name in tags for other in lexicon.synonyms(form, name)}
            assert set(others) <= tagged, form
