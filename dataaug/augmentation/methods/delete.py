"""Leave out random words (EDA's random deletion)."""

from collections.abc import Sequence
from random import Random

from dataaug.augmentation.methods import Draw, Method, by_edits, check_share, segmenter_for
from dataaug.rows.spans import Edit, Span, overlaps
from dataaug.text.segments import apart, grapheme_at, unspaced
from dataaug.text.words import Word, capital, free_words


def load(*, rate: float = 0.1, segmenter: str = "") -> Method:
    """Build the method.

    Args:
        rate: the probability with which each word goes (alpha of Wei & Zou 2019); at least one
            word goes and at least one stays.
        segmenter: finds the words of Chinese, Japanese, Thai, Lao, Khmer and Burmese: ``icu``;
            without one such rows are refused.
    """
    check_share("delete.rate", rate)
    cut = segmenter_for(segmenter)

    def prepare(text: str, protected: tuple[Span, ...]) -> Draw | None:
        found = free_words(text, protected, cut)
        others = any(text[span.start : span.end].strip() for span in protected)
        if not found or (len(found) == 1 and not others):
            return None  # a text without words is no variant

        def draw(rng: Random, _: int) -> Sequence[Edit]:
            gone = [word for word in found if rng.random() < rate] or [rng.choice(found)]
            if len(gone) == len(found) and not others:
                gone.remove(rng.choice(gone))
            return _cuts(text, gone, protected)

        return draw

    return by_edits(prepare, cut)


def _cuts(text: str, gone: Sequence[Word], protected: Sequence[Span]) -> list[Edit]:
    """Cut words out together with one neighbouring blank; a new first word takes the capital."""
    edits: list[Edit] = []
    for word in gone:
        start, end = word.start, word.end
        if _runs_on(text, word):
            pass  # what stands beside a phrase parts it from the next one
        elif _blank(text, end) and not overlaps(end, end + 1, protected):
            end += 1
        elif (
            start
            and _blank(text, start - 1)
            and not (edits and edits[-1].end > start - 1)
            and not overlaps(start - 1, start, protected)
        ):
            start -= 1
        if edits and edits[-1].end == start:
            edits[-1] = Edit(edits[-1].start, end, "")
        else:
            edits.append(Edit(start, end, ""))
    return [
        edit if overlaps(edit.end, edit.end + 1, protected) else _capital(text, edit)
        for edit in edits
    ]


def _runs_on(text: str, word: Word) -> bool:
    """Goes the text on without a blank before or behind a word, as in Thai and Chinese?"""
    before = text[max(0, word.start - 1) : word.start]
    return bool(unspaced(before) or unspaced(text[word.end : word.end + 1]))


def _blank(text: str, place: int) -> bool:
    """Is there a blank or tab at a place, and no mark that stands upon it?"""
    return text[place : place + 1] in {" ", "\t", "\u200b"} and apart(text, place)


def _capital(text: str, edit: Edit) -> Edit:
    """Carry the capital of a deleted sentence start over to the word that follows."""
    first, following = text[edit.start], text[edit.end : edit.end + 1]
    if first.isupper() and following.islower() and text[edit.start : edit.start + 2] != "I ":
        letter = grapheme_at(text, edit.end)
        return Edit(edit.start, edit.end + len(letter), capital(letter))
    return edit
