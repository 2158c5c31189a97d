"""How many partitions there are, where they lie, and which rows are on the boundary of each."""

import numpy as np
import pytest

from dataaug.errors import InputError
from dataaug.search import kmeans, partitions
from dataaug.search.partitions import Partitions

EPSILON = np.finfo(np.float32).eps


def unit(rows):
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def even(rows, dimensions, seed=0):
    """Return unit vectors in all directions."""
    return unit(np.random.default_rng(seed).normal(size=(rows, dimensions)))


def clusters(count, each, dimensions, seed=0, wide=0.03):
    """Return unit vectors around well separated centroids, and the number of each's centroid."""
    rng = np.random.default_rng(seed)
    middle = np.linalg.qr(rng.normal(size=(dimensions, count)))[0].T
    home = np.repeat(np.arange(count), each)
    return unit(middle[home] + wide * rng.normal(size=(len(home), dimensions))), home


@pytest.mark.parametrize(
    ("sizes", "probes", "count"),
    [
        # 2e8 pairs are worth it: 3 sqrt(n m / (n + m)) partitions.
        ([20_000], 0, 300), ([19_999], 0, 1), ([20_000], 5, 150), ([80_000], 0, 600),
        ([10_000, 20_000], 0, 245), ([10_000, 19_999], 0, 1), ([20_000, 10_000], 1, 122),
    ],
)  # fmt: skip
def test_partitions_are_made_from_two_hundred_million_pairs_on(sizes, probes, count):
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


def test_a_bound_vector_lies_along_the_longest_axes():
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


def test_centroids_are_the_means_of_the_rows_nearest_to_them():
    vectors, home = clusters(5, 30, 16)
    means = unit(np.array([vectors[home == n].sum(axis=0) for n in range(5)]))
    for count in (5, 40):  # no more than there are groups apart
        found = kmeans._centroids(vectors, count, 0.9, np.random.default_rng(1))
        assert len(found) == 5
        nearest = (found @ means.T).argmax(axis=1)
        assert sorted(nearest) == [0, 1, 2, 3, 4]
        assert np.abs(found - means[nearest]).max() < 1e-5


def test_there_are_no_more_centroids_than_asked_for():
    found = kmeans._centroids(even(400, 12), 7, 0.95, np.random.default_rng(1))
    assert len(found) == 7
    assert np.linalg.norm(found, axis=1) == pytest.approx(np.ones(7), abs=1e-5)


def test_rows_of_no_length_have_no_direction():
    assert kmeans._unit(np.array([[0, 0], [3, 4]], np.float32)).tolist() == [
        [0, 0], pytest.approx([0.6, 0.8])
    ]  # fmt: skip


@pytest.mark.parametrize("length", [0.5, 1.0, 3.0])
def test_a_margin_is_at_most_half_of_what_a_close_pair_allows(length):
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


def test_few_rows_are_their_own_bound_vectors_and_many_have_short_ones(monkeypatch):
    vectors = even(50, 16)
    assert kmeans.fit_partitions([vectors], 0.9).axes is None
    assert kmeans.fit_partitions([vectors], 0.9, 4).axes.shape == (16, 4)  # a count was asked for
    monkeypatch.setattr(kmeans, "WORTH", 25_000)  # 50 * 50 is a tenth of it, and not less
    assert kmeans.fit_partitions([vectors], 0.9).axes.shape == (16, 4)
    monkeypatch.setattr(kmeans, "WORTH", 25_010)
    assert kmeans.fit_partitions([vectors], 0.9).axes is None
    assert kmeans.fit_partitions([vectors, even(51, 16)], 0.9).axes is not None
    assert kmeans.fit_partitions([vectors[:0]], 0.9).place(vectors[:0]).partitions == 1


def test_partitions_are_taken_where_they_leave_few_pairs_and_not_where_they_leave_most(monkeypatch):
    monkeypatch.setattr(kmeans, "WORTH", 100_000)
    apart, _ = clusters(12, 50, 24)
    fitted = kmeans.fit_partitions([apart], 0.95)
    assert fitted.place(apart).partitions == 12  # 3 sqrt(300) are asked for
    assert len(kmeans.fit_partitions([even(600, 24)], 0.3).centroids) == 1
    assert len(kmeans.fit_partitions([even(600, 24)], 0.3, 9).centroids) == 9  # asked for
    both = kmeans.fit_partitions([apart[::2], apart[1::2]], 0.95)
    assert both.place(apart).partitions == 1  # 90,000 pairs


def test_partitions_are_judged_by_rows_that_they_were_not_made_from(monkeypatch):
    """Centroids of few rows lie beside these; of rows between them most pairs are left."""
    monkeypatch.setattr(kmeans, "WORTH", 1_000_000)
    monkeypatch.setattr(kmeans, "_SAMPLE", 4)
    monkeypatch.setattr(kmeans, "_BLOCK", 64)
    vectors = even(4000, 100)
    made_of = kmeans._sample(vectors, 4 * 134, np.random.default_rng(134))
    fitted = kmeans.fit_partitions([vectors], 0.9, 134)
    seeming = fitted.place(made_of).products / (len(made_of) ** 2 / 2)
    assert seeming < 0.7 < fitted.place(vectors).products / (4000**2 / 2)
    assert len(kmeans.fit_partitions([vectors], 0.9).centroids) == 1


def test_where_rows_would_be_on_many_boundaries_there_are_fewer_partitions(monkeypatch):
    monkeypatch.setattr(kmeans, "WORTH", 100_000)
    vectors, _ = clusters(12, 250, 24, wide=0.15)
    many = kmeans.fit_partitions([vectors], 0.95)
    crowd = many.place(vectors).boundary_count / 3000
    monkeypatch.setattr(kmeans, "_CROWDED", crowd / 2)
    fewer = kmeans.fit_partitions([vectors], 0.95)
    assert 1 < len(fewer.centroids) < len(many.centroids)
    assert fewer.place(vectors).boundary_count / 3000 <= crowd / 2


