"""Filtering: checks judge synthetic rows, and each row that goes has a reason."""
