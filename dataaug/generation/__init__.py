"""Generation: new rows of a description by a language model, in exact counts."""

PER_LABEL = 100
"""Rows of a label where no number is given."""
DOMAIN = "customer support"
"""What texts are about where nothing else is said (the seed text's default)."""
