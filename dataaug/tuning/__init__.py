"""Tuning: which recipe for more train rows pays, by cross-validation inside the real train rows."""

FOLDS = 5
"""Parts that the train rows are dealt out to; each is held out in its turn."""
MOST_ROUNDS = 10
"""Rounds of a race at most, a fold held out in each: the folds are dealt twice."""
UNCHANGED = "nothing"
"""The recipe that leaves the train rows as they are."""
LEAST_GAIN = 0.01
"""What a recipe has to be expected to bring over a simpler one: a point."""
