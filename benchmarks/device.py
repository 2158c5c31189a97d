"""What a device is worth: embedding, fine-tuning and translation on it and on the processor.

    python benchmarks/device.py [--device cuda] [--texts 20000] [-o device.json]

Nothing is fetched: texts are made from words, MiniLM, which embeds and is fine-tuned, is the
packaged one, and Marian has the shape of opus-mt with random weights: speed follows from the shape.
It takes under five minutes on a GPU; ``--texts 200`` is for a machine
without. One JSON file says what the machine is, what the rule chose, and for each part the speed on
the device and on the processor, the memory that it took, and whether what came out is the same.
Speeds are by the wall clock, since a device has no CPU seconds: leave the machine idle meanwhile.
"""

# ruff: noqa: PLC0415 - the libraries are imported after the arguments are read
import argparse
import importlib.util
import json
import os
import platform
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from random import Random
from typing import Any

import numpy as np

from dataaug import devices, machine, packaged
from dataaug.devices import CPU, DeviceChoice
from dataaug.embedders import PACKAGE
from dataaug.plugins import Spec, load

THRESHOLD = 0.95
PARTS = ("embedding", "finetune", "marian", "bfloat16")
MOST = 4000
"""Texts whose pairs are compared."""
_STEPS = 60
"""Steps of a training at least: with fewer it would not learn, which is an error."""
OPENERS = ("where is", "i want", "please send", "why was", "can you check", "who took", "cancel")
THINGS = ("my parcel", "the refund", "a new card", "that payment", "our invoice", "the order",
          "his account", "the last transfer", "a second phone", "their booking")  # fmt: skip
TAILS = ("from monday", "of last week", "again", "before friday", "and the fee", "in euros",
         "without a receipt", "for the shop in the old town", "as we agreed by phone")  # fmt: skip


def texts(count: int) -> list[str]:
    """Return texts of 3 to 30 words, many with a twin."""
    made, chance = [], Random(0)
    while len(made) < count:
        parts = [chance.choice(OPENERS), chance.choice(THINGS)]
        parts += chance.choices((*TAILS, *THINGS), k=chance.randrange(1, 8))
        made.append(f"{' '.join(parts)} {chance.randrange(1000)}")
        if chance.random() < 1 / 3:
            made.append(made[-1].replace(" ", "  ", 1).capitalize() + chance.choice("?!."))
    return made[:count]


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    """Return the seconds of some work, and what it made."""
    before = time.perf_counter()
    made = work()
    return time.perf_counter() - before, made


@contextmanager
def on(device: str, found: dict[str, Any]) -> Iterator[None]:
    """Name a device for a block, and note the greatest memory that torch took of it."""
    import torch

    own = getattr(torch, device.partition(":")[0], None)
    reset = getattr(own, "reset_peak_memory_stats", None)
    if reset:
        reset(device)
    before = os.environ.get(devices.DEVICE_PIN)
    os.environ[devices.DEVICE_PIN] = device
    try:
        yield
    finally:
        os.environ.pop(devices.DEVICE_PIN)
        if before is not None:
            os.environ[devices.DEVICE_PIN] = before
    if reset:
        found["peak_memory_gb"] = round(own.max_memory_allocated(device) / 2**30, 3)


def plain(text: str) -> str:
    """Return a text as its twin was made of it."""
    return " ".join(text.lower().split())


def near(vectors: Any) -> Any:
    return vectors @ vectors.T


def embedding(some: Sequence[str], device: str) -> dict[str, Any]:
    """Compare vectors, and the pairs that near-duplicate would find by them."""
    found: dict[str, Any] = {"texts": len(some)}
    few = list(some[: min(MOST, len(some))])
    with on(CPU, {}):
        usual = load("embedders", Spec("sentence-transformers"))
        usual(few[:64])
        seconds, reference = timed(lambda: usual(few))
        found["cpu_texts_per_s"] = round(len(few) / seconds, 1)
    with on(device, found):
        loading, embed = timed(lambda: load("embedders", Spec("sentence-transformers")))
        if hasattr(embed, "suited"):
            more, embed = timed(lambda: embed.suited(len(some)))
            loading += more
        found["load_s"] = round(loading, 1)
        embed(few[:64])
        seconds, vectors = timed(lambda: embed(some))
        found["device_texts_per_s"] = round(len(some) / seconds, 1)
        again = embed(few)
    ours, theirs = near(vectors[: len(few)]), near(reference)
    found["greatest_error_of_a_product"] = float(np.abs(ours - theirs).max())
    found["tolerance"] = embed.tolerance
    doubt = np.abs(ours - THRESHOLD) <= embed.tolerance
    decided = np.where(doubt, theirs >= THRESHOLD, ours >= THRESHOLD)
    found["pairs"] = int(np.triu(theirs >= THRESHOLD, 1).sum())
    found["pairs_in_doubt"] = int(np.triu(doubt, 1).sum())
    found["verdicts_equal"] = bool((decided == (theirs >= THRESHOLD)).all())
    found["again_equal"] = bool(np.array_equal(again, vectors[: len(few)]))
    return found


