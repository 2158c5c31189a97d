"""What every translator promises, on packaged weights and on models that are trained here."""

import itertools
import json
import subprocess
import sys
from pathlib import Path

import pytest
import tiny_marian
import torch

from dataaug import plugins
from dataaug.errors import MissingError, UsageError
from dataaug.plugins import Spec
from dataaug.rows.seeds import derive
from dataaug.translators import CachedTranslator, NoTranslation, firefox, shared
from dataaug.translators.firefox_worker import Files

TEXTS = tiny_marian.sentences(24, seed=5)
LLM = "llm"  # tested with its method: it needs a connection


@pytest.fixture(scope="session")
def trained(tmp_path_factory):
    """Train en-pt and pt-en once; return the option that names them."""
    torch.set_num_threads(1)
    return tiny_marian.both(tmp_path_factory.mktemp("marian"))


@pytest.fixture(
    scope="session",
    params=[pytest.param("firefox", marks=pytest.mark.model), "torch", "ctranslate2"],
)
def translator(request):
    if request.param == "firefox":
        return plugins.load("translators", Spec("firefox", {"processes": 1}))
    if request.param == "ctranslate2":
        pytest.importorskip("ctranslate2")
    options = {"model": request.getfixturevalue("trained"), "runtime": request.param}
    return plugins.load("translators", Spec("marian", options))


def test_all_translators_of_the_issue_are_there():
    assert {"firefox", "llm", "marian"} <= set(plugins.names("translators"))


def test_batch_gives_what_a_loop_gives_in_the_same_order(translator):
    together = list(translator(TEXTS, "en", "pt"))
    assert together == [translator([text], "en", "pt")[0] for text in TEXTS]
    assert together == list(translator(TEXTS[::-1], "en", "pt"))[::-1]


def test_both_directions_lead_back(translator):
    there = translator(TEXTS, "en", "pt")
    assert all(isinstance(text, str) and text for text in there)
    assert sum(a != b for a, b in zip(there, TEXTS, strict=True)) > 20
    back = translator(there, "pt", "en")
    if not translator.model("en", "pt").startswith("firefox"):  # word lists are no sentences to it
        assert sum(a == b for a, b in zip(back, TEXTS, strict=True)) >= 18


def test_drawn_translations_follow_from_the_own_seed(translator):
    seeds = [derive(3, text) for text in TEXTS]
    drawn = list(translator(TEXTS, "en", "pt", seeds))
    assert drawn == list(translator(TEXTS, "en", "pt", seeds))
    assert drawn[::-1] == list(translator(TEXTS[::-1], "en", "pt", seeds[::-1]))
    alone = [translator([t], "en", "pt", [s])[0] for t, s in zip(TEXTS, seeds, strict=True)]
    assert drawn == alone
    more = [seed + by for by in (1, 2) for seed in seeds]
    others = translator(TEXTS * 2, "en", "pt", more)
    assert (len({*others, *drawn}) > len(set(drawn))) == translator.varies


def test_odd_texts_have_translations(translator):
    odd = ["", " ", "x\x00y", "half \ud800 pair", "日本語 😀", "a " * 40]
    assert len(translator(odd, "en", "pt")) == len(odd)
    assert list(translator([], "en", "pt")) == []


def test_model_says_which_weights_it_is(translator):
    assert translator.model("en", "pt") != translator.model("pt", "en")
    assert "@" in translator.model("en", "pt")


def test_unknown_pair_is_an_error_that_says_what_to_do(translator):
    with pytest.raises(MissingError, match=r"-p (firefox\.folder|marian\.model)"):
        translator(["x"], "en", "fr")


def test_greedy_translations_of_a_trained_model_are_right(trained):
    translator = plugins.load("translators", Spec("marian", {"model": trained}))
    found = translator(TEXTS, "en", "pt")
    right = sum(a == tiny_marian.translated(b) for a, b in zip(found, TEXTS, strict=True))
    assert right >= 20
    four = plugins.load("translators", Spec("marian", {"model": trained, "beams": 4}))
    assert sum(a == b for a, b in zip(four(TEXTS, "en", "pt"), found, strict=True)) >= 20


PROCESSORS = {
    "own": {},
    "no VNNI": {"ONEDNN_MAX_CPU_ISA": "AVX2"},
    "no AVX2": {"ONEDNN_MAX_CPU_ISA": "SSE41", "CT2_FORCE_CPU_ISA": "GENERIC"},
    "no VNNI, by MKL": {"ONEDNN_MAX_CPU_ISA": "AVX2", "CT2_USE_MKL": "1"},
}
"""What makes oneDNN and CTranslate2 take a processor for an older one."""


