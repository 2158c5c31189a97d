"""Rows: what a record is, how it lies in a file, how it is derived, how all are counted."""
