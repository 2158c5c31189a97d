import fcntl
import os
import random
import re
import signal
import struct
import subprocess
import termios

import orjson
import pytest
from conftest import TEXTS, command
from forked import Forks
from making import as_bytes, made, real
from patience import PATIENCE, until

LIGHT = ["-p", "near-duplicate.embedder=hashing", "-p", "label.classifier=tfidf"]
VERBS = {
    "augment": ["augment", "-m", "swap", "-m", "typo", "-n", "2"],
    "filter": ["filter", "--check", "length", "--check", "exact"],
    "mix": ["mix", "--ratio", "30:70"],
}
HOSTILE = "\x1b[2J\x1b]0;owned\x07 \u202eevil\u2066 \x9b31m [/] [link=x]"


@pytest.fixture
def data(stream):
    return as_bytes(stream)


@pytest.mark.parametrize("verb", VERBS)
def test_stdout_carries_rows_and_nothing_else(verb, cli, data):
    result = cli(*VERBS[verb], stdin=data)
    assert result.code == 0
    assert len(result.rows) == len(result.out.splitlines()) > 0
    assert result.err.startswith(f"{verb}: ".encode())
    for line in result.out.split(b"\n")[:-1]:
        assert isinstance(orjson.loads(line), dict)


@pytest.mark.parametrize("verb", VERBS)
def test_quiet_says_nothing(verb, cli, data):
    assert cli(*VERBS[verb], "--quiet", stdin=data).err == b""


@pytest.mark.parametrize("verb", VERBS)
def test_empty_input_is_no_success_unless_it_is_allowed(verb, cli):
    assert cli(*VERBS[verb], "-q", stdin=b"").code == 3
    result = cli(*VERBS[verb], "-q", "--allow-empty", stdin=b"")
    assert (result.code, result.out, result.err) == (0, b"", b"")


def test_a_command_is_a_fork_whatever_libraries_put_into_the_environment():
    forks, ours = Forks({"HOME": "/home"}), {"HOME": "/home", "XDG_CACHE_HOME": "/other"}
    theirs = {
        "RAY_CLIENT_MODE": "0",
        "PYTHONBREAKPOINT": "ray.x",
        "CUBLAS_WORKSPACE_CONFIG": ":4096:8",
        "GOMP_SPINCOUNT": "0",
    }
    assert forks.fits(["mix"], ours | theirs, {"file_size": 3000})
    assert not forks.fits(["mix"], ours | {"OMP_NUM_THREADS": "1"}, {})
    assert not forks.fits(["augment", "--workers", "2"], ours, {})


def test_version_and_help():
    def run(*args):
        return subprocess.run(command(*args), capture_output=True, check=True, text=True).stdout

    assert re.fullmatch(r"dataaug [\d.]+ \(row format \d+\)\n", run("--version"))
    for verb in VERBS:
        assert verb in run("--help")
        assert "--rejects" in run(verb, "--help")


