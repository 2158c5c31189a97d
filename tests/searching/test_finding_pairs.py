"""Tiles, pairs, limits and counts, by a look at each pair; and threads, and texts."""

import itertools
import threading

import numpy as np
import pytest

from dataaug.search import kmeans, pairs, text_pairs, threads, tiles
from dataaug.search.pairs import PairQuery
from dataaug.search.tiles import InPartitions, Tile, TileRange, TooManyPairs


def even(rows, dimensions, seed=0):
    found = np.random.default_rng(seed).normal(size=(rows, dimensions))
    return (found / np.linalg.norm(found, axis=1, keepdims=True)).astype(np.float32)


def crowded(rows, seed=0):
    """Return vectors that are all close to each other."""
    found = np.ones((rows, 8)) + 0.01 * np.random.default_rng(seed).normal(size=(rows, 8))
    return (found / np.linalg.norm(found, axis=1, keepdims=True)).astype(np.float32)


VECTORS = even(60, 6)
PLACED = kmeans.fit_partitions([VECTORS], 0.8, 4).place(VECTORS)
ONE = kmeans.fit_partitions([VECTORS], 0.8).place(VECTORS)
ALL = np.arange(60)


@pytest.mark.parametrize(("lines", "columns"), [((3, 8), 8), ((0, 5), 5), ((0, 1), 1), ((7, 9), 9)])
def test_half_a_tile_has_each_line_s_pairs_with_the_rows_before_it(lines, columns):
    tile = Tile(ONE, ALL[slice(*lines)], ONE, ALL[:columns], half=True)
    assert tile.pairs == sum(
        1 for line in range(*lines) for other in range(columns) if other < line
    )
    whole = Tile(ONE, ALL[slice(*lines)], ONE, ALL[:columns])
    assert whole.pairs == (lines[1] - lines[0]) * columns


@pytest.mark.parametrize("columns", [3, 7, 4096])
@pytest.mark.parametrize("half", [False, True])
def test_possible_pairs_are_all_of_a_tile_from_the_bound_on(monkeypatch, columns, half):
    monkeypatch.setattr(tiles, "TILE_COLUMNS", columns)
    lines, there = ALL[10:30], ALL[:30]
    found = list(tiles.possible_pairs(Tile(ONE, lines, ONE, there, half), 0.3))
    got = {(i, j): bound for part in found for i, j, bound in zip(*part, strict=True)}
    wanted = {
        (i, j) for i in lines for j in there
        if np.float32(ONE.bound_vectors[i] @ ONE.bound_vectors[j]) >= 0.3 and (j < i or not half)
    }  # fmt: skip
    assert set(got) == wanted
    for (i, j), bound in got.items():
        assert bound == pytest.approx(ONE.bound_vectors[i] @ ONE.bound_vectors[j], abs=1e-6)


def test_a_bound_that_is_reached_exactly_counts():
    same = kmeans.fit_partitions([np.eye(2, dtype=np.float32)[[0, 0, 1]]], 1.0).place(
        np.eye(2, dtype=np.float32)[[0, 0, 1]]
    )
    tile = Tile(same, np.array([1, 2]), same, np.array([0]), half=False)
    ((i, j, _),) = tiles.possible_pairs(tile, 1.0)
    assert (i.tolist(), j.tolist()) == ([1], [0])
    assert list(tiles.possible_pairs(tile, 1.01)) == []


@pytest.mark.parametrize(("tile", "columns"), [(8, 2), (64, 16), (1 << 19, 4096)])
def test_tiles_of_partitions_hold_each_pair_that_meets_once(monkeypatch, tile, columns):
    monkeypatch.setattr(tiles, "TILE", tile)
    monkeypatch.setattr(tiles, "TILE_COLUMNS", columns)
    for partition in range(4):
        here, boundary = PLACED.members(partition), PLACED.boundary_rows(partition)
        got = [(int(i), int(j)) for t in tiles.inside_partition(PLACED, partition, None)
               for i in t.lines for j in t.columns if j < i or not t.half]  # fmt: skip
        wanted = [*((i, j) for i in here for j in here if j < i),
                  *itertools.product(boundary, here)]  # fmt: skip
        assert sorted(got) == sorted(wanted)
        across = list(tiles.across_partition(PLACED, PLACED, partition, None, None))
        between = [(int(i), int(j)) for t in across for i in t.lines for j in t.columns]
        assert sorted(between) == sorted([
            *itertools.product(here, here), *itertools.product(boundary, here),
            *itertools.product(here, boundary),
        ])  # fmt: skip
        for one in (*tiles.inside_partition(PLACED, partition, None), *across):
            assert len(one.lines) * min(len(one.columns), columns) <= max(tile, columns * 4)


@pytest.mark.parametrize(
    ("columns", "lines", "rows"),
    [(1, 1 << 19, 1 << 19), (100, 5242, 5242), (4096, 128, 128), (100_000, 128, 128),
     (1 << 20, 128, 128)],
)  # fmt: skip
def test_a_tile_holds_half_a_million_products(columns, lines, rows):
    assert tiles._lines(columns) == lines
    assert tiles._rows(columns) == rows


