"""The command line: parse, open, call one verb, write."""
