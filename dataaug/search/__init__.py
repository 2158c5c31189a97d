"""Search: near-duplicates among millions of vectors, exactly, and which of each pair stays."""

NEAR_DUPLICATE = 0.95
"""Cosine similarity from which on two texts are near-duplicates, unless a run says otherwise (the
seed text's value)."""
