"""Text: its words, numbers and names, what two texts share, and what no edit may touch."""

ROUGE_L_COPY = 0.7
"""ROUGE-L from which on a text is a copy of another one, unless a run says otherwise
(Self-Instruct, Wang et al. 2023, section 2.2)."""
