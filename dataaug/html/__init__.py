"""Reports to look at: one file for each, without script, network or anything beside it."""
