"""The generate command."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from dataaug.cli.declared import Arg, Opt, Text, Texts, Way, readers
from dataaug.cli.emptiness import NoRowsError, UnreadableRowsError
from dataaug.cli.engine import EngineOptions
from dataaug.cli.llm import Llm, demand, with_llm
from dataaug.cli.options import shows, with_run
from dataaug.cli.reads import taking
from dataaug.cli.run import Run
from dataaug.errors import InputError, UsageError
from dataaug.generation import DOMAIN, PER_LABEL
from dataaug.rows.record import Outcome, Record, Schema
from dataaug.text import ROUGE_L_COPY
from dataaug.text.printable import safe

if TYPE_CHECKING:
    from dataaug.engines import Engine
    from dataaug.generation.tasks import Brief, Label

_REPLACES = {"rewrite"}
"""Tasks whose input rows are what they work on: those are replaced, not passed on."""


@with_run()
@with_llm
def generate_command(  # noqa: PLR0913 - a command line
    run: Run,
    llm: Llm,  # noqa: ARG001 - it is in the session; the decorator hands it to every command
    *,
    inputs: Annotated[
        list[str] | None,
        Way.ROWS,
        Arg(
            "JSONL files to pass on in front of the new rows, the examples where --examples "
            "names no others (rewrite: the rows to rewrite). - is stdin; default: none."
        ),
    ] = None,
    task: Annotated[Text, Opt("What to make; see --list-tasks.")] = "classification",
    label: Annotated[
        Texts, Opt("NAME or NAME=N: rows of this label; repeatable.", readers=(taking("labels"),))
    ] = None,
    labels_from: Annotated[
        str, Way.READ, Opt("File with labels and what they mean.", readers=(taking("labels"),))
    ] = "",
    per_label: Annotated[
        int | None,
        Opt(f"Rows of each label. Default: {PER_LABEL}.", min=0, readers=(taking("labels"),)),
    ] = None,
    rows: Annotated[
        int | None,
        Opt("Rows in all, for tasks without labels.", "-n", min=0, readers=(taking("count"),)),
    ] = None,
    examples: Annotated[
        list[str] | None,
        Way.READ,
        Opt("Real rows to learn from, never to copy; repeatable.", readers=(taking("rows"),)),
    ] = None,
    domain: Annotated[
        Text, Opt(f"What the texts are about ({DOMAIN}).", readers=(taking("domain"),))
    ] = "",
    language: Annotated[Text, Opt("Code of the language to write in. Default: English.")] = "",
    prompt: Annotated[
        str,
        Way.READ,
        Opt("File with your own prompt, a Jinja template.", readers=(taking("prompt"),)),
    ] = "",
    attributes: Annotated[
        str,
        Way.READ,
        Opt("JSON file: what to vary, name to values.", readers=(taking("attributes"),)),
    ] = "",
    format: Annotated[  # noqa: A002 - the option's name
        Text, Opt("Rows of instructions: alpaca or messages.", readers=("--task instructions",))
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
    """
    from dataaug import llms, plugins
    from dataaug.generation import run as verb
    from dataaug.generation.tasks import Brief
    from dataaug.generation.tasks.templates import read_prompt

    options: dict[str, Any] = dict(plugins.parse_options(option or [], [task])[task])
    if format:
        if "format" in options:
            raise UsageError(f"--format and -p {task}.format say the same thing: leave one out")
        options["format"] = format
    spec = plugins.typed("tasks", plugins.Spec(task, options))
    demand(run, [("tasks", spec)], f"--task {task}", *_taken(run, task))
    planner = plugins.load("tasks", spec)
    schema = run.schema = _schema(run.schema, task)
    read = _read(run) if inputs else []
    shown = list(run.reference(*examples)) if examples else read
    evaluation = run.evaluation(against or ())
    brief = Brief(
        rows=_allowed(run, shown, evaluation),
        count=1 if rows is None and task in _REPLACES else rows or 0,
        domain=domain,
        language=language,
        prompt=read_prompt(prompt),
        attributes=_attributes(attributes),
        schema=schema,
        seed=run.seed,
    )
    brief = _labelled(brief, label or (), labels_from, per_label)
    _say_unshown(run, brief)
    plan = planner(brief)
    settings = verb.Generation(
        str(spec),
        schema,
        ROUGE_L_COPY if similarity is None else similarity,
        evaluation=evaluation,
        language=language,
        **({} if task in _REPLACES else _there([*read, *(shown if examples else ())])),
    )
    model = llms.shared()
    where = _engine(run, engine, inside=llms.spreads(model))
    made = verb.generate(
        plan, model, settings, engine=where, report=run.report, notify=run.progress
    )
    if task in _REPLACES:
        run.report.warn(
            "personal data is masked and looked for in every new row; that is no differential "
            "privacy: see docs/privacy.md"
        )
        run.report.held_back += len(read)
        read, made = [], _measured(run, made)
    _write(run, read, made)


def _there(read: Sequence[Record]) -> dict[str, Any]:
    """Return what is there in the rows that come in: ids, texts, and the synthetic ones."""
    from dataaug.rows.taken import Names, Taken
    from dataaug.text.normalize import normalise

    there, seen = Taken(), Names()
    for record in read:
        there.note(record)
        seen.note(normalise(record.text))
    made = tuple(record for record in read if not record.is_real)
    return {"there": made, "ids": there.ids, "seen": seen}


