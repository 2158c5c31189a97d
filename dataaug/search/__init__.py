"""Search: near-duplicates among millions of vectors, exactly, and which of each pair stays."""
