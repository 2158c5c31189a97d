"""Comparison: in what synthetic rows are unlike real ones, and which method made them so."""
