"""The verbs for Python: each takes what people have, and gives rows, rejects and a report."""
