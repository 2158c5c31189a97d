"""Languages are told apart with no network, on short texts too."""

import socket

import pytest

from dataaug.text.languages import Guess, base_code, identify, other

TEXTS = {
    "en": "I still have not received my new card, where is it?",
    "de": "Ich habe meine neue Karte immer noch nicht bekommen, wo bleibt sie?",
    "fr": "Je n'ai toujours pas reçu ma nouvelle carte, où est-elle ?",
    "es": "Todavía no he recibido mi tarjeta nueva, ¿dónde está?",
    "pt": "Ainda não recebi o meu cartão novo, onde é que ele está?",
    "zh": "我还没有收到我的新卡，它在哪里？",
    "ja": "新しいカードがまだ届いていません。どこにありますか？",
    "ko": "새 카드를 아직 받지 못했어요. 어디에 있나요?",
    "ru": "Я до сих пор не получил новую карту, где она?",
    "ar": "لم أستلم بطاقتي الجديدة بعد، أين هي؟",
}


@pytest.mark.parametrize("code", TEXTS)
def test_language_of_a_message_is_found_without_network(code, monkeypatch):
    monkeypatch.setattr(socket, "socket", None)
    (guess,) = identify([TEXTS[code]])
    assert guess.code == code
    assert guess.confidence > 0.5


def test_guesses_do_not_depend_on_the_batch():
    every = list(TEXTS.values())
    assert identify(every) == [identify([text])[0] for text in every]


@pytest.mark.parametrize(
    "text", ["", " ", "?!", "123", "😀", "\x00\x1b", "https://a.example/x", "[id]"]
)
def test_text_without_words_has_no_language(text):
    assert identify([text])[0].code == ""


@pytest.mark.parametrize(
    "text", ["\ud800 where is my card", "a" * 1_000_000, "x\ny\r\nz", "<" * 9999]
)
def test_odd_texts_are_survived(text):
    assert len(identify([text])) == 1


def test_addresses_and_placeholders_do_not_count():
    text = "<NAME_1> schreibt an please.contact.us@the.house.example, wo die Karte bleibt"
    assert identify([text])[0].code == "de"


@pytest.mark.parametrize(
    ("code", "bare"), [("pt-BR", "pt"), ("zh_Hans_CN", "zh"), ("EN", "en"), ("nb", "no"), ("", "")]
)
def test_region_and_script_of_a_code_do_not_count(code, bare):
    assert base_code(code) == bare


def test_margin_decides_what_is_another_language():
    guess = Guess("es", 0.6, {"es": 0.6, "pt": 0.3})
    assert other(guess, ["pt"], 0.3)
    assert not other(guess, ["pt"], 0.31)
    assert other(guess, ["en"], 0.6)
    assert not other(guess, ["en", "es"], 0.1)
