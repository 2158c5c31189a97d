#!/usr/bin/env bash
# `transformers serve` takes temperature and seed, and gives one reply to all of them.
#
# Pinned: transformers[serving] 5.24.0, torch 2.13.0.
# One would expect: "temperature": 1.5 samples, and "seed" says which sample comes, as with every other
#   server of this protocol.
# What happens: the request sets temperature and seed of the generation, but nothing sets do_sample. It
#   is off unless the generation_config.json of the model says "do_sample": true, so that the likeliest
#   reply comes whatever is asked; status 200, no warning to the client. A model that was converted (from
#   GGUF, say) or saved by its trainer mostly has no such line.
# Output seen, 2026-11-30 (a model of random weights):
#   as saved:        1 reply to 4 seeds at temperature 1.5
#   do_sample true:  4 replies to 4 seeds
# Who meets it: whoever has many replies made for one prompt: all rows are the same row.
set -euo pipefail
folder=$(mktemp -d)
trap 'kill "${server:-}" 2>/dev/null || true; rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet torch==2.13.0
"$folder/venv/bin/pip" install --quiet "transformers[serving]==5.24.0"
cd "$folder"
export HF_HUB_OFFLINE=1 HF_HOME="$folder/hf"
venv/bin/python - <<'PY'
import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

letters = sorted(pre_tokenizers.ByteLevel.alphabet())
known = {letter: number for number, letter in enumerate(["<s>", "</s>", *letters])}
plain = Tokenizer(models.BPE(vocab=known, merges=[]))
plain.pre_tokenizer, plain.decoder = pre_tokenizers.ByteLevel(), decoders.ByteLevel()
tokenizer = PreTrainedTokenizerFast(tokenizer_object=plain, bos_token="<s>", eos_token="</s>")
tokenizer.chat_template = "{% for message in messages %}{{ message['content'] }}{% endfor %}"
tokenizer.save_pretrained("model")
torch.manual_seed(0)
config = LlamaConfig(vocab_size=len(known), hidden_size=32, intermediate_size=64, num_hidden_layers=2,
                     num_attention_heads=2, bos_token_id=0, eos_token_id=1, pad_token_id=1)
LlamaForCausalLM(config).save_pretrained("model")
PY
cat >ask.py <<'PY'
import json, sys, time, urllib.request

url = "http://127.0.0.1:8399"
for _ in range(600):
    try:
        urllib.request.urlopen(f"{url}/health", timeout=2).read()
        break
    except OSError:
        time.sleep(0.2)
said = set()
for seed in range(4):
    body = {"model": sys.argv[1], "messages": [{"role": "user", "content": "Say something"}],
            "temperature": 1.5, "seed": seed, "max_tokens": 12}
    request = urllib.request.Request(f"{url}/v1/chat/completions", json.dumps(body).encode(),
                                     {"Content-Type": "application/json"})
    said.add(json.load(urllib.request.urlopen(request))["choices"][0]["message"]["content"])
print(len(said))
PY
replies() {
  venv/bin/transformers serve "$folder/model" --host 127.0.0.1 --port 8399 >serve.log 2>&1 &
  server=$!
  venv/bin/python ask.py "$folder/model"
  kill "$server"
  wait "$server" 2>/dev/null || true
}
saved=$(replies)
echo "as saved:        $saved replies to 4 seeds at temperature 1.5"
venv/bin/python - <<'PY'
import json, pathlib

path = pathlib.Path("model/generation_config.json")
path.write_text(json.dumps(json.loads(path.read_text()) | {"do_sample": True}))
PY
sampled=$(replies)
echo "do_sample true:  $sampled replies to 4 seeds"
[ "$saved" = 1 ] || { echo "changed: it samples as it is asked to"; exit 1; }
[ "$sampled" -gt 1 ] || { echo "changed: do_sample has no say"; exit 1; }
