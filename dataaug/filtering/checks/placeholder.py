"""A blank to fill in ("[Name]"), or wrapping of the reply ("1.", "Here are"), left in the text."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from dataaug.filtering.checks import Check, Fault
from dataaug.filtering.checks.by_row import ByRow, Candidate, mute
from dataaug.rows.record import Record

# fmt: off
_NOUNS = (
    "name", "date", "time", "company", "brand", "store", "business", r"organi[sz]ation", "product",
    "item", "service", "order", "account", "phone", "e-?mail", "address", "city", "country",
    "location", "place", "amount", "price", "number", r"no\.?", "id", "url", "link", "website",
    "reason", "topic", "issue", "problem", "title", "bank", "card", "insert", "enter", "describe",
    "placeholder", "xx+", "vorname", "nachname", "firma", "datum", "betrag", "nummer", "adresse",
    "bestellnummer", "ort", "nom", "prénom", "entreprise", "montant", "numéro", "nombre",
    "apellido", "empresa", "fecha", "importe", "número", "nome", "sobrenome", "data", "valor",
    "姓名", "名字", "日期", "公司", "电话", "地址", "产品", "订单号?",
)
_THINGS = (
    "examples?", "variations?", "versions?", "paraphrases?", "messages?", "rewrites?",
    r"rephras\w+", "rewritten", "paraphrased", "sentences?", "options?", "texts?", "list",
    "samples?",
    "alternatives?", "beispiele?", "varianten?", "versionen", "nachrichten", "sätze", "texte?",
    "exemples?", "variantes?", "phrases?", "textes?", "ejemplos?", "exemplos?", "variaciones",
    "variações", "versiones", "versões", "mensajes", "mensagens", "textos?",
)
_HERE = (
    "here (?:are|is)", "here's", "below (?:are|is)", "hier (?:sind|ist)", "hier findest du",
    "voici", "voilà", "aquí (?:tienes|hay|están?)", "aqui (?:estão|está|vão|vai)", "ecco",
)
_TITLES = (
    "example", "variation", "version", "option", "paraphrase", "sample", "rewrite",
    "rewritten text", "rewritten", "paraphrased", "output", "beispiel", "variante", "exemple",
    "ejemplo", "exemplo",
    "示例", "例子", "例句", "message", "nachricht", "mensaje", "mensagem",
)
_SPEAKERS = (
    "customer", "user", "assistant", "agent", "system", "human", "kunde", "client", "cliente",
    "usuario", "用户", "助手",
)
_YES = ("sure", "certainly", "of course", "absolutely", "okay", "natürlich", "bien sûr", "claro")
# fmt: on


def _any(words: Sequence[str]) -> str:
    return f"(?:{'|'.join(words)})"


_NOUN = _any(_NOUNS)
_BLANK = re.compile(
    rf"\[(?:[^\[\]\n<>]{{0,20}}\W|[A-Z_]{{0,30}}_)?{_NOUN}(?:\W[^\[\]\n]{{0,20}}|_[A-Z_\d]{{1,30}})?\]"
    rf"|<(?:[^<>\n/=]{{0,20}}[\W_])?{_NOUN}(?:[\W_][^<>\n=]{{0,20}})?>"
    rf"|\{{\{{?\s?(?:\w{{0,20}}[ _])?{_NOUN}(?:[ _]\w{{1,20}})?\s?\}}?\}}"
    r"|<[A-Z]{3,20}_\d{1,3}>|\blorem ipsum\b|_{4,}|\bX{4,}\b",
    re.IGNORECASE,
)
_WRAPPING = re.compile(
    rf"\s*(?:{_any(_YES)}[!,.:]{{1,3}}\s{{0,3}}(?:{_any(_HERE)})"
    rf"|{_any(_HERE)}:?\s(?:[\w'’-]+\s){{0,5}}{_any(_THINGS)}\b"
    rf"|(?:以下|下面)是.{{0,12}}(?:例子|示例|消息|例句|句子|版本|改写)"
    rf"|{_any(_TITLES)}\s*\#?\d{{0,3}}\s*[:：]|{_any(_SPEAKERS)}\s*[:：]\s"
    r"|[\"'“]?(?:text|message|label)[\"'”]\s*:)",
    re.IGNORECASE,
)
_CODE = re.compile(
    r"```|</?think>|<\|[a-z_]{2,20}\|>|\[/?INST\]|<</?SYS>>|\{\s*\"\w{1,20}\"\s*:", re.IGNORECASE
)
_LISTED = re.compile(r"\s*(?:\d{1,2}[.)]|[-*•])\s+(?=[^\W\d_])")


def placeholder(text: str) -> str:
    """Return the blank or the wrapping that was left in a text, or nothing."""
    found = _WRAPPING.match(text) or _BLANK.search(text) or _CODE.search(text)
    return found.group().strip() if found else ""


@dataclass(slots=True)
class _Placeholder:
    """Numbers and dashes in front are no fault where real rows have them too."""

    rows: int = 0
    listed: int = 0

    def learn(self, records: Sequence[Record], /) -> None:
        """Count how many real rows begin like an item of a list."""
        self.rows += len(records)
        self.listed += sum(_LISTED.match(record.text) is not None for record in records)

    def __call__(self, candidates: Sequence[Candidate], /) -> list[Fault | None]:
        """Return a fault for each text with something left in it."""
        usual = mute(self.listed, self.rows)
        return [_judge(candidate, listed_too=not usual) for candidate in candidates]


def _judge(candidate: Candidate, *, listed_too: bool) -> Fault | None:
    found = placeholder(candidate.text)
    if not found and listed_too and (mark := _LISTED.match(candidate.text)):
        found = mark.group().strip()
    return Fault("placeholder", {"found": found[:80]}) if found else None


def load() -> Check:
    """Build the check. It has no options."""
    return ByRow("placeholder", _Placeholder())
