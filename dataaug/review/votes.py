"""Make one vote of what several reviewers say of a row, and measure how far they agree."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from dataaug.review.items import RELABEL, ReviewVerdict
from dataaug.review.ledger import Entry


@dataclass(frozen=True, slots=True)
class Vote:
    """What the reviewers of a row say together.

    Attributes:
        bad: whether at least half of its reviewers call it bad.
        reason: their most frequent reason.
        label: the right label, where they name one, no two name different ones, and nobody calls
            the row bad for another reason than its label.
        said: reviewer to verdict.
    """

    bad: bool
    reason: str = ""
    label: str | None = None
    said: Mapping[str, ReviewVerdict] = field(default_factory=dict)

    @property
    def disputed(self) -> bool:
        """Do its reviewers differ?"""
        return len({verdict.verdict for verdict in self.said.values()}) > 1


def count_votes(entries: Iterable[Entry]) -> dict[str, Vote]:
    """Return a vote for each row, by key; a tie counts as bad, so that doubt does not pass.

    The last verdict of a reviewer on a row counts; a row that is skipped has none.
    """
    said: dict[str, dict[str, ReviewVerdict]] = {}
    for entry in entries:
        said.setdefault(entry.key, {})[entry.reviewer] = entry.verdict
    judged = (
        (key, {name: verdict for name, verdict in verdicts.items() if verdict.verdict != "skip"})
        for key, verdicts in said.items()
    )
    return {key: _vote(verdicts) for key, verdicts in judged if verdicts}


def _vote(said: Mapping[str, ReviewVerdict]) -> Vote:
    bad = [verdict for verdict in said.values() if verdict.verdict == "bad"]
    reasons = Counter(verdict.reason for verdict in bad if verdict.reason)
    labels = {verdict.label for verdict in bad if verdict.label is not None}
    mended = len(labels) == 1 and not reasons.keys() - {RELABEL}
    return Vote(
        2 * len(bad) >= len(said) and bool(bad),
        reasons.most_common(1)[0][0] if reasons else "",
        labels.pop() if mended else None,
        said,
    )


def agreement(votes: Iterable[Vote]) -> dict[str, Any]:
    """Return how far the reviewers agree, over the rows that at least two of them judged.

    Cohen's kappa (1960) for two reviewers, Fleiss' (1971) for more; Fleiss' takes rows with the
    same number of reviewers, so the rows with most reviewers are taken.
    """
    shared = [vote for vote in votes if len(vote.said) > 1]
    reviewers = sorted({name for vote in shared for name in vote.said})
    if not shared:
        return {}
    same = sum(not vote.disputed for vote in shared) / len(shared)
    found: dict[str, Any] = {"reviewers": reviewers, "rows": len(shared), "agree": round(same, 4)}
    if len(reviewers) == 2:
        one, other = reviewers
        found["cohens_kappa"] = cohens_kappa(
            [(vote.said[one].verdict == "bad", vote.said[other].verdict == "bad")
             for vote in shared]
        )  # fmt: skip
    else:
        most = max(len(vote.said) for vote in shared)
        counts = [sum(verdict.verdict == "bad" for verdict in vote.said.values())
                  for vote in shared if len(vote.said) == most]  # fmt: skip
        found["fleiss_kappa"], found["fleiss_rows"] = _fleiss(counts, most), len(counts)
    return found


def cohens_kappa(pairs: Sequence[tuple[bool, bool]]) -> float | None:
    """Return how far two who call rows bad or not agree beyond chance (Cohen 1960), at most 1.

    Args:
        pairs: what the two say of each row, one row at least.

    Returns:
        None where both say the same of every row, so that chance explains it all.
    """
    size = len(pairs)
    seen = sum(one == other for one, other in pairs) / size
    bad = [sum(pair[place] for pair in pairs) / size for place in (0, 1)]
    return _beyond(seen, bad[0] * bad[1] + (1 - bad[0]) * (1 - bad[1]))


def _fleiss(bad: Sequence[int], raters: int) -> float | None:
    pairs = raters * (raters - 1)
    seen = sum(n * (n - 1) + (raters - n) * (raters - n - 1) for n in bad) / (len(bad) * pairs)
    share = sum(bad) / (len(bad) * raters)
    return _beyond(seen, share**2 + (1 - share) ** 2)


def _beyond(seen: float, by_chance: float) -> float | None:
    """Return kappa, None where all say the same of every row, so that chance explains it all."""
    return None if by_chance == 1 else round((seen - by_chance) / (1 - by_chance), 4)
