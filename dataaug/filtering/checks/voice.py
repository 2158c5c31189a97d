"""The company's agent speaks, not its customer: "thank you for contacting us"."""

import re

from dataaug.filtering.checks import Check, Fault
from dataaug.filtering.checks.by_row import ByRow, Candidate, Single

_AGENT = {
    "en": (
        r"\bthank(?:s| you) (?:so much |very much )?for (?:contacting|reaching out|choosing|"
        r"bringing this|letting us know|getting in touch|your (?:patience|inquiry|enquiry|"
        r"message|understanding|interest|feedback|purchase|cooperation))",
        r"\bhow (?:can|may) (?:I|we) (?:help|assist|be of (?:service|assistance)|serve)(?: "
        r"you)?\b",
        r"\b(?:I|we) (?:sincerely |deeply |truly )?apologi[sz]e for (?:the|any|this|your) "
        r"(?:\w+ )?(?:inconvenience|delay|trouble|confusion|frustration|experience|issue|"
        r"error|mistake)",
        r"\bwe(?:'re| are) (?:very |truly |so |really |deeply )?sorry (?:to hear|for the|"
        r"for any|about (?:the|your))",
        r"\bI(?:'m| am) (?:very |truly |so |really )?sorry to hear (?:that you|about your|"
        r"you)",
        r"\b(?:we|our team|a representative|one of our \w+|our support team)(?: will|'ll) "
        r"(?:get back|contact you|look into|investigate|process your|assist|be happy|be in "
        r"touch|help you|reach out)",
        r"\b(?:we|I)(?:'d| would|'ll| will) be (?:happy|glad|more than happy) to (?:help|"
        r"assist) (?:you|if|with)\b",
        r"\bdear (?:valued )?(?:customer|client|guest)\b",
        r"\banything else (?:I|we) can (?:help|assist)",
        r"\bplease (?:provide|share) (?:us|me) (?:with )?your\b",
        r"\bto (?:better )?assist you\b",
        r"\byour (?:refund|order|request|payment|return|complaint|inquiry|application) "
        r"(?:has been|is being|will be) (?:\w+ )?(?:processed|shipped|received|approved|"
        r"forwarded|escalated|issued|dispatched|completed)",
    ),
    "de": (
        r"\b(?:vielen )?dank(?:e)?,? (?:für ihre (?:nachricht|anfrage|geduld|"
        r"kontaktaufnahme|bestellung)|dass sie uns kontaktiert)",
        r"\bwie (?:kann|können) (?:ich|wir) (?:ihnen|dir) (?:\w+ )?(?:helfen|behilflich)",
        r"\bwir (?:entschuldigen uns|bitten um (?:entschuldigung|verzeihung))",
        r"\bsehr geehrte[rs]? (?:kunde|kundin)",
        r"\bunser (?:support-?|kundendienst-?|service-?)?team wird",
    ),
    "fr": (
        r"\bmerci (?:de nous avoir contacté|de votre (?:patience|message|compréhension)|"
        r"pour votre (?:message|demande|patience))",
        r"\bcomment (?:puis-je|pouvons-nous) vous aider",
        r"\bnous (?:vous prions de nous excuser|nous excusons|sommes désolés)",
        r"\bcher (?:client|cliente)\b",
    ),
    "es": (
        r"\bgracias por (?:contactar(?:nos)?|comunicarse|ponerse en contacto|su "
        r"(?:paciencia|mensaje|consulta|comprensión))",
        r"\b(?:en qué|cómo) (?:puedo|podemos) ayudar(?:le|te|lo)",
        r"\b(?:lamentamos|disculpe) (?:los|las|mucho los|cualquier) (?:inconvenientes?|"
        r"molestias?)",
        r"\bestimad[oa] cliente\b",
    ),
    "pt": (
        r"\bobrigad[oa] por (?:entrar em contato|entrar em contacto|nos contatar|sua "
        r"(?:paciência|mensagem)|contactar)",
        r"\b(?:como|em que) (?:posso|podemos) (?:ajudar|ajudá-l[oa]|te ajudar)",
        r"\b(?:lamentamos|pedimos desculpas?) (?:pelo|pela|por qualquer|o) ",
        r"\bprezad[oa] cliente\b",
        r"\bcar[oa] cliente\b",
    ),
    "zh": (
        r"感谢您(?:的(?:来信|联系|耐心|反馈|咨询|理解)|联系)",
        r"(?:请问)?有什么(?:可以|能)(?:帮|为)(?:到|助)?您",
        r"尊敬的(?:客户|顾客|用户)",
        r"给您(?:带来|造成)(?:的)?不便",
        r"我们(?:深表歉意|将尽快|会尽快)",
    ),
}
_PATTERNS = [re.compile("|".join(forms), re.IGNORECASE) for forms in _AGENT.values()]


def _judge(candidate: Candidate) -> Fault | None:
    text = candidate.text.replace("’", "'")
    for pattern in _PATTERNS:
        if found := pattern.search(text):
            return Fault("agent_voice", {"found": found.group()[:80]})
    return None


def load() -> Check:
    """Build the check. It knows the usual phrases in six languages, and has no options."""
    return ByRow("voice", Single(_judge))
