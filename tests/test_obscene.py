"""No slip of the keyboard makes an obscene word."""

import pytest

from dataaug import plugins
from dataaug.augmentation.methods import Request, Variant
from dataaug.plugins import Spec
from dataaug.text.obscene import makes_obscene
from dataaug.text.words import words


@pytest.mark.parametrize("word", ["shirt", "Shift", "count", "class", "truck", "suit", "sheet",
                                  "whole", "pension", "buck", "duck", "stick", "SHOT"])  # fmt: skip
def test_typos_are_harmless(word):
    method = plugins.load("methods", Spec("typo"))
    text = f"My {word.upper() if word.isupper() else word} does fit"
    made = 0
    for seed in range(400):
        (answers,) = method([Request(text, 1, seed)])
        for variant in answers:
            assert isinstance(variant, Variant)
            made += 1
            for before, after in zip(words(text), words(variant.text), strict=True):
                assert not makes_obscene(before.text, after.text)
    assert made == 400


def test_a_word_that_was_obscene_may_keep_a_slip():
    assert makes_obscene("shirt", "shit")
    assert makes_obscene("shirts", "SHITS")
    assert not makes_obscene("shit", "shitt")
    assert not makes_obscene("shirt", "shrit")
