"""Where a sentence begins, and where a dot only ends an abbreviation.

A capital says that a word is a name unless a sentence begins with it. Behind a title or an initial
stands a name; behind other abbreviations, colons, and quotes or brackets inside a sentence stands
one too, unless the word is one of those that open sentences. In doubt a word counts as a name: it
is left alone then.
"""

import re

from dataaug.text.segments import plain


def _listed(table: str) -> frozenset[str]:
    return frozenset(table.split())


# Of English, German, French, Spanish and Portuguese.
# fmt: off
_TITLES = _listed(
    "mr mrs ms mx messrs dr drs prof eng sgt capt lt cpl supt cmdr hr hrn frl dipl mm mme mmes "
    "mlle mlles mgr sr sra sras sres srta srtas dña dra dras profa exmo exma "
)
_ABBREVIATIONS = _listed(
    "vs v no nos nr núm num nº str ave blvd rd ln ct apt dept inc ltd co corp llc bros gmbh est "
    "tel ca approx etc eg ie cf ed eds vol pp p fig op sect ch par attn asst mgr ext ref jan feb "
    "mar apr jun jul aug sep sept oct nov dec mon tue wed thu fri bzw usw ggf evtl inkl zzgl zb "
    "ua dh abt art abs bd stk tsd mio mrd okt dez abb kap hl geb av rte env boul fbg janv févr "
    "avr juil déc chap adr avda avd ctra pza pág págs ej ud uds vd vds cía ene abr ago dic apdo "
    "col gen maj adm rev fr jr gov sen rep pres insp st ste mt ing mag habil pr vve dn lic arq "
    "rua tv pça cx proc depto cia fev ltda sto sta al hon med "
)
_OPENERS = _listed(
    "i i'm i've i'd i'll the a an this that these those it its it's he she they we you my our "
    "your his her their there here what when where who whom whose why how which if as at in on "
    "of to for from with by and or but so then now not no yes please thanks thank hello hi hey "
    "dear is are was were do does did can could would should have has had let let's be been get "
    "give send tell call ask check try make see after before since because while although once "
    "every all some any each both many most more one someone something anyone anything everyone "
    "everything nobody nothing sorry ok okay just also only never always maybe however still "
    "der die das ein eine einen einem einer es er sie wir ihr ich du man mein meine unser "
    "unsere wann wo wer warum wie welche wenn als im am auf für von vom zu zum zur mit bei nach "
    "aus und oder aber dann jetzt nicht kein keine nein ja bitte danke hallo ist sind war kann "
    "können könnte haben hat hatte dies diese dieser dieses alle auch nur seit weil le la les "
    "un une des ce cet cette ces il elle ils elles nous vous je j'ai c'est tu mon ma mes notre "
    "nos votre vos que qui quoi quand où pourquoi comment quel quelle si comme dans sur de pour "
    "par avec et ou mais alors maintenant ne pas non oui merci bonjour est sont était peut "
    "pouvez avez avons tout tous aussi depuis après avant el los las una unos esto este esta "
    "eso él ella ellos usted ustedes yo nosotros mi mis su sus nuestro nuestra qué quién cuándo "
    "dónde por cómo cuál para con sin y o pero entonces ahora sí gracias hola son era puede "
    "pueden tengo tiene favor cuando también desde os um uma isto isso ele ela eles elas nós "
    "você vocês eu meu minha seu sua nosso nossa quem quando onde porquê como qual em na nas da "
    "dos com sem e mas então agora não sim obrigado obrigada olá é são pode podem tenho tem "
    "também se "
)
"""Words that open sentences and are no names; *will* and *may* are names too, and left out."""
# fmt: on
_AROUND = " \t\xa0\"'“”‘’«»„‚()[]*•-–—¿¡"
"""What may stand between the end of a sentence and the next one's first word."""
_DOTTED_WORD = re.compile(r"((?:[^\W\d_]+\.)*)([^\W\d_]+)\.\Z")
_BACK = 40  # characters; no abbreviation is longer


def begins(text: str, start: int, word: str) -> bool:
    """May a sentence begin with the word with a capital at a place, rather than name something?"""
    end = start
    while end and text[end - 1] in _AROUND:
        end -= 1
    if not end or text[end - 1] in "\n\r!?…":
        return True
    if text[end - 1] != ".":
        return _opens(word)
    found = _DOTTED_WORD.search(plain(text[max(0, end - _BACK) : end]))
    if found is None:
        return True
    dotted, last = found.group(1), found.group(2).lower()
    if last in _TITLES:
        return False
    if dotted or len(last) == 1 or last in _ABBREVIATIONS or last.endswith("str"):
        return _opens(word)
    return True


def _opens(word: str) -> bool:
    """Is this a word that opens sentences, perhaps shortened: what's, j'ai?"""
    lower = word.lower().replace("’", "'")
    return lower in _OPENERS or lower.partition("'")[0] in _OPENERS


def abbreviates(text: str, start: int, end: int) -> bool:
    """Is a word a title, an initial or another part of an abbreviation, with its dot behind it?"""
    if text[end : end + 1] != ".":
        return False
    word = text[start:end].lower()
    return word in _TITLES or len(word) == 1 or text[start - 1 : start] == "."
