"""Texts that differ only in what the model can't see of them are not alike."""

import numpy as np
import pytest

from dataaug import plugins
from dataaug.embedders import shared
from dataaug.filtering.run import Filtering
from dataaug.filtering.run import filter as filtered
from dataaug.leakage import Evaluation
from dataaug.plugins import Spec
from dataaug.rows.record import Record, from_fields
from dataaug.search.text_pairs import similar_between, similar_within
from dataaug.splitting import Splitting, split

DEFAULT = Spec("sentence-transformers")
PAIRS = {
    "Thai": ("ฉันอยากยกเลิกคำสั่งซื้อ", "พัสดุของฉันอยู่ที่ไหน"),
    "Amharic": ("የት ነው ያለው", "መሰረዝ እፈልጋለሁ"),
    "Khmer": ("ខ្ញុំចង់បោះបង់", "កញ្ចប់របស់ខ្ញុំនៅឯណា"),
    "Telugu": ("నా కార్డు ఎక్కడ ఉంది", "నేను రద్దు చేయాలి"),
    "Kannada": ("ನನ್ನ ಕಾರ್ಡ್ ಎಲ್ಲಿದೆ", "ರದ್ದು ಮಾಡಬೇಕು"),
    "Malayalam": ("എന്റെ കാർഡ് എവിടെ", "റദ്ദാക്കണം"),
    "Gujarati": ("મારું કાર્ડ ક્યાં છે", "રદ કરવું છે"),
    "Sinhala": ("මගේ කාඩ්පත කොහෙද", "අවලංගු කරන්න"),
    "Lao": ("ບັດຂອງຂ້ອຍຢູ່ໃສ", "ຂ້ອຍຢາກຍົກເລີກ"),
    "Burmese": ("ကျွန်ုပ်ကတ်ဘယ်မှာလဲ", "ဖျက်ချင်ပါတယ်"),
    "Georgian capitals": ("ᲡᲐᲓ ᲐᲠᲘᲡ", "ᲒᲐᲣᲥᲛᲔᲑᲐ"),
    "Tibetan": ("ངའི་བྱང་བུ་གང་དུ", "འདོར་འདོད"),
    "Chinese": ("卡在哪", "删掉它"),
    "emoji": ("👍", "👎"),
    "Hindi vowels": ("कुल", "कूल"),
    "Arabic vowels": ("عَلِمَ", "عُلِمَ"),
}


def alike(embed, one, other, similarity=0.95):
    return any(len(part[0]) for part in similar_within(embed, [one, other], similarity))


@pytest.mark.parametrize("script", PAIRS)
def test_words_without_a_token_keep_texts_apart(script):
    embed = shared(DEFAULT)
    one, other = PAIRS[script]
    assert not alike(embed, one, other)
    assert alike(embed, f"{one} ", one)  # equal in what is not seen


def test_what_is_cut_off_keeps_texts_apart():
    embed = shared(DEFAULT)
    long = "The parcel was left in front of the door and it rained all day. " * 40
    assert alike(embed, f"{long}I want a refund.", f"{long}i want  a refund.")
    assert not alike(embed, f"{long}I want a refund.", f"{long}Thank you, all is well.")


def test_latin_cyrillic_and_accents_are_seen():
    embed = shared(DEFAULT)
    assert set(embed.unseen(["Where is it?", "café naïve", "Где моя карта", "Cảm ơn bạn"])) == {""}
    assert alike(embed, "Où est ma carte ?", "Ou est ma carte ?")


@pytest.mark.parametrize("name", ["sentence-transformers", "universal-sentence-encoder", "hashing"])
def test_every_embedder_says_what_it_does_not_see(name):
    embed = plugins.load("embedders", Spec(name))
    texts = ["Where is my card?", "የት ነው ያለው", ""]
    found = embed.unseen(texts)
    assert len(found) == len(texts)
    assert found[0] == found[2] == ""
    assert (found[1] == "") is (name == "hashing")


def test_an_embedder_of_another_package_need_not_say():
    from dataaug.embedders.memo import Memo

    class Foreign:
        name = identity = "foreign"
        tolerance = 0.0

        def __call__(self, texts):
            return np.ones((len(texts), 1), np.float32)

    assert Memo(Foreign()).unseen(["a", "b"]) == ["", ""]


def rows(texts, **fields):
    return [from_fields({"id": f"{n}", "text": text, **fields}) for n, text in enumerate(texts)]


def made(number, text):
    aug = {"id": f"m{number}", "origin": "synthetic", "parent": None, "root": None, "method": "t"}
    return from_fields({"text": text, "_aug": aug})


@pytest.mark.parametrize("option", [{}, {"approximate": True}, {"scores": True}])
def test_filter_keeps_rows_that_the_model_cannot_tell_apart(option, tmp_path):
    if "scores" in option:
        option = {"scores": str(tmp_path / "scores.jsonl.zst")}
    given = [
        made(n, text) for n, text in enumerate(text for pair in PAIRS.values() for text in pair)
    ]
    given.append(made(99, PAIRS["Thai"][0] + " "))
    task = Filtering((Spec("near-duplicate", option),))
    for _ in range(2):  # the second time by the file of scores, where there is one
        kept = [out for out in filtered(given, task) if isinstance(out, Record)]
        assert [row.id for row in kept] == [row.id for row in given[:-1]]


def test_guard_lets_rows_pass_that_only_look_alike():
    embed = shared(DEFAULT)
    thai, amharic = PAIRS["Thai"][0], PAIRS["Amharic"][0]
    evaluation = Evaluation(tuple(rows([thai])))
    assert not evaluation.near([made(1, amharic)], embed)
    assert len(evaluation.near([made(1, f"{thai}  ")], embed)) == 1
    assert [len(part[0]) for part in similar_between(embed, [thai], [amharic], 0.9)] in ([], [0])


def test_split_holds_out_rows_of_a_script_that_the_model_cannot_read():
    texts = [f"{word} {other}" for word in PAIRS["Thai"] for other in PAIRS["Khmer"]]
    texts += [text for name in ("Amharic", "Lao", "Telugu", "Burmese") for text in PAIRS[name]]
    parts = split(rows(texts, label="a"), Splitting(test=0.25))
    assert len(parts.test) == 3
    assert len(parts.train) == 9
