"""How many cells there are, where they lie, and what a row has to visit: by the plain formulas."""

import numpy as np
import pytest

from dataaug.errors import InputError
from dataaug.search import kmeans
from dataaug.search.partitions import Partitions

EPSILON = np.finfo(np.float32).eps


def unit(rows):
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def even(rows, dimensions, seed=0):
    """Return unit vectors in all directions."""
    return unit(np.random.default_rng(seed).normal(size=(rows, dimensions)))


def clusters(count, each, dimensions, seed=0, wide=0.03):
    """Return unit vectors around well separated centroids, and the number of each's centre."""
    rng = np.random.default_rng(seed)
    middle = np.linalg.qr(rng.normal(size=(dimensions, count)))[0].T
    home = np.repeat(np.arange(count), each)
    return unit(middle[home] + wide * rng.normal(size=(len(home), dimensions))), home


@pytest.mark.parametrize(
    ("sizes", "probes", "count"),
    [
        # 2e8 pairs are worth it: 3 sqrt(n m / (n + m)) cells.
        ([20_000], 0, 300), ([19_999], 0, 1), ([20_000], 5, 150), ([80_000], 0, 600),
        ([10_000, 20_000], 0, 245), ([10_000, 19_999], 0, 1), ([20_000, 10_000], 1, 122),
    ],
)  # fmt: skip
def test_cells_are_made_from_two_hundred_million_pairs_on(sizes, probes, count):
    assert kmeans._count(sizes, probes) == count


def test_a_sample_has_so_many_rows_each_once_and_in_order():
    vectors = np.arange(40, dtype=np.float16).reshape(20, 2)
    random = np.random.default_rng(0)
    every = kmeans._sample(vectors, 20, random)
    assert np.array_equal(every, vectors)
    assert every.dtype == np.float32
    some = kmeans._sample(vectors, 7, random)[:, 0]
    assert len(some) == 7
    assert (np.diff(some) > 0).all()
    assert len(kmeans._sample(vectors, 30, random)) == 20


def test_a_head_lies_along_the_longest_axes():
    """Of eight dimensions a quarter: the two singular vectors of the largest singular values."""
    rows = even(300, 8) * np.array([1, 1, 5, 1, 1, 1, 9, 1], np.float32)
    axes = kmeans._axes(rows)
    assert axes.shape == (8, 2)
    wanted = np.linalg.svd(rows)[2][:2]
    assert np.abs((axes.T * wanted).sum(axis=1)) == pytest.approx([1, 1], abs=1e-4)
    assert np.abs(axes[6, 0]) == pytest.approx(1, abs=0.01)
    assert kmeans._axes(even(9, 3)) is None
    assert kmeans._axes(even(9, 4)).shape == (4, 1)


def test_axes_are_found_from_rows_of_the_whole_sample(monkeypatch):
    """The first half lies along one axis, the second, which is longer, along another."""
    monkeypatch.setattr(kmeans, "_BLOCK", 10)
    rows = np.zeros((40, 4), np.float32)
    rows[:20, 1], rows[20:, 2] = 1, 2
    assert np.abs(kmeans._axes(rows)[:, 0]) == pytest.approx([0, 0, 1, 0])


def test_the_longest_row_is_found_in_every_block(monkeypatch):
    monkeypatch.setattr(kmeans, "_BLOCK", 4)
    rows = even(11, 5)
    for place in (0, 3, 4, 10):
        longer = rows.copy()
        longer[place] *= 3
        assert kmeans._longest(longer) == pytest.approx(3, rel=1e-4)
        assert kmeans._longest(longer) >= np.linalg.norm(longer[place].astype(np.float64))
        bad = rows.copy()
        bad[place, 2] = np.nan
        with pytest.raises(InputError, match=rf"vector {place} holds"):
            kmeans._longest(bad)
    assert kmeans._longest(rows[:0]) == 0


def test_centres_are_the_means_of_what_lives_near_them():
    vectors, home = clusters(5, 30, 16)
    means = unit(np.array([vectors[home == n].sum(axis=0) for n in range(5)]))
    for count in (5, 40):  # no more than there are groups apart
        found = kmeans._centres(vectors, count, 0.9, np.random.default_rng(1))
        assert len(found) == 5
        nearest = (found @ means.T).argmax(axis=1)
        assert sorted(nearest) == [0, 1, 2, 3, 4]
        assert np.abs(found - means[nearest]).max() < 1e-5


