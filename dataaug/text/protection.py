"""Find what an edit must never touch: addresses, numbers, placeholders, names, negation."""

import functools
import itertools
import re
from collections.abc import Iterable, Sequence

from dataaug.errors import UsageError
from dataaug.rows.spans import Span
from dataaug.text.segments import in_latin, plain_word
from dataaug.text.sentences import abbreviates, begins
from dataaug.text.tables import word_set
from dataaug.text.words import tokens

_MARKS = re.compile(r"[@/{}<>\[\]_`#$€£¥%&\\=0-9]")
_DOTTED = re.compile(r"\w\.\w")
_MARKS_ANY = re.compile(rf"{_MARKS.pattern}|\d|\S\.\S")
"""A text without any of these has nothing that the next pattern could find."""

_MARKS_BESIDE_NUMBERS = re.compile(r"[@/{}<>\[\]_`#&\\=]|%[\w()]|\.\S")
"""A text of plain ASCII without any of these has no structures but numbers."""

# Every repetition is bounded: without that, one row of a million equal letters would take hours.
_NUMBER = r"(?<!\w)[$€£¥]?[\w.,:%+-]{0,40}\d[\w.,:/%+*=-]{0,40}[\w%]?[€£¥]?"
_STRUCTURE = (
    r"""
      `[^`\n]{1,300}`                                    # code between backquotes
    | \{\{.{0,200}?\}\} | \$?\{[^{}\n]{0,200}\}         # {placeholder}, {{ this }}, ${that}
    | </?[A-Za-z!][^<>\n]{0,300}>                        # <tag>
    | \[[^\[\]\n]{1,40}\]                               # [id]
    | %\(?\w{0,40}\)?[sdif]\b                           # %s, %(name)s
    | &\#?\w{1,20};                                     # &amp;
    | (?:https?|ftp)://[^\s<>"]{1,2000} | www\.[^\s<>"]{1,2000}
    | (?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,64}(?:\.[\w-]{1,64}){1,8}
    | (?<![\w.-])[\w-]{1,64}(?:\.[\w-]{1,64}){1,50}     # www.example.com, shop.com, a.txt
    | [@\#][\w-]{0,64}\w                                # @user, #tag, #1234
    | (?<![\w.-])(?:[\w.-]{0,64}/){1,20}[\w.-]{0,64}\w  # path, and/or
    | (?<![\w-])[\w-]{0,64}\w_\w[\w-]{0,64}(?:\(\))?   # snake_case
    | \\[a-zA-Z]{1,40}                                   # \command
    | """
    + _NUMBER
)

_STRUCTURE_LATIN = re.compile(_STRUCTURE, re.VERBOSE)
_NUMBER_ASCII = re.compile(_NUMBER)


@functools.cache
def _any_structure() -> "re.Pattern[str]":
    r"""Return the pattern for other text than Latin: there \w and \b know combining marks."""
    import regex  # noqa: PLC0415 - commands should start fast

    found: re.Pattern[str] = regex.compile(_STRUCTURE, regex.VERBOSE)
    return found


def _structures(text: str) -> Iterable["re.Match[str]"]:
    """Yield addresses, placeholders, tags, code and numbers."""
    if text.isascii():
        if _MARKS.search(text) or ("." in text[:-1] and _DOTTED.search(text)):
            only_numbers = not _MARKS_BESIDE_NUMBERS.search(text)
            return (_NUMBER_ASCII if only_numbers else _STRUCTURE_LATIN).finditer(text)
        return ()
    if not _MARKS_ANY.search(text):
        return ()
    return (_STRUCTURE_LATIN if in_latin(text) else _any_structure()).finditer(text)


_MAY_START = re.compile(r"(?:\A|[.!?:;\n\r…\"“”„«»(*•¿¡-])[\s\"'“”‘’„«»(*•¿¡-]*\Z")


def _is_name(text: str, start: int, word: str) -> bool:
    """Is a word with a capital behind something else than a word a name, or begins a sentence?"""
    if start == 0 or text[start - 1] == "\n":
        return False
    found = _MAY_START.search(text, max(0, start - 4), start)
    return not found or not begins(text, start, plain_word(word))


