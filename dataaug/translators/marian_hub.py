"""Models of a hub: what a first run fetches and from where, and what to do where it can't."""

from pathlib import Path

from huggingface_hub import constants, hf_hub_download, try_to_load_from_cache
from huggingface_hub.errors import (
    EntryNotFoundError,
    HFValidationError,
    LocalEntryNotFoundError,
    RepositoryNotFoundError,
)

from dataaug import sessions
from dataaug.errors import MissingError

_FILES = ("config.json", "model.safetensors", "source.spm", "target.spm", "vocab.json")


def model_place(name: str) -> str:
    """Return what a model is loaded by: its folder, here or in the hub's cache, else its name.

    A model that is to be fetched is announced. One in the cache is not asked for again: where the
    hub can't be reached its client would try each file for half a minute.

    Args:
        name: a local folder, or the name of a model on the hub.

    Raises:
        MissingError: there is no such folder, the hub has no such model, or it can't be reached.
    """
    if Path(name).is_dir():
        return name
    try:
        kept = [try_to_load_from_cache(name, file) for file in _FILES]
        if all(isinstance(path, str) for path in kept):
            return str(Path(str(kept[0])).parent)
        _fetch_first(name)
    except HFValidationError as error:
        raise MissingError(
            f"no folder {name}: -p marian.model takes a folder or a name on the hub, with "
            "{source} and {target} in the place of the languages"
        ) from error
    return name


def hub_commit(name: str) -> str:
    """Return the commit of a model in the hub's cache, 40 hexadecimal digits."""
    return Path(str(try_to_load_from_cache(name, _FILES[0]))).parent.name


def _fetch_first(name: str) -> None:
    """Announce a model, and fetch its smallest file, which fails for the reasons that all do."""
    known = isinstance(try_to_load_from_cache(name, _FILES[0]), str)  # with weights of another kind
    if not (known or constants.HF_HUB_OFFLINE):
        sessions.current().heard(
            f"{name} is used for the first time: its weights and tokenizer are fetched from "
            f"{constants.ENDPOINT} into {constants.HF_HUB_CACHE}, which later runs use"
        )
    try:
        hf_hub_download(name, "config.json")
    except (LocalEntryNotFoundError, ConnectionError) as error:
        why = "HF_HUB_OFFLINE is set" if constants.HF_HUB_OFFLINE else "it can't be reached"
        raise MissingError(
            f"{name} is not in {constants.HF_HUB_CACHE}, and nothing comes from "
            f"{constants.ENDPOINT}: {why}. Where there is a network: hf download {name} "
            f"--local-dir {Path(name).name}; then bring the folder here and give "
            f"{_HERE}, or take -p METHOD.translator=firefox"
        ) from error
    except (RepositoryNotFoundError, EntryNotFoundError) as error:
        raise MissingError(
            f"{constants.ENDPOINT} has no model {name}: look there for one of this pair and name "
            f"it or its folder by {_HERE}, or take another pivot or -p METHOD.translator=llm"
        ) from error


_HERE = "-p marian.model='DIR/opus-mt-{source}-{target}'"
