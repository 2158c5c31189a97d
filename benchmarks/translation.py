"""Translators: speed of firefox's pool and of marian's batches, BLEU and chrF, what survives.

    python benchmarks/translation.py --data DATA [--rows 1000] [--lines 1000] [--part NAME]…

Where no opus-mt weights can be had, the Marian model has opus-mt's shape (6 + 6 layers of 512,
60,000 pieces) and random weights: it is as slow as a real one, and its text means nothing. Each
of its translations has as many tokens as its source and no beams, which favours it.
"""

import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from bench import parser, rows, save, sentences, table

from dataaug import plugins
from dataaug.augmentation.methods import Request, Variant
from dataaug.plugins import Spec
from dataaug.text.protection import Protector

PARTS = ("firefox", "marian", "quality", "survivors", "memory")
LOOP = 12  # texts of the sentence-at-a-time loop, which takes seconds each
BATCHED = 1000  # too few rows leave batches half empty, of rows of unlike length


def timed(work: Callable[[], Any]) -> tuple[float, float, Any]:
    """Return wall seconds, CPU seconds of this process, and the result."""
    wall, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_SELF)
    made = work()
    after = resource.getrusage(resource.RUSAGE_SELF)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return time.perf_counter() - wall, cpu, made


def firefox(texts: Sequence[str], figures: dict[str, float]) -> None:
    found = {}
    lines = []
    for processes in (1, 2):
        engine = plugins.load("translators", Spec("firefox", {"processes": processes}))
        engine(texts[:40], "en", "pt")
        engine(engine(texts[:40], "en", "pt"), "pt", "en")
        wall, cpu, found[processes] = timed(
            lambda engine=engine: engine(engine(texts, "en", "pt"), "pt", "en")
        )
        figures[f"firefox_{processes}_rows_s"] = len(texts) / wall
        own = len(texts) / cpu if processes == 1 else ""
        name = f"firefox, {processes} process(es)"
        lines.append((name, len(texts), wall, len(texts) / wall, own))
    assert found[1] == found[2]
    figures["firefox_pool_times_one"] = figures["firefox_2_rows_s"] / figures["firefox_1_rows_s"]
    table(("round trips en-pt-en", "rows", "wall s", "rows/s", "rows/CPU-s"), lines)


def opus_shape(home: Path, texts: Sequence[str]) -> str:
    """Write a model of opus-mt's shape with random weights and a tokenizer trained on the texts."""
    sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))
    import tiny_marian  # noqa: PLC0415 - the tests' builder of tokenizers
    from transformers import MarianMTModel  # noqa: PLC0415

    folder = home / "opus-shape-en-pt"
    cut = tiny_marian.tokenizer(folder, texts, texts, size=8000)
    for number in range(60_000 - len(cut.encoder)):  # the output layer's cost is part of the shape
        cut.encoder.setdefault(f"unused{number}", len(cut.encoder))
    (folder / "vocab.json").write_text(json.dumps(cut.encoder))
    import torch  # noqa: PLC0415

    torch.manual_seed(0)
    model = MarianMTModel(tiny_marian.config(len(cut.encoder), d_model=512))
    model.generation_config.max_length = 512
    model.generation_config.num_beams = 1
    # A random model never ends by itself; a forced end would count as a token in the loop only.
    model.generation_config.forced_eos_token_id = None
    model.generation_config.bad_words_ids = [[model.config.pad_token_id], [0]]
    model.save_pretrained(folder)
    cut.save_pretrained(folder)
    return str(home / "opus-shape-{source}-{target}")


def marian(texts: Sequence[str], figures: dict[str, float]) -> None:
    import torch  # noqa: PLC0415
    from transformers import MarianMTModel, MarianTokenizer  # noqa: PLC0415

    from dataaug.translators import marian as own  # noqa: PLC0415

    class Same(own._Limit):
        """As many tokens as the source has, in the loop and in the batches."""

        def __init__(self, lengths: Any) -> None:
            self._most = lengths

    own._Limit = Same  # type: ignore[misc]
    with tempfile.TemporaryDirectory() as made:
        name = opus_shape(Path(made), texts)
        folder = name.format(source="en", target="pt")
        model = MarianMTModel.from_pretrained(folder)
        model.generation_config.max_length = None  # the loop gives its own
        cut = MarianTokenizer.from_pretrained(folder)

        def loop() -> list[str]:  # the seed text's own code, greedy
            found = []
            for text in texts[:LOOP]:
                tokens = cut(text, return_tensors="pt", padding=True)
                most = tokens["input_ids"].shape[1]
                with torch.inference_mode():
                    out = model.generate(**tokens, num_beams=1, max_new_tokens=most)
                found.append(cut.decode(out[0], skip_special_tokens=True))
            return found

        engine = plugins.load("translators", Spec("marian", {"model": name, "device": "cpu"}))
        engine(texts[:2], "en", "pt")
        wall, cpu, one = timed(loop)
        fast, fast_cpu, many = timed(lambda: engine(texts[:BATCHED], "en", "pt"))
    figures["marian_loop_rows_s"] = LOOP / wall
    figures["marian_loop_rows_cpu_s"] = LOOP / cpu
    figures["marian_batched_rows_cpu_s"] = BATCHED / fast_cpu
    figures["marian_batches_times_loop"] = BATCHED / fast / (LOOP / wall)
    figures["marian_batches_times_loop_cpu"] = BATCHED / fast_cpu / (LOOP / cpu)
    # The made-up vocabulary does not call the padding behind a finished row a special token.
    pad = cut.decode([model.config.pad_token_id])
    same = [a.replace(pad, "") == b.replace(pad, "") for a, b in zip(one, many, strict=False)]
    equal = sum(same) / LOOP
    figures["marian_equal_to_loop"] = equal
    table(
        ("Marian, opus-mt's shape, one way", "rows", "wall s", "rows/s", "rows/CPU-s"),
        [("the seed's loop", LOOP, wall, LOOP / wall, LOOP / cpu),
         ("marian, batched", BATCHED, fast, BATCHED / fast, BATCHED / fast_cpu)],
    )  # fmt: skip
    print(f"equal output: {equal:.0%}\n")