@pytest.fixture(scope="module")
def by_processor(trained):
    """Translate as on each processor, in forks: torch and what stands on it are imported once."""
    pytest.importorskip("ctranslate2")
    program = (
        "import json, os, sys\n"
        "import torch, transformers\n"
        "from dataaug import plugins\n"
        "given = json.load(sys.stdin)\n"
        "options = {'model': given['model'], 'runtime': 'ctranslate2', 'device': 'cpu'}\n"
        "for surroundings in given['processors']:\n"
        "    if not os.fork():\n"
        "        os.environ.update(surroundings)\n"
        "        translator = plugins.load('translators', plugins.Spec('marian', options))\n"
        "        found = translator(given['texts'], 'en', 'pt')\n"
        "        print(json.dumps([translator.model('en', 'pt'), found]), flush=True)\n"
        "        os._exit(0)\n"
        "    assert os.wait()[1] == 0\n"
    )
    given = {"model": trained, "texts": TEXTS, "processors": [*PROCESSORS.values()]}
    done = subprocess.run(
        [sys.executable, "-c", program], check=True, capture_output=True,
        input=json.dumps(given).encode(),
    )  # fmt: skip
    return dict(zip(PROCESSORS, map(json.loads, done.stdout.splitlines()), strict=True))


@pytest.mark.parametrize("processor", PROCESSORS)
def test_8_bit_weights_translate_as_well_on_every_processor(by_processor, processor):
    name, found = by_processor[processor]
    right = sum(a == tiny_marian.translated(b) for a, b in zip(found, TEXTS, strict=True))
    assert right >= 23
    assert "+int8" in name


def test_budget_changes_no_translation(trained):
    small = plugins.load("translators", Spec("marian", {"model": trained, "budget": 30}))
    large = plugins.load("translators", Spec("marian", {"model": trained}))
    assert small(TEXTS, "en", "pt") == large(TEXTS, "en", "pt")


def test_long_text_is_translated_to_its_end(trained):
    translator = plugins.load("translators", Spec("marian", {"model": trained}))
    sentences = [f"{text}." for text in TEXTS * 2]
    (found,) = translator([" ".join(sentences)], "en", "pt")
    alone = translator([sentences[-1]], "en", "pt")[0]
    assert found.endswith(alone)


