"""Labels for unlabelled real rows: a teacher's, or a person's where they teach most."""

TEACHER = "embedding"
"""The classifier that labels rows, where none is named."""
STRATEGY = "density"
"""How rows to ask about are chosen, where no strategy is named; docs/label.md has why."""
ROUNDS = 5
"""Rounds in which they are chosen."""
