"""The parts of compare: the rows, the halves that show what is chance, the findings."""