def test_bound_vectors_are_as_short_as_makes_the_search_quickest():
    """Few axes do where they part the rows, and more are taken where pairs would pass by them."""
    apart = unit(even(800, 512) * np.repeat([4, 1], [32, 480]).astype(np.float32))
    assert kmeans._quickest(apart, kmeans._axes(apart), 0.95).shape == (512, 32)
    flat = even(1500, 64)
    assert kmeans._quickest(flat, kmeans._axes(flat), 0.95).shape == (64, 16)


# --- rows by partition


def plainly_near(fitted, rows):
    """Return own partitions, those on whose boundary each row is, and how far off it is of each."""
    scores = rows @ fitted.centroids.T
    own = scores.argmax(axis=1)
    margin = scores[np.arange(len(rows)), own][:, None] - scores
    bound = fitted.margins[own]
    near = margin <= bound
    near[np.arange(len(rows)), own] = False
    return own, near, margin / bound


def on_boundary(placed, size):
    found = np.zeros((size, placed.partitions), bool)
    for partition in range(placed.partitions):
        found[placed.boundary_rows(partition), partition] = True
    return found


@pytest.fixture(params=[7, 2048])
def block(request, monkeypatch):
    """Rows are worked on in blocks: in many, or in one."""
    monkeypatch.setattr(partitions, "_BLOCK", request.param)


@pytest.mark.usefixtures("block")
def test_each_row_is_a_member_where_its_centroid_is_nearest_and_on_the_boundary_of_what_it_must():
    vectors = even(150, 6)
    fitted = kmeans.fit_partitions([vectors], 0.8, 9)
    placed = fitted.place(vectors)
    own, near, _ = plainly_near(fitted, vectors)
    assert placed.partitions == 9
    for partition in range(9):
        assert placed.members(partition).tolist() == np.flatnonzero(own == partition).tolist()
        assert (
            placed.boundary_rows(partition).tolist() == np.flatnonzero(near[:, partition]).tolist()
        )
    assert placed.boundary_count == near.sum()
    assert placed.certified.all()
    sizes, boundary = np.bincount(own, minlength=9), near.sum(axis=0)
    assert placed.weights().tolist() == (sizes * (sizes - 1) // 2 + sizes * boundary).tolist()
    assert placed.products == placed.weights().sum()
    order = placed.largest_first()
    assert sorted(order) == list(range(9))
    assert (np.diff(sizes[order]) <= 0).all()


@pytest.mark.usefixtures("block")
@pytest.mark.parametrize("probes", [1, 2, 4])
def test_a_row_is_on_the_nearest_boundaries_where_they_are_capped(probes):
    vectors = even(150, 6)
    fitted = kmeans.fit_partitions([vectors], 0.8, 9)
    _, near, far = plainly_near(fitted, vectors)
    found = on_boundary(fitted.place(vectors, probes), len(vectors))
    assert (found.sum(axis=1) == np.minimum(near.sum(axis=1), probes)).all()
    for row in range(len(vectors)):
        made, dropped = far[row][found[row]], far[row][near[row] & ~found[row]]
        assert not len(dropped) or made.max() <= dropped.min()


@pytest.mark.usefixtures("block")
def test_only_rows_that_a_dropped_boundary_row_may_concern_are_not_certified():
    """A row is at risk where it is not on the boundary of a partition one of whose rows was dropped
    from the boundary of its own, and both margins together are what a close pair may have."""
    vectors = even(150, 6)
    fitted = kmeans.fit_partitions([vectors], 0.8, 9)
    own, near, far = plainly_near(fitted, vectors)
    margin = far * fitted.margins[own]
    placed = fitted.place(vectors, 2)
    cut = near & ~on_boundary(placed, len(vectors))
    wanted = ~cut.any(axis=1)
    for row in range(len(vectors)):
        for partition in range(9):
            cuts = cut[:, own[row]] & (own == partition)
            bound = fitted.margins[own[row], partition]
            if cuts.any() and margin[row, partition] > bound:
                least = margin[cuts, own[row]].min()
                wanted[row] &= bool(least + margin[row, partition] > 2 * bound)
    assert 0 < wanted.sum() < len(vectors)
    assert placed.certified.tolist() == wanted.tolist()


def test_where_no_boundary_row_is_dropped_all_are_certified():
    vectors = even(150, 6)
    assert kmeans.fit_partitions([vectors], 0.8, 9).place(vectors, 8).certified.all()


def test_bound_vectors_bound_every_product_from_above():
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


def test_what_is_chosen_of_a_partition():
    vectors = even(40, 6)
    placed = kmeans.fit_partitions([vectors], 0.8, 3).place(vectors)
    chosen = np.arange(40) % 3 == 0
    for partition in range(3):
        for who in (placed.members, placed.boundary_rows):
            assert who(partition, chosen).tolist() == [
                row for row in who(partition) if row % 3 == 0
            ]
            assert who(partition).dtype == np.intp
    bare = placed.without_vectors()
    assert bare.vectors.shape == (0, 6)
    assert np.array_equal(bare.bound_vectors, placed.bound_vectors)


def test_one_partition_has_no_boundary_rows():
    vectors = even(5, 3)
    placed = Partitions(
        np.zeros((1, 3), np.float32), np.zeros((1, 1), np.float32), None, 0.0
    ).place(vectors, 2)
    assert (placed.partitions, placed.boundary_count, placed.products) == (1, 0, 10)
    assert placed.certified.all()
    assert np.array_equal(placed.bound_vectors, vectors)
