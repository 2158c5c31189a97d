"""Run the command line: ``python -m dataaug``, and what the installed command starts."""

import gc
import sys

from dataaug.cli import interrupts


def main() -> None:
    """Run the command line and leave with its exit code; signals are handled from the start."""
    with interrupts.handled():
        try:
            from dataaug.cli.app import main as run  # noqa: PLC0415 - a signal may come meanwhile
        except interrupts.Interrupted as came:
            sys.stderr.write(f"dataaug: {interrupts.interruption_message(came.number)}\n")
            raise
        try:
            run()
        finally:
            gc.freeze()  # a search for cycles in all that ends with the process took 30 ms


if __name__ == "__main__":
    main()
