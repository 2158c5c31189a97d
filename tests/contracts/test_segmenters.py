"""What every segmenter promises, and what methods that work on words make of one."""

import importlib.util
import sys
import unicodedata
from collections import Counter

import pytest
import regex

from dataaug import plugins
from dataaug.augmentation.methods import Nothing, Request, Variant
from dataaug.augmentation.run import Augmentation, augment
from dataaug.errors import MissingError, UsageError
from dataaug.plugins import Spec
from dataaug.rows.record import from_fields
from dataaug.rows.spans import Span, apply_edits
from dataaug.text.protection import Protector
from dataaug.text.words import free_words, words

NAMES = plugins.names("segmenters")
NEEDS = {"icu": "icu4py"}

LINES = {
    "Chinese": "我上周三在你们的网店买了一台咖啡机，可是今天还没有收到货。",
    "Chinese, traditional": "請問我的訂單什麼時候可以送到，快遞資訊一直沒有更新",
    "Japanese": "先週注文した時計がまだ届きません。佐々木さんに電話でカードを確認してほしいです",
    "Thai": "ฉันสั่งซื้อกาแฟเมื่อสัปดาห์ก่อนแต่พัสดุยังไม่มา ร้านเปิดกี่โมง",
    "Lao": "ຂ້ອຍຕ້ອງການຍົກເລີກບັດຂອງຂ້ອຍ ແລະ ສົ່ງເງິນຄືນ",
    "Khmer": "ខ្ញុំចង់បោះបង់ប័ណ្ណរបស់ខ្ញុំ ហើយសូមផ្ញើប្រាក់មកវិញ",
    "Burmese": "ကျွန်တော့်ကတ်ကို ပယ်ဖျက်ချင်ပါတယ် ငွေပြန်ပေးပါ",
}
KNOWN = {
    "我想取消我的卡": {"取消", "卡"},
    "ฉันต้องการคืนสินค้า": {"ฉัน", "ต้องการ", "สินค้า"},
    "พัสดุของฉันอยู่ที่ไหน": {"พัสดุ", "ของ", "ฉัน"},
    "東京に行きたいです": {"東京", "に"},
    "ຂ້ອຍຕ້ອງການຍົກເລີກບັດ": {"ຂ້ອຍ", "ຕ້ອງການ", "ຍົກເລີກ", "ບັດ"},
    "ខ្ញុំចង់បោះបង់ប័ណ្ណ": {"ខ្ញុំ", "ចង់", "បោះបង់"},
}
"""Words that any dictionary of the language has."""
EDITING = ("swap", "delete")
protect = Protector()


@pytest.fixture(params=NAMES, scope="module")
def name(request):
    if importlib.util.find_spec(NEEDS.get(request.param, "dataaug")) is None:
        pytest.skip(f"{NEEDS[request.param]} is not installed")
    return request.param


@pytest.fixture(scope="module")
def segmenter(name):
    return plugins.load("segmenters", Spec(name))


def variants(method, name, text, count=4, rate=0.2):
    made = plugins.load("methods", Spec(method, {"segmenter": name, "rate": rate}))
    (answers,) = made([Request(text, count, 7, protect(text))])
    return answers


def spelt(text, segmenter):
    return [word.text for word in words(text, segmenter)]


def edges(text):
    return {0, *(found.end() for found in regex.finditer(r"\X", text))}


@pytest.mark.parametrize("text", [*LINES.values(), "𠮷野家", "卡", "ー"])
def test_pieces_are_the_text_and_do_not_change(segmenter, text):
    assert "".join(segmenter(text)) == text
    assert list(segmenter(text)) == list(segmenter(text))
    assert regex.fullmatch(r"\w+@[\w.]+", segmenter.name)


@pytest.mark.parametrize("text", KNOWN)
def test_words_are_those_of_the_language(segmenter, text):
    assert KNOWN[text] <= set(spelt(text, segmenter))


@pytest.mark.parametrize("text", LINES.values(), ids=LINES)
def test_words_split_no_grapheme_and_nfc_and_nfd_have_the_same(segmenter, text):
    for form in ("NFC", "NFD"):
        own = unicodedata.normalize(form, f"👍{text}👍")
        for word in words(own, segmenter):
            assert own[word.start : word.end] == word.text
            assert {word.start, word.end} <= edges(own)
    cut = [spelt(unicodedata.normalize(form, text), segmenter) for form in ("NFC", "NFD")]
    assert cut[0] == [unicodedata.normalize("NFC", word) for word in cut[1]]
    assert len(cut[0]) >= 5


