"""Review: people judge a sample of the rows, and a gate says what that proves (spotcheck)."""

SAMPLE_ROWS = 100
"""Rows to review, unless a run says otherwise."""
SUSPICIOUS_ROWS = 10
"""Rows most likely wrong that are shown besides, unless a run says otherwise."""
MAX_ERROR_RATE = 0.05
"""The largest share of bad rows that passes, unless a run says otherwise (the seed text's)."""
ACCEPTABLE_RATE = 0.01
"""The share of bad rows that a sequential test should pass, unless a run says otherwise."""
