"""What every classifier promises; finetune needs a model and has tests of its own."""

import numpy as np
import pytest

from dataaug import plugins
from dataaug.errors import TrainingError
from dataaug.plugins import Spec

SPECS = {
    "tfidf": Spec("tfidf"),
    "embedding": Spec("embedding", {"embedder": "hashing"}),
    "finetune": None,
}
TEXTS = ["where is my parcel", "the parcel is late", "my card was charged", "charged my card twice"]


def test_every_classifier_is_tested():
    assert set(SPECS) == set(plugins.names("classifiers"))


@pytest.fixture(params=[name for name, spec in SPECS.items() if spec])
def train(request):
    return plugins.load("classifiers", SPECS[request.param])


@pytest.mark.parametrize("labels", [["a", "b"], ["0", "10"], ["x\x00", "x"], ["é", "<b>"]])
def test_classes_are_the_labels_to_the_letter(train, labels):
    first, second = labels
    model = train(TEXTS, [first, first, second, second])
    found = model(["a late parcel", "charged twice"])
    assert sorted(model.classes) == sorted(labels)
    assert [model.classes[n] for n in found.argmax(axis=1)] == labels


def test_probabilities_add_up_to_one(train):
    model = train(TEXTS, ["p", "p", "c", "c"])
    assert np.allclose(model([*TEXTS, ""]).sum(axis=1), 1)
    assert model([]).shape == (0, 2)


def test_equal_rows_and_seed_give_equal_probabilities(train):
    labels = ["p", "p", "c", "c"]
    assert np.array_equal(train(TEXTS, labels, seed=3)(TEXTS), train(TEXTS, labels, seed=3)(TEXTS))


@pytest.mark.parametrize("texts", [["a b", "c", "?", "!"], ["1", "2", "3", "4"]])
def test_texts_without_a_word_can_be_learnt(train, texts):
    assert train(texts, ["p", "p", "c", "c"])(["", "a word"]).shape == (2, 2)


def test_texts_of_which_nothing_is_left_end_in_one_line():
    with pytest.raises(TrainingError, match="none of 4 texts has a word of two letters"):
        plugins.load("classifiers", Spec("tfidf", {"characters": False}))(
            list("abcd"), list("ppcc")
        )


@pytest.mark.parametrize("copies", [2, 5])
def test_copies_of_every_row_change_nothing_at_a_weight_to_match(train, copies):
    labels = ["p", "p", "c", "c"]
    alone = train(TEXTS, labels)(TEXTS)
    again = train(TEXTS * copies, labels * copies, weight=1 / copies)(TEXTS)
    assert np.array_equal(alone, again)
    weaker = train(TEXTS * copies, labels * copies)(TEXTS)
    assert weaker.max(axis=1).mean() > alone.max(axis=1).mean()


def test_balanced_helps_the_rare_class():
    texts = ["where is it", "is it here", "when is it here", "where is it now", "it is gone"]
    labels = ["much"] * 4 + ["rare"]
    spec = SPECS["tfidf"]
    plain = plugins.load("classifiers", spec)(texts, labels)
    even = plugins.load("classifiers", Spec("tfidf", {"balanced": True}))(texts, labels)
    assert even(["is it gone"])[0, 1] > plain(["is it gone"])[0, 1]