def _engine(run: Run, asked: EngineOptions, *, inside: bool) -> "Engine | None":
    """Return the engine to answer prompts by, None where this process does it."""
    if inside and not run.dry:
        return asked.load() if asked.many else None  # one worker is this process with its threads
    if not inside and asked.many:
        raise UsageError(
            "--engine and --workers: nothing in this run reads them; a server's requests go out "
            "side by side from one process, which holds its rate limits. Leave them out, and set "
            "--concurrency"
        )
    return None


def _taken(run: Run, task: str) -> Iterator[str]:
    """Yield what the task takes of the options, all of it where nobody can say."""
    from dataaug import plugins

    takes = plugins.takes("tasks", task)
    for users in readers(run.report.verb).values():
        yield from (use for use in users if takes is None or use in map(taking, takes))


def _read(run: Run) -> list[Record]:
    """Return the rows of the inputs; where none is allowed, new rows are made all the same."""
    try:
        return list(run.records())
    except (NoRowsError, UnreadableRowsError):
        if not (run.allow_empty or run.dry):
            raise
        return []


def _measured(run: Run, made: Iterator[Outcome]) -> Iterator[Outcome]:
    """Pass outcomes on, and count the rows that are nearer to a source row than real ones are."""
    counts = run.report.details["nearness"] = {"rows": 0, "nearer_than_real_rows": 0}
    for outcome in made:
        if isinstance(outcome, Record):
            counts["rows"] += 1
            near = (outcome.aug or {}).get("nearer_than_real_rows")
            counts["nearer_than_real_rows"] += bool(near)
        yield outcome


def _write(run: Run, read: Sequence[Record], made: Iterator[Outcome]) -> None:
    """Write the rows that came in and those that were made, and say what became of the requests."""

    def outcomes() -> Iterator[Outcome]:
        yield from read
        yield from made

    try:
        run.write(outcomes())
    finally:
        run.headline = _headline(run)


def _headline(run: Run) -> str:
    report = run.report
    note = report.details.get("generate", {})
    unsent = ("over_budget", "dry_run")
    requests = {how: n for how, n in note.get("requests", {}).items() if how not in unsent}
    cached = requests.get("cached", 0)
    rejects = ", ".join(f"{reason} {count:,}" for reason, count in report.rejected.most_common())
    parts = [f"{report.read:,} rows in"] if report.read else []
    parts += [
        f"{note.get('wanted', 0):,} rows asked for",
        f"{sum(requests.values()):,} requests"
        + (f" ({cached:,} from the cache)" if cached else ""),
        f"{report.rejected.total():,} items rejected" + (f" ({rejects})" if rejects else ""),
        f"{report.written_synthetic:,} rows made",
    ]
    if near := report.details.get("nearness"):
        parts.append(
            f"{near['nearer_than_real_rows']:,} of them nearer to a source row than 95% of those "
            "are to each other"
        )
    if not report.balanced:
        parts.append("the counts do not add up: please report this")
    return ", ".join(parts)


def _schema(schema: Schema, task: str) -> Schema:
    """Return the fields of the rows to make: the text of an instruction row is its instruction."""
    if task == "instructions" and schema.text == "text":
        return replace(schema, text="instruction")
    return schema


def _allowed(run: Run, rows: Sequence[Record], evaluation: Sequence[Record]) -> tuple[Record, ...]:
    """Return the rows that a model may see: real ones that are no evaluation rows."""
    real = [record for record in rows if record.is_real]
    if len(real) < len(rows):
        run.report.warn(f"{len(rows) - len(real):,} synthetic rows are not shown as examples")
    if not evaluation:
        return tuple(real)
    from dataaug import leakage
    from dataaug.text.normalize import digest

    ids, texts = leakage.Evaluation(evaluation).barred()
    kept = tuple(r for r in real if r.id not in ids and digest(r.text) not in texts)
    if len(kept) < len(real):
        run.report.warn(
            f"{len(real) - len(kept):,} examples are evaluation rows by id or text and are not "
            "shown to the model"
        )
    return kept


def _labelled(
    brief: "Brief", label: Sequence[str], labels_from: str, per_label: int | None
) -> "Brief":
    """Return the brief with the labels to make."""
    from dataclasses import replace

    from dataaug.generation import label_file

    listed: tuple[Label, ...] = ()
    if labels_from:
        listed = label_file.read_labels(labels_from, brief.schema.label)
    there = [record.label for record in brief.rows if record.label is not None]
    return replace(brief, labels=label_file.wanted(label, listed, per_label, there))


def _say_unshown(run: Run, brief: "Brief") -> None:
    """Say at once, before anything is paid for, which labels have no example though others do."""
    there = {record.label for record in brief.rows if record.label is not None}
    without = [label.name for label in brief.labels if label.name not in there]
    if without and there:
        named = ", ".join(repr(safe(name, 60)) for name in without[:10])
        more = f" and {len(without) - 10:,} more" if len(without) > 10 else ""
        known = ", ".join(repr(safe(name, 60)) for name in sorted(there)[:10])
        said = f"no example has the label {named}{more} (those that are there: {known})"
        run.report.details["without_examples"] = without
        run.say(f"warning: {said}; is it misspelt? Its rows are made from its name alone")


def _attributes(path: str) -> dict[str, list[str]]:
    if not path:
        return {}
    import orjson

    try:
        found = orjson.loads(Path(path).read_bytes())
    except (OSError, orjson.JSONDecodeError) as error:
        raise InputError(f"--attributes {path}: can't be read: {error}") from error
    good = isinstance(found, dict) and all(
        isinstance(values, list) and values and all(isinstance(value, str) for value in values)
        for values in found.values()
    )
    if not good:
        raise UsageError(f'--attributes {path}: expected {{"name": ["value", …], …}}')
    return dict(found)
