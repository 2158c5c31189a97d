"""What is trained on what, with a classifier that notes what it is given."""

import numpy as np
import pytest

from dataaug.errors import TrainingError
from dataaug.evaluation.fit import Trainer, plan_fits, samples
from dataaug.evaluation.scores import TestSet, half_samples
from dataaug.evaluation.train_sets import CandidateSet, LabelledRow, TrainPart, TrainSet, all_but

REAL = [LabelledRow(f"text {n}", "ab"[n % 2], f"r{n}") for n in range(8)]
MADE = [LabelledRow(f"new {n}", "a", f"g{n}", "llm", (), True) for n in range(4)]


class Noting:
    """Predicts the label that a text ends in, and notes what it was trained on."""

    def __init__(self, random=False):
        self.random = random
        self.given = []

    def __call__(self, texts, labels, seed=0, notify=None, weight=1.0):  # noqa: ARG002
        self.given.append((texts, labels, seed, weight))
        return Model(sorted(set(labels)))


class Model:
    def __init__(self, classes):
        self.classes = classes

    def __call__(self, texts):
        return np.array([[float(text.endswith(name)) for name in self.classes] for text in texts])


class Failing:
    def __call__(self, _texts, _labels, **_given):
        raise TrainingError("nothing to learn")


def trainer(classifier):
    return Trainer(classifier, ["a", "b", "c"], ["is b", "is a", "is c"], lambda *_: None)


TRAIN = TrainSet("mix", "candidate", "mix", "", tuple(REAL), tuple(REAL))


def kept(fit, rows):
    return [row.root for row in rows if fit.keep(row)]


def test_a_train_set_is_fitted_on_everything_and_on_halves():
    one = CandidateSet("mix", (*REAL, *MADE), added=False, unknown=0, left_out=0)
    found = plan_fits(Noting(), REAL, [one], 3, 0)
    assert set(found.fits) == {"", "mix"}
    assert found.count == 4
    assert found.design == half_samples(3)
    rows = [*REAL, *MADE]
    assert [len(kept(fit, REAL)) for fit in found.fits[""]] == [8, 4, 4, 4]
    assert [len(kept(fit, rows)) for fit in found.fits["mix"]] == [12, 6, 6, 6]
    assert len({tuple(kept(fit, REAL)) for fit in found.fits[""]}) == 4
    for real, own in zip(found.fits[""], found.fits["mix"], strict=True):
        assert kept(real, REAL) == kept(own, REAL)


@pytest.mark.parametrize(("repeats", "fits"), [(0, 1), (1, 1), (2, 3)])
def test_one_half_has_nothing_to_differ_from_and_is_not_fitted(repeats, fits):
    found = plan_fits(Noting(), REAL, [], repeats, 0)
    assert found.count == fits
    assert found.design == half_samples(fits - 1)


def test_a_classifier_with_chance_has_another_seed_for_each_half():
    seeds = [fit.seed for fit in plan_fits(Noting(random=True), REAL, [], 3, 0).fits[""]]
    assert len(set(seeds)) == 4
    assert all(0 <= seed < 2**31 for seed in seeds)
    same = [fit.seed for fit in plan_fits(Noting(), REAL, [], 3, 0).fits[""]]
    assert same == [seeds[0]] * 4
    assert plan_fits(Noting(), REAL, [], 3, 1).fits[""][0].seed != seeds[0]


def test_predictions_are_numbers_of_all_labels():
    noting = Noting()
    found = trainer(noting).predict(TRAIN, TrainPart(REAL[::-1], 0.5), 7)
    assert found.tolist() == [1, 0, 0]  # what was not trained on is not predicted
    texts, labels, seed, weight = noting.given[0]
    assert labels == ["a"] * 4 + ["b"] * 4
    assert texts == [f"text {n}" for n in (0, 2, 4, 6, 1, 3, 5, 7)]  # whatever their order was
    assert (seed, weight) == (7, 0.5)
    later = [LabelledRow("x", "c", "x"), LabelledRow("y", "b", "y")]
    assert trainer(noting).predict(TRAIN, TrainPart(later, 1.0), 0).tolist() == [1, 1, 2]


def test_one_class_is_predicted_always_and_no_row_predicts_nothing():
    own = trainer(Failing())
    assert own.predict(TRAIN, TrainPart([LabelledRow("x", "b", "x")], 1.0), 0).tolist() == [1, 1, 1]
    assert own.untrained == {}
    for _ in range(2):
        assert own.predict(TRAIN, TrainPart([], 0.0), 0).tolist() == [3, 3, 3]
    assert own.untrained == {"mix": 2}


def test_progress_is_told_fit_by_fit():
    told = []
    own = Trainer(Noting(), ["a", "b"], ["is a"], lambda *given: told.append(given))
    own.expect(2)
    own.expect(1)
    fits = plan_fits(Noting(), REAL, [], 2, 0).fits[""]
    assert [found.tolist() for found in own.fit(TRAIN, fits)] == [[0]] * 3
    assert told == [("training", 1, 3), ("training", 2, 3), ("training", 3, 3)]


def test_a_fit_that_learns_nothing_says_of_which_train_set():
    with pytest.raises(TrainingError, match=r"^train set 'mix': nothing to learn$"):
        trainer(Failing()).predict(TRAIN, TRAIN.part(all_but(frozenset())), 0)


def test_every_train_set_is_scored_on_the_same_bootstrap_samples():
    truth = np.array([0, 1, 0, 1, 1])
    known = TestSet(truth, 2, 0)
    right, half, wrong = truth, np.zeros(5, np.intp), 1 - truth
    one, two = samples(known, [[right, half, wrong], [half, half, right]], half_samples(2))
    assert one.value[0] == 1
    assert one.fits[:, 0].tolist() == [1, 0.4, 0]
    assert (one.draws.shape, one.each.shape) == ((1000, 4), (3, 200, 4))
    assert np.array_equal(one.each[1], two.each[0], equal_nan=True)
    assert (one.draws[:, 0] == 1).all()
    assert two.draws[:, 0].mean() == pytest.approx(0.4, abs=0.03)
    assert one.each.dtype == np.float32
    assert one.sizes.tolist() == [5, 4 / (1 / 2 + 1 / 3), 2, 3]
