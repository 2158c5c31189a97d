"""What models compute on: the choice by a made-up machine, and what a device that fails costs."""

import numpy as np
import pytest
import torch
from test_finetune import ENOUGH, LABELS, TEXTS, bert, write
from test_runtimes import opened, sentences
from tiny_encoder import build

from dataaug import devices, embedders, plugins
from dataaug.cli import doctor
from dataaug.devices import CPU, Device, DeviceChoice, Found, Hardware, choose
from dataaug.devices import TEXTS_A_PROCESSOR as LEAST
from dataaug.embedders import torch_encoder
from dataaug.embedders.minilm import PackagedMiniLM
from dataaug.errors import MissingError
from dataaug.plugins import Spec
from dataaug.sessions import Session

GB = 1 << 30
BIG, SMALL = Device("cuda:1", "big", 80 * GB), Device("cuda:0", "small", 10 * GB)
FULL = Device("cuda:0", "full", GB)
NONE, LAPTOP, APPLE = Hardware(2), Hardware(8, ("NVIDIA",), "cu130"), Hardware(10, ("Apple",))


def never():
    raise AssertionError("torch was asked, which takes seconds")


@pytest.mark.parametrize(
    ("seen", "found", "texts", "pin", "device", "said"),
    [
        # No GPU: torch is never asked, whatever there is to be done.
        (NONE, None, None, "", CPU, "no driver"),
        (NONE, None, 10**7, "", CPU, "no driver"),
        # Texts to embed: the processors are done before torch is there, or they are not.
        (LAPTOP, None, 8 * LEAST - 1, "", CPU, "from 16,000 texts"),
        (LAPTOP, Found((SMALL,)), 8 * LEAST, "", "cuda:0", "found"),
        (APPLE, None, 19_999, "", CPU, "from 20,000"),
        (APPLE, Found((Device("mps", "Apple's GPU", 8 * GB),)), 20_000, "", "mps", "found"),
        # Work that needs torch anyway.
        (LAPTOP, Found((SMALL,)), None, "", "cuda:0", "found"),
        (LAPTOP, Found((SMALL, BIG)), None, "", "cuda:1", "found"),
        (LAPTOP, Found((Device("xpu:0", "Arc", 8 * GB),)), None, "", "xpu:0", "found"),
        # A driver is there and nothing comes of it: the reason is for the user.
        (Hardware(2, ("NVIDIA",), "cpu"), None, None, "", CPU, "built for processors alone"),
        (LAPTOP, Found((), "driver on your system is too old"), None, "", CPU, "too old"),
        (LAPTOP, Found(()), None, "", CPU, "torch finds no device"),
        (LAPTOP, Found((), "cuda:0 is off by 3e-02"), None, "", CPU, "off by"),
        (LAPTOP, Found((FULL,)), None, "", CPU, "full has 1.0 GB of memory free"),
        # Named by a user.
        (LAPTOP, None, None, "cpu", CPU, "named"),
        (LAPTOP, Found((SMALL, BIG)), 1, "cuda", "cuda:0", "named"),
        (LAPTOP, Found((SMALL, BIG)), 1, "cuda:1", "cuda:1", "named"),
        (NONE, Found((FULL,)), 1, "cuda", "cuda:0", "named"),
    ],
)  # fmt: skip
def test_the_device_follows_from_the_machine_and_the_work(seen, found, texts, pin, device, said):
    choice = choose(seen, (lambda: found) if found else never, texts, pin)
    assert choice.device == device
    assert said in choice.why
    surprising = device == CPU and bool(seen.drivers) and not pin and "from" not in said
    assert choice.surprising == surprising


def test_a_named_device_that_is_not_there_is_an_error_that_says_what_is():
    with pytest.raises(MissingError, match=r"no device 'xpu'.*cuda:0 \(small\).*DATAAUG_DEVICE"):
        choose(LAPTOP, lambda: Found((SMALL,)), pin="xpu")
    with pytest.raises(MissingError, match="torch finds none \\(too old\\)"):
        choose(NONE, lambda: Found((), "too old"), pin="cuda")


