"""What makes two runs the same run."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from dna_protein_bca.io.folder_names import (
    AFFINITY,
    BACKGROUNDS,
    CALIBRATION,
    RELATIVES,
    TRUST_LEVELS,
    WEIGHTS,
)
from dna_protein_bca.sharding.run import identity_of


@pytest.mark.parametrize(
    "name", [WEIGHTS, RELATIVES, CALIBRATION, AFFINITY, TRUST_LEVELS, BACKGROUNDS]
)
def test_other_files_beside_weights_make_another_run(
    name: str, tiny_weights: Path, tmp_path: Path
) -> None:
    folder = Path(shutil.copytree(tiny_weights, tmp_path / "weights"))
    before = identity_of("predict", (str(folder),), {}, {})
    (folder / name).write_bytes(b"another file")
    assert identity_of("predict", (str(folder),), {}, {}) != before
