"""The parts of evaluate: sets of train rows, fits, scores with intervals, verdicts."""
