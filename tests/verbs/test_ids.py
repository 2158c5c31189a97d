"""Ids that dataaug gives are unique and never an id of the input, whatever verb follows."""

from collections import Counter
from itertools import product

import orjson
import pytest
from llm_server import Server, texts
from making import as_bytes, kept, made, real, rejected
from rewording import reworded

from dataaug.augmentation.run import Augmentation, augment
from dataaug.balancing.makers import oversample
from dataaug.balancing.run import Balancing, balance, by_method
from dataaug.mixing import Mixing, mix
from dataaug.plugins import Spec
from dataaug.rows.report import Report
from dataaug.rows.taken import Names, Taken
from dataaug.text.normalize import normalise

THINGS = ("kettle", "blender", "toaster", "heater", "speaker", "camera", "printer", "scanner")


def rows_of(label, count):
    return [
        real(f"The large {THINGS[n % 8]} number {n} that I bought for {label} started to fail",
             label, id=f"{label}-{n}" if n % 2 else None)
        for n in range(count)
    ]  # fmt: skip


@pytest.fixture
def skewed():
    return [*rows_of("big", 9), *rows_of("small", 3), real("an odd one", "small", id="odd")]


VERBS = {
    "augment typo": ("augment", "-m", "typo", "-n", "2"),
    "augment paraphrase": ("augment", "-m", "paraphrase"),
    "balance synonym": ("balance", "--with", "synonym", "--with", "typo", "--to", "14"),
    "balance oversample": ("balance", "--with", "oversample", "--to", "13"),
    "balance generate": ("balance", "--with", "generate", "--to", "16"),
    "generate": ("generate", "-", "--label", "small=5", "--label", "new=3"),
}


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    def answer(asked):
        return reworded(asked) if "The text, as" in asked.prompt else texts(asked, 10)

    with Server(answer) as server:
        yield ("--model", "m", "--base-url", server.url,
               "--cache", str(tmp_path_factory.mktemp("cache")))  # fmt: skip


@pytest.fixture(scope="module")
def piped(cli, model):
    """Return what a verb makes of rows, each chain of verbs once."""
    found = {}

    def run(rows, *names):
        if names and names not in found:
            asks = model if names[-1].split()[-1] in {"paraphrase", "generate"} else ()
            done = cli(*VERBS[names[-1]], *asks, stdin=run(rows, *names[:-1]))
            assert done.code in {0, 5}, done.err
            found[names] = done.out
        return found[names] if names else as_bytes(rows)

    return run


def ids_of(line):
    row = orjson.loads(line)
    return {row["_aug"]["id"]} | ({row["id"]} if row.get("id") else set())


@pytest.mark.parametrize(("first", "second"), list(product(VERBS, VERBS)))
def test_no_verb_gives_an_id_that_is_there(piped, skewed, first, second):
    before = piped(skewed, first).splitlines()
    after = piped(skewed, first, second).splitlines()
    assert not Counter(before) - Counter(after)
    new = list((Counter(after) - Counter(before)).elements())
    ids = Counter(name for line in new for name in ids_of(line))
    assert max(ids.values(), default=1) == 1
    there = {name for line in before for name in
             (ids_of(line) if b'"_aug"' in line else {orjson.loads(line).get("id")})}  # fmt: skip
    assert not there & set(ids)
    if second.startswith("balance") and second != "balance oversample":
        known = {normalise(orjson.loads(line)["text"]) for line in before}
        told = [normalise(orjson.loads(line)["text"]) for line in new]
        assert not known & set(told)
        assert len(set(told)) == len(told)


def test_what_was_made_before_is_made_up_for_by_new_rows(skewed):
    """``augment … | balance --with synonym`` wrote rows again that were there, with their ids."""
    task = Augmentation((Spec("typo"),))
    stream = kept(augment(skewed, task))
    report = Report("balance")
    found = kept(balance(stream, Balancing("22"), {"typo": by_method(task)}, report=report))
    assert Counter(row.label for row in found) == {"big": 22, "small": 22}
    assert len({row.text for row in found}) == len(found)


def test_a_text_of_another_class_is_not_made_again():
    rows = [*rows_of("big", 4), real("go ok", "big", id="b"), real("ok go", "small", id="s")]
    report = Report("balance")
    stream = balance(rows, Balancing("2"), {"swap": by_method(Augmentation((Spec("swap"),)))},
                     report=report)  # fmt: skip
    outcomes = []
    with pytest.raises(Exception, match="small: 1 of 2"):
        outcomes.extend(stream)
    assert report.summary.labels["small"].made == 0


def test_augmenting_an_augmented_file_adds_nothing_that_is_there(skewed):
    task = Augmentation((Spec("typo"),), 2)
    once = kept(augment(skewed, task))
    for order in (once, once[::-1]):
        report = Report("augment")
        again = list(augment(report.reading(order), task, report=report))
        for outcome in again:
            report.count(outcome)
        assert report.balanced
        assert [row.line for row in kept(again)] == [row.line for row in order]
        assert report.rejected["same_row"] == len(once) - len(skewed)
    three = Augmentation((Spec("typo"),), 3)
    more = kept(augment(once, three))
    assert {row.line for row in more} == {row.line for row in kept(augment(skewed, three))}
    assert len(more) > len(once)


