"""The near-duplicate check: its options, its scores file, and what it proves."""

from dataclasses import replace
from random import Random

import numpy as np
import orjson
import pytest
from far_engine import Far
from making import made, real, rejected

from dataaug import plugins
from dataaug.errors import InputError, MissingError, UsageError
from dataaug.filtering.checks import near_duplicate
from dataaug.filtering.run import Filtering, filter  # noqa: A004 - the verb is called so
from dataaug.plugins import Spec
from dataaug.rows import record
from dataaug.rows.progress import silent
from dataaug.rows.report import Report
from dataaug.search.pairs import products

WORDS = ["card", "money", "parcel", "refund", "late", "address", "order", "payment", "shop",
         "courier", "bank", "account", "box"]  # fmt: skip
LIGHT = {"embedder": "hashing", "similarity": 0.8, "origin_similarity": 0.9}


def rows(seed=0, reals=60, children=140):
    """Return rows many of which are near each other: some words are changed."""
    rng = Random(seed)
    found = [real(" ".join(rng.choices(WORDS, k=8)), "xy"[n % 2], id=f"r{n}") for n in range(reals)]
    for n in range(children):
        parent = rng.choice(found[:reals])
        words = parent.text.split()
        for _ in range(n % 4):
            words[rng.randrange(8)] = rng.choice(WORDS)
        found.append(made(" ".join(words), rng.choice("xy"), parent=parent, name=f"m{n}"))
    rng.shuffle(found)
    return list({row.id: row for row in found}.values())


def run(given, include_real=False, engine=None, **options):
    """Return what filter yields, as bytes and details, and the check's note."""
    report = Report("filter")
    task = Filtering((Spec("near-duplicate", {**LIGHT, **options}),), include_real)
    outcomes = list(filter(given, task, engine=engine, report=report))
    told = [
        (outcome.line,) if isinstance(outcome, record.Record)
        else (outcome.record.line, outcome.reason, orjson.dumps(outcome.detail))
        for outcome in outcomes
    ]  # fmt: skip
    return told, report.summary.near_duplicate, outcomes


def test_the_certificate_counts_every_pair():
    given = rows()
    _, note, _ = run(given)
    size = len(given)
    assert note.search == {
        "rows": size, "pairs": size * (size - 1) // 2, "compared": size * (size - 1) // 2,
        "cells": 1, "certified_rows": size,
    }  # fmt: skip
    assert note.certificate.startswith(f"all {size * (size - 1) // 2:,} pairs of {size} rows")


@pytest.mark.parametrize("include_real", [False, True])
@pytest.mark.parametrize("similarity", [0.5, 0.8, 0.97])
def test_rows_that_crowd_get_the_same_verdicts(monkeypatch, include_real, similarity):
    given = rows(1) + [made(f"card money parcel refund late {n}", name=f"c{n}") for n in range(99)]
    plain = run(given, include_real, similarity=similarity)
    monkeypatch.setattr(near_duplicate._NearDuplicate, "_most", lambda _: 3)
    monkeypatch.setattr("dataaug.search.dedup._SMALL", 5)
    crowded = run(given, include_real, similarity=similarity)
    assert crowded[0] == plain[0]
    assert crowded[1].real_pairs == (None if similarity < 0.9 else plain[1].real_pairs)


# --- scores


@pytest.mark.parametrize("name", ["scores.jsonl", "scores.jsonl.zst"])
@pytest.mark.parametrize("include_real", [False, True])
def test_a_replay_gives_what_a_fresh_run_gives_byte_for_byte(tmp_path, name, include_real):
    given, path = rows(2), str(tmp_path / name)
    run(given, include_real, scores=path, similarity=0.8)
    before = (tmp_path / name).read_bytes()
    for similarity, origin in ((0.8, 0.9), (0.83, 0.83), (0.9, 0.81), (0.97, 1.0)):
        options = {"similarity": similarity, "origin_similarity": origin}
        fresh = run(given, include_real, **options)
        replay = run(given, include_real, **options, scores=path)
        assert replay[0] == fresh[0]
        same = {"search": {}, "certificate": ""}
        assert replace(replay[1], **same) == replace(fresh[1], **same)
    assert (tmp_path / name).read_bytes() == before


def test_a_replay_may_judge_the_real_rows_too(tmp_path):
    given, path = rows(3), str(tmp_path / "scores")
    run(given, scores=path)
    assert run(given, include_real=True, scores=path)[0] == run(given, include_real=True)[0]


def test_a_replay_neither_embeds_nor_searches(tmp_path, monkeypatch):
    given, path = rows(4), str(tmp_path / "scores")
    first = run(given, scores=path)

    def refuse(*_):
        raise AssertionError

    monkeypatch.setattr(near_duplicate, "shared", refuse)
    monkeypatch.setattr(near_duplicate, "fit_partitions", refuse)
    assert run(given, scores=path)[0] == first[0]


