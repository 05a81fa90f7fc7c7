"""Training: what is learned (`objective`, `task`), how (`loop`), and how well (`metrics`)."""
