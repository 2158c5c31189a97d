"""The merge command."""

from dataaug.cli.options import with_run
from dataaug.cli.run import Run
from dataaug.errors import UsageError


@with_run(only=("inputs", "output", "report", "quiet"))
def merge_command(run: Run) -> None:
    """Put the files of all shards of a run together: the bytes of one run without shards.

    Give all files of rows, or all files of rejects, in any order. A shard that is missing, cut off,
    changed or of another run is an error, and nothing is written.

    Examples:
        dataaug merge part-*.jsonl -o whole.jsonl
        dataaug merge part-*.rejects.jsonl -o rejects.jsonl
    """
    from dataaug.rows import shards

    run.exempt = True  # all shards of a small input may be empty
    if "-" in run.inputs:
        raise UsageError("merge needs the names of the shards' files")
    order = shards.in_order(run.inputs)
    run.headline = f"{len(order)} shards put together"
    run.write_lines(shards.file_lines(order))
