"""A folder that Hugging Face datasets saved (save_to_disk): Arrow files, named by state.json."""

from pathlib import Path

import orjson

from dataaug.errors import InputError
from dataaug.rows.formats import Folder


class _Saved:
    def parts(self, path: str, /) -> tuple[str, list[str]]:
        """Return the Arrow files of the folder, in their order."""
        folder = Path(path)
        several = folder / "dataset_dict.json"
        if several.is_file():
            splits = orjson.loads(several.read_bytes())["splits"]
            named = " or ".join(str(folder / split) for split in splits)
            raise InputError(f"{path}: holds the splits {', '.join(splits)}; name one: {named}")
        try:
            state = orjson.loads((folder / "state.json").read_bytes())
            return "arrow", [str(folder / each["filename"]) for each in state["_data_files"]]
        except (OSError, orjson.JSONDecodeError, KeyError, TypeError) as error:
            raise InputError(
                f"{path}: is a directory, and none that datasets saved (state.json is missing or "
                "damaged); name a file of rows"
            ) from error


def load() -> Folder:
    """Build the format. It has no options."""
    return _Saved()