@pytest.fixture
def machine(monkeypatch):
    """Return what makes this machine look like another one."""

    def looks(seen, found):
        monkeypatch.setattr(devices, "hardware", lambda: seen)
        monkeypatch.setattr(devices, "found", lambda: found)

    return looks


def test_the_variable_names_a_device_and_an_option_goes_before(machine, monkeypatch):
    machine(LAPTOP, Found((SMALL, BIG)))
    monkeypatch.setenv(devices.DEVICE_PIN, "cuda:0")
    assert devices.device_for().device == "cuda:0"
    assert devices.device_for(pin="cuda:1").device == "cuda:1"
    monkeypatch.setenv(devices.DEVICE_PIN, CPU)
    assert devices.device_for(10**9).device == CPU


def test_a_device_that_is_left_out_is_said_once(machine):
    machine(LAPTOP, Found((), "the driver is too old"))
    heard = []
    with Session(heard=heard.append):
        for _ in range(3):
            devices.device_for()
    (said,) = heard
    assert "on the processor" in said
    assert "too old" in said


@pytest.mark.parametrize("name", ["cuda:0", "meta"])
def test_a_device_that_can_not_compute_is_none(monkeypatch, name):
    if torch.cuda.is_available() and name == "cuda:0":
        pytest.skip("this machine has that device")
    monkeypatch.setattr(devices, "_names", lambda _torch: [name, "cpu:0"])
    found = devices.found.__wrapped__()
    assert [device.name for device in found.devices] == ["cpu:0"]
    assert found.devices[0].free > 0
    assert f"{name} fails" in found.fault


def test_a_device_that_computes_something_else_is_none(monkeypatch):
    monkeypatch.setattr(devices, "_names", lambda _torch: ["cpu:0"])
    monkeypatch.setattr(devices, "_OFF", -1.0)  # as if it were off by more
    found = devices.found.__wrapped__()
    assert not found.devices
    assert "cpu:0 is off by" in found.fault


