"""Every fit learns, however many classes there are and whatever their balance, or it says not."""

import random
import subprocess
import sys

import numpy as np
import pytest
from scipy import optimize
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_union
from threadpoolctl import threadpool_limits

from dataaug import plugins
from dataaug.classifiers import Distinct, Ended, fit_model, prove
from dataaug.classifiers.grams import Grams
from dataaug.classifiers.lbfgs import least
from dataaug.classifiers.newton import two_classes
from dataaug.classifiers.softmax import SoftmaxRegression
from dataaug.errors import TrainingError
from dataaug.plugins import Spec
from dataaug.text.segments import features, plain_word

GRID = [(2, 5), (2, 100), (20, 25), (150, 5), (150, 25)]
LARGE = [(2, 25), (20, 5), (20, 100), (150, 100), (500, 20), (1_000, 5), (1_000, 20)]
CASES = [*GRID, *(pytest.param(*case, marks=pytest.mark.slow) for case in LARGE)]
HALF_A_POINT = 0.005


@pytest.fixture(autouse=True, scope="module")
def one_thread():
    """Compute by one thread: to share products this small out takes longer than to do them."""
    with threadpool_limits(1):
        yield


def sizes(classes, each, skewed):
    """Return the rows of each class: equal, or falling as 1 / rank with two at least."""
    ranks = np.arange(1, classes + 1.0) ** -float(skewed)
    return np.maximum(2, np.round(classes * each * ranks / ranks.sum())).astype(int)


def vectors(classes, counts, seed, dimensions=48):
    """Return unit vectors around the centres of the classes, which two share in part."""
    rng = np.random.default_rng(7)
    centres = rng.normal(size=(classes, dimensions))
    centres += 0.6 * np.roll(centres, 1, axis=0)
    numbers = np.repeat(np.arange(classes), counts)
    noise = np.random.default_rng(seed).normal(size=(len(numbers), dimensions))
    found = 0.6 * centres[numbers] + noise + 0.5
    return (found / np.linalg.norm(found, axis=1, keepdims=True)).astype(np.float32), numbers


def weighed(numbers, balanced):
    counts = np.bincount(numbers)
    return len(numbers) / (len(counts) * counts[numbers]) if balanced else np.ones(len(numbers))


def right(probabilities, numbers):
    return float(np.mean(probabilities.argmax(axis=1) == numbers))


