"""What every command does around its verb: read, write, count, report and tell the person."""

import shutil
import sys
import tempfile
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from types import TracebackType
from typing import IO, Any, Self

import orjson

from dataaug import __version__, plugins
from dataaug.api.inputs import Input, RowsLike, unnoted
from dataaug.cli import command_line, interrupts
from dataaug.cli.emptiness import MissingFields, NoRowsError, UnreadableRowsError, nothing_written
from dataaug.cli.interrupts import PipeClosed
from dataaug.cli.progress import Progress, wanted_form
from dataaug.cli.reads import ASKS, EMBEDS, unread_option
from dataaug.cli.row_options import RowOptions
from dataaug.errors import GateError, MissingError, ShortfallError, UsageError
from dataaug.plugins import Spec
from dataaug.rows import shards
from dataaug.rows.atomic import AtomicFile, commit
from dataaug.rows.chats import ChatOrNone
from dataaug.rows.files import STDIO, display_name, is_file
from dataaug.rows.formats import DATASETS, JSONL
from dataaug.rows.jsonl import Ids, LabelNotes, Origin, Source, reject_line
from dataaug.rows.record import Outcome, Record, Reject, Schema
from dataaug.rows.report import Report
from dataaug.rows.spool import Spool
from dataaug.rows.taken import Taken
from dataaug.text.printable import safe

_OF_ROWS = ("output", "train", "test")
"""Files that do not appear where no row is written: an empty one would pass for a result."""


