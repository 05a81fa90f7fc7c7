"""Runs in parts: the options that cut a run, and `merge`."""
