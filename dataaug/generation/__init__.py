"""The parts of generate: what is new, how many requests a group still needs, whose turn it is."""
