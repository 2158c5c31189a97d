"""Environments of their own for tools that dataaug does not depend on: built once, by pinned names.

Their packages are too many, and bind versions too tightly, for the environment of the tests. With
DATAAUG_TEST_ENVIRONMENTS=FOLDER they are kept there for the next run.
"""

import atexit
import functools
import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

KEEP = "DATAAUG_TEST_ENVIRONMENTS"


@functools.cache
def environment(name: str, *packages: str) -> Path:
    """Return the Python of an environment that has these packages."""
    kept = os.environ.get(KEEP)
    folder = kept or tempfile.mkdtemp(prefix="dataaug-outside-")
    if not kept:
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
    home = Path(folder) / name
    python, ready = home / "bin" / "python", home / "ready"
    if not ready.exists():
        subprocess.run([sys.executable, "-m", "venv", str(home)], check=True)
        for few in (packages[:1], packages):  # torch first and alone: see the Makefile
            subprocess.run(
                [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check",
                 *few], check=True, env=os.environ | {"HOME": pwd.getpwuid(os.getuid()).pw_dir},
            )  # fmt: skip
        ready.touch()
    return python
