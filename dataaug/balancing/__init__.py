"""Balancing: more rows for the classes that have few."""
