"""Augmentation: variants of real rows, by methods that edit, translate or reword a text."""