@pytest.mark.parametrize("balanced", [False, True])
@pytest.mark.parametrize("skewed", [False, True])
@pytest.mark.parametrize(("classes", "each"), CASES)
def test_dense_fit_is_as_good_as_one_to_the_limit(classes, each, skewed, balanced):
    train, numbers = vectors(classes, sizes(classes, each, skewed), 1)
    test, wanted = vectors(classes, np.full(classes, max(4, 4_000 // classes)), 2)
    limit = LogisticRegression(
        C=10, tol=1e-9, max_iter=10_000, class_weight="balanced" if balanced else None
    ).fit(train.astype(np.float64), numbers)
    model = SoftmaxRegression(10)
    ended = model.fit(train, numbers, weighed(numbers, balanced))
    assert ended.settled
    assert ended.steps >= 2
    best = limit.predict_proba(test)
    assert abs(right(model.predict_proba(test), wanted) - right(best, wanted)) <= HALF_A_POINT


_SYLLABLES = ["ba", "do", "fi", "gu", "ke", "la", "mo", "ni", "pu", "re", "sa", "to"]


def sentences(classes, counts, seed):
    """Return texts with words of their class, one of another class and words of none."""
    words = random.Random(7)
    own = [["".join(words.choices(_SYLLABLES, k=3)) for _ in range(12)] for _ in range(classes)]
    rng = random.Random(seed)
    texts, labels = [], []
    for number, count in enumerate(counts):
        for _ in range(count):
            text = rng.choices(own[number], k=3) + rng.choices(own[number - 1], k=1)
            text += rng.choices(_SYLLABLES, k=3)
            rng.shuffle(text)
            texts.append(" ".join(text))
            labels.append(f"{number:04}")
    return texts, labels


@pytest.mark.parametrize("balanced", [False, True])
@pytest.mark.parametrize("skewed", [False, True])
@pytest.mark.parametrize(("classes", "each"), [
    (2, 5), (2, 100), (20, 25), (60, 5),
    *(pytest.param(*case, marks=pytest.mark.slow) for case in [(20, 100), (150, 25), (400, 5)]),
])  # fmt: skip
def test_sparse_fit_is_as_good_as_one_to_the_limit(classes, each, skewed, balanced):
    from sklearn.feature_extraction.text import TfidfVectorizer

    texts, labels = sentences(classes, sizes(classes, each, skewed), 1)
    test, wanted = sentences(classes, np.full(classes, max(2, 4_000 // classes)), 2)
    spec = Spec("tfidf", {"characters": False, "balanced": balanced})
    model = plugins.load("classifiers", spec)(texts, labels)
    features = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True)
    limit = LogisticRegression(
        C=10, tol=1e-9, max_iter=10_000, class_weight="balanced" if balanced else None
    )
    limit.fit(features.fit_transform(texts), labels)
    numbers = np.array([int(label) for label in wanted])
    assert model.classes == limit.classes_.tolist()
    best = limit.predict_proba(features.transform(test))
    assert abs(right(model(test), numbers) - right(best, numbers)) <= HALF_A_POINT


def test_rows_that_weigh_much_do_not_drive_a_sparse_fit_away():
    texts, labels = sentences(3, [160, 160, 9], 1)
    model = plugins.load("classifiers", Spec("tfidf", {"balanced": True}))(texts, labels)
    assert right(model(texts), np.array([int(label) for label in labels])) > 0.99


def test_many_balanced_classes_are_learnt_by_every_embedding():
    """150 labels of 25 rows, as balance --to 25 makes them: a fixed tolerance ends at once."""
    texts, labels = sentences(150, np.full(150, 25), 1)
    test, wanted = sentences(150, np.full(150, 4), 2)
    model = plugins.load("classifiers", Spec("embedding", {"embedder": "hashing"}))(texts, labels)
    assert right(model(test), np.array([int(label) for label in wanted])) > 0.85


def rows_of(labels):
    return Distinct([str(place) for place in range(len(labels))], labels, np.ones(len(labels)))


class _Stuck:
    """An estimator that says the same of every row."""

    def __init__(self, ended):
        self._ended = ended

    def fit(self, _matrix, numbers, _weights, /):
        self._classes = int(numbers.max()) + 1
        return self._ended

    def predict_proba(self, matrix, /):
        return np.full((len(matrix), self._classes), 1 / self._classes)


@pytest.mark.parametrize("settled", [True, False])
def test_a_fit_that_learnt_nothing_ends_the_run(settled):
    estimator = _Stuck(Ended(0, settled, "a larger c"))
    with pytest.raises(TrainingError, match=r"nothing from 40 rows with 4 labels: after 0 steps"):
        fit_model("stuck", None, estimator, np.zeros((40, 2)), rows_of(["a", "b", "c", "d"] * 10))


def test_texts_that_say_nothing_of_their_labels_end_the_run():
    for spec in (Spec("tfidf"), Spec("embedding", {"embedder": "hashing"})):
        with pytest.raises(TrainingError, match="see whether the texts say anything"):
            plugins.load("classifiers", spec)(["the same text"] * 8, ["a", "b"] * 4)


def test_a_fit_that_was_stopped_must_have_learnt_more_than_one_at_rest():
    numbers = np.array([0, 1] * 50)
    little = np.where(np.arange(2) == numbers[:, None], 0.51, 0.49)
    prove("one", Ended(9, True, ""), little, numbers, np.ones(100))
    with pytest.raises(TrainingError):
        prove("one", Ended(9, False, ""), little, numbers, np.ones(100))
    much = np.where(np.arange(2) == numbers[:, None], 0.6, 0.4)
    prove("one", Ended(9, False, ""), much, numbers, np.ones(100))


def test_a_strong_penalty_and_a_rare_class_are_no_error():
    train, numbers = vectors(2, np.array([190, 10]), 1)
    for c in (0.01, 10.0, 1e6):
        assert fit_model(
            "one", None, SoftmaxRegression(c), train, rows_of([str(n) for n in numbers])
        )


@pytest.mark.parametrize("c", [1e-6, 10.0, 1e9])
@pytest.mark.parametrize("different", [1, 2, 340])
def test_a_dense_fit_ends_whatever_its_vectors_and_its_penalty(c, different):
    """Of one vector, of fewer than dimensions, and with a penalty that leaves nothing to be done:
    two steps of the line search are one there, and a spread has a direction below 0.
    """
    rng = np.random.default_rng(different)
    matrix = rng.normal(size=(different, 16)).astype(np.float32).repeat(-(-340 // different), 0)
    matrix = (matrix / np.linalg.norm(matrix, axis=1, keepdims=True))[:340]
    numbers = np.arange(len(matrix)) % 15
    fit = SoftmaxRegression(c)
    fit.fit(matrix, numbers, np.ones(len(numbers)))
    assert np.allclose(fit.predict_proba(matrix).sum(axis=1), 1)


def test_equal_texts_with_other_labels_are_a_sentence():
    classifier = plugins.load("classifiers", Spec("embedding", {"embedder": "hashing"}))
    with pytest.raises(TrainingError, match="learnt nothing"):
        classifier(["the same text"] * 3, ["a", "b", "c"])


def test_probabilities_that_are_no_numbers_end_the_run():
    class Wild(_Stuck):
        def predict_proba(self, matrix, /):
            return np.full((len(matrix), self._classes), np.nan)

    with pytest.raises(TrainingError, match="4 of 4 texts are not finite"):
        fit_model("wild", None, Wild(Ended(3, True, "")), np.zeros((4, 2)), rows_of(["a", "b"] * 2))


def test_vectors_that_are_no_numbers_end_the_run():
    train, numbers = vectors(2, np.array([5, 5]), 1)
    train[3, 2] = np.nan
    with pytest.raises(TrainingError, match="vectors"):
        SoftmaxRegression(10).fit(train, numbers, np.ones(10))


ODD = ["", "a", "ab c", "  x\t\ty  ", "Über straße ﬁ e\u0301 é", "日本語 の テキスト", "İstanbul",
       "Привет, мир", "x" * 50, "a \u200bzero", "1 2 33", "no\u00a0break\u2003here",
       "so so so"]  # fmt: skip


@pytest.mark.parametrize("characters", [True, False])
def test_features_are_those_of_scikit_learn_to_the_last_bit(characters):
    shape = {"strip_accents": plain_word, "sublinear_tf": True, "dtype": np.float32}
    words = TfidfVectorizer(ngram_range=(1, 2), token_pattern=None, tokenizer=features, **shape)
    letters = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 4), **shape)
    wanted = make_union(words, *([letters] if characters else []))
    grams = Grams(characters=characters)
    grams.fitted(["texts of another fit come first", *ODD[3:]])
    for texts in (ODD, ODD[::2]):
        wanted.fit(texts)
        found = grams.fitted(texts)
        for asked in (texts, ["new to it", *ODD]):
            ours, theirs = found(asked), wanted.transform(asked).tocsr()
            theirs.sort_indices()
            assert np.array_equal(ours.toarray(), theirs.toarray())
            assert ours.dtype == theirs.dtype == np.float32


@pytest.mark.parametrize("c", [0.1, 10])
def test_newton_finds_the_least_that_liblinear_finds(c):
    texts, labels = sentences(2, [120, 80], 1)
    matrix = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True).fit_transform(texts)
    second = np.array([label == labels[-1] for label in labels])
    weights, level = two_classes(matrix, second, c)
    limit = LogisticRegression(C=c, solver="liblinear", tol=1e-8).fit(matrix, second)
    there = limit.decision_function(matrix)
    assert np.abs(matrix @ weights + level - there).max() < 0.01 * np.abs(there).max()


@pytest.mark.parametrize(("size", "scale"), [(2, 1.0), (2, 30.0), (10, 1.0), (10, 1e-3)])
def test_lbfgs_asks_for_the_points_that_scipy_asks_for(size, scale):
    ours, theirs, steep = [], [], [1.0]

    def loss(point, asked):
        asked.append(point.copy())
        found = optimize.rosen(point), optimize.rosen_der(point)
        steep[0] = np.abs(found[1]).max()
        return found

    start = np.full(size, -1.2 * scale)
    found, steps = least(lambda at: loss(at, ours), start, lambda: steep[0] < 1e-6, 500)
    limit = optimize.minimize(
        lambda at: loss(at, theirs), start, jac=True, method="L-BFGS-B",
        options={"maxiter": 500, "maxfun": 2_000, "gtol": 1e-6, "ftol": 0},
    )  # fmt: skip
    assert (steps, len(ours)) == (limit.nit, len(theirs))
    assert np.allclose(ours, theirs, rtol=1e-4, atol=1e-6)
    assert np.allclose(found, 1, atol=1e-5)


@pytest.mark.parametrize("module", ["classifiers.tfidf", "comparison.measures.detector"])
def test_fits_start_without_scikit_learn(module):
    heavy = ["sklearn", "scipy.optimize", "scipy.special", "scipy.stats"]
    program = f"import sys, dataaug.{module}; sys.exit(any(n in sys.modules for n in {heavy}))"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
