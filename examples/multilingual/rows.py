"""Expand Home Assistant's sentence templates into labelled rows: English, and Portuguese.

    python rows.py OUT

The templates were written by native speakers of each language, the intents are the same in both.
Portuguese templates are parted into those of the train rows and those of the test rows, so that no
test row shares its template with a train row. What users name themselves (rooms, devices, things
to buy) comes from the lists below.
"""

import json
import sys
from importlib.resources import files
from pathlib import Path
from random import Random

ENGLISH, NATIVE = "en", "pt-BR"
ENGLISH_ROWS, FEW_ROWS, TEST_ROWS = 40, 2, 20
"""Rows of an intent: English ones, real Portuguese ones to train on, and to test on."""

FILLINGS = {
    "en": {
        "area": ["kitchen", "living room", "bedroom", "bathroom", "office", "garage", "hallway"],
        "floor": ["ground", "first", "upper"],
        "name": ["desk lamp", "heater", "coffee machine", "front door", "night light", "robot"],
        "message": ["dinner is ready", "we are leaving in ten minutes", "come downstairs"],
        "search_query": ["the Beatles", "some jazz", "the news", "bossa nova"],
        "timer_name": ["pasta", "pizza", "laundry", "tea"],
        "timer_command": ["turn off the lights", "open the garage door", "start the heater"],
        "item": ["milk", "bread", "a dozen eggs", "apples", "toilet paper", "clean the car"],
    },
    "pt-BR": {
        "area": ["cozinha", "sala", "quarto", "banheiro", "escritório", "garagem", "corredor"],
        "floor": ["térreo", "primeiro andar", "andar de cima"],
        "name": ["abajur", "aquecedor", "cafeteira", "porta da frente", "luminária", "robô"],
        "message": ["o jantar está pronto", "vamos sair em dez minutos", "desçam já"],
        "search_query": ["Beatles", "um pouco de jazz", "as notícias", "bossa nova"],
        "timer_name": ["macarrão", "pizza", "roupa", "chá"],
        "timer_command": ["apagar as luzes", "abrir a garagem", "ligar o aquecedor"],
        "item": ["leite", "pão", "uma dúzia de ovos", "maçãs", "papel higiênico", "lavar o carro"],
    },
}


class Grammar:
    """Draws sentences of templates: (a|b), [maybe], (a;b) in any order, <rule>, {list}."""

    def __init__(self, language: str, random: Random) -> None:
        path = files("home_assistant_intents") / "data" / f"{language}.json"
        found = json.loads(path.read_text(encoding="utf-8"))
        self.intents = {
            name.removeprefix("Hass"): sorted(
                {line for part in intent["data"] for line in part["sentences"]}
            )
            for name, intent in found["intents"].items()
        }
        self._rules = found["expansion_rules"]
        self._lists = found["lists"]
        self._fillings = FILLINGS[language]
        self._random = random

    def sentence(self, template: str) -> str:
        """Return one sentence of a template."""
        said, _ = self._sequence(template, 0, "")
        return " ".join(said.split())

    def _sequence(self, text: str, place: int, ends: str) -> tuple[str, int]:
        """Read up to one of ``ends``, and return what was said and where it stopped."""
        said = ""
        while place < len(text) and text[place] not in ends:
            sign = text[place]
            if sign in "([":
                part, place = self._choice(text, place + 1, ")" if sign == "(" else "]")
                said += part if sign == "(" or self._random.random() < 0.5 else ""
            elif sign in "<{":
                end = text.index(">" if sign == "<" else "}", place)
                name = text[place + 1 : end]
                said += self.sentence_of(name) if sign == "<" else self._value(name)
                place = end + 1
            else:
                said, place = said + sign, place + 1
        return said, place

    def _choice(self, text: str, place: int, end: str) -> tuple[str, int]:
        options, ordered = [], True
        while True:
            part, place = self._sequence(text, place, f"|;{end}")
            options.append(part)
            ordered = ordered and text[place] != ";"
            if text[place] == end:
                break
            place += 1
        if not ordered:
            self._random.shuffle(options)
            return " ".join(options), place + 1
        return self._random.choice(options), place + 1

    def sentence_of(self, rule: str) -> str:
        """Return what a rule says."""
        return self._sequence(self._rules[rule], 0, "")[0]

    def _value(self, slot: str) -> str:
        name = slot.partition(":")[0]
        values = self._fillings.get("item" if name.endswith("_item") else name)
        if values:
            return self._random.choice(values)
        found = self._lists[name]
        if "range" in found:
            span = found["range"]
            return str(self._random.randrange(span["from"], span["to"] + 1, span.get("step", 1)))
        if "values" not in found:
            return self._random.choice(self._fillings["search_query"])
        value = self._random.choice(found["values"])
        return self._sequence(value["in"] if isinstance(value, dict) else value, 0, "")[0]


def rows(grammar: Grammar, intent: str, templates: list[str], count: int, name: str) -> list[dict]:
    """Return up to so many different rows, the templates in turn."""
    found: dict[str, dict] = {}
    for number in range(count * 20):
        text = grammar.sentence(templates[number % len(templates)])
        row = {"id": f"{name}-{intent}-{len(found)}", "text": text, "label": intent}
        found.setdefault(text.lower(), {**row, "language": name[:2]})
        if len(found) == count:
            break
    return list(found.values())


def write(path: Path, made: list[dict]) -> None:
    """Write rows as JSONL."""
    lines = (json.dumps(row, ensure_ascii=False) + "\n" for row in made)
    path.write_text("".join(lines), encoding="utf-8")


def main(out: Path) -> None:
    """Write english.jsonl, few.jsonl and test.jsonl."""
    random = Random(0)
    english, native = Grammar(ENGLISH, random), Grammar(NATIVE, random)
    sets: dict[str, list[dict]] = {"english": [], "few": [], "test": []}
    both = [intent for intent in native.intents if intent in english.intents]
    for intent in both:
        templates = native.intents[intent]
        random.shuffle(templates)
        half = (len(templates) + 1) // 2
        if half == len(templates):
            continue  # a single template can't be parted
        sets["test"] += rows(native, intent, templates[:half], TEST_ROWS, "pt-test")
        sets["few"] += rows(native, intent, templates[half:], FEW_ROWS, "pt")
        sets["english"] += rows(english, intent, english.intents[intent], ENGLISH_ROWS, "en")
    held_out = {row["text"].lower() for row in sets["test"]}
    sets["few"] = [row for row in sets["few"] if row["text"].lower() not in held_out]
    out.mkdir(parents=True, exist_ok=True)
    for name, made in sets.items():
        write(out / f"{name}.jsonl", made)
        labels = len({row["label"] for row in made})
        print(f"{name}: {len(made)} rows, {labels} intents", file=sys.stderr)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
