"""Labels for unlabelled real rows: a teacher's, or a person's where they teach most."""

TEACHER = "embedding"
"""The classifier that labels rows, where none is named."""
