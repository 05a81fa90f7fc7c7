"""The commands that train: their options, and how they show what is going on."""
