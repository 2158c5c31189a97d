"""Models of a hub: fetched once with a word about it, then from the cache; what to do offline.

The models have random weights and the languages of the usual pivots; the hub is a server on
127.0.0.1, and what loads them is what loads Helsinki-NLP's.
"""

import hub_server
import pytest
import tiny_marian
import torch
from huggingface_hub import constants

from dataaug import plugins
from dataaug.errors import MissingError
from dataaug.plugins import Spec
from dataaug.sessions import Session, Settings

SPOKEN = {
    "en": ["where is my card", "I want to cancel my order", "the parcel is late", "please help me",
           "my new phone is broken", "the bank has lost my money today"],
    "fr": ["où est ma carte", "je veux annuler ma commande", "le colis est en retard",
           "aidez-moi s'il vous plaît", "mon téléphone est cassé", "la banque a perdu mon argent"],
    "de": ["wo ist meine Karte", "ich möchte meine Bestellung stornieren", "das Paket ist spät",
           "bitte helfen Sie mir", "mein Telefon ist kaputt", "die Bank hat mein Geld verloren"],
    "es": ["dónde está mi tarjeta", "quiero cancelar mi pedido", "el paquete llega tarde",
           "ayúdeme por favor", "mi teléfono está roto", "el banco ha perdido mi dinero"],
}  # fmt: skip
PIVOTS = ("fr", "de", "es")
ROW = b'{"id":"r","text":"where is my new card","label":"x"}\n'
METHOD = "back-translation"
LAX = [
    f"-p{METHOD}.{key}={value}"
    for key, value in {
        "translator": "marian",
        "similarity": 0,
        "embedder": "off",
        "length_ratio": 0,
    }.items()
]


@pytest.fixture(scope="module")
def hub(tmp_path_factory):
    """Write a model for each direction between English and the pivots."""
    torch.set_num_threads(1)
    home = tmp_path_factory.mktemp("hub")
    for seed, pivot in enumerate(PIVOTS):
        for pair in (("en", pivot), (pivot, "en")):
            name = home / "Helsinki-NLP" / f"opus-mt-{pair[0]}-{pair[1]}"
            tiny_marian.untrained(name, *(SPOKEN[code] * 8 for code in pair), seed=seed)
    return home


@pytest.fixture
def elsewhere(monkeypatch, tmp_path):
    """Let the hub's client, which has read the environment already, ask another hub."""

    def move(address="http://127.0.0.1:9", *, offline=False, cache=tmp_path):
        monkeypatch.setattr(constants, "ENDPOINT", address)
        monkeypatch.setattr(
            constants,
            "HUGGINGFACE_CO_URL_TEMPLATE",
            address + "/{repo_id}/resolve/{revision}/{filename}",
        )
        monkeypatch.setattr(constants, "HF_HUB_CACHE", str(cache))
        monkeypatch.setattr(constants, "HF_HUB_OFFLINE", offline)

    return move


def surroundings(folder, **more):
    return {"HF_HOME": str(folder), "HF_HUB_DISABLE_TELEMETRY": "1", "HF_HUB_OFFLINE": "",
            "HTTP_PROXY": "", "HTTPS_PROXY": "", **more}  # fmt: skip


def test_first_run_fetches_and_says_so_and_the_next_one_needs_no_hub(hub, cli, elsewhere, tmp_path):
    args = ["augment", "-m", METHOD, *LAX, f"-p{METHOD}.pivots={','.join(PIVOTS)}", "--allow-empty"]
    with hub_server.serving(hub) as (address, asked):
        done = cli(*args, stdin=ROW, env=surroundings(tmp_path, HF_ENDPOINT=address))
    assert done.code == 0, done.err  # what random weights write may well be rejected
    for pivot in PIVOTS:
        for pair in (f"en-{pivot}", f"{pivot}-en"):
            name = f"Helsinki-NLP/opus-mt-{pair}"
            (line,) = [line for line in done.err.decode().splitlines() if name in line]
            assert f"{name} is used for the first time" in line
            assert f"fetched from {address} into {tmp_path / 'hub'}" in line
            assert any(f"{name}/resolve/" in path for path in asked)

    elsewhere(cache=tmp_path / "hub")  # nobody answers there
    heard = []
    with Session(Settings(), heard.append):
        translator = plugins.load("translators", Spec("marian"))
        found = translator.model("en", "fr")
        assert len(translator(["where is my card"], "en", "fr")) == 1
    assert found == f"marian:Helsinki-NLP/opus-mt-en-fr@{hub_server.COMMIT[:12]}"
    assert heard == []


@pytest.mark.parametrize("pivot", PIVOTS)
def test_models_of_folders_translate_there_and_back(hub, pivot):
    model = f"{hub}/Helsinki-NLP/opus-mt-{{source}}-{{target}}"
    translator = plugins.load("translators", Spec("marian", {"model": model, "device": "cpu"}))
    texts = SPOKEN["en"][:3]
    there = translator(texts, "en", pivot)
    back = translator(there, pivot, "en")
    assert all(isinstance(text, str) for text in (*there, *back))
    assert there[:1] == translator(texts[:1], "en", pivot)
    assert translator.model("en", pivot).startswith(f"marian:opus-mt-en-{pivot}@")
    assert translator.model(pivot, "en").startswith(f"marian:opus-mt-{pivot}-en@")


def fault(source, target, model=""):
    options = {"model": model} if model else {}
    with pytest.raises(MissingError) as found:
        plugins.load("translators", Spec("marian", options)).model(source, target)
    return str(found.value)


def test_pair_that_the_hub_has_not_is_said(hub, elsewhere):
    with hub_server.serving(hub) as (address, _):
        elsewhere(address)
        said = fault("en", "xx")
    assert f"{address} has no model Helsinki-NLP/opus-mt-en-xx" in said
    assert "-p marian.model='DIR/opus-mt-{source}-{target}'" in said


def test_offline_it_is_said_how_to_bring_the_model(elsewhere, tmp_path):
    elsewhere(offline=True)
    heard = []
    with Session(Settings(), heard.append):
        said = fault("en", "fr")
    assert f"Helsinki-NLP/opus-mt-en-fr is not in {tmp_path}" in said
    assert "HF_HUB_OFFLINE is set" in said
    assert "hf download Helsinki-NLP/opus-mt-en-fr --local-dir opus-mt-en-fr" in said
    assert heard == []  # nothing is fetched


def test_folder_that_is_not_there_is_no_name_on_the_hub(elsewhere, tmp_path):
    elsewhere()
    assert f"no folder {tmp_path}/en-fr" in fault("en", "fr", f"{tmp_path}/{{source}}-{{target}}")
