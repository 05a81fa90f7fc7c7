"""A user's files: opened, checked, read as a stream, and written whole or not at all."""
