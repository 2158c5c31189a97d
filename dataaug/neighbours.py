"""Find pairs of unit vectors whose cosine similarity reaches a threshold, exactly."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

Vectors = npt.NDArray[np.float32]
Pairs = tuple[npt.NDArray[np.intp], npt.NDArray[np.intp], npt.NDArray[np.float64]]

_COLUMNS = 8192
_BLOCK = 1024
_SLACK = 1e-4
"""How far a float32 product may lie beside the true one; pairs that near are computed again."""


def close_pairs(left: Vectors, right: Vectors, threshold: float) -> Pairs:
    """Return all pairs (i, j) whose product ``left[i] · right[j]`` is at or above a threshold.

    The products that are returned are summed in float64, so that neither the shape of a tile nor
    the library behind the matrix product decides about a pair near the threshold.

    Args:
        left: unit vectors, shape (n, d).
        right: unit vectors, shape (m, d).
        threshold: cosine similarity, -1 to 1.

    Returns:
        Row numbers in ``left``, row numbers in ``right``, and similarities; sorted by both numbers.
    """
    found = list(_tiles(left, right, threshold - _SLACK))
    i = np.concatenate([part[0] for part in found]) if found else np.empty(0, np.intp)
    j = np.concatenate([part[1] for part in found]) if found else np.empty(0, np.intp)
    order = np.lexsort((j, i))
    i, j = i[order], j[order]
    score = products(left, right, i, j)
    near = score >= threshold
    return i[near], j[near], score[near]


def inner_pairs(vectors: Vectors, threshold: float) -> Pairs:
    """Return all pairs (i, j) of rows of one set with j < i, as :func:`close_pairs` does.

    Each block is compared with the rows up to its own end only: half the work of the square.
    """
    parts = []
    for start in range(0, len(vectors), _BLOCK):
        end = start + _BLOCK
        i, j, score = close_pairs(vectors[start:end], vectors[:end], threshold)
        earlier = j < i + start
        parts.append((i[earlier] + start, j[earlier], score[earlier]))
    if not parts:
        return np.empty(0, np.intp), np.empty(0, np.intp), np.empty(0, np.float64)
    one, other, scores = (np.concatenate(column) for column in zip(*parts, strict=True))
    return one, other, scores


def _tiles(
    left: Vectors, right: Vectors, floor: float
) -> Iterator[tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]]:
    if not len(left):
        return
    for start in range(0, len(right), _COLUMNS):
        tile = left @ right[start : start + _COLUMNS].T
        rows = np.flatnonzero(tile.max(axis=1) >= floor)  # far faster than to compare every value
        if len(rows):
            i, j = np.nonzero(tile[rows] >= floor)
            yield rows[i], j + start


def products(
    left: Vectors, right: Vectors, i: npt.NDArray[np.intp], j: npt.NDArray[np.intp]
) -> npt.NDArray[np.float64]:
    """Return the similarities of given pairs, summed in float64 in a fixed order."""
    score = np.empty(len(i), np.float64)
    for start in range(0, len(i), _COLUMNS):
        part = slice(start, start + _COLUMNS)
        one = left[i[part]].astype(np.float64)
        score[part] = np.einsum("ij,ij->i", one, right[j[part]].astype(np.float64))
    return score


def nearest(
    left: Vectors, right: Vectors, kin: tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]
) -> tuple[Vectors, Vectors]:
    """Return each row's greatest product with rows of its own family, and with others.

    Args:
        left: unit vectors, shape (n, d).
        right: unit vectors, shape (m, d).
        kin: the families of both; a negative number is no family.

    Returns:
        Two arrays of shape (n,); -1 where there is no such row.
    """
    own, other = (np.full(len(left), -1.0, np.float32) for _ in range(2))
    for start in range(0, len(right), _COLUMNS):
        tile = left @ right[start : start + _COLUMNS].T
        akin = kin[0][:, None] == kin[1][None, start : start + _COLUMNS]
        akin &= kin[0][:, None] >= 0
        np.maximum(own, np.where(akin, tile, -1.0).max(axis=1), out=own)
        np.maximum(other, np.where(akin, -1.0, tile).max(axis=1), out=other)
    return own, other
