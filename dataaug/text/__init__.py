"""Text: its words, numbers and names, what two texts share, and what no edit may touch."""
