"""Generation: new rows of a description by a language model, in exact counts."""
