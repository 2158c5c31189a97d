"""What a recipe is expected to bring before it is tried."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from dataaug.tuning.differences import PairedDifference


@dataclass(frozen=True, slots=True)
class Prior:
    """What a recipe brought on other sets, as a normal distribution of gains.

    Attributes:
        mean: the gain over doing nothing, -1 to 1.
        spread: its standard deviation over sets; infinite where nothing is known.
    """

    mean: float = 0.0
    spread: float = float("inf")

    def updated(self, found: PairedDifference) -> float:
        """Return the expected gain after folds have spoken: the mean of the posterior.

        Both are weighted by the inverse of their variance (Gelman et al. 2013, Bayesian Data
        Analysis, sec. 2.5). Folds that all say the same decide alone.

        Args:
            found: the gain over doing nothing on the folds.
        """
        if found.error == 0:
            return found.mean
        own, theirs = self.spread**-2, found.error**-2
        if own + theirs == 0:
            return found.mean
        return (self.mean * own + found.mean * theirs) / (own + theirs)


_PRIORS: Mapping[str, Mapping[str, tuple[float, float]]] = MappingProxyType({
    "tfidf": {"names": (4, 4), "pool": (6, 5), "both": (8, 6), "edits": (0.3, 1),
              "copies": (0, 1), "fit": (0, 2), "model": (2, 3)},
    "embedding": {"names": (2, 3), "pool": (0, 2), "both": (2, 3), "edits": (0, 0.7),
                  "copies": (0, 0.7), "fit": (0, 1), "model": (1, 2)},
    "finetune": {"names": (2, 3), "pool": (3, 4), "both": (4, 5), "edits": (0.3, 1),
                 "copies": (0, 1), "fit": (0, 1), "model": (1, 2)},
})  # fmt: skip
"""Mean and spread in points, by classifier and by what a recipe draws on: rounded from the gains of
docs/evidence.md and those of the issue that asked for it, on sets of intents and of two labels."""


def expected_of(classifier: str, source: str) -> Prior:
    """Return what is known of recipes of a kind.

    Args:
        classifier: its name; of another than ours nothing is known.
        source: what the recipe draws on: ``names``, ``pool``, ``both``, ``edits``, ``copies``,
            ``fit`` (of the classifier) or ``model`` (a language model).
    """
    known = _PRIORS.get(classifier)
    if known is None:
        return Prior()
    mean, spread = known[source]
    return Prior(mean / 100, spread / 100)
