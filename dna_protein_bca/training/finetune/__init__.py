"""Training on a user's own data: what the command `train` runs."""
