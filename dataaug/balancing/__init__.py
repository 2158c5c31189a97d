"""The parts of balance: what makes new rows of a class."""
