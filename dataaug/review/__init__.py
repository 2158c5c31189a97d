"""Review: people judge a sample of the rows, and a gate says what that proves (spotcheck)."""