def test_a_share_of_partitions_says_what_it_compared_and_found():
    task = InPartitions(PLACED, 0.5)
    for partition in range(4):
        work = list(tiles.inside_partition(PLACED, partition, None))
        compared, found = task([TileRange(partition, 0, len(work))])
        assert compared == sum(tile.pairs for tile in work) == PLACED.weights()[partition]
        parts = [part for tile in work for part in tiles.possible_pairs(tile, 0.5)]
        assert len(found[0]) == sum(len(part[0]) for part in parts)
        assert [column.dtype for column in found] == [np.intp, np.intp, np.float32]
    compared, found = task([])
    assert (compared, [len(column) for column in found]) == (0, [0, 0, 0])


def test_a_share_with_more_pairs_than_a_tile_holds_has_too_many(monkeypatch):
    vectors = crowded(40)
    placed = kmeans.fit_partitions([vectors], 0.9).place(vectors)
    monkeypatch.setattr(tiles, "TILE", 780)  # 40 * 39 / 2
    share = [TileRange(0, 0, 99)]
    assert InPartitions(placed, 0.9)(share)[0] == 780
    monkeypatch.setattr(tiles, "TILE", 779)
    assert InPartitions(placed, 0.9)(share) == (0, None)


def test_shares_take_about_as_long_as_each_other(monkeypatch):
    vectors = even(800, 6)
    placed = kmeans.fit_partitions([vectors], 0.95, 40).place(vectors)
    monkeypatch.setattr(tiles, "_SHARE", placed.products / 8)
    weights = placed.weights()
    found = list(tiles.work_shares(placed))
    sizes = [sum(weights[run.partition] for run in share) for share in found]
    assert all(size >= placed.products / 8 for size in sizes[:-1])  # one partition is one run here
    assert max(sizes) < placed.products / 8 + weights.max()
    assert sum(sizes) == placed.products
    assert [run.partition for share in found for run in share] == placed.largest_first().tolist()


