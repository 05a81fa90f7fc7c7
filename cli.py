"""Run the command line from a checkout: `python cli.py predict --help`."""

from dna_protein_bca.commands import main

if __name__ == "__main__":
    main()