class Run:
    """One run of a command: where rows come from, where they go, and what is said about it."""

    def __init__(
        self, verb: str, settings: dict[str, Any], asked: RowOptions, *, given: Mapping[str, str]
    ) -> None:
        self.inputs = tuple(asked.inputs or ())
        self.asked_seed = asked.seed  # None where the option was not given
        self.seed = asked.seed or 0
        self.schema = asked.schema
        self.reading = asked.reading
        self.on_error = asked.on_error
        self.origin = asked.origin
        self.given = dict(given)  # options of the command line: name to spelling
        self.allow_empty = asked.allow_empty
        self.on_short = asked.on_short
        self.exempt = False  # a run that may well have no row: a shard, a review session, merge
        self.quiet = asked.quiet
        files = {"output": asked.output, "rejects": asked.rejects, "report": asked.report}
        self.report = Report(verb, {"version": __version__, "seed": self.seed, **settings})
        self.report.command = command_line.shown_command(sys.argv[1:])
        self.report.files = {"inputs": self.inputs} | {
            option: (path,) for option, path in files.items() if path not in {"", STDIO}
        }
        self.ids = Ids()
        self.labels = LabelNotes()
        self.tells_ids = True  # is it worth a warning that rows share an id?
        self.progress = Progress(verb, wanted_form(quiet=asked.quiet, asked=asked.progress))
        self._named = files
        self._open: dict[str, AtomicFile] = {}
        self._stdout = sys.stdout
        self._put = 0  # lines that went to the output
        self._written = False  # do all files have their names?
        self._used: frozenset[str] = frozenset()
        self._fields, self._fields_beside = self._named_fields(), self._named_fields()
        self.headline = ""  # what is said at the end in place of the summary of rows
        self.dry = False  # nothing is written, under any name
        self.span: tuple[int, int] | None = None  # the part of the input that a shard reads
        self._ticket: shards.Ticket | None = None
        self._held: IO[bytes] | None = None  # rows for stdout that may not be written after all
        self.gate = ""  # why a gate was not passed: everything is written, then the run fails

    def __enter__(self) -> Self:
        if STDIO in self.inputs and (sys.stdin is None or sys.stdin.isatty()):
            raise UsageError(f"no input: name a file or pipe rows in (dataaug {self.report.verb} "
                             "--help)")  # fmt: skip
        if self._named["output"] in {"", STDIO} and sys.stdout is None:
            raise MissingError("stdout is closed: redirect it, or name a file by --output")
        interrupts.on_interruption(self.kept)
        try:
            for name, path in self._named.items():
                if path not in {"", STDIO}:
                    self._open[name] = AtomicFile(path)
        except BaseException:  # __exit__ is not called then
            self._discard()
            raise
        # What a library prints (Ray does, when a node dies) must not come between the rows.
        self._stdout, sys.stdout = sys.stdout, sys.stderr
        self.progress.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> bool:
        self.progress.stop()
        sys.stdout = self._stdout
        may = self.allow_empty or self.dry
        allowed = may and isinstance(error, (NoRowsError, UnreadableRowsError))
        whole = error is None or allowed or isinstance(error, ShortfallError)
        try:
            if whole:
                self._close(error)
        finally:
            self._discard()
        return allowed

    def _discard(self) -> None:
        for file in self._open.values():
            file.discard()  # does nothing to a file that has its name
        if self._held is not None:
            self._held.close()

    def _close(self, error: BaseException | None) -> None:
        """Give the files their names, unless that would be a success on nothing.

        Raises:
            InputError: no row has a field that was named.
            GateError: a gate was not passed.
            ShortfallError: no row was written, or too few.
        """
        if not (self._fields.seen or self.exempt or self.dry):
            self._fields_beside.demand()
        empty = not (self._put or self.report.written or self.exempt or self.dry or self.gate)
        if empty and error is not None:
            self._drop("html")  # nobody came to write the page
        missed = [self._drop(name) for name in _OF_ROWS] if empty and not self.allow_empty else []
        short = isinstance(error, ShortfallError) and bool(self._put)
        said = self._shorten() if short else ""
        self._finish()
        if said:
            raise ShortfallError(f"{error}{said}") from error
        if error is None and self.gate:
            raise GateError(self.gate)
        if error is None and missed:
            raise nothing_written(self.report, [path for path in missed if path])

    def _shorten(self) -> str:
        """Give a file of too few rows another name, and return what is to be said of that."""
        file = self._open.get("output")
        if file is None or self.on_short == "keep":
            return ""
        before = file.path
        file.shorten()
        if file.path == before:  # a pipe
            return ""
        return f"; what there is is in {safe(file.path)} (--on-short keep writes {safe(before)})"

    def _drop(self, name: str) -> str:
        """Leave a file unwritten and return its path, nothing where it was not asked for."""
        file = self._open.pop(name, None)
        if file is None:
            return ""
        file.discard()
        return self._named[name]

    def _named_fields(self, *lacking: str) -> MissingFields:
        """Return the fields that the command line names and that rows are to show.

        Args:
            lacking: options of fields that the rows need not have.
        """
        named = [(option, getattr(self.schema, name.removesuffix("_field")))
                 for name, option in self.given.items()
                 if name.endswith("_field") and name not in {"keep_field", *lacking}]  # fmt: skip
        named += [("--text-field", name) for name in self.schema.further_texts]
        return MissingFields(named)

    def reads_unlabelled(self) -> None:
        """Say that the rows of the inputs have no label: it is in rows beside them."""
        self._fields = self._named_fields("label_field")

    def uses(self, *used: str) -> None:
        """Say what this run makes use of, so that options that nothing reads are refused.

        Raises:
            UsageError: there is one.
        """
        self._used = frozenset(used)
        if said := unread_option(self.report.verb, self.given, used):
            raise UsageError(said)

    def kept(self) -> str:
        """Say what an interruption leaves, and how to go on."""
        if self._written:
            return "all files had been written; there is nothing to do again"
        settings = self.report.settings
        cached = settings.get("cache") != "off"
        kept = [what for what, there in (
            ("replies", cached and ASKS in self._used),
            ("vectors", cached and EMBEDS in self._used),
            ("verdicts", settings.get("review") in {"terminal", "web"}),
            ("scores", bool(settings.get("journal"))),
        ) if there]  # fmt: skip
        left = "no output file was written"
        if "output" not in self._open and self._held is None and self._put:
            left = "the output is not whole"
        if not kept:
            return (
                f"{left}, those there before are as they were; run the same command to begin anew"
            )
        return f"{left}; {' and '.join(kept)} so far are kept: run the same command to go on"

    def also(self, name: str, path: str) -> AtomicFile:
        """Open a further file to write; it appears with the others when the run is whole."""
        self._named[name] = path
        self._open[name] = AtomicFile(path)
        return self._open[name]

    def withhold(self, why: str) -> None:
        """Leave the output unwritten, since a gate was not passed; reports and rejects appear."""
        self._drop("output")
        self.gate = why

    def withhold_rows(self) -> None:
        """Keep the rows that go to stdout until the run has come to its end."""
        if "output" not in self._open:
            self._held = tempfile.TemporaryFile()  # noqa: SIM115 - it is gone with the process

    def html(self, path: str) -> AtomicFile | None:
        """Open the file of ``--html``, None where none was asked for.

        Raises:
            UsageError: it is stdout, where the results go.
        """
        if path == STDIO:
            raise UsageError("--html needs the name of a file: stdout is for rows and results")
        self.report.paged = bool(path)
        return self.also("html", path) if path else None

    def cut(self, given: str) -> None:
        """Read one shard of the inputs only, and leave beside each file what ``merge`` needs.

        Args:
            given: ``K/N``.

        Raises:
            UsageError: it is not of that form, an input is stdin or no JSON lines, or no output
                file is named.
        """
        shard = shards.Shard.parse(given)
        other = [path for path in self.inputs if self.reading.of(path) != JSONL]
        if other or self.reading.encoding:
            raise UsageError(
                f"--shard {given} cuts JSON lines in UTF-8, which {safe(' '.join(other[:1]))} is "
                "not: dataaug convert writes them"
            )
        if self._named["output"] in {"", STDIO}:
            raise UsageError(f"--shard {given} needs --output FILE, so that merge knows its part")
        self.exempt = True
        self.span = shard.span(sum(shards.sizes(self.inputs)))
        asked = {"verb": self.report.verb, **self.report.settings}
        self._ticket = shards.Ticket(shard, shards.run_name(asked, self.inputs))

    def source(self, *paths: str, origin: Origin | None = None, ids: Ids | None = None) -> Source:
        """Return a source that reads files with this run's options; --from is of the inputs."""
        reading = self.reading if {*paths} <= {*self.inputs} else replace(self.reading, form="")
        return Source(
            paths,
            self.schema,
            self.on_error,
            origin or self.origin,
            ids if ids is not None else Ids(),
            self.labels,
            reading=reading,
            counts=self.report.inputs,
        )

    def evaluation(self, paths: Sequence[str]) -> tuple[Record, ...]:
        """Return the evaluation rows of ``--against``.

        Raises:
            GuardError: a row is synthetic.
        """
        return self.input().evaluation(paths)

    def input(self) -> Input:
        """Return the rows as a verb of :mod:`dataaug.api` takes them."""
        return Paths(self)

    def records(self, *further: tuple[Sequence[str], Origin]) -> Iterator[Record]:
        """Yield the rows of the inputs; rows that can't be read are counted and set aside.

        Args:
            further: more files that are passed on, and how to take their rows.

        Raises:
            NoRowsError: there is no row, also where that is allowed: then the run ends well.
            UnreadableRowsError: there are rows, and not one could be read.
            InputError: no row has a field that was named.
        """
        source = replace(self.source(*self.inputs, ids=self.ids), span=self.span)
        yield from self._fields.over(self._counting(source))
        for paths, origin in further:
            if paths:
                more = self.source(*paths, origin=origin, ids=self.ids)
                yield from self._fields.over(self._counting(more))
        if self.exempt:
            return
        if not self.report.read:
            every = [*self.inputs, *(path for paths, _ in further for path in paths)]
            raise NoRowsError.of(self.report.verb, every)
        if not self._fields.seen:
            raise self._fields.unreadable(self.report)
        self._fields.demand()

    def _counting(self, source: Source) -> Iterator[Record]:
        return self.progress.count(self.report.reading(source, self._put_reject))

    def candidate(self, path: str, origin: Origin = "auto") -> Iterator[Record]:
        """Yield the rows of one of several inputs that are looked at apart."""
        source = self.source(path, origin=origin, ids=self.ids)
        yield from self._fields_beside.over(self._counting(source))

    def whole(self, note: Callable[[Record], None]) -> tuple[Iterator[Record], Taken]:
        """Return the rows of the inputs, and what is there in all of them, other shards' too.

        Files are read twice; what can be read only once is kept on disk meanwhile.

        Args:
            note: is shown each row, other shards' too.

        Raises:
            MissingError: the disk is full or failed.
        """
        there = Taken()
        if not all(is_file(path) for path in self.inputs):
            spool = Spool(self.schema)
            for record in self.records():
                there.note(record)
                note(record)
                spool.extend([record])
            return spool.records(), there
        start = 0 if self.span is None else self.span[0]
        # The same rows are noted when they are read for good.
        source = replace(self.source(*self.inputs), on_error="skip", labels=LabelNotes(),
                         counts={})  # fmt: skip
        parts = [(0, start), (start, sys.maxsize)] if start else [None]
        for span in parts:
            there.begin()
            for outcome in replace(source, span=span):
                if isinstance(outcome, Record):
                    there.note(outcome)
                    note(outcome)
        return self.records(), there

    def reference(self, *paths: str) -> Iterator[Record]:
        """Yield rows of files that are looked at but not passed on.

        Raises:
            NoRowsError: there is no row, and that is not allowed.
        """
        seen = lost = 0
        for outcome in self._fields_beside.over(self.source(*paths, origin="auto")):
            if isinstance(outcome, Record):
                seen += 1
                yield outcome
            else:
                lost += 1
        where = ", ".join(map(display_name, paths))
        if lost:
            self.report.warn(f"{safe(where)}: {lost:,} rows can't be read and were left out")
        if not (seen or self.allow_empty or self.dry):
            raise NoRowsError.of(self.report.verb, paths)

    @property
    def output(self) -> str:
        """The file of the rows, as it was given; ``-`` is stdout."""
        return self._named["output"]

    @property
    def keeps_output(self) -> bool:
        """Do the rows go to a file, and not to stdout, a device or a pipe?"""
        return "output" in self._open and self._open["output"].is_new

    @property
    def to_screen(self) -> bool:
        """Would rows go to a terminal, where a person sits?"""
        return "output" not in self._open and self._stdout.isatty()

    def put_aside(self, reject: Reject) -> None:
        """Count a reject and write it, where the rows themselves are held back."""
        self.report.count(reject)
        self._put_reject(reject)

    def _put_reject(self, reject: Reject) -> None:
        if reject.reason == "missing_text" and not self._fields.there:
            self._fields.note(orjson.loads(reject.raw or b"{}"))
        file = self._open.get("rejects")
        if file is not None:
            file.write(reject_line(reject) + b"\n")

    def write(self, outcomes: Iterable[Outcome]) -> None:
        """Write the rows of a verb, its rejects, and count both.

        Raises:
            MissingError: the disk is full or failed.
            PipeClosed: the reader of stdout is gone.
        """
        self.write_lines(self._counted(outcomes))

    def write_as(self, outcomes: Iterable[Outcome], form: str) -> None:
        """Write the rows of a verb as a file of a format, its rejects, and count both.

        Raises:
            UsageError: the format is not written, or is a folder and none is named.
            MissingError: a package is missing, or the disk is full or failed.
            PipeClosed: the reader of stdout is gone.
        """
        if form == JSONL:
            self.write(outcomes)
            return
        lines = self._counted(outcomes)
        writer = plugins.load("formats", Spec(form))
        if form == DATASETS:
            if not (path := self._drop("output")):
                raise UsageError("--to datasets writes a folder: name it by --output")
            writer.save(lines, path)
            return
        if not hasattr(writer, "write"):
            raise UsageError(f"--to {form}: is read only")
        file = self._open.get("output")
        stream: IO[bytes] = file.stream if file else self._stdout.buffer
        try:
            if said := writer.write(lines, stream):
                self.say(said)
            stream.flush()
        except OSError as error:
            raise _unwritten(file, error) from error

    def _counted(self, outcomes: Iterable[Outcome]) -> Iterator[bytes]:
        report = self.report
        for outcome in outcomes:
            if isinstance(outcome, Record):
                report.write(outcome)
                yield outcome.line
            else:
                report.reject(outcome)
                self._put_reject(outcome)

    def write_lines(self, lines: Iterable[bytes]) -> None:
        """Write lines as they are; results that are not rows are not counted.

        Raises:
            MissingError: the disk is full or failed.
            PipeClosed: the reader of stdout is gone.
        """
        if self.dry:
            deque(lines, maxlen=0)
            return
        file = self._open.get("output")
        stream: IO[bytes] = file.stream if file else self._held or self._stdout.buffer
        put = stream.write
        for line in lines:
            self._put += 1  # first: a signal may come when a part of the line is out
            try:
                put(line + b"\n")
            except OSError as error:
                raise _unwritten(file, error) from error
        try:
            stream.flush()
        except OSError as error:
            raise _unwritten(file, error) from error

    def write_results(self, results: Iterable[Mapping[str, Any]]) -> None:
        """Write results that are no rows, as JSON lines for programs.

        A terminal gets none of them: they would push what stderr says to people off the screen.

        Raises:
            MissingError: the disk is full or failed.
            PipeClosed: the reader of stdout is gone.
        """
        if self.to_screen:
            self.say("--output FILE keeps all numbers, as JSON lines")
            self._put += 1  # it is no run without a result
            return
        self.write_lines(map(orjson.dumps, results))

    def _finish(self) -> None:
        if self.dry:
            return  # what was opened is discarded
        self._warn_of_rows()
        if "report" in self._open:
            row = orjson.dumps(self.report.to_row(), option=orjson.OPT_INDENT_2)
            self._open["report"].write(row + b"\n")
        self._prove()
        self._release_rows()
        commit(list(self._open.values()))
        self._written = True
        self.say(self.headline or self.summary())
        for warning in self.report.warnings:
            self.say(f"warning: {warning}")

    def _release_rows(self) -> None:
        """Write the rows that were kept back.

        Raises:
            PipeClosed: the reader of stdout is gone.
            MissingError: it can't be written to.
        """
        if self._held is None:
            return
        self._held.seek(0)
        try:
            shutil.copyfileobj(self._held, self._stdout.buffer)
            self._stdout.buffer.flush()
        except OSError as error:
            raise _unwritten(None, error) from error

    def _prove(self) -> None:
        """Write beside the files of a shard what ``merge`` needs."""
        if self._ticket is None:
            return
        for name, part in shards.SHARD_PARTS.items():
            if file := self._open.get(name):
                file.prepare()
                self._open[f"proof of {name}"] = self._ticket.proof(file, part)

    def _warn_of_rows(self) -> None:
        """Say what was odd about the rows as they came in."""
        told = self.ids.warnings() if self.tells_ids else ()
        for said in (*told, *self.labels.warnings()):
            self.report.warn(said)

    def say(self, message: str) -> None:
        """Tell the person something, on stderr."""
        if not self.quiet:
            print(f"{self.report.verb}: {message}", file=sys.stderr)

    def summary(self) -> str:
        """Return the one line that says what became of the rows."""
        report = self.report
        parts = [f"{report.read:,} rows in ({report.read_real:,} real)"]
        if report.asked:
            parts.append(f"{report.asked:,} variants asked for")
        if report.rejected:
            reasons = ", ".join(
                f"{reason} {count:,}" for reason, count in report.rejected.most_common()
            )
            parts.append(f"{report.rejected.total():,} rejected ({reasons})")
        parts.append(f"{report.written:,} rows out ({report.written_real:,} real, "
                     f"{report.written_synthetic:,} synthetic)")  # fmt: skip
        if not report.balanced:
            parts.append("the counts do not add up: please report this")
        return ", ".join(parts)


