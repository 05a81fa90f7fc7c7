"""From loaded weights to scores, sites and probabilities."""