def test_the_scores_name_all_pairs_from_the_floor_on(tmp_path):
    given, path = rows(5), tmp_path / "scores"
    run(given, scores=str(path), similarity=0.95, origin_similarity=0.95)
    head, *pairs = map(orjson.loads, path.read_bytes().splitlines())
    assert (head["floor"], head["pairs"]) == (0.9, len(pairs))
    vectors = plugins.load("embedders", Spec("hashing"))([row.text for row in given])
    i, j = np.tril_indices(len(given), -1)
    score = products(vectors, vectors, i, j)
    expected = {
        (frozenset((int(a), int(b))), float(s))
        for a, b, s in zip(i, j, score, strict=True)
        if s >= 0.9
    }
    assert {(frozenset(pair[:2]), pair[2]) for pair in pairs} == expected
    assert all(pair[3:] == [given[pair[0]].id, given[pair[1]].id] for pair in pairs)


@pytest.mark.parametrize("change", ["row", "text", "order", "within", "embedder", "approximate"])
def test_scores_of_something_else_are_refused(tmp_path, change):
    given, path = rows(6), str(tmp_path / "scores")
    run(given, scores=path)
    options = {}
    if change == "row":
        given = given[:-1]
    elif change == "text":
        given[7] = real(given[7].text + "x", given[7].label, id=given[7].id)
    elif change == "order":
        given = [given[1], given[0], *given[2:]]
    else:
        options = {"within": {"within": "label"}, "embedder": {"model": ""},
                   "approximate": {"approximate": True}}[change]  # fmt: skip
    if change == "embedder":
        head, _, rest = (tmp_path / "scores").read_bytes().partition(b"\n")
        other = head.replace(b'"embedder":"hashing"', b'"embedder":"other"')
        (tmp_path / "scores").write_bytes(other + b"\n" + rest)
    with pytest.raises(InputError, match="scores"):
        run(given, scores=path, **options)


@pytest.mark.parametrize(
    "damage",
    [
        lambda _: [],
        lambda lines: [b"{}", *lines[1:]],
        lambda lines: [b"[1, 2]", *lines[1:]],
        lambda lines: lines[:-1],
        lambda lines: [*lines, lines[-1]],
        lambda lines: [*lines[:-1], b"null"],
        lambda lines: [*lines[:-1], b'[0, 999999, 0.99, "a", "b"]'],
        lambda lines: [*lines[:-1], b'[0, -1, 0.99, "a", "b"]'],
        lambda lines: [*lines[:-1], b'["x", 1, 0.99, "a", "b"]'],
        lambda lines: [*lines[:-1], b"[0, 1"],
    ],
)
def test_damaged_scores_are_refused_and_say_so(tmp_path, damage):
    given, path = rows(7), tmp_path / "scores"
    run(given, scores=str(path))
    path.write_bytes(b"".join(line + b"\n" for line in damage(path.read_bytes().splitlines())))
    with pytest.raises(InputError, match="scores"):
        run(given, scores=str(path))


def test_scores_end_at_their_floor(tmp_path):
    given, path = rows(8), str(tmp_path / "scores")
    run(given, scores=path, similarity=0.95, origin_similarity=0.95)
    with pytest.raises(InputError, match=r"no scores under 0\.9"):
        run(given, scores=path, similarity=0.85)


def test_more_pairs_than_fit_are_no_scores_and_leave_no_file(tmp_path, monkeypatch):
    monkeypatch.setattr(near_duplicate._NearDuplicate, "_most", lambda _: 3)
    with pytest.raises(InputError, match="more than 3 pairs"):
        run(rows(9), scores=str(tmp_path / "scores"))
    assert list(tmp_path.iterdir()) == []


def test_scores_that_cannot_be_written_are_an_error_of_the_disk(tmp_path):
    with pytest.raises(MissingError):
        run(rows(9), scores=str(tmp_path / "none" / "scores"))


@pytest.mark.parametrize("count", [0, 1])
def test_next_to_no_rows_have_scores_too(tmp_path, count):
    given, path = rows(10)[:count], str(tmp_path / "scores")
    assert run(given, scores=path)[0] == run(given, scores=path)[0] == run(given)[0]


# --- within, approximate, other options


def test_within_label_leaves_rows_of_other_labels_alone(tmp_path):
    given = rows(11)
    path = str(tmp_path / "scores")
    told, note, outcomes = run(given, within="label")
    alone = {}
    for label in "xy":
        for outcome in run([row for row in given if row.label == label])[2]:
            name = getattr(outcome, "record", outcome).id
            alone[name] = getattr(outcome, "detail", None)
    found = {getattr(o, "record", o).id: getattr(o, "detail", None) for o in outcomes}
    assert found == alone
    assert note.label_conflicts == 0
    assert rejected(outcomes)
    assert run(given, within="label", scores=path)[0] == told
    assert run(given, within="label", scores=path)[0] == told