def finetune(some: Sequence[str], device: str) -> dict[str, Any]:
    """Train MiniLM twice, which tells whether equal seeds give equal models there."""
    home = packaged.folder(PACKAGE)
    assert home is not None, "pip install 'dataaug[embedded]'"
    labels = [next(each for each in OPENERS if plain(text).startswith(each)) for text in some]
    epochs = max(2, -(-_STEPS * 16 // len(some)))
    found: dict[str, Any] = {"rows": len(some), "steps": epochs * -(-len(some) // 16)}
    options = {"model": str(home / "model"), "epochs": epochs, "rate": 3e-4}
    for place in dict.fromkeys((CPU, device)):
        which = "cpu" if place == CPU else "device"
        with on(place, {} if place == CPU else found):
            train = load("classifiers", Spec("finetune", options))
            seconds, model = timed(lambda train=train: train(some, labels, seed=1))
            found[f"{which}_steps_per_s"] = round(found["steps"] / seconds, 2)
            shares = model(some)
            if place == device:
                again = train(some, labels, seed=1)(some)
                found["again_equal"] = bool(np.array_equal(again, shares))
            right = [model.classes[best] for best in shares.argmax(axis=1)] == np.array(labels)
            found[f"{which}_accuracy"] = round(float(np.mean(right)), 3)
    return found


def marian(some: Sequence[str], device: str, folder: Path) -> dict[str, Any]:
    """Translate by a model of opus-mt's shape; its output is noise, of as many tokens as may be."""
    import sentencepiece
    import torch
    from transformers import MarianConfig, MarianMTModel, MarianTokenizer

    for name in ("source", "target"):
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=iter(texts(2000)), model_prefix=str(folder / name), vocab_size=300,
            character_coverage=1.0, hard_vocab_limit=False, minloglevel=2,
        )  # fmt: skip
        (folder / f"{name}.model").rename(folder / f"{name}.spm")
    pieces = sentencepiece.SentencePieceProcessor(model_file=str(folder / "source.spm"))
    known = [pieces.IdToPiece(n) for n in range(pieces.GetPieceSize())]
    names = ["</s>", "<unk>", *(p for p in known if p not in {"</s>", "<unk>", "<s>"}), "<pad>"]
    (folder / "vocab.json").write_text(json.dumps({piece: n for n, piece in enumerate(names)}))
    MarianTokenizer(str(folder / "source.spm"), str(folder / "target.spm"),
                    str(folder / "vocab.json")).save_pretrained(folder)  # fmt: skip
    torch.manual_seed(0)
    shape = MarianConfig(
        vocab_size=len(names), d_model=512, encoder_layers=6, decoder_layers=6,
        encoder_attention_heads=8, decoder_attention_heads=8, encoder_ffn_dim=2048,
        decoder_ffn_dim=2048, pad_token_id=len(names) - 1, decoder_start_token_id=len(names) - 1,
        eos_token_id=0, forced_eos_token_id=0, init_std=0.1,
    )  # fmt: skip
    MarianMTModel(shape).save_pretrained(folder)
    found: dict[str, Any] = {"sentences": len(some)}
    made = {}
    for place in dict.fromkeys((CPU, device)):
        mine = {} if place == CPU else found
        with on(place, mine):
            translate = load("translators", Spec("marian", {"model": str(folder)}))
            translate(some[:4], "en", "xx")
            seconds, made[place] = timed(lambda t=translate: t(some, "en", "xx"))
            key = "cpu_sentences_per_s" if place == CPU else "device_sentences_per_s"
            found[key] = round(len(some) / seconds, 2)
            found["model"] = translate.model("en", "xx")
    same = sum(one == other for one, other in zip(made[CPU], made[device], strict=True))
    found["translations_equal"] = f"{same} of {len(some)}"
    return found


def bfloat16(rows: Sequence[tuple[str, str]]) -> dict[str, Any]:
    """Say whether 16 bits on the processor pay: in CPU seconds, with what they leave in doubt."""
    from sklearn.linear_model import LogisticRegression

    from dataaug.embedders import minilm, openvino_core
    from dataaug.embedders.sentence_transformers import TOLERANCES, has_bfloat16

    if not has_bfloat16():
        return {"why_not": "this processor has none"}
    some, labels = [text for text, _ in rows], [label for _, label in rows]
    seconds, vectors = dict.fromkeys(("float32", "bfloat16"), 0.0), {}
    opened = {}
    for kind in seconds:
        opened[kind] = minilm.PackagedMiniLM("", TOLERANCES["openvino", kind])
        graph = minilm.bert_graph(minilm.model_folder()).pooled()
        run = openvino_core.compiled_network(graph, kind, machine.threads())
        vars(opened[kind])["_opened"] = opened[kind]._opened._replace(forward=run)
        opened[kind](some[:64])
        vectors[kind] = np.empty((len(some), 384), np.float32)
    for start in range(0, len(some), 500):  # by turns, so that other work meets both alike
        for kind, embed in opened.items():
            before = time.process_time()
            vectors[kind][start : start + 500] = embed(some[start : start + 500])
            seconds[kind] += time.process_time() - before
    wanted, made = near(vectors["float32"]), near(vectors["bfloat16"])
    doubt = np.abs(made - THRESHOLD) <= opened["bfloat16"].tolerance
    np.fill_diagonal(doubt, val=False)
    again = np.flatnonzero(doubt.any(axis=1))
    before = time.process_time()
    vectors["exact"] = vectors["float32"].copy()
    vectors["exact"][again] = opened["float32"].exactly([some[place] for place in again])
    seconds["exact"] = time.process_time() - before
    decided = np.where(doubt, near(vectors["exact"]), made) >= THRESHOLD
    half = len(some) // 2
    guesses = [
        LogisticRegression(C=10, max_iter=200)
        .fit(vectors[kind][:half], labels[:half])
        .predict(vectors[kind][half:])
        for kind in opened
    ]
    return {
        "texts": len(some),
        "cpu_s": {kind: round(taken, 1) for kind, taken in seconds.items()},
        "greatest_error_of_a_product": float(np.abs(made - wanted).max()),
        "texts_in_doubt": len(again),
        "pairs": int(np.triu(wanted >= THRESHOLD, 1).sum()),
        "verdicts_equal": bool((decided == (wanted >= THRESHOLD)).all()),
        "labels_that_differ": f"{int((guesses[0] != guesses[1]).sum())} of {len(some) - half}",
    }


def main() -> None:
    ask = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    ask.add_argument("--device", default="", help="torch's name; what the rule takes by default")
    ask.add_argument("--texts", type=int, default=20000, help="texts that are embedded")
    ask.add_argument("--rows", type=Path, help="labelled rows for bfloat16, instead of made texts")
    ask.add_argument("--only", choices=PARTS, help="this part alone")
    ask.add_argument("-o", "--output", type=Path, default=Path("device.json"))
    given = ask.parse_args()
    start = time.perf_counter()
    if given.device:
        os.environ[devices.DEVICE_PIN] = given.device
    choice: DeviceChoice = devices.device_for()
    some, device = texts(given.texts), choice.device
    packages = ("torch", "transformers", "openvino")
    found: dict[str, Any] = {
        "machine": {
            "system": platform.platform(), "processors": machine.processors(),
            "vectors": machine.vector_units(), "seen": devices.hardware()._asdict(),
            "devices": [each._asdict() for each in devices.found().devices],
            "fault": devices.found().fault,
        },
        "packages": {name: version(name) for name in packages if importlib.util.find_spec(name)},
        "choice": choice._asdict(),
        "rule": {str(n): devices.device_for(n).device for n in (1, 10**4, 10**5, 10**6)},
    }  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        parts: dict[str, Callable[[], dict[str, Any]]] = {
            "embedding": lambda: embedding(some, device),
            "finetune": lambda: finetune(some[: max(64, given.texts // 25)], device),
            "marian": lambda: marian(some[: max(8, given.texts // 100)], device, Path(folder)),
            "bfloat16": lambda: bfloat16(_labelled(given.rows, some)),
        }  # fmt: skip
        for name, part in parts.items():
            if given.only not in {None, name}:
                continue
            seconds, found[name] = timed(part)
            found[name]["seconds"] = round(seconds, 1)
            print(name, json.dumps(found[name]), flush=True)
    found["seconds"] = round(time.perf_counter() - start, 1)
    given.output.write_text(json.dumps(found, indent=1) + "\n")
    print(f"{found['seconds']} s, {given.output}")


def _labelled(file: Path | None, some: Sequence[str]) -> list[tuple[str, str]]:
    """Return texts with labels: those of a file, or made ones by how they begin."""
    if file is None:
        return [(text, plain(text).split()[0]) for text in some]
    with file.open(encoding="utf-8") as lines:
        rows = list(map(json.loads, lines))
    return [(row["text"], row["label"]) for row in rows]


if __name__ == "__main__":
    main()