@pytest.mark.parametrize(
    ("args", "code", "said"),
    [
        (["nope"], 2, "No such command 'nope'"),
        (["augment", "--nope"], 2, "No such option: --nope"),
        (["augment", "-m", "nope"], 2,
         "unknown method 'nope': choose from back-translation, delete, insert, "),
        (["augment", "-m", "../checks/exact"], 2, "unknown method '../checks/exact'"),
        (["augment", "-m", "swap", "-p", "swap.nope=1"], 2, "no option 'nope'; its options: rate"),
        (["augment", "-m", "swap", "-p", "typo.rate=1"], 2, "is not used in this run (used: swap)"),
        (["augment", "-m", "swap", "-p", "rate=1"], 2, "expected name.key=value"),
        (["augment", "-m", "swap", "-p", "swap.rate=x"], 2, "swap.rate: expected float, found 'x'"),
        (["augment", "-m", "swap", "-p", "swap.rate=nan"], 2, "swap.rate: expected float"),
        (["augment", "-m", "swap", "--protect", "["], 2, "is not a regular expression"),
        (["augment", "-m", "swap", "-n", "0"], 2, "--variants"),
        (["augment", "-m", "swap", "--labels", "zz"], 2, "label 'zz'; labels here: x"),
        (["filter", "--check", "nope"], 2,
         "unknown check 'nope': choose from exact, "),
        (["filter", "--check", "length", "-p", "length.percentile=99"], 2, "expected 0 up to 50"),
        (["mix", "--ratio", "x"], 2, "expected auto or REAL:SYNTHETIC"),
        (["mix", "--stratify", "x"], 2, "choose from synthetic, real, none"),
        (["mix", "--on-error", "x"], 2, "choose from fail, skip"),
        (["mix", "--origin", "x"], 2, "choose from auto, synthetic"),
        (["mix", "-o", "/"], 2, "is a directory"),
        (["mix", "-", "-"], 2, "only once"),
        (["mix", "--text-field", "body"], 3, "<stdin>:1: no field 'body'"),
        (["mix", "/nowhere.jsonl"], 3, "/nowhere.jsonl: cannot be opened"),
        (["mix", "/"], 3, "directory"),
        (["mix", "-o", "/nowhere/out"], 4, "cannot be written"),
        (["augment", "-p", "synonym.source=nltk"], 4, "python -m nltk.downloader wordnet"),
        (["mix", "--size", "9"], 5, "1 rows where --size asks for 9"),
    ],
)  # fmt: skip
def test_error_has_its_exit_code_and_says_what_to_do(args, code, said, cli):
    result = cli(*args, stdin=b'{"text":"some words here","label":"x"}\n')
    assert (result.code, said in result.err.decode()) == (code, True), result.err.decode()
    assert b"Traceback" not in result.err
    assert result.err.splitlines()[-1 if code == 5 else 0].startswith(b"dataaug: ")


def test_gate_that_is_not_passed_is_exit_one_and_writes_nothing(cli, tmp_path):
    out = tmp_path / "out.jsonl"
    rows = as_bytes([real("same", "x"), made("same", "x")])
    result = cli("filter", "--check", "exact", "--max-drop", "0.5", "-o", out, stdin=rows)
    assert result.code == 1
    assert os.listdir(tmp_path) == []


def test_package_that_is_missing_is_exit_four_with_the_pip_line(cli, tmp_path):
    # Found before an installed one, and as its absence would be.
    (tmp_path / "spacy.py").write_text("raise ModuleNotFoundError('no spacy', name='spacy')\n")
    paths = os.pathsep.join(filter(None, [str(tmp_path), os.environ.get("PYTHONPATH")]))
    result = cli("augment", "-p", "synonym.tagger=spacy", stdin=b'{"text":"a"}\n',
                 env={"PYTHONPATH": paths})  # fmt: skip
    assert result.code == 4
    assert b"taggers/spacy needs spacy: pip install" in result.err


def test_bad_row_stops_and_is_skipped_on_request(cli, tmp_path):
    rejects = tmp_path / "rejects.jsonl"
    given = b'{"text":"a"}\n{"text":\n[1]\n{"text":"b"}\n'
    result = cli("mix", "--ratio", "1:0", stdin=given)
    assert (result.code, result.out) == (3, b"")
    assert b"<stdin>:2: column 9: the line ends too early" in result.err
    result = cli("mix", "--ratio", "1:0", "--on-error", "skip", "--rejects", rejects, stdin=given)
    assert result.code == 0
    assert sorted(row["text"] for row in result.rows) == ["a", "b"]
    notes = [orjson.loads(line) for line in rejects.read_bytes().splitlines()]
    assert [(note["raw"], note["_reject"]["line"]) for note in notes] == [
        ('{"text":', 2),
        ("[1]", 3),
    ]


def test_output_may_be_the_input(cli, real_file):
    before = real_file.read_bytes()
    assert cli("mix", "--ratio", "1:0", real_file, "-o", real_file).code == 0
    assert sorted(real_file.read_bytes().splitlines()) == sorted(before.splitlines())


def test_failure_leaves_the_old_file_and_no_partial_one(cli, tmp_path):
    out = tmp_path / "out.jsonl"
    out.write_bytes(b"old\n")
    rejects, report = tmp_path / "rejects.jsonl", tmp_path / "report.json"
    result = cli("augment", "-m", "swap", "-o", out, "--rejects", rejects, "--report", report,
                 stdin=b'{"text":"some good words"}\n{"text":')  # fmt: skip
    assert result.code == 3
    assert os.listdir(tmp_path) == ["out.jsonl"]
    assert out.read_bytes() == b"old\n"


