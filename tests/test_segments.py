"""Words and graphemes of every script: nothing is cut inside what people take for one."""

import unicodedata
from collections import Counter

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from dataaug import plugins
from dataaug.augmentation.methods import Nothing, Request, Variant
from dataaug.plugins import Spec
from dataaug.rows.spans import Span, apply_edits
from dataaug.text import protection, segments
from dataaug.text.protection import Protector
from dataaug.text.rouge import Vocabulary
from dataaug.text.segments import (
    apart,
    features,
    graphemes,
    pieces,
    plain_word,
    split_words,
    standing_alone,
    terms,
    unspaced,
)
from dataaug.text.words import words

SCRIPTS = {
    "English": "the parcel that we ordered last week didn't come and nobody answers us",
    "French": "le téléphone est cassé et je suis très fâché, répondez dès que possible",
    "Vietnamese": "tôi muốn trả lại sản phẩm này vì nó bị hỏng",
    "Greek": "δεν έλαβα ακόμη την παραγγελία μου, παρακαλώ ελέγξτε",
    "Russian": "мой заказ ещё не пришёл, проверьте, пожалуйста, где посылка",
    "Armenian": "իմ պատվերը դեռ չի հասել, խնդրում եմ ստուգեք",
    "Georgian": "ჩემი შეკვეთა ჯერ არ მოსულა, გთხოვთ შეამოწმოთ",
    "Hindi": "मेरा पार्सल अभी तक नहीं आया है और क्षत्रिय कोई जवाब नहीं देता",
    "Bengali": "আমার পার্সেল এখনো আসেনি এবং কেউ উত্তর দেয় না",
    "Tamil": "என் பொருள் இன்னும் வரவில்லை யாரும் பதில் சொல்லவில்லை",
    "Telugu": "నా పార్సెల్ ఇంకా రాలేదు ఎవరూ సమాధానం ఇవ్వడం లేదు",
    "Arabic with harakat": "أُرِيدُ اسْتِرْدَادَ نُقُودِي مِنْ فَضْلِكُمْ",
    "Persian": "سفارش من هنوز نرسیده است و کسی جواب نمی‌دهد",
    "Hebrew with niqqud": "אֲנִי רוֹצֶה הֶחְזֵר כַּסְפִּי מִצַה״ל",
    "Korean": "주문한 물건이 아직 오지 않았고 아무도 대답하지 않아요",
    "Amharic": "ትዕዛዜ እስካሁን አልደረሰም እባክዎን ያረጋግጡ",
    "Sinhala": "මගේ ඇණවුම තවම ලැබී නැත කරුණාකර පරීක්ෂා කරන්න",
}
WITHOUT_BLANKS = {
    "Chinese": "我的订单还没有到，请帮我查一下物流信息。",
    "Japanese": "注文した商品がまだ届きません。カスタマーに確認してください。",
    "Thai": "ฉันต้องการคืนเงินเพราะสินค้าชำรุด",
    "Lao": "ຂ້ອຍຕ້ອງການເງິນຄືນ",
    "Khmer": "ខ្ញុំចង់បានប្រាក់មកវិញ",
    "Burmese": "ကျွန်ုပ်ငွေပြန်လိုချင်သည်",
}
FORMS = ("NFC", "NFD")
EDITING = {
    name: plugins.load("methods", Spec(name)) for name in ("swap", "delete", "insert", "typo")
}
protect = Protector()


def texts():
    return [
        pytest.param(unicodedata.normalize(form, text), id=f"{script} {form}")
        for script, text in SCRIPTS.items()
        for form in FORMS
    ]


def spelt(text):
    return [word.text for word in words(text)]


def variants(name, text, count=4, seed=7):
    request = Request(text, count, seed, protect(text))
    (answers,) = EDITING[name]([request])
    return [answer for answer in answers if isinstance(answer, Variant)]


def edges(text):
    """Where graphemes begin and end."""
    places, at = {0}, 0
    for cluster in regex.findall(r"\X", text):
        at += len(cluster)
        places.add(at)
    return places


@pytest.mark.parametrize("text", texts())
def test_words_are_those_of_uax_29(text):
    cut = [part for part in regex.split(r"(?w)\b", text) if regex.search(r"\p{L}", part)]
    assert spelt(text) == cut
    assert "".join(split_words(text)) == text


@pytest.mark.parametrize("text", texts())
def test_words_begin_and_end_with_graphemes(text):
    assert {place for word in words(text) for place in word[:2]} <= edges(text)


@pytest.mark.parametrize("name", EDITING)
@pytest.mark.parametrize("text", texts())
def test_edits_split_no_grapheme_and_leave_the_rest_as_it_is(name, text):
    text = f"{text} the big parcel" if name == "insert" else text
    found = variants(name, text)
    assert found
    for variant in found:
        assert apply_edits(text, variant.edits) == variant.text
        for edit in variant.edits:
            assert {edit.start, edit.end} <= edges(text)
        shift = 0
        for start, end, new in variant.edits:
            assert {start + shift, start + shift + len(new)} <= edges(variant.text)
            shift += len(new) - (end - start)


@pytest.mark.parametrize("text", texts())
def test_swap_rearranges_whole_words(text):
    for variant in variants("swap", text):
        assert Counter(map(str.lower, spelt(variant.text))) == Counter(map(str.lower, spelt(text)))


@pytest.mark.parametrize("text", texts())
def test_delete_leaves_out_whole_words(text):
    for variant in variants("delete", text):
        kept, every = list(map(str.lower, spelt(variant.text))), iter(map(str.lower, spelt(text)))
        assert len(kept) < len(spelt(text))
        assert all(word in every for word in kept)  # in their order


