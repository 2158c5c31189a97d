"""What is shown of a sample: rows in random order, each with its parent and its neighbours."""

from collections.abc import Iterable, Sequence

from dataaug.embedders import Embedder
from dataaug.review.gold import GoldItem
from dataaug.review.items import ReviewItem
from dataaug.review.sample import Drawn, Population
from dataaug.rows.record import Record
from dataaug.search.pairs import gather
from dataaug.search.text_pairs import similar_between

_NEAR = 0.9
_NEIGHBOURS = 3


def review_items(
    population: Population,
    drawn: Sequence[Drawn],
    real: Iterable[Record],
    embedder: Embedder | None = None,
) -> list[ReviewItem]:
    """Return rows to show.

    Args:
        population: all rows of the run.
        drawn: the rows to show.
        real: real rows kept elsewhere.
        embedder: finds the nearest rows above 0.9 cosine; without one none are shown.
    """
    spool = population.spool
    records = list(spool.records_at(own.place for own in drawn))
    known = parents(records, spool.records(), real)
    near = nearest_texts(records, spool.records(), embedder) if embedder else [[] for _ in records]
    return [
        ReviewItem(own.key, record, known.get(_parent(record)), tuple(others))
        for own, record, others in zip(drawn, records, near, strict=True)
    ]


def with_gold(shown: Sequence[ReviewItem], gold: Sequence[GoldItem]) -> list[ReviewItem]:
    """Return the rows with gold items strewn evenly among them."""
    mixed = list(shown)
    step = max(1, len(shown) // max(1, len(gold)))
    for number, row in enumerate(gold):
        mixed.insert(number * (step + 1) + step // 2, ReviewItem(row.key, row.record, row.parent))
    return mixed


def _parent(record: Record) -> str:
    return str((record.aug or {}).get("parent"))


def parents(wanted: Sequence[Record], *sources: Iterable[Record]) -> dict[str, Record]:
    """Return the parents of rows, by id, as far as the sources have them."""
    ids = {_parent(record) for record in wanted} - {"None"}
    found: dict[str, Record] = {}
    for source in sources if ids else ():
        for record in source:
            if record.id in ids:
                found.setdefault(record.id, record)
    return found


def nearest_texts(
    wanted: Sequence[Record], every: Iterable[Record], embed: Embedder
) -> list[list[tuple[float, str, str | None]]]:
    """Return the other texts above 0.9 cosine to each row, the nearest three, nearest first."""
    texts: dict[str, str | None] = {}
    for record in every:
        texts.setdefault(record.text, record.label)
    others = list(texts)
    i, j, scores = gather(similar_between(embed, [record.text for record in wanted], others, _NEAR))
    found: list[list[tuple[float, str, str | None]]] = [[] for _ in wanted]
    for one, other, score in sorted(
        zip(i.tolist(), j.tolist(), scores.tolist(), strict=True), key=lambda hit: (-hit[2], hit[1])
    ):
        text = others[other]
        if text != wanted[one].text and len(found[one]) < _NEIGHBOURS:
            found[one].append((score, text, texts[text]))
    return found
