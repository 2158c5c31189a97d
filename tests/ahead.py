"""What a process that forks for each command does once, so that no fork has to do it.

It imports all of dataaug and fills the caches of pure values: word lists that are read, patterns
that are compiled, source files that are parsed. Commands of a few rows spend half their time so.
"""

import contextlib
import functools
import gc
import importlib
import inspect
import pkgutil
import sys

OF_THE_MACHINE = "dataaug.devices"
"""Its caches say what a machine has, which takes torch, and no table."""


def import_all(late):
    """Import every module of dataaug that needs none of the late libraries."""
    hidden = [name for name in late if name not in sys.modules]
    sys.modules.update(dict.fromkeys(hidden))
    for module in pkgutil.walk_packages(importlib.import_module("dataaug").__path__, "dataaug."):
        if module.name != "dataaug.__main__":
            with contextlib.suppress(ImportError):
                importlib.import_module(module.name)
    for name in hidden:
        del sys.modules[name]


def fill_caches():
    """Compute what needs no arguments and is kept, and what is read of every kind of plugin."""
    from dataaug import plugins

    for name in [name for name in sys.modules if name.startswith("dataaug.")]:
        for found in [*vars(sys.modules[name]).values()]:
            if _is_value(found, name):
                found()
    _numbers()
    plugins._points = functools.cache(plugins._points)
    for kind in plugins.PACKAGES:
        plugins.names(kind)


def _is_value(found, module):
    """Is this a function that needs no arguments, defined and kept in a module?"""
    kept = isinstance(found, functools._lru_cache_wrapper) and found.__module__ == module
    return (
        kept
        and module != OF_THE_MACHINE
        and not any(
            each.default is each.empty for each in inspect.signature(found).parameters.values()
        )
    )


def _numbers():
    """Read the tables of numbers and their units, and compile what reads English texts."""
    from dataaug.text import fidelity
    from dataaug.text.numbers.terms import number_terms

    for language in ("", "en", "de"):
        number_terms(language)
    list(fidelity.changes("We paid $20 for 3 cups, Anna.", "Anna, we paid 20 dollars for two."))


def other_packages():
    """Forget which packages there are besides: a command that looks elsewhere finds its own."""
    from dataaug import plugins

    plugins._points.cache_clear()


def keep():
    """Keep all that is there out of garbage collections, which would copy its pages in a fork."""
    gc.collect()
    gc.freeze()
