"""The file of pairs: what is written is read again, and nothing else is."""

from dataclasses import replace

import numpy as np
import orjson
import pytest

from dataaug.errors import InputError
from dataaug.search import pair_file
from dataaug.search.pair_file import ScoresOrigin, exists, read_pairs, rows_digest, write_pairs

MADE = ScoresOrigin("hashing", "abc", "label", False)
PAIRS = (np.array([1, 2, 2]), np.array([0, 0, 1]), np.array([0.9, 0.75, 0.5]))
PLACES = np.array([4, 7, 9])
NAMES = ["a", "b", "c"]
NOTE = {"floor": 0.5, "search": {}}


@pytest.fixture
def file(tmp_path):
    path = str(tmp_path / "scores.jsonl")
    write_pairs(path, MADE, PAIRS, PLACES, NAMES, NOTE)
    return path


def lines(path):
    with open(path, "rb") as stream:
        return [orjson.loads(line) for line in stream]


def rewrite(path, rows):
    with open(path, "wb") as stream:
        stream.writelines(orjson.dumps(row) + b"\n" for row in rows)


def test_each_pair_is_a_line_with_numbers_of_the_input_and_ids(file):
    head, *rows = lines(file)
    assert head == {"dataaug_scores": pair_file.SCORES_FORMAT, "embedder": "hashing",
                    "rows_sha256": "abc", "within": "label", "approximate": False, "pairs": 3,
                    **NOTE}  # fmt: skip
    assert rows == [[7, 4, 0.9, "b", "a"], [9, 4, 0.75, "c", "a"], [9, 7, 0.5, "c", "b"]]
    assert exists(file)
    assert not exists(file + "x")


@pytest.mark.parametrize("chunk", [1, 2, 3, 100])
def test_what_was_written_is_read_again(monkeypatch, tmp_path, chunk):
    monkeypatch.setattr(pair_file, "_CHUNK", chunk)
    path = str(tmp_path / "scores.jsonl.gz")
    write_pairs(path, MADE, PAIRS, PLACES, NAMES, NOTE)
    found, head = read_pairs(path, MADE, PLACES)
    assert [column.tolist() for column in found] == [column.tolist() for column in PAIRS]
    assert head["floor"] == 0.5


def test_pairs_are_read_by_the_rows_places_in_another_order(file):
    """The row 9 is first now, 4 second and 7 last: the larger place comes first of each pair."""
    found, _ = read_pairs(file, MADE, np.array([9, 4, 7]))
    assert [column.tolist() for column in found] == [[1, 2, 2], [0, 0, 1], [0.75, 0.5, 0.9]]


def test_a_file_without_pairs_is_one(tmp_path):
    path = str(tmp_path / "scores.jsonl")
    write_pairs(path, MADE, tuple(column[:0] for column in PAIRS), PLACES[:0], [], NOTE)
    found, _ = read_pairs(path, MADE, PLACES[:0])
    assert [len(column) for column in found] == [0, 0, 0]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"embedder": "other"}, "made with embedder 'hashing'"),
        ({"rows": "other"}, "made with other rows"),
        ({"within": ""}, "made with within 'label'"),
        ({"approximate": True}, "made with approximate False"),
    ],
)
def test_pairs_of_another_search_are_refused(file, change, said):
    with pytest.raises(InputError, match=said):
        read_pairs(file, replace(MADE, **change), PLACES)


@pytest.mark.parametrize(
    "change",
    [{"pairs": 2}, {"pairs": 4}, {"pairs": -1}, {"pairs": "3"}, {"floor": 1}, {"floor": None},
     {"search": ...}, {"floor": ...}],
)  # fmt: skip
def test_a_head_that_does_not_hold_is_damage(file, change):
    head, *rows = lines(file)
    head = {key: value for key, value in {**head, **change}.items() if value is not ...}
    rewrite(file, [head, *rows])
    with pytest.raises(InputError, match=r"damaged|:4: "):
        read_pairs(file, MADE, PLACES)


@pytest.mark.parametrize("head", [b"", b"no json", b"[1]", b'{"dataaug_scores":0}', b"{}"])
def test_a_file_that_begins_otherwise_is_none(file, head):
    with open(file, "wb") as stream:
        stream.write(head + b"\n")
    with pytest.raises(InputError, match=r":1: expected the scores of near-duplicate"):
        read_pairs(file, MADE, PLACES)


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ([9, 4], ":3: "), ([9, "x", 0.7], ":3: "), ("no pair", ":3: "), (7, ":3: "),
        ([9, 5, 0.75, "c", "a"], "damaged"), ([99, 4, 0.75, "c", "a"], "damaged"),
        ([9, 4, None, "c", "a"], "damaged"),
    ],
)  # fmt: skip
def test_a_line_that_is_no_pair_of_these_rows_is_damage(file, row, said):
    head, *rows = lines(file)
    rewrite(file, [head, rows[0], row, rows[2]])
    with pytest.raises(InputError, match=said):
        read_pairs(file, MADE, PLACES)


def test_pairs_where_no_rows_are_compared_are_damage(file):
    with pytest.raises(InputError, match="damaged"):
        read_pairs(file, MADE, PLACES[:0])


def test_a_file_that_could_not_be_finished_is_not_there(tmp_path):
    path = str(tmp_path / "scores.jsonl")
    with pytest.raises(IndexError):
        write_pairs(path, MADE, PAIRS, PLACES, NAMES[:2], NOTE)
    assert list(tmp_path.iterdir()) == []


def test_a_digest_tells_numbers_texts_and_their_order_apart():
    one = [(0, "ab"), (1, "c")]
    others = [[(0, "a"), (1, "bc")], [(0, "ab"), (2, "c")], [(1, "c"), (0, "ab")], [(0, "ab")],
              [(0, "ab"), (1, "c"), (2, "")]]  # fmt: skip
    assert len({rows_digest(rows) for rows in (one, *others)}) == 6
    assert rows_digest(iter(one)) == rows_digest(one)
    assert rows_digest([(0, "\ud800")]) != rows_digest([(0, "?")])
