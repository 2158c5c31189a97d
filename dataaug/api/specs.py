"""Implementations by name, with their options: methods, checks, tasks, measures, classifiers."""

from collections.abc import Iterable, Sequence
from typing import TypeAlias

from dataaug import plugins
from dataaug.embedders import AUTO
from dataaug.errors import UsageError
from dataaug.plugins import Option, Spec

Named: TypeAlias = str | Spec
"""The name of an implementation, or a :class:`~dataaug.Spec` of one with options."""


def method(name: str, **options: Option) -> Spec:
    """Return a method of :func:`~dataaug.augment`, as ``method("typo", rate=0.2)``.

    Raises:
        UsageError: the method or an option is unknown, or a value is none for it.
    """
    return plugins.typed("methods", Spec(name, options))


def check(name: str, **options: Option) -> Spec:
    """Return a check of :func:`~dataaug.filter`, as ``check("length", min_words=3)``.

    Raises:
        UsageError: the check or an option is unknown, or a value is none for it.
    """
    return plugins.typed("checks", Spec(name, options))


def task(name: str, **options: Option) -> Spec:
    """Return a task of :func:`~dataaug.generate` with its options, as ``task("rewrite")``.

    Raises:
        UsageError: the task or an option is unknown, or a value is none for it.
    """
    return plugins.typed("tasks", Spec(name, options))


def measure(name: str, **options: Option) -> Spec:
    """Return a measure of :func:`~dataaug.compare` with its options.

    Raises:
        UsageError: the measure or an option is unknown, or a value is none for it.
    """
    return plugins.typed("measures", Spec(name, options))


def classifier(name: str, **options: Option) -> Spec:
    """Return a classifier of :func:`~dataaug.evaluate` with its options.

    Raises:
        UsageError: the classifier or an option is unknown, or a value is none for it.
    """
    return plugins.typed("classifiers", Spec(name, options))


def embedder(given: Named | None) -> Spec:
    """Return the spec of an embedder; None and ``auto`` leave it to the languages of the rows.

    Raises:
        UsageError: it or an option is unknown, or a value is none for it.
    """
    return Spec(AUTO) if given in (None, "", AUTO, Spec(AUTO)) else one("embedders", given)


def one(kind: str, given: Named) -> Spec:
    """Return the spec of one implementation, its options as their types.

    Raises:
        UsageError: it or an option is unknown, or a value is none for it.
    """
    (spec,) = named_specs([given], ())
    return plugins.typed(kind, spec)


def named_specs(given: Named | Iterable[Named] | None, default: Sequence[Named]) -> list[Spec]:
    """Return the specs of one or several implementations, each once, in their order.

    Args:
        given: one or several of them.
        default: what None stands for.

    Raises:
        UsageError: there is something that is neither a name nor a spec.
    """
    if given is None:
        given = default
    several = [given] if isinstance(given, str | Spec) else given
    if not isinstance(several, Iterable):
        raise UsageError(f"expected names or specs of implementations, found {several!r}")
    found = [Spec(each) if isinstance(each, str) else each for each in several]
    for each in found:
        if not isinstance(each, Spec):
            raise UsageError(f"expected the name or spec of an implementation, found {each!r}")
    return list(dict.fromkeys(found))


def typed_specs(
    kind: str, given: Named | Iterable[Named] | None, default: Sequence[Named]
) -> tuple[Spec, ...]:
    """Return the specs of one or several implementations, their options as their types.

    Args:
        kind: as ``methods`` or ``checks``.
        given: one or several of them.
        default: what None stands for.

    Raises:
        UsageError: one or an option of it is unknown, or a value is none for it.
    """
    return tuple(dict.fromkeys(plugins.typed(kind, spec) for spec in named_specs(given, default)))
