"""Runs a transformer by OpenVINO; it is converted from the loaded torch model on first use."""

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from transformers.utils import logging

from dataaug.detached import detached
from dataaug.embedders import openvino_core
from dataaug.embedders.models import Features
from dataaug.embedders.openvino_core import OPENVINO, openvino
from dataaug.rows.atomic import partial_folder
from dataaug.rows.files import user_cache
from dataaug.rows.seeds import fingerprint

from openvino.frontend import FrontEndManager  # isort: skip - behind the import that is silenced
from openvino.frontend.pytorch.ts_decoder import TorchScriptPythonDecoder  # isort: skip


def compiled_module(
    model: torch.nn.Module, digest: str, precision: str, threads: int
) -> Callable[[Features], Features]:
    """Return a function that computes ``token_embeddings`` of a padded batch.

    Args:
        model: a transformer whose first result is the last hidden state.
        digest: names its weights.
        precision: ``float32`` or ``bfloat16``.
        threads: from how many threads it will be called at once; each has a stream of one thread.
    """
    run = openvino_core.compiled_network(str(_converted(model, digest)), precision, threads)

    def forward(features: Features) -> Features:
        numbers = {
            name: value.numpy() for name, value in features.items() if hasattr(value, "numpy")
        }
        features["token_embeddings"] = torch.from_numpy(run(numbers))
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