def test_a_large_partition_is_cut_into_runs_of_its_tiles(monkeypatch):
    vectors = crowded(100)
    placed = kmeans.fit_partitions([vectors], 0.9).place(vectors)
    monkeypatch.setattr(tiles, "TILE", 64)
    monkeypatch.setattr(tiles, "TILE_COLUMNS", 16)
    count = len(list(tiles.inside_partition(placed, 0, None)))
    monkeypatch.setattr(tiles, "_SHARE", placed.products / 4)
    runs = [run for share in tiles.work_shares(placed) for run in share]
    assert [(run.first, run.last) for run in runs] == [
        (count * n // 4, count * (n + 1) // 4) for n in range(4)
    ]
    monkeypatch.setattr(tiles, "_SHARE", 1)
    assert len(list(tiles.work_shares(placed))) == count


# --- pairs


def test_products_are_counted_and_pairs_too():
    query = PairQuery(0.5)
    found = pairs.gather(pairs.inner(ONE, query))
    assert (query.products, query.pairs) == (60 * 59 // 2, len(found[0]))
    both = PairQuery(0.5)
    list(pairs.across(ONE, ONE, both))
    assert (both.products, both.pairs) == (3_600, 2 * len(found[0]) + 60)
    assert PLACED.products < 3 * 1_770
    several = PairQuery(0.5)
    list(pairs.inner(PLACED, several))
    assert several.products == PLACED.products


def test_a_search_gives_up_at_more_pairs_than_asked_for():
    vectors = crowded(40)
    placed = kmeans.fit_partitions([vectors], 0.9).place(vectors)
    list(pairs.inner(placed, PairQuery(0.9, most=780)))
    with pytest.raises(TooManyPairs):
        list(pairs.inner(placed, PairQuery(0.9, most=779)))


def test_possible_pairs_that_would_take_long_to_compute_are_too_many(monkeypatch):
    """None of 780 possible pairs reaches its limit by the exact product, and they are too many."""
    vectors = crowded(40)
    placed = kmeans.fit_partitions([vectors], 0.9).place(vectors)
    exact = pairs.products(vectors, vectors, *np.tril_indices(40, -1))
    just_above = float(exact.max()) + placed.slack / 4
    limits = lambda i, _: np.full(len(i), just_above)  # noqa: E731
    likely = int((exact >= just_above - placed.slack).sum())
    assert likely > 100
    monkeypatch.setattr(pairs, "TILE", likely + 5)
    assert list(pairs.inner(placed, PairQuery(0.9, limits, most=0))) == []
    monkeypatch.setattr(pairs, "TILE", likely - 5)
    with pytest.raises(TooManyPairs):
        list(pairs.inner(placed, PairQuery(0.9, limits, most=0)))
    assert list(pairs.inner(placed, PairQuery(0.9, limits))) == []


def test_pairs_are_gathered_each_once_and_in_order():
    parts = [(np.array([3, 1]), np.array([0, 0]), np.array([0.3, 0.1])),
             (np.array([3, 2, 3]), np.array([2, 1, 0]), np.array([0.32, 0.21, 0.3]))]  # fmt: skip
    i, j, score = pairs.gather(parts)
    assert (i.tolist(), j.tolist()) == ([1, 2, 3, 3], [0, 1, 0, 2])
    assert score.tolist() == [0.1, 0.21, 0.3, 0.32]
    assert [len(column) for column in pairs.gather([])] == [0, 0, 0]


def test_products_are_exact_for_any_number_of_pairs(monkeypatch):
    monkeypatch.setattr(pairs, "_FEW", 4)
    i, j = np.arange(11) % 7, np.arange(11) % 5
    found = pairs.products(VECTORS, VECTORS, i, j)
    wide = VECTORS.astype(np.float64)
    assert found == pytest.approx((wide[i] * wide[j]).sum(axis=1), abs=1e-15)


def test_without_rows_there_are_no_pairs():
    none = VECTORS[:0]
    for found in (pairs.close_pairs(none, VECTORS, 0.5), pairs.close_pairs(VECTORS, none, 0.5),
                  pairs.inner_pairs(none, 0.5)):  # fmt: skip
        assert [len(column) for column in found] == [0, 0, 0]


@pytest.mark.parametrize("columns", [5, 4096])
def test_the_nearest_rows_of_the_own_lineage_and_of_others(monkeypatch, columns):
    monkeypatch.setattr(pairs, "TILE_COLUMNS", columns)
    left, right = VECTORS[:20], VECTORS[20:50]
    ours, theirs = np.arange(20) % 4 - 1, np.arange(30) % 5 - 1  # some have no lineage
    own, other = pairs.nearest_by_lineage(left, right, (ours, theirs))
    for row in range(20):
        related = (theirs == ours[row]) & (ours[row] >= 0)
        products = right @ left[row]
        assert own[row] == pytest.approx(products[related].max() if related.any() else -1, abs=1e-6)
        assert other[row] == pytest.approx(products[~related].max(), abs=1e-6)
    alone, others = pairs.nearest_by_lineage(left[1:2], left[1:2], (ours[1:2], ours[1:2]))
    assert (alone[0], others[0]) == (pytest.approx(1, abs=1e-6), -1)


# --- threads


def test_one_item_needs_no_thread():
    here = threading.get_ident()
    assert list(threads.in_threads(lambda _: threading.get_ident(), [1])) == [here]
    assert here not in list(threads.in_threads(lambda _: threading.get_ident(), [1, 2]))
    assert list(threads.in_threads(str, [])) == []


def test_items_are_taken_a_few_ahead_of_what_was_yielded():
    import os

    taken = []

    def items():
        for n in range(1_000):
            taken.append(n)
            yield n

    count = len(os.sched_getaffinity(0))
    found = threads.in_threads(lambda n: n, items())
    for n in range(3):
        assert next(found) == n
        assert len(taken) == 4 * count + n
    found.close()


# --- texts


class Rough:
    """Gives vectors that are a little off, and exact ones when asked."""

    tolerance = 0.01

    def __init__(self):
        self.asked = []

    def exactly(self, texts):
        self.asked += texts
        angle = np.array([float(text) for text in texts])
        return np.column_stack([np.cos(angle), np.sin(angle)]).astype(np.float32)

    def unseen(self, texts):
        return [""] * len(texts)

    def __call__(self, texts, _notify=None):
        found = self.exactly(texts)
        self.asked.clear()
        return found @ np.array([[1, 0.004], [-0.004, 1]], np.float32)


def test_texts_are_alike_where_their_exact_vectors_are():
    """Angles of 0.2 have a cosine of 0.980, and of 0.21 one of 0.978."""
    embed = Rough()
    texts = ["0", "0.2", "0.41", "2", "2.1999"]
    found = pairs.gather(text_pairs.similar_within(embed, texts, float(np.cos(0.205))))
    assert list(zip(found[0].tolist(), found[1].tolist(), strict=True)) == [(1, 0), (4, 3)]
    assert found[2] == pytest.approx([np.cos(0.2), np.cos(0.1999)], abs=1e-6)
    assert set(embed.asked) == set(texts)
    between = pairs.gather(text_pairs.similar_between(embed, texts[:2], texts[2:], np.cos(0.211)))
    assert list(zip(between[0].tolist(), between[1].tolist(), strict=True)) == [(1, 0)]


@pytest.mark.parametrize("which", ["within", "between"])
def test_texts_in_many_partitions_are_found_as_in_one(monkeypatch, which):
    texts = [str(round(angle, 4)) for angle in np.linspace(0, 6.2, 300)]

    def found():
        if which == "within":
            parts = text_pairs.similar_within(Rough(), texts, 0.995)
        else:
            parts = text_pairs.similar_between(Rough(), texts[::2], texts[1::2], 0.995)
        i, j, _ = pairs.gather(parts)
        return list(zip(i.tolist(), j.tolist(), strict=True))

    one = found()
    monkeypatch.setattr(kmeans, "WORTH", 1)
    assert found() == one