def test_rows_of_one_id_and_text_have_their_variants_once():
    twice = [real("The kettle that I bought started to fail", "x") for _ in range(2)]
    outcomes = list(augment(twice, Augmentation((Spec("typo"),), 2)))
    assert len(kept(outcomes)) == 4
    assert [outcome.reason for outcome in rejected(outcomes)] == ["same_row"] * 2
    found = kept(balance([*twice, *rows_of("big", 9)], Balancing("9"),
                         {"oversample": oversample(lambda _: True, 0)}))  # fmt: skip
    assert len({row.id for row in found if not row.is_real}) == 7


def test_a_relabelled_row_keeps_its_id_for_itself(skewed):
    task = Augmentation((Spec("typo"),))
    once = kept(augment(skewed, task))
    fields = dict(once[1].fields)
    relabelled = real(fields.pop("text"), **{**fields, "label": "other"})
    stream = [once[0], relabelled, *once[2:]]
    ids = Counter(row.aug["id"] for row in kept(augment(stream, task)) if not row.is_real)
    assert max(ids.values()) == 1


def test_a_bare_row_keeps_its_id_for_itself(skewed):
    task = Augmentation((Spec("typo"),))
    once = kept(augment(skewed[1:2], task))
    bare = kept(mix(once, Mixing(0.5, provenance="none")))
    plain = [real(row.text, row.label, id=row.fields["id"]) for row in bare]
    found = kept(augment(plain, task))
    assert len({row.id for row in found}) == len(found)


@pytest.mark.parametrize("way", ["file", "stdin", "gz", "auto"])
def test_augment_knows_the_whole_input_however_it_comes(cli, skewed, tmp_path, way):
    once = cli("augment", "-m", "typo", stdin=as_bytes(skewed)).out
    lines = once.splitlines(keepends=True)
    stream = b"".join(lines[::-1])
    path = tmp_path / "rows.jsonl"
    path.write_bytes(stream)
    args = {
        "file": (path,),
        "gz": (tmp_path / "rows.jsonl.gz",),
        "stdin": (),
        "auto": (path, "--auto"),
    }
    if way == "gz":
        import gzip

        args["gz"][0].write_bytes(gzip.compress(stream))
    again = cli("augment", "-m", "typo", *args[way], stdin=stream if way == "stdin" else b"")
    assert again.code == 0, again.err
    ids = Counter(row["_aug"]["id"] for row in again.rows if "_aug" in row)
    assert max(ids.values()) == 1
    if way != "auto":
        assert again.out == stream


def test_shards_know_the_rows_of_each_other(cli, skewed, tmp_path):
    path, out = tmp_path / "rows.jsonl", tmp_path / "out.jsonl"
    once = cli("augment", "-m", "typo", stdin=as_bytes(skewed)).out.splitlines(keepends=True)
    path.write_bytes(b"".join([*once[::-1], *as_bytes(skewed).splitlines(keepends=True)]))
    whole = cli("augment", "-m", "typo", "-n", "2", path).out
    parts = [tmp_path / f"{n}.jsonl" for n in (1, 2, 3)]
    for n, part in enumerate(parts, 1):
        done = cli("augment", "-m", "typo", "-n", "2", path, "--shard", f"{n}/3", "-o", part)
        assert done.code == 0, done.err
    assert cli("merge", *parts, "-o", out).code == 0
    assert out.read_bytes() == whole
    ids = Counter(
        row["_aug"]["id"] for row in map(orjson.loads, whole.splitlines()) if "_aug" in row
    )
    assert max(ids.values()) == 1


def test_of_rows_that_come_one_by_one_the_earlier_ones_are_known(skewed):
    task = Augmentation((Spec("typo"),))
    once = kept(augment(skewed, task))
    twice = [*sorted(once, key=lambda row: row.is_real), *skewed]
    found = kept(augment(iter(twice), task))
    ids = Counter(row.id for row in found if not row.is_real)
    assert max(ids.values()) == 1


def test_names_that_are_there_are_found_among_few_and_many():
    for count in (0, 3, 60_000):
        names = Names()
        for number in range(count):
            names.note(f"n{number}")
        assert [f"n{n}" in names for n in (0, count - 1, count)] == [count > 0, count > 0, False]
        assert (names.give("new"), names.give("new"), names.give("n0")) == (True, False, not count)


def test_the_first_row_of_an_id_and_text_may_lie_in_an_earlier_shard():
    there, row = Taken(), real("a", id="r")
    there.note(row)
    there.begin()
    there.note(row)
    there.note(made("b", parent=row))
    assert not there.is_first(row)
    assert there.is_first(real("other", id="r"))
