"""OpenVINO as a library and no more: imported without its report, run by one thread a stream."""

import importlib.metadata
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["OPENVINO", "Arrays", "compiled_network", "openvino"]

Arrays = Mapping[str, npt.NDArray[np.int64]]
"""What a model takes of a padded batch: name to numbers."""


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

OPENVINO = f"openvino {importlib.metadata.version('openvino')}"
_PRECISIONS = {"float32": "f32", "bfloat16": "bf16"}


def compiled_network(
    network: Any, precision: str, threads: int
) -> Callable[[Arrays], npt.NDArray[np.float32]]:
    """Return a function that computes the first result of a model.

    Args:
        network: a model, or the path of its file.
        precision: ``float32`` or ``bfloat16``.
        threads: from how many threads it will be called at once; each has a stream of one thread.
    """
    settings = {
        "INFERENCE_PRECISION_HINT": _PRECISIONS[precision],
        "INFERENCE_NUM_THREADS": threads,
        "NUM_STREAMS": threads,
        # Two pinned processes would share one processor and leave the other one idle.
        "ENABLE_CPU_PINNING": False,
    }
    model = openvino.Core().compile_model(network, "CPU", settings)
    names = [port.get_any_name() for port in model.inputs]
    own = threading.local()

    def forward(features: Arrays) -> npt.NDArray[np.float32]:
        if not hasattr(own, "request"):
            own.request = model.create_infer_request()
        made = own.request.infer({name: features[name] for name in names})
        found: npt.NDArray[np.float32] = made[0].copy()
        return found

    return forward