class Paths(Input):
    """The rows of a run as a verb takes them: what it is given beside them are paths."""

    counts = False  # the run does, as it writes

    def __init__(self, run: Run) -> None:
        self._run = run
        self.report, self.notify, self.aside = run.report, run.progress, []
        self.skips = run.on_error == "skip"

    @property
    def schema(self) -> Schema:
        """Which fields text, label, id and spans are."""
        return self._run.schema

    @schema.setter
    def schema(self, schema: Schema) -> None:
        self._run.schema = schema

    @property
    def paths(self) -> tuple[str, ...]:
        """The files of the inputs."""
        return self._run.inputs

    def read_chats(self, chat: ChatOrNone, answer: str) -> None:
        """Take the rows as chats, as :meth:`Input.read_chats`."""
        self._run.reading = replace(self._run.reading, chat=chat, answer=answer)

    def paths_beside(self, rows: RowsLike) -> tuple[str, ...]:
        """Return the files of other rows, which are given as paths."""
        return tuple(rows or ())

    def records(self, *further: tuple[RowsLike, Origin]) -> Iterator[Record]:
        """Yield the rows of the inputs, as :meth:`Run.records`."""
        return self._run.records(*((paths or (), origin) for paths, origin in further))

    def ahead(
        self, *, stream: bool = False, note: Callable[[Record], None] = unnoted
    ) -> tuple[Iterator[Record], Taken | None]:
        """Return the rows of the inputs, as :meth:`Run.whole`."""
        del stream  # files are read twice, and what comes but once is kept on disk
        return self._run.whole(note)

    def put_beside(self, name: str, path: str, content: bytes) -> None:
        """Write a file that appears with the others, as :meth:`Run.also`."""
        self._run.also(name, path).write(content)

    def beside(self, rows: RowsLike, _name: str, _origin: Origin = "auto") -> Iterator[Record]:
        """Yield rows of files, as :meth:`Run.reference`."""
        return self._run.reference(*rows) if rows else iter(())


class Seated(Paths):
    """The same; when the rows were read, a person may sit down at the terminal."""

    def records(self, *further: tuple[RowsLike, Origin]) -> Iterator[Record]:
        """Yield the rows of the inputs, and make way for the reviewer."""
        yield from super().records(*further)
        if self._run.exempt:
            self._run.progress.stop()


def _unwritten(file: AtomicFile | None, error: OSError) -> BaseException:
    """Return what is to be raised where rows could not be written."""
    if isinstance(error, BrokenPipeError):
        return PipeClosed()
    if file is not None:
        return file.failed(error)
    return MissingError(f"writing to stdout failed: {error.strerror}")
