"""HTML: what the pages of reports are made of; each is one file, without script or network."""