def test_there_are_no_more_centres_than_asked_for():
    found = kmeans._centres(even(400, 12), 7, 0.95, np.random.default_rng(1))
    assert len(found) == 7
    assert np.linalg.norm(found, axis=1) == pytest.approx(np.ones(7), abs=1e-5)


def test_rows_of_no_length_have_no_direction():
    assert kmeans._unit(np.array([[0, 0], [3, 4]], np.float32)).tolist() == [
        [0, 0], pytest.approx([0.6, 0.8])
    ]  # fmt: skip


@pytest.mark.parametrize("length", [0.5, 1.0, 3.0])
def test_a_row_visits_where_its_lead_is_at_most_half_of_what_a_close_pair_allows(length):
    """For unit vectors and 0.95 that is 0.1581 times the distance of the centroids."""
    vectors = even(300, 16) * np.float32(length)
    threshold = 0.95 * length**2
    fitted = kmeans.fit_partitions([vectors], threshold, 6)
    apart = np.linalg.norm(fitted.centroids[:, None] - fitted.centroids[None], axis=2)
    most = np.sqrt(2 * length**2 - 2 * threshold) / 2 * apart
    assert (fitted.margins >= most).all()
    assert (fitted.margins <= 1.001 * most + 1e-4).all()
    error = (1e-4 + 2 * 16 * EPSILON) * max(1, length**2)
    assert fitted.slack == pytest.approx(error, rel=1e-3)


def test_few_rows_are_their_own_heads_and_many_have_short_ones(monkeypatch):
    vectors = even(50, 16)
    assert kmeans.fit_partitions([vectors], 0.9).axes is None
    assert kmeans.fit_partitions([vectors], 0.9, 4).axes.shape == (16, 4)  # a count was asked for
    monkeypatch.setattr(kmeans, "WORTH", 25_000)  # 50 * 50 is a tenth of it, and not less
    assert kmeans.fit_partitions([vectors], 0.9).axes.shape == (16, 4)
    monkeypatch.setattr(kmeans, "WORTH", 25_010)
    assert kmeans.fit_partitions([vectors], 0.9).axes is None
    assert kmeans.fit_partitions([vectors, even(51, 16)], 0.9).axes is not None
    assert kmeans.fit_partitions([vectors[:0]], 0.9).place(vectors[:0]).cells == 1


def test_cells_are_taken_where_they_leave_few_pairs_and_not_where_they_leave_most(monkeypatch):
    monkeypatch.setattr(kmeans, "WORTH", 100_000)
    apart, _ = clusters(12, 50, 24)
    fitted = kmeans.fit_partitions([apart], 0.95)
    assert fitted.place(apart).cells == 12  # 3 sqrt(300) are asked for
    assert len(kmeans.fit_partitions([even(600, 24)], 0.3).centroids) == 1
    assert len(kmeans.fit_partitions([even(600, 24)], 0.3, 9).centroids) == 9  # asked for
    both = kmeans.fit_partitions([apart[::2], apart[1::2]], 0.95)
    assert both.place(apart).cells == 1  # 90,000 pairs


# --- places


def plain_visits(fitted, rows):
    """Return homes, and the cells that each row has to visit with lead and bound."""
    scores = rows @ fitted.centroids.T
    own = scores.argmax(axis=1)
    lead = scores[np.arange(len(rows)), own][:, None] - scores
    bound = fitted.margins[own]
    near = lead <= bound
    near[np.arange(len(rows)), own] = False
    return own, near, lead / bound


def visited(places, size):
    found = np.zeros((size, places.cells), bool)
    for cell in range(places.cells):
        found[places.boundary_rows(cell), cell] = True
    return found


@pytest.fixture(params=[7, 2048])
def block(request, monkeypatch):
    """Rows are worked on in blocks: in many, or in one."""
    monkeypatch.setattr(cells, "_BLOCK", request.param)