def quality(data: Path, lines: int, figures: dict[str, float]) -> None:
    import sacrebleu  # noqa: PLC0415

    engine = plugins.load("translators", Spec("firefox"))
    pairs = [*rows(data / "ntrex" / "parallel.jsonl")][:lines]
    portuguese = next(key for key in pairs[0] if key.startswith(("pt", "por")))
    shown = []
    for source, target, a, b in (("en", portuguese, "en", "pt"), (portuguese, "en", "pt", "en")):
        made = engine([pair[source] for pair in pairs], a, b)
        wanted = [[pair[target] for pair in pairs]]
        bleu, chrf = sacrebleu.corpus_bleu(made, wanted), sacrebleu.corpus_chrf(made, wanted)
        figures |= {f"bleu_{a}_{b}": bleu.score, f"chrf_{a}_{b}": chrf.score}
        shown.append((f"{a}-{b}", len(pairs), bleu.score, chrf.score))
    table(("NTREX-128, firefox", "lines", "BLEU", "chrF"), shown)


def survivors(texts: Sequence[str], figures: dict[str, float]) -> None:
    from dataaug.embedders import shared  # noqa: PLC0415

    method = plugins.load("methods", Spec("back-translation"))
    protector = Protector()
    made = method([Request(text, 1, 0, protector(text)) for text in texts])
    new = [(text, answers[0].text) for text, answers in zip(texts, made, strict=True)
           if isinstance(answers[0], Variant)]  # fmt: skip
    embed = shared(Spec("sentence-transformers"))
    first, second = embed([a for a, _ in new]), embed([b for _, b in new])
    near = (first * second).sum(axis=1)
    figures["new_and_near_share"] = float((near >= 0.8).sum()) / len(texts)
    figures["far_share_left"] = float((near < 0.6).mean())
    table(
        ("banking77 round trips", "rows", "new", "new, cosine >= 0.8", "left below 0.6"),
        [("back-translation", len(texts), len(new), f"{figures['new_and_near_share']:.1%}",
          f"{figures['far_share_left']:.1%}")],
    )  # fmt: skip
    reasons: dict[str, int] = {}
    for answers in made:
        reason = getattr(answers[0], "reason", "")
        reasons[reason] = reasons.get(reason, 0) + bool(reason)
    print(f"refused: {reasons}\n")


_MEMORY = """
import sys
from dataaug import plugins
from dataaug.plugins import Spec
texts = sys.stdin.read().split("\\n")
options = {"model": sys.argv[2], "device": "cpu"} if sys.argv[2:] else {"processes": 1}
t = plugins.load("translators", Spec(sys.argv[1], options))
for start in range(0, len(texts), 256):
    there = t(texts[start:start + 256], "en", "pt")
    if not sys.argv[2:]:
        t(there, "pt", "en")
print([int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmHWM")][0])
"""


def memory(texts: Sequence[str], figures: dict[str, float]) -> None:
    def peak(count: int, *given: str) -> float:
        done = subprocess.run(
            [sys.executable, "-c", _MEMORY, *given],
            input="\n".join(texts[:count]), capture_output=True, text=True, check=True,
        )  # fmt: skip
        return int(done.stdout) / 1024

    lines = []
    with tempfile.TemporaryDirectory() as made:
        model = opus_shape(Path(made), texts)
        for name, most, given in (
            ("firefox", len(texts), ["firefox"]),
            ("marian", min(len(texts), BATCHED), ["marian", model]),
        ):
            few, many = peak(most // 4, *given), peak(most, *given)
            lines += [(name, most // 4, few), (name, most, many)]
            figures |= {f"{name}_mb": many, f"{name}_mb_growth": many - few}
    table(("peak memory of a process", "rows", "MB"), lines)


def main() -> None:
    options = parser(__doc__)
    options.add_argument("--rows", type=int, default=1000)
    options.add_argument("--lines", type=int, default=1000, help="lines of NTREX")
    options.add_argument("--part", action="append", choices=PARTS)
    given = options.parse_args()
    parts = given.part or PARTS
    found = sentences(given.data, ["banking77/train"])
    random.Random(0).shuffle(found)
    texts = [row["text"].replace("\n", " ") for row in found[: given.rows]]
    figures: dict[str, float] = {}
    if "firefox" in parts:
        firefox(texts, figures)
    if "marian" in parts:
        marian(texts, figures)
    if {"firefox", "marian"} <= set(parts):
        # Translations a second on both cores, by wall time on either side; a round trip is two.
        figures["firefox_times_marian_loop"] = (
            2 * figures["firefox_2_rows_s"] / figures["marian_loop_rows_s"]
        )
    if "quality" in parts:
        quality(given.data, given.lines, figures)
    if "survivors" in parts:
        survivors(texts, figures)
    if "memory" in parts:
        memory(texts, figures)
    save("translation", figures, rows=len(texts), parts=list(parts))


if __name__ == "__main__":
    main()