@pytest.mark.parametrize("text", LINES.values(), ids=LINES)
def test_swap_rearranges_whole_words_without_blanks(name, segmenter, text):
    every = [text[word.start : word.end] for word in words(text, segmenter)]
    for variant in variants("swap", name, text):
        assert Counter(variant.text) == Counter(text)
        assert {new for _, _, new in variant.edits} <= set(every)
        assert {text[start:end] for start, end, _ in variant.edits} <= set(every)
        assert apply_edits(text, variant.edits) == variant.text
        assert variant.notes["segmenter"] == segmenter.name


@pytest.mark.parametrize("text", LINES.values(), ids=LINES)
def test_delete_leaves_out_whole_words_and_keeps_the_blanks_of_phrases(name, segmenter, text):
    every = [word[:2] for word in words(text, segmenter)]
    for variant in variants("delete", name, text, count=8):
        assert apply_edits(text, variant.edits) == variant.text
        assert len(variant.text) < len(text)
        for start, end, new in variant.edits:
            assert new == ""
            whole = [place for place in every if start <= place[0] and place[1] <= end]
            assert "".join(text[slice(*place)] for place in whole) == text[start:end].replace(
                " ", ""
            )
        gone = {place for start, end, _ in variant.edits for place in range(start, end)}
        phrases = list(regex.finditer(r"\S+", text))
        left = [phrase for phrase in phrases if not gone >= set(range(*phrase.span()))]
        assert len(variant.text.split()) == len(left)
        assert "  " not in variant.text


@pytest.mark.parametrize("method", EDITING)
@pytest.mark.parametrize("text", LINES.values(), ids=LINES)
def test_without_a_segmenter_there_are_no_words(method, text):
    (answers,) = plugins.load("methods", Spec(method))([Request(text, 2, 1, protect(text))])
    assert answers == [Nothing("no_words")] * 2


@pytest.mark.parametrize("method", EDITING)
def test_numbers_and_negations_stay(name, segmenter, method):
    for text, kept in {
        "我在第3天还没有收到三个包裹，请不要再打电话": ("第3天", "没有", "三", "不要"),
        "荷物が届きません。2026年10月に買ったカードは使えない": ("ません", "2026年10月", "ない"),
        "ฉันไม่ได้รับพัสดุ 3 กล่อง อย่าโทรมา": ("ไม่", " 3 ", "อย่า"),
    }.items():
        free = {place for word in free_words(text, (), segmenter) for place in range(*word[:2])}
        for part in kept:
            at = text.index(part)
            assert not free & {n for n in range(at, at + len(part)) if text[n] != "ま"}
        found = variants(method, name, text, count=6, rate=0.3)
        assert isinstance(found[0], Variant)
        for variant in found:
            if isinstance(variant, Variant):
                assert [n for n in variant.text if n.isdigit()] == [n for n in text if n.isdigit()]


def test_words_of_scripts_with_blanks_never_run_into_each_other(name, segmenter):
    text = "我在shop买了phone和case因为cheap"
    own = {"shop", "phone", "case", "cheap"}
    for variant in variants("swap", name, text, count=6, rate=0.5):
        assert {word for word in spelt(variant.text, segmenter) if word.isascii()} == own


def test_protected_parts_and_spans_stay(name):
    text = "请把咖啡机寄到上海市人民路，谢谢你们"
    span = Span(text.index("上海"), text.index("，"))
    for method in EDITING:
        made = plugins.load("methods", Spec(method, {"segmenter": name, "rate": 0.5}))
        for variant in made([Request(text, 6, 3, (span,))])[0]:
            assert text[span.start : span.end] in variant.text


@pytest.mark.parametrize("method", EDITING)
def test_english_rows_are_as_without_one_and_do_not_name_it(name, method):
    text = "please send the parcel to my new address"
    found = [variants(method, each, text) for each in (name, "")]
    assert found[0] == found[1]
    assert all(isinstance(variant, Variant) for variant in found[0])


def test_provenance_names_the_segmenter_and_its_version(name, segmenter):
    row = from_fields({"id": "t", "text": LINES["Thai"], "label": "x"})
    task = Augmentation((Spec("swap", {"segmenter": name}),), synthetic_only=True)
    (child,) = augment([row], task)
    assert child.aug["method"] == f"swap(segmenter={name})"
    assert child.aug["segmenter"] == segmenter.name


@pytest.mark.parametrize("method", EDITING)
def test_segmenter_that_is_unknown_or_not_installed_is_said(monkeypatch, method):
    with pytest.raises(UsageError, match="unknown segmenter 'jieba': choose from icu"):
        plugins.load("methods", Spec(method, {"segmenter": "jieba"}))
    monkeypatch.delitem(sys.modules, "dataaug.text.segmenters.icu", raising=False)
    monkeypatch.setitem(sys.modules, "icu4py", None)
    with pytest.raises(MissingError, match=r"segmenters/icu needs icu4py: .*'dataaug\[icu\]'"):
        plugins.load("methods", Spec(method, {"segmenter": "icu"}))
