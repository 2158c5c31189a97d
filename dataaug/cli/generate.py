"""The generate command."""

from collections.abc import Iterator
from typing import Annotated, Any

import typer

from dataaug.api.inputs import Rows
from dataaug.cli.emptiness import NoRowsError, UnreadableRowsError
from dataaug.cli.engine import ENGINE, RAY_ADDRESS, WORKERS, engine_spec
from dataaug.cli.llm import Llm, demand, with_llm
from dataaug.cli.options import show_names, with_run
from dataaug.cli.reads import READS, taking
from dataaug.cli.run import Paths, Run
from dataaug.errors import UsageError
from dataaug.rows.jsonl import Origin
from dataaug.rows.record import Record


@with_run
@with_llm
def generate_command(  # noqa: PLR0913 - a command line
    run: Run,
    llm: Llm,
    inputs: Annotated[  # noqa: ARG001 - the run has them
        list[str] | None,
        typer.Argument(
            help="JSONL files to pass on in front of the new rows, the examples where --examples "
            "names no others (rewrite: the rows to rewrite). - is stdin; default: none.",
            show_default=False,
        ),
    ] = None,
    task: Annotated[
        str, typer.Option("--task", help="What to make; see --list-tasks.")
    ] = "classification",
    label: Annotated[
        list[str] | None,
        typer.Option("--label", help="NAME or NAME=N: rows of this label; repeatable."),
    ] = None,
    labels_from: Annotated[
        str, typer.Option("--labels-from", help="File with labels and what they mean.")
    ] = "",
    per_label: Annotated[
        int | None, typer.Option("--per-label", help="Rows of each label. Default: 100.", min=0)
    ] = None,
    rows: Annotated[
        int | None,
        typer.Option("-n", "--rows", help="Rows in all, for tasks without labels.", min=0),
    ] = None,
    examples: Annotated[
        list[str] | None,
        typer.Option("--examples", help="Real rows to learn from, never to copy; repeatable."),
    ] = None,
    domain: Annotated[
        str,
        typer.Option("--domain", help="What the texts are about (customer support)."),
    ] = "",
    language: Annotated[
        str, typer.Option("--language", help="Code of the language to write in. Default: English.")
    ] = "",
    prompt: Annotated[
        str, typer.Option("--prompt", help="File with your own prompt, a Jinja template.")
    ] = "",
    attributes: Annotated[
        str, typer.Option("--attributes", help="JSON file: what to vary, name to values.")
    ] = "",
    format: Annotated[  # noqa: A002 - the option's name
        str, typer.Option("--format", help="Rows of instructions: alpaca or messages.")
    ] = "",
    similarity: Annotated[
        float | None,
        typer.Option("--similarity", help="ROUGE-L from which on a row is no new one (0.7)."),
    ] = None,
    against: Annotated[
        list[str] | None,
        typer.Option("--against", help="Evaluation rows: neither shown nor copied; repeatable."),
    ] = None,
    option: Annotated[
        list[str] | None,
        typer.Option("-p", "--option", help="task.key=value; see --list-tasks."),
    ] = None,
    engine: Annotated[str, ENGINE] = "local",
    workers: Annotated[int, WORKERS] = 0,
    ray_address: Annotated[str, RAY_ADDRESS] = "",
    list_tasks: Annotated[bool, show_names("--list-tasks", "tasks")] = False,  # noqa: ARG001
) -> None:
    """Make rows from a description, exactly as many of each label as asked for.

    Items that are refused, cut off, copied or repeated go to --rejects and are made up for; exit
    code 5 says that a label stayed short, and why.
    """
    from dataaug import plugins
    from dataaug.api.generate import generate
    from dataaug.generation.brief import WithoutExamples
    from dataaug.generation.label_file import parse_label
    from dataaug.text.rouge import SIMILARITY

    options: dict[str, Any] = dict(plugins.parse_options(option or [], [task])[task])
    if format:
        if "format" in options:
            raise UsageError(f"--format and -p {task}.format say the same thing: leave one out")
        options["format"] = format
    spec = plugins.typed("tasks", plugins.Spec(task, options))
    demand(run, [("tasks", spec)], f"--task {task}", *_taken(run, task))
    made = generate(
        _Inputs(run),
        task=spec,
        labels=list(map(parse_label, label or ())),
        labels_from=labels_from,
        per_label=per_label,
        count=rows,
        examples=examples,
        domain=domain,
        language=language,
        prompt=prompt,
        attributes=attributes,
        similarity=SIMILARITY if similarity is None else similarity,
        against=against,
        engine=engine_spec(engine, ray_address),
        workers=workers,
        seed=run.seed,
        stream=True,
        llm=llm.connection,
    )
    if without := run.report.other(WithoutExamples):
        run.say(f"warning: {without}")
    try:
        run.write(made.stream())
    finally:
        run.headline = _headline(run)


class _Inputs(Paths):
    """The rows that come in; where none are allowed, new rows are made all the same."""

    def records(self, *further: tuple[Rows, Origin]) -> Iterator[Record]:
        run = self._run
        if not run.inputs:
            return
        try:
            yield from super().records(*further)
        except (NoRowsError, UnreadableRowsError):
            if not (run.allow_empty or run.dry):
                raise


def _taken(run: Run, task: str) -> Iterator[str]:
    """Yield what the task takes of the options, all of it where nobody can say."""
    from dataaug import plugins

    takes = plugins.takes("tasks", task)
    for users in READS[run.report.verb].values():
        yield from (use for use in users if takes is None or use in map(taking, takes))


def _headline(run: Run) -> str:
    from dataaug.generation.brief import Nearness
    from dataaug.generation.run import GenerateSummary

    report = run.report
    found = report.other(GenerateSummary) or GenerateSummary(0, {}, {})
    unsent = ("over_budget", "dry_run")
    requests = {how: n for how, n in found.requests.items() if how not in unsent}
    cached = requests.get("cached", 0)
    rejects = ", ".join(f"{reason} {count:,}" for reason, count in report.rejected.most_common())
    parts = [f"{report.read:,} rows in"] if report.read else []
    parts += [
        f"{found.wanted:,} rows asked for",
        f"{sum(requests.values()):,} requests"
        + (f" ({cached:,} from the cache)" if cached else ""),
        f"{report.rejected.total():,} items rejected" + (f" ({rejects})" if rejects else ""),
        f"{report.written_synthetic:,} rows made",
    ]
    if near := report.other(Nearness):
        parts.append(
            f"{near.nearer_than_real_rows:,} of them nearer to a source row than 95% of those "
            "are to each other"
        )
    if not report.balanced:
        parts.append("the counts do not add up: please report this")
    return ", ".join(parts)
