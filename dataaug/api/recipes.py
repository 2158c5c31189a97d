"""Recipes that ``tune`` races: lists of verb calls, which can be written as commands, too."""

import os
import shlex
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

from dataaug import plugins, sessions
from dataaug.api.augment import augment
from dataaug.api.balance import balance
from dataaug.api.filter import filter as filter_rows
from dataaug.api.generate import generate
from dataaug.api.label import label
from dataaug.api.results import Result
from dataaug.augmentation.eda import EDA
from dataaug.errors import ShortfallError, UsageError
from dataaug.plugins import Option, Spec
from dataaug.rows.record import Outcome, Record, Schema
from dataaug.rows.seeds import fingerprint, fingerprint_bytes
from dataaug.text.printable import safe
from dataaug.tuning import UNCHANGED, prior
from dataaug.tuning.run import Contender

_VERBS: Mapping[str, Callable[..., Result[Any]]] = {
    "augment": augment, "balance": balance, "filter": filter_rows, "generate": generate,
    "label": label,
}  # fmt: skip
_FLAGS = {"methods": "-m", "checks": "--check", "with_": "--with"}
_FIELDS = {
    "text_field": "text", "label_field": "label", "id_field": "id", "spans_field": "spans",
    "spans_format": "spans_format", "offsets": "offsets", "keep_field": "keep",
}  # fmt: skip
"""Keywords of verbs to attributes of a schema."""


@dataclass(frozen=True, slots=True)
class Call:
    """A call of a verb.

    Attributes:
        verb: its name.
        options: its keywords.
    """

    verb: str
    options: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))

    def spelt(self) -> str:
        """Return it as a command without files."""
        words = ["dataaug", self.verb]
        for name, value in self.options.items():
            flag = _FLAGS.get(name, f"--{name.replace('_', '-')}")
            for each in value if isinstance(value, tuple) else (value,):
                words += [flag] if each is True else [flag, str(each)]
        return shlex.join(words)


@dataclass(frozen=True, slots=True)
class Recipe:
    """How train rows become a train set.

    Attributes:
        name: its name.
        steps: the calls, each of which works on the rows of the one before. ``label`` works on the
            pool, and its rows join the others.
        source: what it draws on, see :func:`dataaug.tuning.prior.expected_of`.
        costly: it runs only where it is named.
        fit: options of the classifier; a number is how many times the usual one.
    """

    name: str
    steps: tuple[Call, ...] = ()
    source: str = "copies"
    costly: bool = False
    fit: Mapping[str, Option] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def reads_pool(self) -> bool:
        """Does it label a pool?"""
        return any(step.verb == "label" for step in self.steps)

    @property
    def asks_model(self) -> bool:
        """Does it ask a language model?"""
        return self.source == "model"


_DOUBLE = "twice the rows of the largest label"
_NAMES = Call("generate", {"task": "label-names"})
_REPEATED = Call("balance", {"with_": ("oversample",), "max_ratio": 1000})
_GENERATED = Call("balance", {"with_": ("generate",), "to": _DOUBLE})
_CHECKED = Call("filter", {"checks": ("length", "exact")})
_LABELLED = (
    Call("label", {"teacher": "embedding", "soft": True}),
    Call("filter", {"checks": ("exact",)}),
)


def _edited(name: str, source: str = "edits", *, costly: bool = False) -> Recipe:
    return Recipe(name, (Call("augment", {"methods": (name,)}), _CHECKED), source, costly)


RECIPES = (
    Recipe(UNCHANGED),
    Recipe("class-weights", source="fit", fit={"balanced": True}),
    Recipe("weaker-penalty", source="fit", fit={"c": 4.0}),
    Recipe("stronger-penalty", source="fit", fit={"c": 0.25}),
    Recipe("oversample", (_REPEATED,)),
    Recipe("label-names", (_NAMES,), "names"),
    Recipe("label-names+oversample", (_NAMES, _REPEATED), "names"),
    _edited("typo"),
    _edited("swap"),
    _edited("delete"),
    _edited("synonym"),
    Recipe("eda", (Call("augment", {"methods": EDA, "auto": True}), _CHECKED), "edits"),
    Recipe("pseudo-labels", _LABELLED, "pool"),
    Recipe("label-names+pseudo-labels", (_NAMES, *_LABELLED), "both"),
    _edited("back-translation", costly=True),
    _edited("paraphrase", "model"),
    Recipe("generate", (_GENERATED, _CHECKED), "model"),
)
"""All recipes, the simplest one first: what changes no row comes before what copies, this before
what writes down what is known of a label, this before edits, and these before what needs more text
or a model."""


