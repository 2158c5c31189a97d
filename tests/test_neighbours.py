"""The search for close pairs finds what a look at every pair finds, and greedy is greedy."""

import numpy as np
import pytest
from far_engine import Far
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from threadpoolctl import threadpool_info, threadpool_limits

from dataaug.errors import InputError
from dataaug.search import dedup, kmeans, pairs, threads, tiles
from dataaug.search.pairs import PairQuery
from dataaug.search.tiles import TooManyPairs

KINDS = ("even", "clusters", "copies", "one crowd", "zeros", "lengths", "line")
THRESHOLDS = (-1.0, -0.3, 0.0, 0.5, 0.8, 0.95, 0.99, 1.0)


def world(kind, rows, dimensions, seed, number=np.float32):
    """Return vectors of a kind that is hard for cells in some way."""
    rng = np.random.default_rng(seed)
    found = rng.normal(size=(rows, dimensions))
    if kind == "clusters":
        found = rng.normal(size=(5, dimensions))[rng.integers(0, 5, rows)] + 0.3 * found
    elif kind == "copies":
        found = found[rng.integers(0, max(rows // 4, 1), rows)] if rows else found
    elif kind == "one crowd":
        found[rows // 3 :] = rng.normal(size=dimensions) + 0.02 * found[rows // 3 :]
    elif kind == "line":
        found = found[:1] + np.linspace(0, 3, rows)[:, None] * rng.normal(size=(1, dimensions))
    found = found / np.maximum(np.linalg.norm(found, axis=1, keepdims=True), 1e-9)
    if kind == "zeros":
        found[::3] = 0
    elif kind == "lengths":
        found *= rng.uniform(0.1, 3, (rows, 1))
    return found.astype(number)


def every_pair(left, right, threshold, half=False):
    """Return all close pairs, by a look at each."""
    i, j = (side.ravel() for side in np.mgrid[: len(left), : len(right)])
    if half:
        i, j = i[j < i], j[j < i]
    score = np.array([
        (left[one].astype(np.float64) * right[other].astype(np.float64)).sum()
        for one, other in zip(i, j, strict=True)
    ])  # fmt: skip
    near = score >= threshold
    return i[near], j[near], score[near]


def same(found, wanted):
    return all(np.array_equal(mine, yours) for mine, yours in zip(found, wanted, strict=True))


worlds = st.tuples(
    st.sampled_from(KINDS), st.integers(0, 60), st.integers(1, 24), st.integers(0, 10**6),
    st.sampled_from([np.float16, np.float32]),
)  # fmt: skip


@settings(max_examples=100, deadline=None)
@given(worlds, st.sampled_from(THRESHOLDS), st.sampled_from([0, 2, 5, 30]))
def test_cells_find_every_pair_of_one_set_with_the_same_score(args, threshold, count):
    vectors = world(*args)
    places = kmeans.fit_partitions([vectors], threshold, count).place(vectors)
    assert same(
        pairs.gather(pairs.inner(places, PairQuery(threshold))),
        every_pair(vectors, vectors, threshold, half=True),
    )
    assert places.certified.all()


@settings(max_examples=100, deadline=None)
@given(worlds, worlds, st.sampled_from(THRESHOLDS), st.sampled_from([0, 2, 5, 30]))
def test_cells_find_every_pair_between_two_sets(one, other, threshold, count):
    left, right = world(*one), world(other[0], other[1], one[2], other[3], other[4])
    fitted = kmeans.fit_partitions([left, right], threshold, count)
    found = pairs.across(fitted.place(left), fitted.place(right), PairQuery(threshold))
    assert same(pairs.gather(found), every_pair(left, right, threshold))


@settings(max_examples=60, deadline=None)
@given(worlds, st.sampled_from(THRESHOLDS), st.data())
def test_chosen_rows_are_compared_with_each_other_only(args, threshold, data):
    vectors = world(*args)
    flags = st.lists(st.booleans(), min_size=len(vectors), max_size=len(vectors))
    ours, theirs = (np.array(data.draw(flags), bool) for _ in range(2))
    places = kmeans.fit_partitions([vectors], threshold, 7).place(vectors)
    i, j, score = every_pair(vectors, vectors, threshold, half=True)
    chosen = ours[i] & ours[j]
    found = pairs.gather(pairs.inner(places, PairQuery(threshold), ours))
    assert same(found, (i[chosen], j[chosen], score[chosen]))
    i, j, score = every_pair(vectors, vectors, threshold)
    chosen = ours[i] & theirs[j]
    found = pairs.gather(pairs.across(places, places, PairQuery(threshold), ours, theirs))
    assert same(found, (i[chosen], j[chosen], score[chosen]))


@settings(max_examples=60, deadline=None)
@given(worlds, st.sampled_from([0.5, 0.8, 0.95]), st.sampled_from([1, 2, 5]))
def test_a_certified_row_has_all_its_pairs_though_others_were_cut(args, threshold, probes):
    vectors = world(*args)
    places = kmeans.fit_partitions([vectors], threshold, 12).place(vectors, probes)
    i, j, _ = pairs.gather(pairs.inner(places, PairQuery(threshold)))
    found = set(zip(i.tolist(), j.tolist(), strict=True))
    for one, other, _ in zip(*every_pair(vectors, vectors, threshold, half=True), strict=True):
        missed = (one, other) not in found
        assert not (missed and (places.certified[one] or places.certified[other]))


def test_a_cap_on_probes_cuts_rows_and_says_so():
    vectors = world("clusters", 400, 6, 1)
    places = kmeans.fit_partitions([vectors], 0.8, 60).place(vectors, 1)
    assert 0 < places.certified.sum() < 400


@pytest.mark.parametrize("kind", KINDS)
def test_many_rows_in_many_cells_are_found_as_in_one(kind):
    vectors = world(kind, 1500, 32, 5)
    threshold = 0.9
    plain = vectors.astype(np.float64) @ vectors.T.astype(np.float64)
    i, j = np.nonzero(plain >= threshold - 1e-9)
    score = pairs.products(vectors, vectors, i, j)
    half = (j < i) & (score >= threshold)
    places = kmeans.fit_partitions([vectors], threshold, 80).place(vectors)
    assert places.partitions > 1
    found = pairs.gather(pairs.inner(places, PairQuery(threshold)))
    assert same(found, (i[half], j[half], score[half]))
    assert same(pairs.inner_pairs(vectors, threshold), found)


def test_rows_that_are_far_apart_are_mostly_not_compared():
    vectors = world("clusters", 4000, 48, 2)
    wanted = PairQuery(0.99)
    list(pairs.inner(kmeans.fit_partitions([vectors], 0.99, 100).place(vectors), wanted))
    assert wanted.products < 0.4 * 4000**2 / 2


def test_cells_are_not_used_where_they_save_nothing():
    vectors = world("even", 2000, 64, 2)
    assert kmeans.fit_partitions([vectors], 0.1).place(vectors).partitions == 1


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 700), st.integers(0, 10**6), st.integers(1, 40))
def test_a_score_depends_on_its_two_rows_alone(dimensions, seed, rows):
    vectors = world("even", rows, dimensions, seed)
    rng = np.random.default_rng(seed)
    i, j = rng.integers(0, rows, (2, 1100))
    together = pairs.products(vectors, vectors, i, j)
    for n in (0, 1, 511, 512, 1099):
        alone = pairs.products(vectors[i[n]][None].copy(), vectors[j[n]][None], [0], [0])
        assert alone[0] == together[n]
    assert np.array_equal(pairs.products(vectors, vectors, j, i), together)


@pytest.mark.parametrize(("tile", "columns"), [(1 << 12, 64), (1 << 14, 1000), (1 << 21, 8192)])
def test_the_shape_of_a_tile_decides_nothing(monkeypatch, tile, columns):
    """Half of the pairs are planted a few rounding errors around the threshold."""
    vectors = world("even", 600, 64, 3)
    near = vectors[:300] * 0.95
    side = world("even", 300, 64, 4)
    side -= (side * vectors[:300]).sum(axis=1, keepdims=True) * vectors[:300]
    side /= np.linalg.norm(side, axis=1, keepdims=True)
    vectors[300:] = near + np.sqrt(1 - 0.95**2) * side
    expected = every_pair(vectors, vectors, 0.95, half=True)
    assert 30 < len(expected[0]) < 270
    monkeypatch.setattr(tiles, "TILE", tile)
    monkeypatch.setattr(tiles, "TILE_COLUMNS", columns)
    assert same(pairs.inner_pairs(vectors, 0.95), expected)


def test_vectors_may_stay_on_disk_in_half_precision(tmp_path):
    vectors = world("clusters", 500, 16, 1, np.float16)
    file = np.memmap(tmp_path / "v", np.float16, "w+", shape=vectors.shape)
    file[:] = vectors
    assert same(pairs.inner_pairs(file, 0.9), every_pair(vectors, vectors, 0.9, half=True))
    assert same(pairs.close_pairs(file[:50], file, 0.9), every_pair(vectors[:50], vectors, 0.9))


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_a_vector_that_is_no_number_is_refused_by_its_row(bad):
    vectors = world("even", 5000, 8, 1)
    vectors[4321, 3] = bad
    with pytest.raises(InputError, match="vector 4321"):
        pairs.inner_pairs(vectors, 0.9)


def test_each_pair_may_have_a_limit_of_its_own():
    vectors = world("clusters", 300, 8, 7)
    odd = np.arange(300) % 2 == 1
    limits = lambda i, j: np.where(odd[i] & odd[j], 0.99, 0.9)  # noqa: E731
    i, j, score = every_pair(vectors, vectors, 0.9, half=True)
    near = score >= limits(i, j)
    places = kmeans.fit_partitions([vectors], 0.9, 9).place(vectors)
    found = pairs.gather(pairs.inner(places, PairQuery(0.9, limits)))
    assert same(found, (i[near], j[near], score[near]))


def test_a_search_for_too_many_pairs_gives_up():
    vectors = world("one crowd", 2000, 16, 1)
    with pytest.raises(TooManyPairs):
        list(
            pairs.inner(
                kmeans.fit_partitions([vectors], 0.9).place(vectors), PairQuery(0.9, most=1000)
            )
        )


# --- elsewhere


@settings(max_examples=60, deadline=None)
@given(
    worlds, st.sampled_from(THRESHOLDS), st.sampled_from([2, 5, 30]), st.sampled_from([0, 1, 5]),
    st.sampled_from([1, 40, 10**9]),
)  # fmt: skip
def test_an_engine_finds_what_threads_find(args, threshold, count, probes, share):
    vectors = world(*args)
    partitions = kmeans.fit_partitions([vectors], threshold, count)
    here, there = partitions.place(vectors, probes), partitions.place(vectors, probes, Far().map)
    assert np.array_equal(here.certified, there.certified)
    ours, theirs = PairQuery(threshold), PairQuery(threshold)
    before, tiles._SHARE = tiles._SHARE, share
    try:
        found = pairs.gather(pairs.inner(there, theirs, engine=Far()))
    finally:
        tiles._SHARE = before
    assert same(found, pairs.gather(pairs.inner(here, ours)))
    assert (theirs.products, theirs.pairs) == (ours.products, ours.pairs)


def test_cells_are_shared_out_evenly_and_without_their_vectors(monkeypatch):
    vectors = world("clusters", 3000, 48, 2)
    places = kmeans.fit_partitions([vectors], 0.95, 100).place(vectors)
    monkeypatch.setattr(tiles, "_SHARE", places.products / 10)
    engine = Far()
    list(pairs.inner(places, PairQuery(0.95), engine=engine))
    assert 5 <= engine.done <= 14
    assert places.without_vectors().vectors.nbytes == 0


@pytest.mark.parametrize("share", [1, 3_000, 10**9])
def test_shares_hold_every_tile_once_and_cut_large_cells(monkeypatch, share):
    vectors = world("one crowd", 900, 16, 1)
    places = kmeans.fit_partitions([vectors], 0.9, 8).place(vectors)
    monkeypatch.setattr(tiles, "_SHARE", share)
    monkeypatch.setattr(tiles, "TILE", 4096)
    monkeypatch.setattr(tiles, "TILE_COLUMNS", 64)
    key = lambda tile: (tile.half, tile.lines.tolist(), tile.columns.tolist())  # noqa: E731
    task = tiles.InPartitions(places, 0.9)
    found = [[key(tile) for tile in task.tiles(share)] for share in tiles.work_shares(places)]
    wanted = [
        key(t) for c in range(places.partitions) for t in tiles.inside_partition(places, c, None)
    ]
    assert sorted(tile for part in found for tile in part) == sorted(wanted)
    assert len(found) == 1 if share == 10**9 else len(found) > places.partitions


def test_a_crowd_that_limits_keep_apart_is_no_crowd_elsewhere_either(monkeypatch):
    vectors = world("one crowd", 1300, 16, 1)
    places = kmeans.fit_partitions([vectors], 0.9, 12).place(vectors)
    monkeypatch.setattr(tiles, "TILE", 2000)
    apart = lambda i, _: np.full(len(i), np.inf)  # noqa: E731 - as rows of different labels are
    for engine in (None, Far()):
        wanted = PairQuery(0.9, apart, most=1000)
        assert list(pairs.inner(places, wanted, engine=engine)) == []
        assert (wanted.pairs, wanted.products) == (0, places.products)


def test_an_engine_gives_up_on_a_crowd_and_it_is_taken_in_parts_here():
    vectors = world("one crowd", 2400, 16, 1)
    rule = dedup.PairRule(0.9, lambda i, _: np.full(len(i), 0.9))
    places = kmeans.fit_partitions([vectors], 0.9, 8).place(vectors)
    found = [dedup.keep_first(places, rule, most=20_000, engine=e) for e in (None, Far())]
    assert found[0].pairs is found[1].pairs is None
    assert np.array_equal(found[0].of, found[1].of)


# --- greedy


def plainly(vectors, limits, fixed):
    """Return what greedy does, by a look at every pair."""
    of, score = [-1] * len(vectors), [0.0] * len(vectors)
    for i in range(fixed, len(vectors)):
        for j in range(i):
            if of[j] >= 0:
                continue
            value = (vectors[i].astype(np.float64) * vectors[j].astype(np.float64)).sum()
            limit = limits(np.array([i]), np.array([j]))[0]
            if value >= limit and (of[i] < 0 or value > score[i]):
                of[i], score[i] = j, value
    return of, score


@settings(max_examples=100, deadline=None)
@given(worlds, st.sampled_from([0.3, 0.8, 0.95]), st.data())
def test_greedy_keeps_first_whether_rows_crowd_or_not(args, threshold, data):
    vectors = world(*args)
    fixed = data.draw(st.integers(0, len(vectors)))
    families = np.arange(len(vectors)) % data.draw(st.integers(1, 8))
    limits = lambda i, j: np.where(families[i] == families[j], 0.97, threshold)  # noqa: E731
    rule = dedup.PairRule(threshold, limits)
    places = kmeans.fit_partitions([vectors], threshold, data.draw(st.sampled_from([0, 6]))).place(
        vectors
    )
    of, score = plainly(vectors, limits, fixed)
    for most in (None, 0):
        greedy_small, dedup._SMALL = dedup._SMALL, 3
        try:
            choice = dedup.keep_first(places, rule, fixed=fixed, most=most)
        finally:
            dedup._SMALL = greedy_small
        assert choice.of.tolist() == of
        assert choice.score.tolist() == score


def test_a_heavy_group_is_gone_before_its_pairs_are_listed():
    vectors = world("one crowd", 2400, 16, 1)
    rule = dedup.PairRule(0.9, lambda i, _: np.full(len(i), 0.9))
    places = kmeans.fit_partitions([vectors], 0.9).place(vectors)
    choice = dedup.keep_first(places, rule, most=20_000)
    assert choice.pairs is None  # 1.3 million
    assert (choice.of[801:] >= 0).all()
    assert np.array_equal(choice.of, dedup.keep_first(places, rule).of)


@settings(max_examples=60, deadline=None)
@given(worlds, st.sampled_from([0.5, 0.9]), st.integers(0, 10**6))
def test_vectors_with_an_error_give_the_verdicts_of_exact_ones(args, threshold, seed):
    exact = world(*args).astype(np.float32)
    assume(args[0] != "lengths")
    rng = np.random.default_rng(seed)
    rough = (exact + rng.uniform(-1e-3, 1e-3, exact.shape)).astype(np.float32)
    error = np.abs(rough.astype(float) @ rough.T.astype(float) - exact.astype(float) @ exact.T)
    tolerance = float(error.max(initial=0)) + 1e-6
    limits = lambda i, _: np.full(len(i), threshold)  # noqa: E731
    rule = dedup.PairRule(
        threshold, limits, tolerance, lambda i, j: pairs.products(exact, exact, i, j)
    )
    places = kmeans.fit_partitions([rough], threshold - tolerance, 5).place(rough)
    of, _ = plainly(exact, limits, 0)
    for most in (None, 0):
        gone = dedup.keep_first(places, rule, most=most).of >= 0
        assert gone.tolist() == [n >= 0 for n in of]


# --- threads


def test_threads_keep_the_order_and_pass_errors_on():
    assert list(threads.in_threads(lambda n: n * n, range(500))) == [n * n for n in range(500)]
    with pytest.raises(ZeroDivisionError):
        list(threads.in_threads(lambda n: 1 // n, [3, 2, 0, 1]))
    endless = threads.in_threads(lambda n: n, iter(int, 1))
    assert next(endless) == 0
    endless.close()


def blas():
    return {pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"}


def test_one_thread_of_the_matrix_library_until_the_last_search_has_ended():
    with threadpool_limits(2, "blas"):
        first, second = (threads.in_threads(abs, range(9)) for _ in range(2))
        next(first)
        next(second)
        assert list(first) == list(range(1, 9))  # it ends while the second one is at work
        assert blas() == {1}
        assert list(second) == list(range(1, 9))
        assert blas() == {2}