_PLAIN, _NEGATES, _CAPITAL, _NAME = range(4)
_negations = functools.partial(word_set, "dataaug.text", "negation", "english")


class _Kinds(dict[str, int]):
    """Tells for a word, once, whether it negates, has a capital or can only be a name."""

    def __missing__(self, word: str) -> int:
        kind, lower = _PLAIN, word
        if not (word.islower() and word.isascii()):  # few words
            plain = plain_word(word)
            lower = plain.lower()
            kind = _PLAIN if plain == lower else _CAPITAL
            if kind and len(plain) > 1 and not plain[1:].islower():
                kind = _NAME  # ATM, iPhone, McDonald
        if lower in _negations() or lower.endswith(("n't", "n’t")):
            kind = _NEGATES
        if len(self) < _REMEMBERED:
            self[word] = kind
        return kind


_span = functools.partial(tuple.__new__, Span)  # from a pair, in half the time of Span()
_REMEMBERED = 200_000  # words; a stream of noise must not fill the memory
_kinds = _Kinds()


def _words(text: str) -> list[Span]:
    """Return negation words and names."""
    cut = tokens(text)
    kinds = list(map(_kinds.__getitem__, cut.words))
    first = kinds[:1] == [_CAPITAL] and not cut.gaps[0] and cut.words[0][1:].islower()
    if not any(kinds[1:] if first else kinds):
        return []  # the capital of a first word alone names nothing
    shouting = text.isupper()  # a text all in capitals has no acronyms that could be told apart
    spans, starts = [], []
    names = set()
    for number in itertools.compress(itertools.count(), kinds):
        word, start, kind = cut.words[number], cut.starts[number], kinds[number]
        span = _span((start, start + len(word)))
        if kind == _NEGATES:
            spans.append(span)
        elif shouting:
            continue
        elif (
            kind == _NAME
            or (number and cut.gaps[number] == " ")  # a word before it: no sentence begins
            or _is_name(text, start, word)
        ):
            names.add(word)
            spans.append(span)
        elif abbreviates(text, *span):
            spans.append(Span(start, span.end + 1))
        else:
            starts.append(span)
    # "Hawking says ... ask Hawking": the name is one also where it starts a sentence.
    return spans + [span for span in starts if text[slice(*span)] in names]


def names_in(text: str) -> list[str]:
    """Return the names and acronyms of a text: words with a capital that starts no sentence."""
    return [text[span.start : span.end] for span in _words(text) if not negates(text[slice(*span)])]


def negates(word: str) -> bool:
    """Does an English word negate (not, never, can't)?"""
    return _kinds[word] == _NEGATES


def structures(text: str) -> list[str]:
    """Return addresses, placeholders, tags, code and numbers, as they stand in the text."""
    return [found.group() for found in _structures(text)]


class Protector:
    """Finds the protected spans of a text.

    Args:
        patterns: further regular expressions whose matches are protected.

    Raises:
        UsageError: a pattern is not a valid regular expression.
    """

    def __init__(self, patterns: Sequence[str] = ()) -> None:
        self._patterns = []
        for pattern in patterns:
            try:
                self._patterns.append(re.compile(pattern))
            except re.error as error:
                raise UsageError(f"--protect {pattern!r} is not a regular expression: {error}"
                                 ) from error  # fmt: skip

    def __call__(self, text: str, further: Iterable[Span] = ()) -> tuple[Span, ...]:
        """Return the protected spans, sorted and merged; ``further`` spans are added to them."""
        spans = _words(text)
        spans += further
        if self._patterns:
            spans += self.asked(text)
        spans += [_span(found.span()) for found in _structures(text)]
        return merge(spans) if len(spans) > 1 else tuple(spans)

    def asked(self, text: str) -> list[Span]:
        """Return what the patterns match, in no order."""
        found = (match for pattern in self._patterns for match in pattern.finditer(text))
        return [Span(*match.span()) for match in found if match.group()]


def merge(spans: Iterable[Span]) -> tuple[Span, ...]:
    """Return the spans sorted, with those that overlap made one."""
    merged: list[Span] = []
    for span in sorted(spans):
        if merged and span.start < merged[-1].end:
            merged[-1] = Span(merged[-1].start, max(merged[-1].end, span.end))
        else:
            merged.append(span)
    return tuple(merged)