@dataclass(frozen=True, slots=True)
class Kitchen:
    """What recipes work with.

    Attributes:
        schema: the fields of the rows.
        seed: the seed of the run.
        pool: real rows without labels; None where there is no pool.
        embedder: what finds copies of held-out rows in the pool.
        similarity: cosine similarity from which on a pool row is such a copy.
        train_files: the files of the train rows, for commands.
        pool_files: those of the pool.
        skip: set rows of the pool aside that have a label or are synthetic.
        classifier: what learns the rows.
        model: the options that name the language model, as a command has them.
    """

    schema: Schema
    seed: int
    pool: Sequence[Record] | None
    embedder: Spec
    similarity: float
    train_files: Sequence[str]
    pool_files: Sequence[str]
    skip: bool = False
    classifier: Spec = field(default_factory=lambda: Spec("embedding"))
    model: str = ""

    def contender(self, recipe: Recipe, counts: Mapping[str, int]) -> Contender:
        """Return a recipe that is ready for a race.

        Args:
            recipe: it.
            counts: the rows of each label, which are known even where a fold has no row of one.
        """
        recipe = _sized(recipe, counts)
        learns = _fitted(self.classifier, recipe.fit)

        def make(rows: Sequence[Record], held: Sequence[Record]) -> list[Outcome]:
            _check_fit(recipe, learns, counts)
            return self._made(recipe, rows, held, [*counts])

        pool = self.pool if recipe.reads_pool else ()
        key = [step.spelt() for step in recipe.steps]
        key.append(str(sessions.current().settings.embedding))
        key += [self.model] if recipe.asks_model else []
        key += [str(self.embedder), str(self.similarity)] if recipe.reads_pool else []
        key += [fingerprint_bytes(row.line) for row in pool or ()]
        known = prior.expected_of(self.classifier.name, recipe.source)
        known = prior.Prior(0.0, 0.0) if recipe.name == UNCHANGED else known
        return Contender(
            recipe.name, self._commands(recipe), fingerprint(*key), learns or self.classifier,
            known, make,
        )  # fmt: skip

    def _made(
        self,
        recipe: Recipe,
        rows: Sequence[Record],
        held: Sequence[Record],
        labels: Sequence[str],
    ) -> list[Outcome]:
        """Return the train set that a recipe makes of train rows, and the rejects behind it."""
        made, rejects = list(rows), []
        for step in recipe.steps:
            options = {**step.options, **self._reading()}
            given = made
            if step.verb != "filter":
                options["seed"] = self.seed
            if step.verb == "generate":
                options |= {"stream": True, **({"labels": labels} if held else {})}
            if step.verb == "label":
                given = list(self.pool or ())
                options |= {"train": rows, "against": held or None, "embedder": self.embedder,
                            "similarity": self.similarity}  # fmt: skip
            found = _called(step.verb, given, options)
            made = [*made, *found.rows] if step.verb == "label" else found.rows
            rejects += found.rejects
        return [*made, *rejects]

    def _reading(self) -> dict[str, Any]:
        schema = self.schema
        found = {name: getattr(schema, own) for name, own in _FIELDS.items()}
        found["text_field"] = [schema.text, *schema.further_texts]
        return {**found, "on_error": "skip" if self.skip else "fail"}

    def _fields(self) -> str:
        """Return the options that name fields, as a command has them."""
        plain, words = Schema(), []
        for name, own in _FIELDS.items():
            value = getattr(self.schema, own)
            if own == "text" and self.schema.further_texts:
                value = (self.schema.text, *self.schema.further_texts)
            if value != getattr(plain, own):
                each = value if isinstance(value, tuple) else (value,)
                words += [w for one in each for w in (f"--{name.replace('_', '-')}", one)]
        return f" {shlex.join(words)}" if words else ""

    def _commands(self, recipe: Recipe) -> tuple[str, ...]:
        """Return a recipe as lines for a shell."""
        files = shlex.join(self.train_files)
        read = (*self.train_files, *self.pool_files)
        made, best = _apart("pseudo_labelled.jsonl", read), _apart("best.jsonl", read)
        lines: list[str] = []
        pipe: list[str] = []
        for step in recipe.steps:
            more = self._fields()
            if self.seed and step.verb != "filter":
                more += f" --seed {self.seed}"
            if recipe.asks_model and step.verb != "filter":
                more += f" {self.model}"
            if step.verb == "label":
                train = " ".join(f"--train {shlex.quote(file)}" for file in self.train_files)
                if self.skip:
                    more += " --on-error skip"
                lines.append(
                    f"{step.spelt()} {shlex.join(self.pool_files)} {train}{more} -o {made}"
                )
                files += f" {made}"
            else:
                pipe.append(f"{step.spelt()}{f' {files}' * (not pipe)}{more}")
        return (*lines, " | ".join(pipe) + f" -o {best}") if pipe else ()