def test_insert_adds_whole_words():
    for text in SCRIPTS.values():
        mixed = f"{text} the big parcel"
        for variant in variants("insert", mixed):
            rest = iter(spelt(variant.text))
            assert all(word in rest for word in spelt(mixed))
            assert len(spelt(variant.text)) > len(spelt(mixed))


@pytest.mark.parametrize("name", EDITING)
@pytest.mark.parametrize("text", SCRIPTS.values(), ids=SCRIPTS)
def test_composed_and_decomposed_texts_have_the_same_variants(name, text):
    text = text if name != "insert" else f"{text} the big parcel"
    made = [variants(name, unicodedata.normalize(form, text)) for form in FORMS]
    same = [[unicodedata.normalize("NFC", variant.text) for variant in found] for found in made]
    assert same[0] == same[1]
    assert same[0]


@pytest.mark.parametrize("text", SCRIPTS.values(), ids=SCRIPTS)
def test_composed_and_decomposed_texts_measure_alike(text):
    composed, decomposed = (unicodedata.normalize(form, text) for form in FORMS)
    assert terms(composed) == terms(decomposed)
    assert features(composed.lower()) == features(decomposed.lower())
    vocabulary = Vocabulary()
    assert vocabulary.spell(composed) == vocabulary.spell(decomposed)
    assert len(graphemes(composed)) == len(graphemes(decomposed))


@pytest.mark.parametrize("text", SCRIPTS.values(), ids=SCRIPTS)
def test_every_word_is_a_feature_of_tfidf(text):
    single = regex.compile(r"[\p{Latin}\p{Cyrillic}\p{Greek}]|.*['״].*")
    assert {plain_word(word) for word in spelt(text) if not single.fullmatch(word)} <= set(
        features(text)
    )


@pytest.mark.parametrize("name", EDITING)
@pytest.mark.parametrize("text", WITHOUT_BLANKS.values(), ids=WITHOUT_BLANKS)
def test_scripts_without_blanks_are_refused_by_name(name, text):
    (answers,) = EDITING[name]([Request(text, 2, 1, protect(text))])
    assert answers == [Nothing("no_words")] * 2
    assert unspaced(text) >= 10
    assert len(terms(text)) == unspaced(text)


def test_a_latin_word_in_chinese_text_is_a_word():
    assert spelt("我的iPhone坏了，请问WiFi在哪") == ["iPhone", "WiFi"]
    for variant in variants("swap", "我的phone坏了，请问wifi在哪"):
        assert variant.text == "我的wifi坏了，请问phone在哪"


def test_signs_that_show_nothing_belong_to_their_word():
    assert spelt("\ufeffdon\u200dt re\u00adfund é") == ["don\u200dt", "re\u00adfund", "é"]
    assert spelt("zero\u200bwidth é") == ["zero", "width", "é"]
    assert terms("re\u00adfund É") == ["refund", "é"]
    text = "do not\u200d pay é"
    assert Span(3, 7) in protect(text)  # negation is seen through the joiner


def test_no_blank_with_a_mark_upon_it_goes():
    text = "one two\u0020\u0301three four"
    assert not apart(text, 7)
    for variant in variants("delete", text, count=8):
        for edit in variant.edits:
            assert edit.end != 8


def test_hashtags_and_numbers_of_other_scripts_are_protected_whole():
    for text, whole in (
        ("देखो #हिन्दी यहाँ", "#हिन्दी"),
        ("मुझे ५००रुपये चाहिए", "५००रुपये"),
        ("write to आन्ना_बर्ग now é", "आन्ना_बर्ग"),
    ):
        assert whole in [text[slice(*span)] for span in protect(text)]


def test_parts_stand_alone_at_the_borders_of_words():
    find = standing_alone(["कि", "李明", "Anna"])
    assert [found.group() for found in find.finditer("किताब कि 我是李明吧 Annabel anna2 ANNA")] == [
        "कि", "李明", "ANNA"]  # fmt: skip


@given(st.text(max_size=40))
def test_a_text_is_cut_without_loss(text):
    assert "".join(split_words(text)) == text
    assert "".join(pieces(text)) == text
    assert "".join(graphemes(text)) == text


@given(
    st.text(
        st.sampled_from("ab é'’-.1_\u0301\u200b\u200d\u200f\u0600แก่我कि👍🏽\ufe0f\r\n"), max_size=12
    )
)
def test_no_word_splits_a_grapheme(text):
    assert {place for word in words(text) for place in word[:2]} <= edges(text)


LATIN = [sign for sign in map(chr, range(0x20000)) if segments._LATIN.fullmatch(sign)]


@given(st.lists(st.sampled_from([*LATIN, *"aé1_-'’‘ .\n"]), max_size=12).map("".join))
def test_pythons_patterns_say_of_latin_texts_what_unicodes_rules_do(text):
    for rule in segments._IN_LATIN:
        ours, theirs = (found(rule) for found in (segments._latin_rule, segments._unicode_rule))
        assert [each.span() for each in ours.finditer(text)] == [
            each.span() for each in theirs.finditer(text)
        ], rule
    signs = list(segments._unicode_rule("grapheme").findall(text))
    assert signs == list(text) or "\r\n" in text
    structures = protection._STRUCTURE_LATIN, protection._any_structure()
    ours, theirs = ([each.span() for each in rule.finditer(text)] for rule in structures)
    assert ours == theirs
