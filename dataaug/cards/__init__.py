"""Dataset cards: what a data set is made of, for people, and for tools that load it."""

FILL_IN = "FILL IN"
"""What stands where only people know what belongs there."""

UNKNOWN = "unknown"
"""The licence of data of which none is named; Hugging Face has the same word for it."""

ADVICE = (
    "Synthetic rows repeat the habits of what made them: a score on them, or a difference between "
    "groups among them, says more about the generator than about people. They are for training."
)
"""Why these data are not for evaluation or fairness audits."""