def _apart(name: str, read: Sequence[str]) -> str:
    """Return a name for a file that is no file that is read: no command writes over its input."""
    while name in map(os.path.normpath, read):
        name = f"new_{name}"
    return name


def _called(verb: str, rows: Sequence[Record], options: Mapping[str, Any]) -> Result[Any]:
    """Call a verb; of a model that gives fewer rows than asked for, take those that it gives.

    Raises:
        ShortfallError: a cap has stopped it.
    """
    try:
        return _VERBS[verb](rows, **options)
    except ShortfallError as error:
        found: Result[Any] = error.result
        if found.report.rejected["over_budget"]:
            raise ShortfallError(
                "a cap on cost, requests or tokens stopped the language model; a higher one goes "
                "on from the replies in the cache"
            ) from error
        return found


def _sized(recipe: Recipe, counts: Mapping[str, int]) -> Recipe:
    """Return a recipe with numbers where it has only what they are."""
    sizes = {_DOUBLE: 2 * max(counts.values(), default=0)}
    steps = tuple(
        replace(step, options={key: sizes.get(value, value) if isinstance(value, str) else value
                               for key, value in step.options.items()})
        for step in recipe.steps
    )  # fmt: skip
    return replace(recipe, steps=steps)


def _fitted(classifier: Spec, fit: Mapping[str, Option]) -> Spec | None:
    """Return a classifier with other options, None where it has no such options."""
    usual = dict(entry.split("=", 1) for entry in plugins.describe("classifiers", classifier.name))
    usual |= {key: str(value) for key, value in classifier.options.items()}
    if not fit.keys() <= usual.keys():
        return None
    options = {
        key: float(usual[key]) * value if isinstance(value, float) else value
        for key, value in fit.items()
    }
    return Spec(classifier.name, {**classifier.options, **options})


def _check_fit(recipe: Recipe, learns: Spec | None, counts: Mapping[str, int]) -> None:
    """Refuse options that a classifier lacks, and weights where there is nothing to weigh.

    Raises:
        UsageError: the recipe can change nothing.
    """
    if learns is None:
        raise UsageError(f"the classifier has no {', '.join(recipe.fit)}")
    if recipe.fit.get("balanced") and len({*counts.values()}) < 2:
        raise UsageError("all labels have as many rows")


def contestants(names: Iterable[str], *, pool: bool, model: bool = False) -> list[Recipe]:
    """Return the recipes of a race, doing nothing first.

    Args:
        names: those that are asked for; none: all that are not costly.
        pool: is there a pool?
        model: is there a language model?

    Raises:
        UsageError: there is no such recipe, one lacks its pool or model, or one is read by none.
    """
    asked, known = set(names), [recipe.name for recipe in RECIPES]
    if unknown := sorted(asked - set(known)):
        raise UsageError(f"--recipe {safe(unknown[0])!r}: choose from {', '.join(known)}")
    found = [
        recipe
        for recipe in RECIPES
        if recipe.name == UNCHANGED or (recipe.name in asked if asked else not (
            recipe.costly or (recipe.reads_pool and not pool) or (recipe.asks_model and not model)
        ))
    ]  # fmt: skip
    pools = [recipe.name for recipe in found if recipe.reads_pool]
    asking = [recipe.name for recipe in found if recipe.asks_model]
    if pools and not pool:
        raise UsageError(f"--recipe {pools[0]}: it needs rows without labels: --pool FILE")
    if asking and not model:
        raise UsageError(f"--recipe {asking[0]}: it asks a language model: --model NAME")
    if pool and not pools:
        raise UsageError("--pool: no recipe that is named reads it; add --recipe pseudo-labels")
    if model and not asking:
        raise UsageError("--model: no recipe that is named asks it; add --recipe generate")
    return found
