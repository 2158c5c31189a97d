#!/usr/bin/env bash
# Argilla's JSON export has no status of a response: a discarded one reads like a submitted one.
#
# Pinned: argilla 2.8.0 (the client, without a server), requests 2.34.2 (which it imports and does not
#   declare).
# One would expect: what records.to_json writes and records.from_json reads keeps what reviewers did.
# What happens: Record.to_dict, which to_json writes, has value and user of a response and leaves its
#   status out. Drafts and discarded answers lie among the submitted ones, and from_dict gives them
#   the status None. The status that is written is the record's, not the answer's.
# Output seen, 2026-11-30:
#   {'value': 'bad', 'user_id': '00000000-0000-0000-0000-000000000001'}    (it was discarded)
#   status after from_dict: None
# Who meets it: gates and agreement figures computed from an export; an answer that a reviewer took back
#   counts like the others.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet argilla==2.8.0 requests==2.34.2
cd "$folder"
"$folder/venv/bin/python" - <<'PY'
import argilla

USER = "00000000-0000-0000-0000-000000000001"
record = argilla.Record(
    id="1",
    fields={"text": "a"},
    responses=[argilla.Response("verdict", "bad", user_id=USER, status="discarded")],
)
before = str(getattr(record.responses["verdict"][0].status, "value", ""))
written = record.to_dict()
(response,) = written["responses"]["verdict"]
after = argilla.Record.from_dict(written).responses["verdict"][0].status
print("before:", before, "written:", response, "after:", after)
if before != "discarded":
    raise SystemExit("changed: the response itself has no such status")
if response != {"value": "bad", "user_id": USER} or after is not None:
    raise SystemExit("changed: the status of a response is written now")
PY