def test_files_must_differ_however_they_are_spelled(cli, tmp_path):
    result = cli("mix", "-o", tmp_path / "a", "--rejects", tmp_path / "." / "x" / ".." / "a")
    assert result.code == 2
    assert b"must be different" in result.err


def test_report_counts_every_row(cli, tmp_path, data):
    report = tmp_path / "report.json"
    cli(*VERBS["filter"], "--report", report, stdin=data)
    found = orjson.loads(report.read_bytes())
    rows = found["rows"]
    assert rows["balanced"]
    assert rows["read"] == rows["written"] + rows["rejected"] == 24
    assert found["settings"]["seed"] == 0


def test_duplicate_ids_are_reported(cli):
    row = b'{"text":"a","id":"x"}\n'
    result = cli("augment", "-m", "typo", stdin=row + row)
    assert b"1 rows carry an id that an earlier row has" in result.err
    assert result.code == 0


def test_foreign_rows_are_synthetic_on_request(cli):
    result = cli("mix", "--ratio", "0:1", "--origin", "synthetic", stdin=b'{"text":"a","n":1.10}\n')
    assert result.rows[0]["_aug"]["origin"] == "synthetic"
    assert b'"n":1.10' in result.out


@pytest.mark.parametrize("verb", VERBS)
def test_reader_that_goes_away_ends_the_run_quietly(verb, tmp_path):
    path = tmp_path / "in.jsonl"
    path.write_bytes(as_bytes(real(f"some words number {n} here", "x") for n in range(6000)))
    process = subprocess.Popen(
        command(*VERBS[verb], path), stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    reader = subprocess.Popen(["head", "-1"], stdin=process.stdout, stdout=subprocess.PIPE)
    process.stdout.close()
    first = reader.communicate()[0]
    err = process.stderr.read()
    process.stderr.close()
    assert (process.wait(), err) == (141, b"")
    assert orjson.loads(first)


PRINTING = [["--help"], ["--help-all"], ["tune", "--help"], ["tune", "--help-all"],
            ["augment", "--list-methods"], ["doctor"], ["cache"]]  # fmt: skip
"""Command lines whose stdout holds no rows."""


@pytest.mark.parametrize("args", PRINTING, ids=" ".join)
def test_what_is_printed_for_a_reader_that_went_away_is_no_failure(args, cli):
    read, write = os.pipe()
    os.close(read)
    with open(write, "wb") as gone:
        result = cli(*args, stdout=gone)
    assert (result.code, result.err) == (141, b"")


@pytest.mark.parametrize("args", [*VERBS.values(), *PRINTING], ids=" ".join)
def test_full_disk_behind_stdout_is_exit_four(args, cli, data):
    with open("/dev/full", "wb") as full:
        result = cli(*args, stdin=data, stdout=full)
    assert result.code == 4
    assert b"writing to stdout failed: No space left on device" in result.err
    assert b"TMPDIR" not in result.err
    assert b"Traceback" not in result.err


@pytest.mark.parametrize("name", ["out.jsonl", "out.jsonl.gz", "out.jsonl.zst"])
def test_full_disk_behind_output_leaves_no_file(name, cli, tmp_path, data):
    result = cli(*VERBS["augment"], "-o", tmp_path / name, stdin=data, file_size=100)
    assert result.code == 4, result.err
    assert b"Traceback" not in result.err
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("redirect", ["<&-", ">&-"])
def test_closed_standard_stream_is_said(redirect):
    line = " ".join(map(str, command("augment", "-m", "swap")))
    done = subprocess.run(
        ["sh", "-c", f"{line} {redirect}"], input=b"", capture_output=True, check=False
    )
    assert done.returncode in {2, 4}
    assert done.stderr.startswith(b"dataaug: ")
    assert b"Traceback" not in done.stderr


def unread(pipe):
    """Return how many bytes of a pipe nobody has read yet."""
    return struct.unpack("i", fcntl.ioctl(pipe, termios.FIONREAD, bytes(4)))[0]


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
@pytest.mark.parametrize("args", [VERBS["augment"], VERBS["mix"]])
def test_signal_ends_the_run_and_leaves_no_partial_file(number, code, args, tmp_path):
    out = tmp_path / "out.jsonl"
    process = subprocess.Popen(
        command(*args, "-o", out),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    process.stdin.write(b'{"text":"some good words"}\n')
    process.stdin.flush()
    # The partial file says that the run has begun, and the empty pipe that it has read the row.
    until(lambda: os.listdir(tmp_path) and not unread(process.stdin), "the run does not begin")
    process.send_signal(number)
    out_, err = process.communicate(timeout=PATIENCE)
    assert (process.returncode, out_) == (code, b"")
    assert re.fullmatch(
        rb"dataaug: (interrupted|terminated): no output file was written, .*\n", err
    )
    assert os.listdir(tmp_path) == []


def test_whole_way_leaves_real_rows_byte_for_byte(tmp_path):
    row = '{ "id": %d, "text": "%s", "label": "%s", "n": 1.10, "big": 123456789012345678901234 }'
    pairs = [(text, label) for label, texts in TEXTS.items() for text in texts]
    rows = [(row % (number, *pair)).encode() for number, pair in enumerate(pairs)]
    path = tmp_path / "in.jsonl"
    path.write_bytes(b"\n".join(rows))
    line = [command("augment", path, "-m", "synonym", "-m", "swap", "-n", "2"),
            command("filter", *LIGHT), command("mix", "--ratio", "50:50")]  # fmt: skip
    first = subprocess.Popen(line[0], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    second = subprocess.Popen(
        line[1], stdin=first.stdout, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    third = subprocess.run(line[2], stdin=second.stdout, capture_output=True, check=True)
    for process in (first, second):
        process.stdout.close()
        assert process.wait() == 0
    out = third.stdout.splitlines()
    assert sorted(row for row in out if b"_aug" not in row) == sorted(rows)
    children = [row for row in out if b"_aug" in row]
    assert 0 < len(children) <= len(rows)
    assert all(b'"n":1.10,"big":123456789012345678901234' in row for row in children)


ALL_METHODS = [
    "augment",
    "-m",
    "synonym",
    "-m",
    "insert",
    "-m",
    "swap",
    "-m",
    "delete",
    "-m",
    "typo",
    "-n",
    "2",
    "-q",
]


@pytest.fixture(scope="module")
def plain_run(cli):
    rows = [real(f"{text} number {n}", label) for label, texts in TEXTS.items() for text in texts
            for n in range(5)]  # fmt: skip
    return rows, cli(*ALL_METHODS, stdin=as_bytes(rows)).lines


def test_shuffled_input_gives_the_same_lines(plain_run, cli):
    rows, lines = plain_run
    shuffled = random.Random(1).sample(rows, len(rows))
    assert sorted(cli(*ALL_METHODS, stdin=as_bytes(shuffled)).lines) == sorted(lines)


def test_four_shards_give_the_same_lines(plain_run, cli):
    rows, lines = plain_run
    parts = [cli(*ALL_METHODS, stdin=as_bytes(rows[n::4])).lines for n in range(4)]
    assert sorted(line for part in parts for line in part) == sorted(lines)


def test_two_workers_give_the_same_bytes(plain_run, cli):
    rows, lines = plain_run
    assert cli(*ALL_METHODS, "--workers", "2", stdin=as_bytes(rows)).lines == lines


@pytest.mark.parametrize(
    "args",
    [ALL_METHODS, ["filter", "-q", *LIGHT], ["mix", "-q", "--ratio", "1:1"]],
    ids=["augment", "filter", "mix"],
)
def test_hash_seed_decides_nothing(args, plain_run, cli):
    _, lines = plain_run
    given = b"\n".join(lines if args[0] != "augment" else [row.line for row in plain_run[0]])
    # A fork has the seed of the process that forks, which is drawn anew in each run of the tests.
    runs = [cli(*args, stdin=given, env=own).out for own in ({}, {"PYTHONHASHSEED": "271828"})]
    assert runs[0] == runs[1] != b""


def test_filter_and_mix_give_the_same_lines_for_shuffled_rows_of_each_kind(plain_run, cli):
    _, lines = plain_run
    shuffled = random.Random(2).sample(lines, len(lines))
    runs = [
        cli("mix", "-q", "--ratio", "1:1", stdin=b"\n".join(given)).out
        for given in (lines, shuffled)
    ]
    assert runs[0] == runs[1]


@pytest.mark.parametrize("verb", ["augment", "filter", "mix"])
@pytest.mark.parametrize("where", ["text", "label", "id", "key", "method", "bad"])
def test_hostile_row_never_reaches_the_terminal_raw(verb, where, cli):
    row = {"text": "same words here", "label": "x"}
    rows = [dict(row), {**row, "_aug": {"id": "1", "origin": "synthetic", "method": HOSTILE}}]
    for one in rows:
        if where in {"text", "label", "id"}:
            one[where] = HOSTILE
        if where == "key":
            one[HOSTILE] = one.pop("text")
    given = b"\n".join(orjson.dumps(one) for one in rows * 12)
    if where == "bad":
        given = HOSTILE.encode() + b"\n" + given
    checks = LIGHT if where in {"label", "id"} else ["--check", "length", "--check", "exact"]
    args = {
        "filter": ["filter", *checks, "--max-drop", "0.1"],
        "augment": ["augment", "-m", "swap", "--labels", "zz"],
        "mix": ["mix", "--size", "99"],
    }[verb]
    err = cli(*args, stdin=given).err.decode()
    assert err
    assert b"Traceback" not in err.encode()
    assert not set(err) & set("\x1b\x07\x9b\u202e\u2066")


def test_hostile_names_on_the_command_line_never_reach_the_terminal_raw(cli):
    for args in (
        ["mix", HOSTILE],
        ["augment", "-m", HOSTILE],
        [HOSTILE],
        ["mix", "--ratio", HOSTILE],
        ["mix", "-o", f"/nowhere/{HOSTILE}"],
    ):
        err = cli(*[arg.replace("/", "") if arg == HOSTILE else arg for arg in args]).err.decode()
        assert err
        assert not set(err) & set("\x1b\x07\x9b\u202e\u2066")


def test_lists_show_names_options_and_defaults(cli):
    out = cli("augment", "--list-methods").out.decode()
    assert "swap: " in out
    assert "-p swap.rate=0.1" in out
    assert "-p near-duplicate.similarity=0.95" in cli("filter", "--list-checks").out.decode()


def test_filter_with_workers_writes_the_same_bytes(cli, tmp_path):
    rows = tmp_path / "rows.jsonl"
    texts = [f"where is my parcel number {n}, please?" for n in range(400)]
    real = [{"id": f"r{n}", "text": text, "label": "a"} for n, text in enumerate(texts)]
    aug = {"origin": "synthetic", "root": None, "method": "swap"}
    made = [
        {"text": text, "label": "a", "_aug": {"id": f"m{n}", "parent": f"r{n}", **aug}}
        for n, text in enumerate([f"{texts[0]} [Name]", *(t.replace("my", "our") for t in texts)])
    ]
    rows.write_bytes(b"".join(orjson.dumps(row) + b"\n" for row in [*real, *made]))
    checks = ["-p", "near-duplicate.embedder=hashing"]
    for name in ("placeholder", "language", "near-duplicate"):
        checks += ["--check", name]
    found = []
    for number, where in enumerate([[], ["--workers", 2], ["--engine=local", "--workers=3"]]):
        gone = tmp_path / f"gone{number}.jsonl"
        done = cli("filter", rows, *checks, "--rejects", gone, *where)
        assert done.code == 0, done.err
        found.append((done.out, gone.read_bytes()))
    assert found == [found[0]] * 3
    assert b'"placeholder"' in found[0][1]


@pytest.mark.parametrize(
    ("verb", "option", "why"),
    [
        ("filter", "--shard=1/2", b"dataaug merge the shards"),
        ("mix", "--shard=1/2", b"must see all rows"),
        ("generate", "--shard=1/2", b"run them apart by --label"),
        ("mix", "--workers=2", b"augment, filter and generate"),
    ],
)
def test_an_option_that_other_verbs_have_is_refused_with_the_reason(cli, verb, option, why):
    done = cli(verb, option)
    assert (done.code, done.out) == (2, b"")
    assert why in done.err
