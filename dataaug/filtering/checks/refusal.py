"""The model refuses, or speaks of itself ("as an AI"), where a text should stand."""

import re

from dataaug.filtering.checks import Check, Fault
from dataaug.filtering.checks.by_row import ByRow, Candidate, Single

_START = 300  # characters; who refuses does so at once
_DECLINES = {
    "en": (
        r"\b(?:sorry|apologi[sz]e|apologies|regret|unfortunately)\b.{0,25}\bI(?:'m| am)? "
        r"(?:can't|cannot|can not|won't|unable to|not able to|am unable to|must decline to) "
        r"(?:assist|help|fulfil|fulfill|comply|provide|generate|create|produce|write|"
        r"continue|engage|discuss|participate|accommodate|complete|support|answer|process) "
        r"(?:you )?(?:with |in |to )?(?:that|this|these|those|your|any|content|such|harmful|"
        r"the)",
        r"\bI (?:can't|cannot|can not|won't|am unable to|'m unable to|must decline to) "
        r"(?:fulfil|fulfill|comply with|generate|produce|assist with|help with|engage in) "
        r"(?:that|this|your|such|these|any) (?:request|content|task|topic|prompt|kind|type)",
        r"\b(?:violates?|goes against|against) (?:my|our|the|openai's) (?:\w+ "
        r")?(?:guidelines|polic)",
    ),
    "de": (
        r"\b(?:tut mir (?:sehr )?leid|entschuldigung|bedaur)\w*\b.{0,25}\bkann (?:ich "
        r")?.{0,40}nicht (?:helfen|weiterhelfen|erstellen|erfüllen|bereitstellen|"
        r"unterstützen|beantworten|generieren|schreiben|nachkommen)",
        r"\bkann (?:ich )?(?:diese|dieser|deine|deiner|ihre|ihrer) (?:anfrage|bitte|"
        r"aufforderung) nicht",
    ),
    "fr": (
        r"\b(?:désolée?|regrette|malheureusement)\b.{0,25}\bje ne (?:peux|suis) pas (?:vous "
        r"|t'|en mesure d[e'])?(?:aider|répondre|fournir|générer|créer|satisfaire|continuer|"
        r"produire|écrire|donner suite)",
    ),
    "es": (
        r"\b(?:lo siento|lamento|disculp\w+|lamentablemente)\b.{0,25}\bno puedo (?:ayudar|"
        r"cumplir|generar|proporcionar|crear|asistir|continuar|responder|producir|escribir|"
        r"participar)",
    ),
    "pt": (
        r"\b(?:desculp\w+|sinto muito|lamento|infelizmente)\b.{0,25}\bnão (?:posso|consigo) "
        r"(?:te |lhe |o |a )?(?:ajudar|fornecer|gerar|criar|cumprir|atender|continuar|"
        r"responder|auxiliar|produzir|escrever|participar)",
    ),
    "it": (
        r"\b(?:mi dispiace|spiacente|purtroppo)\b.{0,25}\bnon posso (?:aiutar|fornir|"
        r"generar|crear|soddisfar|risponder|continuar|produrre|scriver|assister)",
    ),
    "nl": (
        r"\b(?:het spijt me|sorry|helaas)\b.{0,25}\bkan (?:ik )?.{0,40}niet (?:mee )?(?:helpen|"
        r"voldoen|genereren|maken|beantwoorden|schrijven|verstrekken)",
    ),
    "zh": (
        r"(?:对不起|抱歉|很遗憾|對不起|很遺憾).{0,12}(?:无法|不能|無法).{0,6}(?:帮助|提供|"
        r"协助|生成|满足|完成|回答|参与|继续|幫助|協助|滿足|參與|繼續)",
        r"我(?:无法|不能|無法)(?:满足|完成|处理|滿足|處理).{0,6}(?:请求|要求|請求)",
    ),
    "ja": (
        r"(?:申し訳(?:ありません|ございません)|すみません|恐れ入ります)(?:が|"
        r"けど)?.{0,40}(?:お答え|お手伝い|対応|作成|生成|提供).{0,8}(?:できません|"
        r"できかねます|することはできません)",
    ),
    "ko": (
        r"(?:죄송합니다|죄송하지만|미안하지만).{0,40}(?:도와|도움|제공|생성|답변).{0,12}수 "
        r"없",
    ),
    "ru": (
        r"(?:извините|простите|к сожалению).{0,20}\bя не (?:могу|в состоянии) (?:помочь|"
        r"выполнить|предоставить|создать|ответить|сгенерировать|написать)",
    ),
}
_OF_ITSELF = {
    "en": (
        r"\bas an? (?:AI|artificial intelligence|(?:large )?language model)\b",
        r"\bI(?:'m| am) (?:just |only |merely )?an? (?:AI\b|artificial intelligence|"
        r"(?:large )?language model)",
    ),
    "de": (
        r"\bals (?:KI|künstliche intelligenz|sprachmodell|AI)\b",
        r"\bals ein(?:e)? (?:KI|sprachmodell)",
        r"\bich bin (?:nur |lediglich )?(?:eine? )?(?:KI\b|sprachmodell|künstliche "
        r"intelligenz)",
    ),
    "fr": (
        r"\ben tant qu(?:e |['’])(?:une? )?(?:IA\b|intelligence artificielle|modèle de "
        r"langage|assistant (?:IA|virtuel))",
        r"\bje suis (?:juste |seulement )?une? (?:IA\b|modèle de langage|intelligence "
        r"artificielle)",
    ),
    "es": (
        r"\bcomo (?:una? )?(?:IA\b|inteligencia artificial|modelo de lenguaje)",
        r"\b(?:solo )?soy (?:solo )?una? (?:IA\b|modelo de lenguaje|inteligencia artificial)",
    ),
    "pt": (
        r"\bcomo (?:uma? )?(?:IA\b|inteligência artificial|modelo de linguagem)",
        r"\bsou (?:apenas )?uma? (?:IA\b|modelo de linguagem|inteligência artificial)",
    ),
    "it": (
        r"\b(?:in quanto|come) (?:un['’]?\s?)?(?:IA\b|intelligenza artificiale|modello "
        r"linguistico)",
    ),
    "nl": (r"\bals (?:een )?(?:AI|(?:groot )?taalmodel|kunstmatige intelligentie)\b",),
    "zh": (
        r"作为(?:一个|一名|一款|一種)?(?:AI|人工智能|(?:大型)?语言模型|(?:大)?模型)",
        r"作為(?:一個|一名)?(?:AI|人工智慧|語言模型)",
        r"我(?:只)?是(?:一个|一個)?(?:AI|人工智能|语言模型)",
    ),
    "ja": (r"(?:AI|人工知能|言語モデル)(?:言語モデル|アシスタント)?(?:として|ですので|なので)",),
    "ko": (r"(?:AI|인공지능|언어 모델)(?: 언어 모델| 어시스턴트)?(?:로서|로써|이기 때문)",),
    "ru": (
        r"\bкак (?:языковая модель|ИИ|искусственный интеллект)",
        r"\bя (?:всего лишь )?(?:языковая модель|ИИ\b|искусственный интеллект)",
    ),
}
_PATTERNS = [
    re.compile("|".join(forms), re.IGNORECASE)
    for table in (_DECLINES, _OF_ITSELF)
    for forms in table.values()
]


def refusal(text: str) -> str:
    """Return the words by which a text refuses or speaks of itself as a model, or nothing."""
    start = text[:_START].replace("’", "'")
    for pattern in _PATTERNS:
        if found := pattern.search(start):
            return found.group()
    return ""


def _judge(candidate: Candidate) -> Fault | None:
    found = refusal(candidate.text)
    return Fault("refusal", {"found": found[:80]}) if found else None


def load() -> Check:
    """Build the check. It knows the usual words in eleven languages, and has no options."""
    return ByRow("refusal", Single(_judge))
