"""A folder that Hugging Face datasets saved (save_to_disk): Arrow files, named by state.json."""

import tempfile
from collections.abc import Iterable
from pathlib import Path

import orjson

from dataaug import plugins
from dataaug.errors import InputError, MissingError
from dataaug.plugins import Spec
from dataaug.rows.formats import Folder, FormatWriter


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

    def save(self, lines: Iterable[bytes], path: str, /) -> None:
        """Save rows as a folder, which appears when it is whole.

        Raises:
            MissingError: the package datasets is not installed, or the disk is full or failed.
        """
        import datasets  # noqa: PLC0415 - to read a folder takes pyarrow only

        writer: FormatWriter = plugins.load("formats", Spec("arrow"))
        final = Path(path)
        try:
            with tempfile.TemporaryDirectory(prefix=f".{final.name}.", dir=final.parent) as home:
                rows, made = Path(home, "rows.arrow"), Path(home, "made")
                with rows.open("wb") as stream:
                    writer.write(lines, stream)
                datasets.disable_progress_bars()
                datasets.Dataset.from_file(str(rows)).save_to_disk(str(made))
                made.rename(final)
        except OSError as error:
            raise MissingError(f"{path}: cannot be written: {error.strerror or error}") from error


def load() -> Folder:
    """Build the format. It has no options."""
    return _Saved()
