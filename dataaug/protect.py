"""Find what an edit must never touch: addresses, numbers, placeholders, names, negation."""

import re
from collections.abc import Iterable, Sequence

from dataaug.edits import Span
from dataaug.errors import UsageError
from dataaug.words import WORD

_MARKS = re.compile(r"[@/{}<>\[\]_`#$€£¥%&\\=0-9]")
"""A text without any of these has nothing that the next pattern could find."""

# Every repetition is bounded: without that, one row of a million equal letters would take hours.
_STRUCTURE = re.compile(
    r"""
      `[^`\n]{1,300}`                                    # code between backquotes
    | \{\{.{0,200}?\}\} | \$?\{[^{}\n]{0,200}\}         # {placeholder}, {{ this }}, ${that}
    | </?[A-Za-z!][^<>\n]{0,300}>                        # <tag>
    | \[[^\[\]\n]{1,40}\]                               # [id]
    | %\(?\w{0,40}\)?[sdif]\b                           # %s, %(name)s
    | &\#?\w{1,20};                                     # &amp;
    | (?:https?|ftp)://[^\s<>"]{1,2000} | www\.[^\s<>"]{1,2000}
    | (?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,64}(?:\.[\w-]{1,64}){1,8}
    | [@\#][\w-]{0,64}\w                                # @user, #tag, #1234
    | (?<![\w.-])(?:[\w.-]{0,64}/){1,20}[\w.-]{0,64}\w  # path, and/or
    | (?<![\w-])[\w-]{0,64}\w_\w[\w-]{0,64}(?:\(\))?   # snake_case
    | (?<!\w)[$€£¥]?[\w.,:%+-]{0,40}\d[\w.,:/%+*=-]{0,40}[\w%]?[€£¥]?  # number, date, price, A-123
    | \\[a-zA-Z]{1,40}                                   # \command
    """,
    re.VERBOSE,
)

# fmt: off
_NEGATION = frozenset({
    "no", "not", "never", "none", "nobody", "nothing", "nowhere", "neither", "nor", "cannot",
    "without", "hardly", "barely", "scarcely", "seldom", "rarely", "isnt", "arent", "wasnt",
    "werent", "dont", "doesnt", "didnt", "wont", "cant", "couldnt", "shouldnt", "wouldnt",
    "havent", "hasnt", "hadnt", "aint", "nope", "nah", "unable", "except", "unless",
})
# fmt: on
_SENTENCE_START = re.compile(r"(?:\A|[.!?:;\n\r…\"“”(*•-])[\s\"'“”‘’(*•-]*\Z")


def _is_name(text: str, start: int, word: str) -> bool:
    """Is a word with a capital a name or an acronym, not just the first of a sentence?"""
    if len(word) > 1 and not word[1:].islower():
        return True  # ATM, iPhone, McDonald
    return not _SENTENCE_START.search(text, max(0, start - 4), start)


def _words(text: str) -> Iterable[Span]:
    """Yield negation words and names."""
    shouting = text.isupper()  # a text all in capitals has no acronyms that could be told apart
    starts = []
    names = set()
    for found in WORD.finditer(text):
        word = found.group()
        lower = word.lower()
        if lower in _NEGATION or lower.endswith(("n't", "n’t")):
            yield Span(*found.span())
        elif word != lower and not shouting:
            if _is_name(text, found.start(), word):
                names.add(word)
                yield Span(*found.span())
            else:
                starts.append(found)
    for found in starts:  # "Hawking says ... ask Hawking": the name also where it starts a sentence
        if found.group() in names:
            yield Span(*found.span())


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
        spans = [*_words(text), *further]
        if _MARKS.search(text):
            spans += [Span(*found.span()) for found in _STRUCTURE.finditer(text)]
        for pattern in self._patterns:
            spans += [Span(*found.span()) for found in pattern.finditer(text) if found.group()]
        return merge(spans) if len(spans) > 1 else tuple(spans)


def merge(spans: Iterable[Span]) -> tuple[Span, ...]:
    """Return the spans sorted, with those that overlap made one."""
    merged: list[Span] = []
    for span in sorted(spans):
        if merged and span.start < merged[-1].end:
            merged[-1] = Span(merged[-1].start, max(merged[-1].end, span.end))
        else:
            merged.append(span)
    return tuple(merged)
