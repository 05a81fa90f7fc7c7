"""`python -m dna_protein_bca` is the command `dna-protein-bca`."""

from .commands import main

if __name__ == "__main__":
    main()
