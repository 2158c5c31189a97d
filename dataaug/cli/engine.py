"""The options that say where the work is done."""

import typer

from dataaug.errors import UsageError
from dataaug.plugins import Spec

ENGINE = typer.Option("--engine", help="local (this machine) or ray (a cluster).")
WORKERS = typer.Option("--workers", help="Processes. Default: 1; with ray all processors.", min=0)
RAY_ADDRESS = typer.Option("--ray-address", help="auto or HOST:PORT of a running Ray cluster.")
SHARD = typer.Option("--shard", help="K/N: do only part K of N; see dataaug merge.")


def engine_spec(name: str, address: str) -> Spec:
    """Return the engine that the options name.

    Raises:
        UsageError: an address without Ray.
    """
    if address and name != "ray":
        raise UsageError("--ray-address goes with --engine ray")
    return Spec(name, {"address": address} if address else {})