def test_an_approximate_run_says_what_it_is_sure_of(monkeypatch):
    given = rows(12, 300, 900)
    exact = run(given)
    monkeypatch.setattr("dataaug.search.kmeans.WORTH", 1e4)
    assert run(given)[0] == exact[0]
    monkeypatch.setattr(near_duplicate, "_PROBES", 1)
    told, note, _ = run(given, approximate=True)
    sure, size = note.search["certified_rows"], note.search["rows"]
    assert 0 <= sure < size
    assert note.certificate.startswith(f"approximate: {sure:,} of {size:,} rows are certified")
    assert len(told) == len(exact[0])


@pytest.mark.parametrize("more", [{}, {"approximate": True}, {"within": "label"}, {"scores": "s"}])
def test_an_engine_on_other_machines_gives_the_same_verdicts_and_notes(monkeypatch, tmp_path, more):
    monkeypatch.chdir(tmp_path)
    given = rows(13, 300, 900)
    monkeypatch.setattr("dataaug.search.kmeans.WORTH", 1e4)
    monkeypatch.setattr("dataaug.search.tiles._SHARE", 1e4)
    told, note, _ = run(given, **more)
    (tmp_path / "s").unlink(missing_ok=True)
    engine = Far()
    assert run(given, engine=engine, **more)[:2] == (told, note)
    assert note.search["cells"] > 1
    assert engine.done > 10


@pytest.mark.parametrize("options", [{"within": "method"}, {"scores": "-"}])
def test_options_that_make_no_sense_are_refused(options):
    with pytest.raises(UsageError, match=next(iter(options))):
        run([], **options)


# --- embedders that are not exact


class Rough:
    """An embedder whose vectors are off by up to its tolerance, each batch in its own way."""

    name = "rough"
    tolerance = 2e-3

    def __init__(self, seed):
        self._exact = plugins.load("embedders", Spec("hashing"))
        self._rng = np.random.default_rng(seed)
        self.asked = []

    def unseen(self, texts):
        return [""] * len(texts)

    def __call__(self, texts, _notify=silent):
        vectors = self._exact(texts)
        moved = vectors + self._rng.normal(size=vectors.shape).astype(np.float32) * 5e-4
        side = moved - vectors
        size = np.maximum(np.linalg.norm(side, axis=1, keepdims=True), 1e-9)
        # Lengths stay within a thousandth of 1, so products within two.
        return (vectors + side / size * 0.9e-3).astype(np.float32)

    def exactly(self, texts):
        self.asked += texts
        return self._exact(texts)


@pytest.mark.parametrize("seed", range(4))
def test_an_inexact_embedder_gives_the_verdicts_of_the_exact_one(monkeypatch, tmp_path, seed):
    given = rows(13, 80, 200)
    exact = run(given, similarity=0.85)
    rough = Rough(seed)
    monkeypatch.setattr(near_duplicate, "shared", lambda _: rough)
    reasons = [told[:2] for told in exact[0]]
    assert [told[:2] for told in run(given, similarity=0.85)[0]] == reasons
    assert 0 < len(set(rough.asked)) < len(given)
    path = str(tmp_path / "scores")
    run(given, scores=path)
    assert [told[:2] for told in run(given, similarity=0.85, scores=path)[0]] == reasons


class Halved(Rough):
    """An embedder that keeps its vectors on disk, in half precision."""

    tolerance = 5e-3

    def __init__(self, folder):
        super().__init__(0)
        self._folder = folder

    def __call__(self, texts, _notify=silent):
        vectors = self._exact(texts)
        file = np.memmap(self._folder / "v", np.float16, "w+", shape=vectors.shape)
        file[:] = vectors
        return file


def test_vectors_may_come_from_disk_in_half_precision(monkeypatch, tmp_path):
    given = rows(14)
    exact = run(given, similarity=0.85)
    monkeypatch.setattr(near_duplicate, "shared", lambda _: Halved(tmp_path))
    halved = run(given, similarity=0.85)
    assert [told[:2] for told in halved[0]] == [told[:2] for told in exact[0]]


def test_a_replay_on_the_command_line_writes_the_bytes_of_a_fresh_run(cli, tmp_path):
    source, path = tmp_path / "in.jsonl", str(tmp_path / "scores")
    source.write_bytes(b"".join(row.line + b"\n" for row in rows(15)))
    command = ["filter", str(source), "--check", "near-duplicate",
               "-p", "near-duplicate.embedder=hashing", "--cache", "off"]  # fmt: skip
    first = cli(*command, "--scores", path)
    assert b"near-duplicate: all 19,900 pairs of 200 rows are covered" in first.err
    rejects = [str(tmp_path / name) for name in ("one", "two")]
    limits = ["--similarity", "0.97", "--origin-similarity", "0.97"]
    fresh = cli(*command, *limits, "--rejects", rejects[0])
    replay = cli(*command, *limits, "--rejects", rejects[1], "--scores", path)
    assert (replay.code, replay.out) == (fresh.code, fresh.out)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes() != b""
    assert cli(*command, "--within", "label", "--scores", path).code == 3
    assert cli(*command, "--within", "label", "--approximate", "--memory", "1GB").code == 0
    assert cli(*command, "--within", "method").code == 2
