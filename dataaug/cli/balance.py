"""The balance command."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from dataaug.balancing import MAX_RATIO
from dataaug.cli.declared import FreeText, FreeTexts, Opt, Way
from dataaug.cli.llm import Llm, demand, with_llm
from dataaug.cli.options import with_run
from dataaug.cli.reads import VARYING
from dataaug.cli.run import Run
from dataaug.errors import UsageError
from dataaug.generation import DOMAIN

_GENERATING = ("--with generate",)


@with_run()
@with_llm
def balance_command(  # noqa: PLR0913 - a command line
    run: Run,
    llm: Llm,
    *,
    to: Annotated[str | None, Way.NONE, Opt("max, median or a number. Default: max.")] = None,
    label: Annotated[FreeTexts, Opt("NAME=N: the count of this label; repeatable.")] = None,
    with_: Annotated[
        FreeTexts,
        Opt(
            "generate, label-names, oversample, or a method of augment; repeatable, in equal "
            "parts; label-names+oversample is both. Default: generate with a language model, else "
            "label-names (classes of 10 real rows or fewer), synonym, back-translation and typo, "
            "each for what those before it could not make."
        ),
    ] = None,
    max_ratio: Annotated[
        float, Opt("Most synthetic rows for each real row of a label.")
    ] = MAX_RATIO,
    option: Annotated[
        list[str] | None, Way.OPTIONS, Opt("method.key=value or classification.key=value.", "-p")
    ] = None,
    protect: Annotated[
        FreeTexts, Opt("Regular expression that no edit may touch; repeatable.", readers=(VARYING,))
    ] = None,
    against: Annotated[
        list[str] | None, Way.READ, Opt("Evaluation rows: neither varied, shown nor copied.")
    ] = None,
    domain: Annotated[
        FreeText, Opt("What the texts are about (generate).", readers=_GENERATING)
    ] = DOMAIN,
    language: Annotated[
        FreeText, Opt("Code of the language to write in (generate).", readers=_GENERATING)
    ] = "",
    prompt: Annotated[
        str, Way.READ, Opt("File with your own prompt (generate).", readers=_GENERATING)
    ] = "",
) -> None:
    """Bring minority classes to a count, and pass all rows through.

    Exit code 5 says that a class stayed short of it, and why. Rows behind the others are new.

    Examples:
        dataaug balance train.jsonl --to 50 -o balanced.jsonl
        dataaug balance train.jsonl --with label-names+oversample -o balanced.jsonl
        dataaug balance train.jsonl --label refund=50 --model qwen.gguf
    """
    from dataaug.api.balance import InTurn, balance
    from dataaug.balancing.in_turn import TABLE
    from dataaug.balancing.named import GENERATE, LABEL_NAMES
    from dataaug.plugins import Spec

    in_turn = not with_ and not llm.connection
    named = [name for given in with_ or [GENERATE] for name in given.split("+")]
    names = list(TABLE) if in_turn else list(dict.fromkeys(named))
    counts = _counts(label or ())
    given = _options(option or [], names)
    _demand(run, names, given)
    balanced = balance(
        run.input(),
        to=to,
        labels=counts,
        with_=InTurn(given) if in_turn else [Spec(name, given[name]) for name in names],
        max_ratio=max_ratio,
        protect=protect or (),
        against=against,
        domain=domain,
        language=language,
        prompt=prompt,
        seed=run.seed,
        stream=True,
    )
    run.report.settings["with"] = [LABEL_NAMES, *names] if in_turn else names
    run.write(balanced.stream())


def _counts(given: Sequence[str]) -> dict[str, int]:
    counts = {}
    for entry in given:
        name, equals, number = entry.rpartition("=")
        if not (equals and name and number.isdecimal()):
            raise UsageError(f"--label {entry!r}: expected NAME=N, as in refund=500")
        counts[name] = int(number)
    return counts


def _options(options: list[str], names: list[str]) -> dict[str, dict[str, str]]:
    """Return the options of each maker; those of generate have the name of its task."""
    from dataaug import plugins
    from dataaug.balancing.named import GENERATE, TASK

    owners = {name: TASK if name == GENERATE else name for name in names}
    found = plugins.parse_options(options, list(owners.values()))
    return {name: found[owner] for name, owner in owners.items()}


def _demand(run: Run, names: list[str], given: Mapping[str, Mapping[str, Any]]) -> None:
    """Refuse options that no maker reads."""
    from dataaug.balancing.makers import OVERSAMPLE
    from dataaug.balancing.named import GENERATE, LABEL_NAMES, TASK
    from dataaug.plugins import Spec

    methods = [name for name in names if name not in {GENERATE, LABEL_NAMES, OVERSAMPLE}]
    specs = [("methods", Spec(name, given[name])) for name in methods]
    if GENERATE in names:
        specs.append(("tasks", Spec(TASK, given[GENERATE])))
    used = [*([VARYING] if methods else []), *(f"--with {name}" for name in names)]
    demand(run, specs, *used)
