"""Which options a run reads: one that is given and that nothing in the run reads is an error.

Each option says by the ``readers`` of its :class:`~dataaug.cli.declared.Opt` what reads it. A
command says what it makes use of (:meth:`dataaug.cli.run.Run.uses`) as soon as it knows, before a
row is read.
"""

from collections.abc import Iterable, Mapping

from dataaug import plugins
from dataaug.cli.declared import ALWAYS, readers
from dataaug.embedders import AUTO, EMBEDDER
from dataaug.plugins import Spec
from dataaug.text.printable import safe

ASKS = (
    "what asks a language model (a task, -m paraphrase, a translator llm, --check judge, "
    "--teacher llm)"
)
EMBEDS = "what embeds texts (--list-methods, --list-checks and --list-measures show an embedder)"
ROW_CHECKS = "checks of one row at a time"
VARYING = "--with a method of augment"
WITHOUT_AUTO = "a run without --auto"
WITHOUT_TRAIN_OUT = "a run without --train-out"
TO_CONCLUDE = "a run that ends with a verdict (--review file has none yet)"


def tasks_taking(what: str) -> str:
    """Return the user of an option whose value only some tasks of ``generate`` take."""
    return f"tasks that take {what}"


def check_option(name: str) -> str:
    """Return the user of an option that is short for an option of a check."""
    return f"--check {name}"


BACKEND, EMBEDDING = "-p of a model", "-p of an embedder"
"""Those ``-p`` options that are not of the kind that the command itself works with."""


def unread_option(verb: str, given: Mapping[str, str], used: Iterable[str]) -> str:
    """Return what is to be said of the first option that nothing reads; empty where all are read.

    Args:
        verb: the command.
        given: options of the command line, name to spelling.
        used: what the run makes use of.
    """
    here, every = set(used), readers(verb)
    for name, spelling in given.items():
        users = every.get(name, ALWAYS)
        if users and not here.intersection(users):
            return (
                f"{safe(spelling)}: nothing in this run reads it; it is for {' or '.join(users)}. "
                "Leave it out, or add what it is for"
            )
    return ""


ANY = "any"


def asks(kind: str, spec: Spec) -> bool:
    """May an implementation ask a language model? One of another package may."""
    takes = plugins.takes(kind, spec.name)
    if takes is None or "llm" in takes:
        return True
    translator = str(_options(kind, spec).get("translator", "")).partition("(")[0]
    return bool(translator) and asks("translators", Spec(translator))


def embedders(kind: str, spec: Spec, auto: str = ANY) -> frozenset[str]:
    """Return the names of the embedders that an implementation uses, ``any`` for an unknown one.

    Args:
        kind: its kind.
        spec: it.
        auto: what is used where it leaves the choice.
    """
    if plugins.takes(kind, spec.name) is None:
        return frozenset({ANY})
    options = _options(kind, spec)
    if name := str(options.get("embedder", "")):
        name = auto if name == AUTO else name
        return frozenset({name if plugins.has("embedders", name) else ANY})
    classifier = str(options.get("classifier", ""))
    return embedders("classifiers", Spec(classifier), auto) if classifier else frozenset()


def leaves_open(kind: str, spec: Spec) -> bool:
    """Does an implementation leave it to the run what embeds? One of another package may."""
    one, other = (embedders(kind, spec, auto) for auto in ("hashing", EMBEDDER))
    return one != other or ANY in one


def _options(kind: str, spec: Spec) -> dict[str, plugins.Option]:
    pairs = (entry.partition("=") for entry in plugins.describe(kind, spec.name))
    return {key: default for key, _, default in pairs} | dict(spec.options)


def knows(used: Iterable[str], key: str) -> bool:
    """Has one of the embedders an option of this name? An unknown one may have."""
    return any(
        name == ANY
        or plugins.takes("embedders", name) is None
        or any(entry.startswith(f"{key}=") for entry in plugins.describe("embedders", name))
        for name in used
    )
