"""Comparison: in what synthetic rows are unlike real ones, and which method made them so."""

CAP = 20_000
"""Real and synthetic rows that are looked at, each, unless a run says otherwise."""