@pytest.mark.usefixtures("block")
def test_each_row_lives_where_its_centre_is_nearest_and_visits_what_it_must():
    vectors = even(150, 6)
    fitted = kmeans.fit_partitions([vectors], 0.8, 9)
    places = fitted.place(vectors)
    own, near, _ = plain_visits(fitted, vectors)
    assert places.cells == 9
    for cell in range(9):
        assert places.members(cell).tolist() == np.flatnonzero(own == cell).tolist()
        assert places.boundary_rows(cell).tolist() == np.flatnonzero(near[:, cell]).tolist()
    assert places.visits == near.sum()
    assert places.certified.all()
    sizes, calls = np.bincount(own, minlength=9), near.sum(axis=0)
    assert places.weights().tolist() == (sizes * (sizes - 1) // 2 + sizes * calls).tolist()
    assert places.products == places.weights().sum()
    order = places.largest_first()
    assert sorted(order) == list(range(9))
    assert (np.diff(sizes[order]) <= 0).all()


@pytest.mark.usefixtures("block")
@pytest.mark.parametrize("probes", [1, 2, 4])
def test_a_row_makes_its_nearest_visits_where_they_are_capped(probes):
    vectors = even(150, 6)
    fitted = kmeans.fit_partitions([vectors], 0.8, 9)
    _, near, far = plain_visits(fitted, vectors)
    found = visited(fitted.place(vectors, probes), len(vectors))
    assert (found.sum(axis=1) == np.minimum(near.sum(axis=1), probes)).all()
    for row in range(len(vectors)):
        made, dropped = far[row][found[row]], far[row][near[row] & ~found[row]]
        assert not len(dropped) or made.max() <= dropped.min()


@pytest.mark.usefixtures("block")
def test_only_rows_that_a_cut_visit_may_concern_are_not_certified():
    """A row is at risk where it does not visit a cell from which a visit to its own was cut, and
    both margins together are what a close pair may have."""
    vectors = even(150, 6)
    fitted = kmeans.fit_partitions([vectors], 0.8, 9)
    own, near, far = plain_visits(fitted, vectors)
    lead = far * fitted.margins[own]
    places = fitted.place(vectors, 2)
    cut = near & ~visited(places, len(vectors))
    wanted = ~cut.any(axis=1)
    for row in range(len(vectors)):
        for cell in range(9):
            cuts = cut[:, own[row]] & (own == cell)
            bound = fitted.margins[own[row], cell]
            if cuts.any() and lead[row, cell] > bound:
                least = lead[cuts, own[row]].min()
                wanted[row] &= bool(least + lead[row, cell] > 2 * bound)
    assert 0 < wanted.sum() < len(vectors)
    assert places.certified.tolist() == wanted.tolist()


def test_where_no_visit_is_cut_all_are_certified():
    vectors = even(150, 6)
    assert kmeans.fit_partitions([vectors], 0.8, 9).place(vectors, 8).certified.all()


def test_a_head_bounds_every_product_from_above():
    vectors = even(60, 16)
    fitted = kmeans.fit_partitions([vectors], 0.9, 3)
    bound_vectors = fitted.place(vectors).bound_vectors.astype(np.float64)
    assert bound_vectors.shape == (60, 5)
    wide = vectors.astype(np.float64)
    head = wide @ fitted.axes
    assert bound_vectors[:, :4] == pytest.approx(head, abs=1e-6)
    rest = np.sqrt((wide**2).sum(axis=1) - (head**2).sum(axis=1))
    assert (bound_vectors[:, 4] >= rest - 1e-7).all()
    assert bound_vectors[:, 4] == pytest.approx(rest, abs=1e-5)
    assert (bound_vectors @ bound_vectors.T >= wide @ wide.T - fitted.slack).all()


def test_what_is_chosen_of_a_cell():
    vectors = even(40, 6)
    places = kmeans.fit_partitions([vectors], 0.8, 3).place(vectors)
    chosen = np.arange(40) % 3 == 0
    for cell in range(3):
        for who in (places.members, places.boundary_rows):
            assert who(cell, chosen).tolist() == [row for row in who(cell) if row % 3 == 0]
            assert who(cell).dtype == np.intp
    bare = places.without_vectors()
    assert bare.vectors.shape == (0, 6)
    assert np.array_equal(bare.bound_vectors, places.bound_vectors)


def test_one_cell_has_no_visits():
    vectors = even(5, 3)
    places = Partitions(
        np.zeros((1, 3), np.float32), np.zeros((1, 1), np.float32), None, 0.0
    ).place(vectors, 2)
    assert (places.cells, places.visits, places.products) == (1, 0, 10)
    assert places.certified.all()
    assert np.array_equal(places.bound_vectors, vectors)
