"""Which options a run reads: one that is given and that nothing in the run reads is an error.

Each option of each command stands in ``READS``. A command says what it makes use of
(:meth:`dataaug.cli.run.Run.uses`) as soon as it knows, before a row is read.
"""

from collections.abc import Iterable, Mapping

from dataaug import plugins
from dataaug.plugins import Spec
from dataaug.text.printable import safe

Users = tuple[str, ...]
"""What reads an option, each as it stands behind "it is for"; any one of them is enough."""

ALWAYS: Users = ()

ASKS = "what asks a language model (a task, -m paraphrase, a translator llm)"
EMBEDS = "what embeds texts (--list-methods, --list-checks and --list-measures show an embedder)"
BY_ROW = "checks of one row at a time"
VARYING = "--with a method of augment"
WITHOUT_AUTO = "a run without --auto"
WITHOUT_TRAIN_OUT = "a run without --train-out"
TO_CONCLUDE = "a run that ends with a verdict (--review file has none yet)"


def taking(what: str) -> str:
    """Return the user of an option whose value only some tasks of ``generate`` take."""
    return f"tasks that take {what}"


def check(name: str) -> str:
    """Return the user of an option that is short for an option of a check."""
    return f"--check {name}"


BACKEND, EMBEDDING = "-p of a model", "-p of an embedder"
"""Those ``-p`` options that are not of the kind that the command itself works with."""

_ROWS = dict.fromkeys(
    (
        "inputs", "output", "rejects", "report", "seed", "text_field", "label_field", "id_field",
        "spans_field", "origin", "on_error", "allow_empty", "quiet", "progress",
    ),
    ALWAYS,
)  # fmt: skip
_MODEL = {
    **dict.fromkeys(
        (
            "model", "base_url", "llm", "concurrency", "rpm", "tpm", "max_cost", "max_requests",
            "max_tokens", "dry_run", BACKEND,
        ),
        (ASKS,),
    ),
    "cache": (ASKS, EMBEDS),
    EMBEDDING: (EMBEDS,),
}  # fmt: skip
_VECTORS = dict.fromkeys(("cache", "memory", EMBEDDING), (EMBEDS,))


def _always(*names: str) -> dict[str, Users]:
    return dict.fromkeys(names, ALWAYS)


READS: Mapping[str, Mapping[str, Users]] = {
    "augment": {
        **_ROWS,
        **_MODEL,
        **_always("method", "option", "task", "auto", "protect", "labels", "against"),
        **_always("synthetic_only", "engine", "workers", "ray_address", "shard", "list_methods"),
        "variants": (WITHOUT_AUTO,),
        "to": ("-m translation",),
    },
    "balance": {
        **_ROWS,
        **_MODEL,
        **_always("to", "label", "with_", "max_ratio", "option", "against"),
        "protect": (VARYING,),
        **dict.fromkeys(("domain", "language", "prompt"), ("--with generate",)),
    },
    "compare": {
        **_ROWS,
        **_VECTORS,
        **_always("real", "by", "fail_above", "measure", "option", "cap", "html", "list_measures"),
        "embedder": (EMBEDS,),
    },
    "evaluate": {
        **_ROWS,
        **_VECTORS,
        **_always("train", "test", "candidate", "classifier", "option", "repeats", "curve"),
        **_always("metric", "margin", "require_gain", "controls", "similarity", "embedder"),
        **_always("html"),
    },
    "filter": {
        **_ROWS,
        **_VECTORS,
        **_always("check", "option", "real", "against", "include_real", "max_drop", "html"),
        **_always("list_checks"),
        "similarity": (check("near-duplicate"), "--against"),
        **dict.fromkeys(
            ("origin_similarity", "within", "approximate", "scores"), (check("near-duplicate"),)
        ),
        "max_good_loss": (check("label"),),
        "language": (check("language"),),
        **dict.fromkeys(("engine", "workers", "ray_address"), (BY_ROW, EMBEDS)),
    },
    "generate": {
        **_ROWS,
        **_MODEL,
        **_always("task", "language", "similarity", "against", "option", "list_tasks"),
        **_always("engine", "workers", "ray_address"),  # refused where a server is asked
        **dict.fromkeys(("label", "labels_from", "per_label"), (taking("labels"),)),
        "rows": (taking("count"),),
        "examples": (taking("rows"),),
        **{name: (taking(name),) for name in ("domain", "prompt", "attributes")},
        "format": ("--task instructions",),
    },
    "merge": _always("inputs", "output", "report", "quiet"),
    "mix": {
        **_ROWS,
        **_always("ratio", "size", "stratify", "real", "synthetic", "against", "no_provenance"),
    },
    "split": {
        **_ROWS,
        **_VECTORS,
        "output": (WITHOUT_TRAIN_OUT,),
        **_always("test_out", "train_out", "test", "stratify", "similarity", "embedder"),
        **_always("option"),  # of embedders only
    },
    "spotcheck": {
        **_ROWS,
        **_VECTORS,
        "output": (TO_CONCLUDE,),
        **_always("count", "stratify", "review", "verdicts", "max_error_rate", "rule"),
        **_always("sequential", "plan", "plant", "real", "list_reviewers", "list_exports"),
        **_always("suspicious"),  # lines that draw a sample and that read it back differ in one end
        **dict.fromkeys(("reviewer", "option", "embedder"), ("--review",)),
        **dict.fromkeys(("sample", "export"), ("--review file",)),
        "acceptable": ("--sequential",),
        "apply_labels": (TO_CONCLUDE,),
        "carry_over": ("--verdicts",),
    },
    "cache": _always("clear", "cache", "check"),
}
"""Command → option → what reads it."""


def unread(verb: str, given: Mapping[str, str], used: Iterable[str]) -> str:
    """Return what is to be said of the first option that nothing reads; empty where all are read.

    Args:
        verb: the command.
        given: options of the command line, name to spelling.
        used: what the run makes use of.
    """
    here = set(used)
    for name, spelling in given.items():
        users = READS[verb].get(name, ALWAYS)
        if users and not here.intersection(users):
            return (
                f"{safe(spelling)}: nothing in this run reads it; it is for {' or '.join(users)}. "
                "Leave it out, or add what it is for"
            )
    return ""


_ANY = "any"


def asks(kind: str, spec: Spec) -> bool:
    """May an implementation ask a language model? One of another package may."""
    takes = plugins.takes(kind, spec.name)
    if kind == "tasks" or takes is None or "llm" in takes:
        return True
    translator = str(_options(kind, spec).get("translator", "")).partition("(")[0]
    return bool(translator) and asks("translators", Spec(translator))


def embedders(kind: str, spec: Spec) -> frozenset[str]:
    """Return the names of the embedders that an implementation uses, ``any`` for an unknown one."""
    if plugins.takes(kind, spec.name) is None:
        return frozenset({_ANY})
    options = _options(kind, spec)
    if name := str(options.get("embedder", "")):
        return frozenset({name if name in plugins.names("embedders") else _ANY})
    classifier = str(options.get("classifier", ""))
    return embedders("classifiers", Spec(classifier)) if classifier else frozenset()


def _options(kind: str, spec: Spec) -> dict[str, plugins.Option]:
    pairs = (entry.partition("=") for entry in plugins.describe(kind, spec.name))
    return {key: default for key, _, default in pairs} | dict(spec.options)


def knows(used: Iterable[str], key: str) -> bool:
    """Has one of the embedders an option of this name? An unknown one may have."""
    return any(
        name == _ANY
        or plugins.takes("embedders", name) is None
        or any(entry.startswith(f"{key}=") for entry in plugins.describe("embedders", name))
        for name in used
    )
