"""Verbs for Python do what the commands do, at once or as a stream."""

import itertools
import subprocess
import sys

import orjson
import pytest

import dataaug as da
from dataaug.api.keywords import in_python
from dataaug.filtering.notes import LengthNote

ROWS = [
    {"id": f"r{n}", "text": f"I bought a {size} {thing} and want my money back", "label": label}
    for n, (size, (thing, label)) in enumerate(
        itertools.product(
            ["big", "small", "new", "nice"],
            [("car", "vehicle"), ("house", "home"), ("boat", "vehicle")],
        )
    )
]


def command(cli, *args, rows=ROWS):
    done = cli(*args, stdin=b"".join(orjson.dumps(row) + b"\n" for row in rows))
    assert done.code == 0, done.err
    return done.out.splitlines()


CASES = {
    "default": ([], {}),
    "methods": (
        ["-m", "synonym", "-m", "typo", "-p", "typo.rate=0.3", "-n", "2"],
        {"methods": ["synonym", da.method("typo", rate=0.3)], "n": 2},
    ),
    "auto": (["--auto", "-m", "swap"], {"auto": True, "methods": "swap"}),
    "labels": (
        ["-m", "typo", "--labels", "home", "--protect", "house", "--synthetic-only", "--seed", "3"],
        {
            "methods": "typo",
            "labels": "home",
            "protect": "house",
            "synthetic_only": True,
            "seed": 3,
        },
    ),
    "workers": (["-m", "typo", "--workers", "2"], {"methods": "typo", "workers": 2}),
}


@pytest.mark.parametrize(("args", "options"), CASES.values(), ids=CASES)
def test_augment_gives_the_rows_of_the_command(cli, args, options):
    made = da.augment(ROWS, **options)
    assert [row.line for row in made] == command(cli, "augment", *args)
    assert made.report.balanced
    assert made.report.settings["methods"]
    assert len(made) == made.report.written


def test_augment_varies_no_evaluation_row():
    made = da.augment(ROWS, "typo", against=ROWS[:2])
    parents = {row.aug["parent"] for row in made if not row.is_real}
    assert parents
    assert not parents & {"r0", "r1"}
    with pytest.raises(da.GuardError):
        da.augment(ROWS, against=made)


def test_filter_gives_the_rows_of_the_command_and_typed_notes(cli):
    made = da.augment(ROWS, ["typo", "swap"], n=2)
    lines = [row.fields for row in made]
    options = ["--check", "length", "--check", "near-duplicate", "-p", "length.max_words=11", "-p",
               "near-duplicate.embedder=hashing", "--similarity", "0.9",
               "--origin-similarity", "0.97"]  # fmt: skip
    near = da.check("near-duplicate", embedder="hashing")
    kept = da.filter(made, [da.check("length", max_words=11), near], similarity=0.9,
                     origin_similarity=0.97)  # fmt: skip
    assert [row.line for row in kept] == command(cli, "filter", *options, rows=lines)
    assert 0 < len(kept) < len(made)
    assert len(kept.rejects) == len(made) - len(kept)
    summary = kept.report.summary
    assert isinstance(summary.length, LengthNote)
    assert (summary.near_duplicate.similarity, summary.label) == (0.9, None)


def test_filter_against_takes_the_similarity_where_near_duplicates_are_not_looked_for():
    copies = [{"text": row["text"], "_aug": {"id": f"c{n}", "origin": "synthetic"}}
              for n, row in enumerate(ROWS[:3])]  # fmt: skip
    kept = da.filter(
        [*ROWS[3:], *copies],
        da.check("near-duplicate", embedder="hashing"),
        against=ROWS[:3],
        include_real=True,
    )
    assert kept.report.summary.against.rejected >= 3


WRONG = {
    "twice": ({"checks": da.Spec("near-duplicate", {"similarity": 0.8}), "similarity": 0.9},
              "similarity= and similarity= of 'near-duplicate' say the same thing"),
    "unread": ({"checks": "length", "language": "en"}, "language=: the check 'language', which"),
    "unknown": ({"checks": "lenght"}, "unknown check 'lenght': choose from"),
    "share": ({"max_drop": 2}, "max_drop=2: expected a share of at most 1"),
    "engine": ({"engine": "cluster"}, "unknown engine 'cluster': choose from local, ray"),
}  # fmt: skip


@pytest.mark.parametrize(("options", "said"), WRONG.values(), ids=WRONG)
def test_filter_refuses_what_has_no_meaning(options, said):
    with pytest.raises(da.UsageError) as caught:
        da.filter(ROWS, **options)
    assert said in str(caught.value)


