#!/usr/bin/env bash
# With base_url=".../v1?api-version=1" the openai client asks for "/v1/?api-version=1chat/completions".
#
# Pinned: openai 3.57.0.
# One would expect: the path is put before the query, or such an address is refused.
# What happens: the path of the call is glued to the end of the query's value. The server sees a request
#   for /v1/ with the api-version "1chat/completions" and answers 404, or worse, 200 with a page.
#   default_query={"api-version": "1"} is the way.
# Output seen, 2026-11-30:
#   in the address:    POST /v1/?api-version=1chat/completions
#   as default_query:  POST /v1/chat/completions?api-version=1
# Who meets it: gateways and Azure-like servers whose address is copied with its version from a page,
#   most of all through OPENAI_BASE_URL, where no code says that it is special.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet openai==3.57.0
cd "$folder"
"$folder/venv/bin/python" - <<'PY'
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

from openai import OpenAI

REPLY = b'{"id": "1", "object": "chat.completion", "choices": []}'
asked = []


class Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        asked.append(self.path)
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(REPLY)))
        self.end_headers()
        self.wfile.write(REPLY)

    def log_message(self, *_):
        pass


server = HTTPServer(("127.0.0.1", 0), Handler)
threading.Thread(target=server.serve_forever, daemon=True).start()
base = f"http://127.0.0.1:{server.server_port}/v1"
for settings in (
    {"base_url": base + "?api-version=1"},
    {"base_url": base, "default_query": {"api-version": "1"}},
):
    client = OpenAI(api_key="none", max_retries=0, **settings)
    client.chat.completions.create(model="m", messages=[{"role": "user", "content": "hi"}])
print(*asked, sep="\n")
if asked[0] != "/v1/?api-version=1chat/completions":
    raise SystemExit("changed: the path stands elsewhere now")
if asked[1] != "/v1/chat/completions?api-version=1":
    raise SystemExit("changed: default_query is sent otherwise")
PY
