#!/usr/bin/env bash
# LiteLLM's proxy says 400 "No connected db." to a wrong key, and 400 to a model that it has not.
#
# Pinned: litellm[proxy] 1.108.7.
# One would expect: 401 with a word about the key, 404 with one about the model, as OpenAI says it.
# What happens: with a master key and no database, a key that is not the master key is looked up in the
#   database; there is none, and that is what the client is told, with status 400. An unknown model is 400
#   too. A client that takes 400 for a fault of the prompt asks on, prompt by prompt.
# Output seen, 2026-11-30:
#   wrong key:    400 No connected db.
#   wrong model:  400 /chat/completions: Invalid model name passed in model=nope. Call `/v1/models` to view …
# Who meets it: clients that tell a wrong key by 401, and people who read the message and look for a database.
set -euo pipefail
folder=$(mktemp -d)
trap '[ -z "${proxy:-}" ] || kill "$proxy" 2>/dev/null || true; rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet "litellm[proxy]==1.108.7"
cd "$folder"
cat >proxy.yaml <<'YAML'
model_list:
  - model_name: small
    litellm_params: {model: openai/any, api_key: none, mock_response: "hello"}
general_settings: {master_key: sk-right-not-real}
YAML
export LITELLM_LOCAL_MODEL_COST_MAP=True NO_PROXY=127.0.0.1
venv/bin/litellm --config proxy.yaml --host 127.0.0.1 --port 8398 >proxy.log 2>&1 &
proxy=$!
venv/bin/python - <<'PY'
import json, time, urllib.error, urllib.request

url = "http://127.0.0.1:8398"
for _ in range(600):
    try:
        urllib.request.urlopen(f"{url}/health/liveliness", timeout=2).read()
        break
    except OSError:
        time.sleep(0.2)


def ask(key, model):
    body = {"model": model, "messages": [{"role": "user", "content": "Hello"}]}
    head = {"Content-Type": "application/json", "Authorization": f"Bearer {key}"}
    request = urllib.request.Request(f"{url}/v1/chat/completions", json.dumps(body).encode(), head)
    try:
        with urllib.request.urlopen(request) as reply:
            return reply.status, json.load(reply)["choices"][0]["message"]["content"]
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)["error"]["message"]


right = ask("sk-right-not-real", "small")
key, model = ask("sk-wrong", "small"), ask("sk-right-not-real", "nope")
print("wrong key:   ", *key)
print("wrong model: ", *model)
if right != (200, "hello"):
    raise SystemExit(f"changed: the right key and model get {right}")
if key != (400, "No connected db."):
    raise SystemExit("changed: a wrong key is said otherwise")
if model[0] != 400 or "Invalid model name" not in model[1]:
    raise SystemExit("changed: an unknown model is said otherwise")
PY
