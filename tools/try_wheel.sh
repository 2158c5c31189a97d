#!/usr/bin/env bash
# Builds the wheel and tries it as a stranger would: for each Python that is named, a fresh environment,
# an empty home and another working folder; install, help, demo, a CSV of one's own, then the quick tests.
#
#     tools/try_wheel.sh python3.11 python3.12 /opt/python3.13/bin/python3
#
# DATAAUG_WHEEL=FILE tries a wheel that is there already. DATAAUG_INSTALL="uv pip install" takes another
# installer than pip. An environment takes 2 GB, and several more where torch brings CUDA.
set -euo pipefail
here=$(cd "$(dirname "$0")/.." && pwd)
(($#)) || { sed -n '2,7s/^# \{0,1\}//p' "$0" >&2; exit 2; }
work=$(mktemp -d "${TMPDIR:-/tmp}/try_wheel.XXXXXX")
trap 'rm -rf "$work"' EXIT
read -ra install <<<"${DATAAUG_INSTALL:-python -m pip install --disable-pip-version-check} --quiet"

# The wheel is made from the sdist, and must hold what the tree's own wheel holds.
wheel=${DATAAUG_WHEEL:-}
if [[ -z $wheel ]]; then
  "$1" -m venv "$work/build"
  "$work/build/bin/python" -m pip install --quiet build
  (cd "$here" && "$work/build/bin/python" -m build --outdir "$work/dist" . && 
    "$work/build/bin/python" -m build --wheel --outdir "$work/tree" .) >"$work/build.log" 2>&1 ||
    { tail -20 "$work/build.log" >&2; exit 1; }
  wheel=$(echo "$work"/dist/*.whl)
  "$work/build/bin/python" - "$wheel" "$work"/tree/*.whl <<'PYTHON'
import sys, zipfile
def held(path):
    with zipfile.ZipFile(path) as archive:
        return {each.filename: each.CRC for each in archive.infolist() if "RECORD" not in each.filename}
one, other = map(held, sys.argv[1:])
assert one == other, sorted(one.items() ^ other.items())
leaked = [name for name in one if not name.startswith("dataaug")]
assert not leaked, leaked
print(f"wheel: {len(one)} files, the same from the sdist and from the tree")
PYTHON
fi

failed=()
try_one() (
  set -e
  place=$work/$2
  mkdir -p "$place/home" "$place/else"
  "$1" -m venv "$place/venv"
  unset PYTHONPATH PYTHONHOME XDG_CACHE_HOME XDG_CONFIG_HOME HF_HOME
  export PATH=$place/venv/bin:$PATH VIRTUAL_ENV=$place/venv
  "${install[@]}" -c "$here/constraints.txt" torch
  "${install[@]}" -c "$here/constraints.txt" "dataaug[embedded] @ file://$wheel"
  python -m pip check
  export HOME=$place/home
  cd "$place/else"
  dataaug --help >/dev/null
  dataaug doctor | head -1
  dataaug demo >demo.txt 2>demo.err || { cat demo.err >&2; exit 1; }
  tail -3 demo.txt
  printf 'text,label\nwhere is my parcel,delivery\nI want my money back,refund\n' >own.csv
  dataaug augment own.csv -m typo -n 1 -o own.jsonl
  [[ $(wc -l <own.jsonl) == 4 ]]
  # The tests are those of this checkout, dataaug is the installed one: they stand in a folder without it.
  mkdir tests-of && cd tests-of
  cp -r "$here"/{tests,sample_data,pyproject.toml,docs,README.md} .
  "${install[@]}" "pytest>=8" "hypothesis>=6.100"
  # shellcheck disable=SC2086  # several files
  python -m pytest -q -p no:cacheprovider -m "not slow" ${DATAAUG_TESTS:-tests/verbs tests/test_jsonl.py
    tests/contracts/test_methods.py tests/contracts/test_checks.py tests/test_edits.py
    tests/test_properties.py tests/test_sessions.py} | tail -15
)

for python in "$@"; do
  version=$("$python" -c 'import sys; print("%d.%d.%d" % sys.version_info[:3])')
  echo "== Python $version"
  set +e # as a condition of "if" it would go on behind a command that fails
  try_one "$python" "$version"
  code=$?
  set -e
  if ((code == 0)); then echo "Python $version: passed"; else
    failed+=("$version"); echo "Python $version: FAILED"; fi
  rm -rf "${work:?}/$version"
done
((${#failed[@]} == 0)) || { echo "failed: ${failed[*]}" >&2; exit 1; }
