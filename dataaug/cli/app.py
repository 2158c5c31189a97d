"""The command line's entry: the one place where errors become exit codes."""

import errno
import os
import signal
import sys
from pathlib import Path

import typer

from dataaug import __version__
from dataaug.cli import interrupts
from dataaug.cli.commands import Commands
from dataaug.cli.interrupts import PipeClosed
from dataaug.errors import DataaugError
from dataaug.text.printable import safe

app = typer.Typer(
    name="dataaug",
    cls=Commands,
    help="Turn a small labelled text data set into a better training set, and prove it.",
    invoke_without_command=True,
    add_completion=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


_ELSEWHERE = {
    "--shard": "only augment can be cut into shards, since it does row by row what it does. Run it "
    "so, dataaug merge the shards, and give the merged file to the verbs that must see all rows. "
    "Labels of generate depend on no other: run them apart by --label",
    "--engine": "augment, filter and generate have work for an engine",
    "--workers": "augment, filter and generate have work for several processes",
    "--ray-address": "augment, filter and generate have work for an engine",
}
"""Why a command lacks an option that others have."""


def _show_version(*, value: bool) -> None:
    if value:
        from dataaug.rows.record import FORMAT

        print(f"dataaug {__version__} (row format {FORMAT})")
        raise typer.Exit


@app.callback()
def _root(
    ctx: typer.Context,
    *,
    version: bool = typer.Option(  # noqa: ARG001 - its callback has shown it
        False, "-V", "--version", callback=_show_version, is_eager=True, help="Show the version."
    ),
) -> None:
    """Turn a small labelled text data set into a better training set, and prove it."""
    if ctx.invoked_subcommand is None:
        print(ctx.get_help())


def main() -> None:
    """Run the command line and leave with its exit code."""
    with interrupts.handled():
        try:
            code = _code()
        finally:
            interrupts.discard_partial()  # of files that a run had only begun to open
        sys.exit(_flushed(code))


def _flushed(code: int) -> int:
    """Flush what help and lists have printed, while it can still be said that it failed."""
    try:
        if sys.stdout is not None:
            sys.stdout.flush()
    except BrokenPipeError:
        _drop_stdout()
        return 141
    except OSError as error:
        _drop_stdout()
        return code or _say(f"writing to stdout failed: {error.strerror}", 4)
    return code


def _drop_stdout() -> None:
    """Let nothing more be written: Python flushes once more on its way out and would complain."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _code() -> int:
    try:
        result = app(prog_name="dataaug", standalone_mode=False)
    except DataaugError as error:
        return _say(str(error), error.exit_code)
    except typer.TyperException as error:
        # Of its errors typer names only the root; context and option are those of some.
        context = getattr(error, "ctx", None)
        why = _ELSEWHERE.get(getattr(error, "option_name", ""), "")
        why = f"\n{why}" if why else ""
        hint = f"\n{context.get_usage()} (-h shows the options)" if context else ""
        return _say(error.format_message() + why + hint, 2)
    except interrupts.Interrupted as came:
        return _say(interrupts.interruption_message(came.number), 128 + came.number)
    except (KeyboardInterrupt, typer.Abort):
        return _say(interrupts.interruption_message(signal.SIGINT), 130)
    except PipeClosed:
        _drop_stdout()
        return 141
    except (OSError, MemoryError) as error:
        return _say(_failed(error), 4)
    except Exception as error:  # noqa: BLE001 - no fault of ours may pass for a gate that failed
        return _say(_internal(error), INTERNAL)
    return result if isinstance(result, int) else 0


INTERNAL = 70
"""The exit code of a fault of dataaug (EX_SOFTWARE of sysexits.h)."""


def _failed(error: OSError | MemoryError) -> str:
    if isinstance(error, MemoryError):
        return "memory is full; no output file was written. Give it less at a time, or more memory"
    if not error.filename and _was_printing(error):
        return f"writing to stdout failed: {error.strerror}"
    where = f"{error.filename}: " if error.filename else ""
    more = ""
    if error.errno == errno.ENOSPC:
        import tempfile

        more = f"; rows on their way are kept in {tempfile.gettempdir()} (TMPDIR names another)"
    return f"{where}{error.strerror or error}{more}"


def _was_printing(error: BaseException) -> bool:
    """Did help, a list or a command that has no rows fail to write to stdout?"""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    name = trace.tb_frame.f_globals["__name__"] if trace else ""
    return str(name).startswith(("dataaug.cli.", "typer."))


def _internal(error: Exception) -> str:
    """Say what to report, without a word of the rows' but what the error itself says."""
    import platform
    import traceback

    frames = traceback.extract_tb(error.__traceback__)
    shown = [
        f"    {Path(*Path(frame.filename).parts[-3:])}:{frame.lineno} {frame.name}"
        for frame in frames[-12:]
    ]
    return "\n".join([
        "internal error: this is a fault of dataaug, not of your rows. No output file was written.",
        "Please report it with these lines, and the row or option that brings it about:",
        f"  dataaug {__version__}, Python {platform.python_version()}, {platform.platform()}",
        f"  {type(error).__name__}: {error}",
        *shown,
    ])  # fmt: skip


def _say(message: str, code: int) -> int:
    shown = "\n".join(safe(line, 2000) for line in message.split("\n"))
    print(f"dataaug: {shown}", file=sys.stderr)
    return code
