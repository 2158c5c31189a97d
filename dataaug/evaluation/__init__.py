"""Evaluation: did the rows help? Train with and without them, test on real rows only."""

REPEATS = 10
"""Fits on random halves of the train rows, unless a run says otherwise."""
MARGIN = 0.01
"""Gains within this are none: one point, less than what two runs with other rows differ by."""