WORKS, FAILS = (
    DeviceChoice("cpu:0", "a second processor", "named"),
    DeviceChoice("meta", "no device", "named"),
)
"""Devices that every machine has: one that computes, and one that gives no number back."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return build(tmp_path_factory.mktemp("encoder") / "one")


def pretend(machine, choice):
    machine(Hardware(1, ("NVIDIA",)), Found((Device(choice.device, choice.title, 8 * GB),)))


def test_vectors_of_a_device_are_the_processors_but_for_the_last_bits(machine, folder):
    texts = sentences(90)
    usual = opened(folder, device=CPU)
    pretend(machine, WORKS)
    embed = opened(folder)
    vectors = embed(texts)
    assert np.abs(vectors - usual(texts)).max() < 1e-6
    assert np.array_equal(embed(texts[::-1])[::-1], vectors)
    assert np.array_equal(embed(texts[:7]), vectors[:7])  # one shape for all batches of a length
    assert np.array_equal(embed.exactly(texts), usual.exactly(texts))
    assert "a second processor" in embed.identity
    assert embed.identity != usual.identity
    assert embed.name == usual.name


def test_a_device_that_fails_leaves_the_texts_to_the_processor(machine, folder):
    usual = opened(folder, device=CPU)
    pretend(machine, FAILS)
    heard = []
    with Session(heard=heard.append):
        embed = opened(folder)
    assert embed.identity == usual.identity
    assert "no device (meta) failed" in heard[0]
    assert "DATAAUG_DEVICE=cpu" in heard[0]


def test_what_a_device_has_no_memory_for_is_done_by_the_processor(machine, folder, monkeypatch):
    texts = sentences(60)
    wanted = opened(folder, device=CPU)(texts)
    pretend(machine, WORKS)
    embed = opened(folder)
    batch, calls = embed._batch, []

    def full(rows, way, padded):
        calls.append(way.model.device)
        if len(calls) == 3:
            raise torch.OutOfMemoryError("tried to allocate 9 GiB. GPU 0 has none")
        return batch(rows, way, padded)

    monkeypatch.setattr(embed, "_batch", full)
    heard = []
    with Session(heard=heard.append):
        assert np.array_equal(embed(texts), wanted)
        assert np.array_equal(embed(texts), wanted)
    assert heard == [
        "a second processor (cpu:0) failed (tried to allocate 9 GiB); the processor goes on. "
        "DATAAUG_DEVICE=cpu leaves the device alone"
    ]


def test_products_that_are_too_far_off_are_no_proof(folder):
    model = opened(folder, device=CPU)._model
    torch_encoder.TorchEncoder(model, "x", "torch", "float32", 1e-5, WORKS).prove()
    with pytest.raises(RuntimeError, match="off by"):
        torch_encoder.TorchEncoder(model, "x", "torch", "bfloat16", 1e-5, WORKS).prove()


@pytest.mark.model
def test_many_texts_are_left_to_a_device_and_few_are_not(machine, monkeypatch):
    usual = plugins.load("embedders", Spec("sentence-transformers"))
    if type(usual) is not PackagedMiniLM:
        pytest.skip("openvino or the packaged model is not installed")
    pretend(machine, WORKS)
    monkeypatch.setattr(torch_encoder, "_DEVICE_BUDGET", 64)
    assert usual.suited(LEAST - 1) is usual
    named = PackagedMiniLM("x", 1e-5, CPU)
    assert named.suited(10**9) is named
    with Session():
        there = usual.suited(LEAST)
        assert there is usual.suited(LEAST + 1)
        assert there.name == usual.name
        assert there.tolerance <= usual.tolerance
        texts = ["Where is my parcel?", "refund"]
        memo = embedders.shared(Spec("sentence-transformers"))
        few = memo(texts)
        assert np.array_equal(few, usual(texts))
        monkeypatch.setattr(devices, "TEXTS_A_PROCESSOR", 2)
        many = memo(texts)
        assert np.array_equal(many, there(texts))
        assert np.abs(few - many).max() < 1e-6
        assert np.array_equal(memo.exactly(texts), usual.exactly(texts))


def test_fine_tuning_goes_on_where_a_device_fails(machine, tmp_path):
    folder = write(tmp_path, bert())
    options = {"model": str(folder), "length": 32, **ENOUGH}
    wanted = plugins.load("classifiers", Spec("finetune", {**options, "device": CPU}))
    expected = wanted(TEXTS, LABELS, seed=1)(TEXTS)
    for choice, device in ((WORKS, "a second processor"), (FAILS, "")):
        pretend(machine, choice)
        heard = []
        with Session(heard=heard.append):
            found = plugins.load("classifiers", Spec("finetune", options))
            assert np.array_equal(found(TEXTS, LABELS, seed=1)(TEXTS), expected)
            assert found.device == device
        assert f"fine-tuning on {choice.title}" in heard[0]
        assert len(heard) == 1 + (choice is FAILS)


def test_doctor_says_what_models_compute_on(machine, capsys, monkeypatch):
    machine(NONE, Found(()))
    doctor.doctor_command()
    assert "all models: the processor, no driver of a GPU is there" in capsys.readouterr().out
    machine(LAPTOP, Found((BIG,)))
    doctor.doctor_command()
    said = capsys.readouterr().out
    assert "finetune, marian, other embedders: big (cuda:1), found" in said
    assert "MiniLM: the processor; a GPU takes over from 16,000 texts" in said
    monkeypatch.setenv(devices.DEVICE_PIN, "xpu")
    with pytest.raises(MissingError, match="no device 'xpu'"):
        doctor.doctor_command()