def test_memory_that_runs_out_halves_the_batch_and_goes_on(trained, monkeypatch):
    """The allocator itself refuses, as it does on a full machine."""
    translator = plugins.load("translators", Spec("marian", {"model": trained}))
    expected = translator(TEXTS, "en", "pt")
    model = translator._open("en", "pt")._pair.model
    sizes, generate = [], model.generate

    def short_of_memory(input_ids, **given):
        sizes.append(len(input_ids))
        if len(input_ids) > 4:
            torch.empty(2**50, dtype=torch.uint8)
        return generate(input_ids=input_ids, **given)

    monkeypatch.setattr(model, "generate", short_of_memory)
    assert translator(TEXTS, "en", "pt") == expected
    assert sizes[0] == len(TEXTS)
    for before, later in itertools.pairwise(sizes):
        assert before <= 4 or later <= max(4, before // 2)


def test_text_that_fits_no_memory_has_a_fault_and_harms_no_other(trained, monkeypatch):
    translator = plugins.load("translators", Spec("marian", {"model": trained}))
    model = translator._open("en", "pt")._pair.model
    generate = model.generate

    def no_memory_for_long_ones(input_ids, **given):
        if input_ids.shape[1] > 30:
            raise torch.OutOfMemoryError
        return generate(input_ids=input_ids, **given)

    monkeypatch.setattr(model, "generate", no_memory_for_long_ones)
    long, short = translator([" ".join(["card"] * 60), "my card"], "en", "pt")
    assert isinstance(long, NoTranslation)
    assert long.reason == "too_long"
    assert isinstance(short, str)


def test_other_errors_are_not_taken_for_memory(trained, monkeypatch):
    translator = plugins.load("translators", Spec("marian", {"model": trained}))
    model = translator._open("en", "pt")._pair.model
    monkeypatch.setattr(model, "generate", lambda **_: torch.ones(2) @ torch.ones(3))
    with pytest.raises(RuntimeError):
        translator(["my card"], "en", "pt")


def test_weights_that_are_no_safetensors_are_refused(tmp_path):
    tiny_marian.tokenizer(tmp_path / "m-en-pt", TEXTS, TEXTS)
    (tmp_path / "m-en-pt" / "config.json").write_text('{"model_type": "marian"}')
    (tmp_path / "m-en-pt" / "pytorch_model.bin").write_bytes(b"\x80\x04K\x01.")
    model = str(tmp_path / "m-{source}-{target}")
    with pytest.raises(MissingError, match=r"needs model\.safetensors"):
        plugins.load("translators", Spec("marian", {"model": model})).model("en", "pt")


@pytest.mark.parametrize(
    "spec",
    [Spec("marian", {"runtime": "onnx"}), Spec("marian", {"beams": 0}),
     Spec("marian", {"temperature": 0.0}), Spec("firefox", {"processes": -1}),
     Spec("firefox", {"folder": "not there"}), Spec("llm", {"temperature": 3.0}),
     Spec("llm", {"max_tokens": 0})],
    ids=str,
)  # fmt: skip
def test_options_out_of_range_are_refused(spec):
    with pytest.raises(UsageError):
        plugins.load("translators", spec)


@pytest.mark.model
def test_pool_gives_exactly_what_one_process_gives():
    texts = [f"I lost my card number {n} and want a new one. {t}." for n, t in enumerate(TEXTS)]
    one = plugins.load("translators", Spec("firefox", {"processes": 1}))
    pool = plugins.load("translators", Spec("firefox", {"processes": 2}))
    assert pool(texts, "en", "pt") == one(texts, "en", "pt")


@pytest.mark.model
def test_process_that_is_killed_is_an_error_and_no_hang():
    pool = plugins.load("translators", Spec("firefox", {"processes": 2}))
    texts = ["Where is my card? I wait for it."] * 60
    pool(texts, "en", "pt")
    worker = pool._pool._idle.get()
    worker.kill()
    worker.wait()
    pool._pool._idle.put(worker)
    with pytest.raises(MissingError, match=r"firefox\.processes=1"):
        pool(texts, "en", "pt")


@pytest.mark.model
def test_processes_end_with_the_one_that_started_them():
    program = (
        "from dataaug import plugins\n"
        "t = plugins.load('translators', plugins.Spec('firefox', {'processes': 2}))\n"
        "t(['Where is my card? I wait for it.'] * 40, 'en', 'pt')\n"
        "print(*[t._pool._idle.get().pid for _ in range(2)])\n"
    )
    out = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True).stdout
    assert not any(Path(f"/proc/{pid}").exists() for pid in out.decode().split())


@pytest.mark.model
def test_further_pairs_come_from_a_folder(tmp_path):
    packaged = firefox._packaged("enpt")
    home = tmp_path / "en-xx"
    home.mkdir()
    for path in packaged.glob("*enpt*"):
        (home / path.name.replace("enpt", "enxx")).symlink_to(path)
    found = firefox._files(tmp_path, "enxx")
    assert isinstance(found, Files)
    assert found.shortlist is not None
    other = plugins.load("translators", Spec("firefox", {"folder": str(tmp_path), "processes": 1}))
    same = plugins.load("translators", Spec("firefox", {"processes": 1}))
    text = ["Where is my card?"]
    assert other(text, "en", "xx") == same(text, "en", "pt")


class Counting:
    varies = False

    def __init__(self):
        self.asked = []

    def model(self, source, target):
        return f"{source}-{target}"

    def __call__(self, texts, source, target, seeds=None):  # noqa: ARG002
        self.asked += texts
        return [text.upper() for text in texts]


def test_best_translations_are_made_once_and_drawn_ones_each_time():
    counting = Counting()
    remembering = CachedTranslator(counting)
    assert list(remembering(["a", "b", "a"], "en", "pt")) == ["A", "B", "A"]
    assert list(remembering(["b", "c"], "en", "pt")) == ["B", "C"]
    assert counting.asked == ["a", "b", "c"]
    remembering(["a"], "en", "fr")
    remembering(["a"], "en", "pt", [1])
    assert counting.asked == ["a", "b", "c", "a", "a"]


def test_what_is_remembered_stays_small(monkeypatch):
    monkeypatch.setattr("dataaug.translators._REMEMBERED", 10)
    remembering = CachedTranslator(Counting())
    assert len(remembering([str(n) for n in range(50)], "en", "pt")) == 50
    assert len(remembering._known) == 10


@pytest.mark.model
def test_one_translator_is_shared_by_all_who_ask_for_it():
    assert shared(Spec("firefox")) is shared(Spec("firefox"))
