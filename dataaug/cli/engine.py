"""The options that say where the work is done."""

from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from dataaug.engines import Engine

ENGINE = typer.Option("--engine", help="local (this machine) or ray (a cluster).")
WORKERS = typer.Option("--workers", help="Processes. Default: 1; with ray all processors.", min=0)
RAY_ADDRESS = typer.Option("--ray-address", help="auto or HOST:PORT of a running Ray cluster.")
SHARD = typer.Option("--shard", help="K/N: do only part K of N; see dataaug merge.")


def load_engine(name: str, workers: int, address: str) -> "Engine":
    """Return the engine that the options ask for."""
    from dataaug.api import specs

    return specs.engine(name, workers, address)
