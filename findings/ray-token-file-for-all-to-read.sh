#!/usr/bin/env bash
# ray 2.60 asks for a token by itself, and keeps it in a file that other users may read.
#
# Pinned: ray 2.60.0.
# One would expect: the token file has mode 600, and the folder given as _temp_dir keeps its mode.
# What happens: with the usual umask of 022, ray.init(address="local") writes ~/.ray/auth_token with
#   mode 644 (the home's own mode may still hide it). A folder of mode 700 that is given as _temp_dir
#   has mode 777 afterwards, with folders of mode 777 for logs and sockets in it, whatever the umask.
# Output seen, 2026-11-30:
#   mode 700; token file 644, folder given 777, folder of sockets 777
# Who meets it: whoever starts a local cluster on a machine that several people use. RAY_AUTH_TOKEN
#   in the environment leaves no file; a folder of mode 700 around the one that is given stays as it is.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet ray==2.60.0
mkdir -m 700 "$folder/home" "$folder/given"
umask 022
cd "$folder"
HOME="$folder/home" RAY_USAGE_STATS_ENABLED=0 "$folder/venv/bin/python" - <<'PY'
import os
from pathlib import Path

given = Path("given").resolve()


def mode(path):
    return f"{path.stat().st_mode & 0o777:o}"


before = mode(given)
import ray

ray.init("local", num_cpus=1, include_dashboard=False, _temp_dir=str(given), logging_level="ERROR")
token = mode(Path.home() / ".ray" / "auth_token")
sockets = mode(given / "session_latest" / "sockets")
ray.shutdown()
print(f"mode {before}; token file {token}, folder given {mode(given)}, folder of sockets {sockets}")
if (before, token, mode(given), sockets) != ("700", "644", "777", "777"):
    raise SystemExit("changed: other modes")
PY
