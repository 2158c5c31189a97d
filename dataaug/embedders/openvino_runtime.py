"""Runs a transformer by OpenVINO; it is converted from the loaded torch model on first use."""

import importlib.metadata
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from transformers.utils import logging

from dataaug.detached import detached
from dataaug.embedders.models import Features
from dataaug.rows.atomic import partial_folder
from dataaug.rows.files import user_cache
from dataaug.rows.seeds import fingerprint


@contextmanager
def _silenced() -> Iterator[None]:
    """Import OpenVINO without the module by which it reports its import to Google Analytics.

    It does so without a question asked; where the module can't be imported it takes a stub.
    """
    there = sys.modules.get("openvino_telemetry")
    if there is None and "openvino" not in sys.modules:
        sys.modules["openvino_telemetry"] = None  # type: ignore[assignment]  # "can't be imported"
    try:
        yield
    finally:
        if there is None:
            sys.modules.pop("openvino_telemetry", None)


with _silenced():
    import openvino
    from openvino.frontend import FrontEndManager
    from openvino.frontend.pytorch.ts_decoder import TorchScriptPythonDecoder

OPENVINO = f"openvino {importlib.metadata.version('openvino')}"
_PRECISIONS = {"float32": "f32", "bfloat16": "bf16"}


def compiled(
    model: torch.nn.Module, digest: str, precision: str, threads: int
) -> Callable[[Features], Features]:
    """Return a function that computes ``token_embeddings`` of a padded batch.

    Args:
        model: a transformer whose first result is the last hidden state.
        digest: names its weights.
        precision: ``float32`` or ``bfloat16``.
        threads: from how many threads it will be called at once; each has a stream of one thread.
    """
    core = openvino.Core()
    settings = {
        "INFERENCE_PRECISION_HINT": _PRECISIONS[precision],
        "INFERENCE_NUM_THREADS": threads,
        "NUM_STREAMS": threads,
        # Two pinned processes would share one processor and leave the other one idle.
        "ENABLE_CPU_PINNING": False,
    }
    network = core.compile_model(str(_converted(model, digest)), "CPU", settings)
    names = [port.get_any_name() for port in network.inputs]
    own = threading.local()

    def forward(features: Features) -> Features:
        if not hasattr(own, "request"):
            own.request = network.create_infer_request()
        made = own.request.infer({name: features[name].numpy() for name in names})
        features["token_embeddings"] = torch.from_numpy(made[0].copy())
        return features

    return forward


def _converted(model: torch.nn.Module, digest: str) -> Path:
    """Return the file of the converted model, and make it if it is not there yet."""
    home = user_cache() / "openvino"
    final = home / fingerprint(digest, OPENVINO)
    if not (final / "model.xml").is_file():
        with partial_folder(home) as made:
            folder = made / "model"
            folder.mkdir()
            openvino.serialize(_traced(model), folder / "model.xml", folder / "model.bin")
            try:
                folder.rename(final)
            except OSError:  # another process was first; its model is the same
                if not (final / "model.xml").is_file():
                    raise
    return final / "model.xml"


def _traced(model: torch.nn.Module) -> Any:
    ones = torch.ones((2, 8), dtype=torch.long)
    example = {"input_ids": ones, "attention_mask": ones}
    if "token_type_ids" in model.forward.__code__.co_varnames:
        example["token_type_ids"] = 0 * ones
    logging.set_verbosity_error()  # type: ignore[no-untyped-call]  # about the config of the trace
    with detached(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the tracer's, about branches that padding never takes
        decoder = TorchScriptPythonDecoder(model, example_input=example)
        frontend = FrontEndManager().load_by_framework("pytorch")
        return frontend.convert(frontend.load(decoder))
