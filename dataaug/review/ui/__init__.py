"""What the reviewers stand on: the terminal and its keys, the screen, the server, the page."""
