"""The parts of spotcheck: sample, verdicts, bounds, gate, what to do about errors."""
