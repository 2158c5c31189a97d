"""Balancing: more rows for the classes that have few."""

MAX_RATIO = 10.0
"""Most synthetic rows for each real row of a label, unless a run says otherwise."""
