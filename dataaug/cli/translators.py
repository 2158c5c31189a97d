"""The options of translators, which belong to the methods that use one."""

from collections.abc import Sequence

from dataaug import plugins
from dataaug.errors import UsageError


def method_options(
    given: Sequence[str], methods: Sequence[str], to: str
) -> dict[str, dict[str, str]]:
    """Sort ``-p`` options by method; those of a translator go to the methods that use it.

    ``-p marian.runtime=ctranslate2`` makes ``translator=marian`` of a method
    ``translator=marian(runtime=ctranslate2)``, so that it is part of the method's name.

    Args:
        given: the options as they were given.
        methods: the methods of the run.
        to: the language of ``--to``, empty where it was not given.

    Raises:
        UsageError: an option is of no method or translator of this run.
    """
    # The names of translators are read where an option might be one's: their packages are many.
    others = {option.partition(".")[0] for option in given} - set(methods)
    known = others & set(plugins.names("translators")) if others else set()
    own = [option for option in given if option.partition(".")[0] not in known]
    theirs = [option for option in given if option.partition(".")[0] in known]
    if to:
        if "translation" not in methods:
            raise UsageError("--to is the language of -m translation, which is not used here")
        if any(option.partition("=")[0] == "translation.to" for option in own):
            raise UsageError("--to and -p translation.to say the same thing: leave one of them out")
        own.append(f"translation.to={to}")
    sorted_ = plugins.parse_options(own, list(methods))
    users: dict[str, list[str]] = {}
    for method in methods:
        translator = sorted_[method].get("translator") or _default(method)
        if translator:
            users.setdefault(translator, []).append(method)
    for translator, options in plugins.parse_options(theirs, list(users)).items():
        inside = ",".join(f"{key}={options[key]}" for key in sorted(options))
        for method in users[translator] if inside else ():
            sorted_[method]["translator"] = f"{translator}({inside})"
    return {method: _one_name(found) for method, found in sorted_.items()}


def _one_name(options: dict[str, str]) -> dict[str, str]:
    """Return a method's options with its translator as all texts that mean it are spelt."""
    translator = options.get("translator", "")
    if "(" not in translator:
        return options
    from dataaug.augmentation.translation import translator_spec

    named = str(plugins.typed("translators", translator_spec(translator)))
    return {**options, "translator": named}


def _default(method: str) -> str:
    """Return the translator that a method takes by default, empty where it takes none."""
    entries = plugins.describe("methods", method)
    return next((entry[11:] for entry in entries if entry.startswith("translator=")), "")
