"""The joint stage's lessons from real bound DNA: reads, genomic sites, arrays."""
