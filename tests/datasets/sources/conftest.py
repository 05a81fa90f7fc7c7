"""Proteins with UniProt headers."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from dna_protein_bca.datasets.sources.protein_names import ProteinNames

Write = Callable[[str, str], Path]

UNIPROT = """\
>sp|Q9Y2X9|ZN281_HUMAN Zinc finger protein 281 OS=Homo sapiens OX=9606 GN=ZNF281 PE=1 SV=1
MKIGSGFLSG
>sp|Q01196|RUNX1_HUMAN Runt-related OS=Homo sapiens OX=9606 GN=RUNX1 PE=1 SV=3
MRIPVDASTS
>sp|Q03347|RUNX1_MOUSE Runt-related OS=Mus musculus OX=10090 GN=Runx1 PE=1 SV=1
MRIPVDASTT
>tr|A0A060CV13|A0A060CV13_MAIZE SBP8 OS=Zea mays GN=SBP8
MDWDLKMPVS
>plain with a comment
MKVA
"""


@pytest.fixture
def names(write: Write) -> ProteinNames:
    return ProteinNames.read(write("p.fa", UNIPROT))
