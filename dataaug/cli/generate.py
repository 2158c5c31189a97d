"""The generate command."""

from collections.abc import Iterator
from typing import Annotated, Any

from dataaug.api.inputs import RowsLike
from dataaug.cli.declared import Arg, FreeText, FreeTexts, Opt, Way, readers
from dataaug.cli.emptiness import NoRowsError, UnreadableRowsError
from dataaug.cli.engine import EngineOptions
from dataaug.cli.llm import Llm, demand, with_llm
from dataaug.cli.options import shows, with_run
from dataaug.cli.reads import tasks_taking
from dataaug.cli.run import Paths, Run
from dataaug.errors import UsageError
from dataaug.generation import DOMAIN, PER_LABEL
from dataaug.rows.jsonl import Origin
from dataaug.rows.record import Record
from dataaug.text import ROUGE_L_COPY


@with_run()
@with_llm
def generate_command(  # noqa: PLR0913 - a command line
    run: Run,
    llm: Llm,  # noqa: ARG001 - it is in the session; the decorator hands it to every command
    *,
    inputs: Annotated[  # noqa: ARG001 - the run has them
        list[str] | None,
        Way.ROWS,
        Arg(
            "JSONL files to pass on in front of the new rows, the examples where --examples "
            "names no others (rewrite: the rows to rewrite). - is stdin; default: none."
        ),
    ] = None,
    task: Annotated[
        FreeText, Opt("What to make; see --list-tasks.", kind="tasks")
    ] = "classification",
    label: Annotated[
        FreeTexts,
        Opt("NAME or NAME=N: rows of this label; repeatable.", readers=(tasks_taking("labels"),)),
    ] = None,
    labels_from: Annotated[
        str,
        Way.READ,
        Opt("File with labels and what they mean.", readers=(tasks_taking("labels"),)),
    ] = "",
    per_label: Annotated[
        int | None,
        Opt(f"Rows of each label. Default: {PER_LABEL}.", min=0, readers=(tasks_taking("labels"),)),
    ] = None,
    rows: Annotated[
        int | None,
        Opt(
            "Rows in all, for tasks without labels.",
            "-n",
            min=0,
            readers=(tasks_taking("count"),),
        ),
    ] = None,
    examples: Annotated[
        list[str] | None,
        Way.READ,
        Opt("Real rows to learn from, never to copy; repeatable.", readers=(tasks_taking("rows"),)),
    ] = None,
    domain: Annotated[
        FreeText, Opt(f"What the texts are about ({DOMAIN}).", readers=(tasks_taking("domain"),))
    ] = "",
    language: Annotated[FreeText, Opt("Code of the language to write in. Default: English.")] = "",
    prompt: Annotated[
        str,
        Way.READ,
        Opt("File with your own prompt, a Jinja template.", readers=(tasks_taking("prompt"),)),
    ] = "",
    attributes: Annotated[
        str,
        Way.READ,
        Opt("JSON file: what to vary, name to values.", readers=(tasks_taking("attributes"),)),
    ] = "",
    format: Annotated[  # noqa: A002 - the option's name
        FreeText,
        Opt("Rows of instructions: alpaca or messages.", readers=("--task instructions",)),
    ] = "",
    similarity: Annotated[
        float | None, Opt(f"ROUGE-L from which on a row is no new one ({ROUGE_L_COPY:g}).")
    ] = None,
    against: Annotated[
        list[str] | None, Way.READ, Opt("Evaluation rows: neither shown nor copied; repeatable.")
    ] = None,
    option: Annotated[
        list[str] | None, Way.OPTIONS, Opt("task.key=value; see --list-tasks.", "-p")
    ] = None,
    engine: EngineOptions,
    list_tasks: Annotated[bool, shows("tasks")] = False,  # noqa: ARG001
) -> None:
    """Make rows from a description, exactly as many of each label as asked for.

    Items that are refused, cut off, copied or repeated go to --rejects and are made up for; exit
    code 5 says that a label stayed short, and why.

    Examples:
        dataaug generate --task label-names train.jsonl -o with_names.jsonl
        dataaug generate --label refund=50 --examples train.jsonl --model qwen.gguf
        dataaug generate --label refund=500 --model gpt-4o-mini --dry-run
    """
    from dataaug import plugins
    from dataaug.api.generate import generate
    from dataaug.generation.brief import WithoutExamples
    from dataaug.generation.label_file import parse_label

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
        similarity=ROUGE_L_COPY if similarity is None else similarity,
        against=against,
        engine=engine.spec(),
        workers=engine.workers,
        seed=run.seed,
        stream=True,
    )
    if without := run.report.other(WithoutExamples):
        run.say(f"warning: {without}")
    try:
        run.write(made.stream())
    finally:
        run.headline = _headline(run)


class _Inputs(Paths):
    """The rows that come in; where none are allowed, new rows are made all the same."""

    def records(self, *further: tuple[RowsLike, Origin]) -> Iterator[Record]:
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
    for users in readers(run.report.verb).values():
        yield from (use for use in users if takes is None or use in map(tasks_taking, takes))


def _headline(run: Run) -> str:
    from dataaug.generation.brief import NearnessCounts
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
    if near := report.other(NearnessCounts):
        parts.append(
            f"{near.nearer_than_real_rows:,} of them nearer to a source row than 95% of those "
            "are to each other"
        )
    if not report.balanced:
        parts.append("the counts do not add up: please report this")
    return ", ".join(parts)
