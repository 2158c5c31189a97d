"""Filtering: checks judge synthetic rows, and each row that goes has a reason."""

TAIL = 0.02
"""The share of good rows that the label check aims to give up, unless a run says otherwise."""
MAX_GOOD_LOSS = 0.05
"""The share of good rows that the label check does not exceed, unless a run says otherwise."""
