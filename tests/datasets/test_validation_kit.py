"""The validation proteins that come with the repository, and the figure measured on them."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from dna_protein_bca import BindingPredictor
from dna_protein_bca.datasets.similarity import protein_states
from dna_protein_bca.datasets.sources import specificity
from dna_protein_bca.inference.weights import locate
from dna_protein_bca.io.folder_names import RELATIVES
from dna_protein_bca.motifs.kmers import canonical_kmers
from dna_protein_bca.motifs.pwm import mean_kmer_scores
from dna_protein_bca.proteins.relatives import MeasuredProteins

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "data" / "validation"


@pytest.fixture(scope="module")
def kit() -> Iterator[ModuleType]:
    """`benchmarks/specificity_kit.py`."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(ROOT / "benchmarks"))
        yield import_module("specificity_kit")
    sys.modules.pop("specificity_kit")


def test_the_kit_is_small_and_whole(kit: ModuleType) -> None:
    proteins, motifs = kit.read_kit()
    assert list(proteins) == list(motifs) and len(proteins) == 60
    assert sum(map(len, motifs.values())) == 62 and all(motifs.values())
    assert sum(path.stat().st_size for path in FOLDER.iterdir()) < 500_000
    text = (FOLDER / "motifs.meme").read_text()
    named = re.findall(r"(?m)^MOTIF (.*)$", text)
    assert all(re.fullmatch(r"(MA|UN)\d{4}\.\d@\w+", name) for name in named)
    assert "CC BY 4.0" in (FOLDER / "LICENSE.md").read_text()


def test_the_heldout_weights_know_no_near_relative(kit: ModuleType) -> None:
    measured = MeasuredProteins.read(locate("heldout") / RELATIVES)
    states = protein_states(kit.read_kit()[0])
    assert all(measured.identities(one).max() < 0.7 for one in states.values())


def test_the_kit_is_what_the_data_set_holds(kit: ModuleType, specificity_dir: Path) -> None:
    proteins, motifs = kit.read_kit()
    table = specificity.read_proteins(specificity_dir, ("validation",))
    known = kit.read_jaspar(specificity_dir)
    assert list(known) == list(motifs)
    for name, sequence in proteins.items():
        assert sequence == table.sequence[name]
        for mine, theirs in zip(motifs[name], known[name], strict=True):
            np.testing.assert_array_equal(mine, theirs)


def test_the_matrices_are_those_of_jaspar(kit: ModuleType) -> None:
    """As LICENSE.md says, to the four decimals that were kept."""
    pyjaspar = pytest.importorskip("pyjaspar")
    database = pyjaspar.jaspardb(release="JASPAR2026")
    names = re.findall(r"(?m)^MOTIF (\S+)@(\w+)$", (FOLDER / "motifs.meme").read_text())
    assert len(names) == 62
    seen: dict[str, int] = {}
    motifs = kit.read_kit()[1]
    for matrix_id, protein in names:
        row = seen[protein] = seen.get(protein, -1) + 1
        found = database.fetch_motif_by_id(matrix_id)
        assert found.matrix_id == matrix_id and protein in found.acc
        counts = np.array([found.counts[base] for base in "ACGT"]).T
        sums = counts.sum(1)
        sites = np.array([*sums, sums.mean(), np.median(sums)])[:, None, None]
        expected = (counts + sites / 40) / (sums[:, None] + sites / 10)
        off = np.abs(expected - motifs[protein][row]).max((1, 2)).min()
        assert off < 6e-5, matrix_id


def test_scores_do_not_depend_on_the_other_proteins(
    kit: ModuleType,
    tiny_weights: Path,
    examples: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(kit, "canonical_kmers", lambda k: canonical_kmers(k)[:40])
    predictor = BindingPredictor.from_pretrained(tiny_weights, "cpu")
    first = ["CTCF", "MAX"]
    everything = kit.score_kmers(predictor, examples, first)
    alone = kit.score_kmers(predictor, {name: examples[name] for name in first}, first)
    rows = [list(examples).index(name) for name in first]
    assert everything.shape == (len(examples), 40)
    np.testing.assert_array_equal(everything[rows], alone)
    lines = capsys.readouterr().err.splitlines()
    announced = "scoring 40 8-mers for each of 2 proteins: about 1 to 1 minutes of one CPU core"
    assert [lines[0], lines[1], lines[9]] == [announced, "4 of 40 8-mers", "36 of 40 8-mers"]
    assert lines.count(announced) == 2


def test_a_perfect_score_is_judged_perfect(kit: ModuleType) -> None:
    motifs = dict(list(kit.read_kit()[1].items())[:3])
    truth = {n: mean_kmer_scores(ones) for n, ones in motifs.items()}
    found = kit.judge(truth, motifs)
    assert len(found) == 3 and (found.to_numpy() > 1 - 1e-9).all()
    assert kit.row_name(motifs) == "JASPAR truth alone (3 proteins)"
    figure = {"mean": 0.9417, "interval": [0.914, 0.964]}
    lines = kit.table({"a": dict.fromkeys(kit.METRICS, figure)}).splitlines()
    assert lines[2] == "| a | 0.942 ± 0.025 | 0.942 ± 0.025 | 0.942 ± 0.025 |"