def test_a_gate_is_an_error_that_names_keywords():
    with pytest.raises(da.GateError, match="max_drop=0"):
        da.filter(da.augment(ROWS, "typo"), da.check("length", max_words=1), max_drop=0)


def test_warnings_name_keywords_too():
    made = da.augment(ROWS * 3, "typo", n=3)
    (said,) = [said for said in da.filter(made, da.check("length", max_words=1)).report.warnings
               if "typo" in said]  # fmt: skip
    assert said.endswith("see the reasons in the report, and max_drop= to stop at such a loss")


def test_a_stream_makes_rows_as_they_are_read_of_endless_rows():
    read = itertools.count()
    endless = ({"text": f"I bought a big car, number {next(read)}"} for _ in itertools.count())
    made = da.augment(endless, "typo", stream=True)
    first = list(itertools.islice(made, 10))
    assert [row.is_real for row in first] == [True, False] * 5
    assert next(read) <= 257
    assert "stream" in repr(made)


def test_the_report_of_a_stream_is_whole_at_its_end():
    made = da.mix(ROWS, stream=True)
    with pytest.raises(da.UsageError, match="no summary; of a stream it is there at the end"):
        _ = made.report.summary
    assert sum(1 for _ in made.stream()) == made.report.written == len(ROWS)
    assert made.report.balanced
    assert made.report.summary.labels["home"] == {"real": 4, "synthetic": 0}


@pytest.mark.parametrize(
    "again",
    [list, lambda made: made.rows, lambda made: made.rejects, lambda made: made.to_dicts(),
     lambda made: list(made.stream())],
)  # fmt: skip
@pytest.mark.parametrize("first", [list, lambda made: list(made.stream())])
def test_a_stream_is_read_once(first, again):
    made = da.augment(ROWS, "typo", stream=True)
    first(made)
    with pytest.raises(da.UsageError, match="were read already"):
        again(made)


def test_a_stream_that_is_asked_for_its_rows_keeps_them():
    made = da.augment(ROWS, "typo", stream=True)
    with pytest.raises(TypeError, match="no length"):
        len(made)
    assert len(made.rows) == len(made) == len(list(made)) == made.report.written


def test_errors_of_a_stream_name_keywords_too():
    made = da.augment([{"body": "a"}], stream=True)
    with pytest.raises(da.InputError, match=r'name it by text_field= \(on_error="skip"'):
        list(made)


def test_a_result_is_written_as_the_command_writes_it(tmp_path):
    made = da.augment([*ROWS, {"id": "hm", "text": "Hm"}], "synonym")
    made.write(tmp_path / "rows.jsonl.gz", tmp_path / "gone.jsonl")
    assert [row.line for row in da.read(str(tmp_path / "rows.jsonl.gz"))] == [r.line for r in made]
    gone = [orjson.loads(line) for line in (tmp_path / "gone.jsonl").read_bytes().splitlines()]
    assert [row["_reject"]["reason"] for row in gone] == [r.reason for r in made.rejects]
    assert gone
    assert made.to_dicts()[0] == ROWS[0]


def test_split_gives_two_results_with_one_report():
    train, test = both = da.split(ROWS, test=3, embedder="hashing")
    assert (len(train), len(test)) == (both.report.summary.train, both.report.summary.test)
    assert {row.id for row in train}.isdisjoint(row.id for row in test)


SAID = {
    "(--on-error skip sets such rows aside)": '(on_error="skip" sets such rows aside)',
    'give --id-field ""': 'give id_field=""',
    "--similarity 1.5: expected": "similarity=1.5: expected",
    "--similarity and -p label.tail": "similarity= and tail= of 'label'",
    "language of -m translation": "language of method 'translation'",
    "--ratio 70:30 beats": "ratio=70:30 beats",
    "a well-known -- dash": "a well-known -- dash",
    "look at --rejects without --max-drop": "look at the rejects without max_drop=",
    "see --list-checks": "see list_checks=",
}


@pytest.mark.parametrize(("command_line", "python"), SAID.items())
def test_messages_are_those_of_the_language_of_the_caller(command_line, python):
    assert in_python(command_line) == python


def test_workers_need_no_guard_in_a_script(tmp_path):
    """Spawned workers would run the script again, which would spawn workers."""
    script = tmp_path / "script.py"
    script.write_text(
        "import dataaug as da\n"
        "rows = [{'text': f'where is my parcel number {n}'} for n in range(600)]\n"
        "print(len(da.augment(rows, 'typo', workers=2)))\n"
    )
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 600  # one line: the script ran once
