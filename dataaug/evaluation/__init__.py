"""Evaluation: did the rows help? Train with and without them, test on real rows only."""
