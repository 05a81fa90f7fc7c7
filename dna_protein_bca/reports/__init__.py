"""HTML pages and text tables made from plain values and arrays."""
