"""What is said of a pair agrees with what predict says of it, and of changed DNA and proteins."""

from __future__ import annotations

import copy
from pathlib import Path

import numpy as np
import pytest
import torch

from dna_protein_bca import BindingPredictor, InputError, variant
from dna_protein_bca.explain import Explanation, explain
from dna_protein_bca.explain.gradients import integrated_gradients
from dna_protein_bca.explain.relatives import ITSELF
from dna_protein_bca.inference.tiling import TileGrid
from dna_protein_bca.io.fasta import read_fasta
from dna_protein_bca.io.tokenizers import AMINO_ACIDS
from dna_protein_bca.plots.saving import save_figure
from dna_protein_bca.proteins.domains import find_domains
from dna_protein_bca.proteins.identity import match_states
from dna_protein_bca.proteins.relatives import MeasuredProtein, MeasuredProteins

DNA = "ttgacnACGTCACGTGACCTTGACuTAGC"
"""Lower case, an unknown base and U."""

RESIDUES = range(20, 37)
"""Some lie before the domain of MAX, which begins at 23."""


@pytest.fixture(scope="module")
def proteins(data_dir: Path) -> dict[str, str]:
    """MAX and GATA1."""
    records = list(read_fasta(data_dir / "example_proteins.fa", "protein"))[:2]
    return {record.id: record.sequence for record in records}


@pytest.fixture(scope="module")
def measured(proteins: dict[str, str]) -> MeasuredProteins:
    """MAX itself with two motifs, and a mutant of it with one."""
    rng = np.random.default_rng(0)

    def one(name: str, sequence: str, motifs: int) -> MeasuredProtein:
        (domains,) = find_domains([(name, sequence)], threads=1)
        drawn = tuple(rng.dirichlet([0.3] * 4, 8).astype(np.float32) for _ in range(motifs))
        states = match_states(sequence, domains)
        return MeasuredProtein(name, "Homo_sapiens", "", states, drawn, ("",) * motifs)

    mutant = proteins["MAX"].replace("ERKRRDH", "ARKAADH")
    return MeasuredProteins([one("MAX_measured", proteins["MAX"], 2), one("other", mutant, 1)])


@pytest.fixture(scope="module")
def predictor(tiny_weights: Path, measured: MeasuredProteins) -> BindingPredictor:
    """Random weights with relatives and a loss by substitutions, and places that meet residues."""
    from dna_protein_bca.model.binding import BindingModel

    known = BindingPredictor.from_pretrained(tiny_weights, "cpu").model
    config = known.config.replace(
        joint_form="sites", joint_residues=8, joint_places=8, relatives=5, substitution_loss=True
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        model = BindingModel(config)
        for parameter in model.joint.parameters():
            parameter.data += 0.1 * torch.randn(parameter.shape)
    kept = known.state_dict().items()
    members = {name: tensor for name, tensor in kept if not name.startswith("joint.")}
    model.load_state_dict(members, strict=False)
    return BindingPredictor(model.eval(), measured)


@pytest.fixture(scope="module")
def found(predictor: BindingPredictor, proteins: dict[str, str]) -> Explanation:
    (explanation,) = explain(
        predictor, {"MAX": proteins["MAX"]}, {"site": DNA}, residues=RESIDUES, background=None
    )
    return explanation


def test_its_numbers_are_those_of_predict(
    found: Explanation, predictor: BindingPredictor, proteins: dict[str, str]
) -> None:
    (row,) = predictor.predict(
        {"MAX": proteins["MAX"]}, {"site": DNA}, background=None
    ).itertuples()
    assert found.score == pytest.approx(row.score, abs=2e-5)
    assert (found.start, found.end, found.strand) == (row.start, row.end, row.strand)
    assert found.dbd == row.dbd
    assert np.isnan(found.p_value)
    assert found.dna == DNA.upper().replace("U", "T")
    track = found.position_score.astype(np.float64)
    assert np.log(np.exp(track).sum()) == pytest.approx(found.score, abs=1e-4)


def test_each_base_is_substituted_by_each_other(
    found: Explanation, predictor: BindingPredictor, proteins: dict[str, str]
) -> None:
    assert found.base_effects.shape == (4, len(DNA))
    own = np.array([[base == letter for letter in found.dna] for base in "ACGT"])
    assert (found.base_effects[own] == 0).all()
    for at, base in ((5, "C"), (10, "T"), (len(DNA) - 1, "A")):
        changed = found.dna[:at] + base + found.dna[at + 1 :]
        score = predictor.score_matrix({"MAX": proteins["MAX"]}, {"x": changed})[0, 0]
        effect = found.base_effects["ACGT".index(base), at]
        assert effect == pytest.approx(score - found.score, abs=4e-5)
        assert effect != 0


def test_each_residue_is_substituted_against_the_wild_type_that_is_given(
    found: Explanation, predictor: BindingPredictor, proteins: dict[str, str]
) -> None:
    effects, sequence = found.residue_effects, proteins["MAX"]
    assert effects is not None
    (domains,) = find_domains([("MAX", sequence)], threads=1)
    assert effects.at.tolist() == list(range(domains[0].start, RESIDUES.stop))
    own = np.array([[residue == sequence[at] for at in effects.at] for residue in AMINO_ACIDS])
    assert (effects.effects[own] == 0).all() and (effects.loss[own] == 0).all()
    # A loss counts in full, and takes its part of the score.
    assert effects.loss.max() > 1
    # Its nearest measured protein is the wild type itself, so that predict says the same.
    for column, residue in ((4, "A"), (8, "P"), (12, "A")):
        at = int(effects.at[column])
        mutant = sequence[:at] + residue + sequence[at + 1 :]
        (same,) = find_domains([("x", mutant)], threads=1)
        if [each[:3] for each in same] != [each[:3] for each in domains]:
            continue
        score = predictor.score_matrix({"x": mutant}, {"x": found.dna})[0, 0]
        effect = effects.effects[AMINO_ACIDS.index(residue), column]
        assert effect == pytest.approx(score - found.score, abs=1e-4)


def test_residues_have_the_effects_that_variant_protein_gives(
    found: Explanation, predictor: BindingPredictor, proteins: dict[str, str]
) -> None:
    effects, wild = found.residue_effects, {"MAX": proteins["MAX"]}
    assert effects is not None
    rows, columns = np.array(
        [
            (AMINO_ACIDS.index(new), column)
            for column, at in enumerate(effects.at)
            for new in "APWK"
            if wild["MAX"][at] != new
        ]
    ).T
    texts = [
        f"{wild['MAX'][effects.at[column]]}{effects.at[column] + 1}{AMINO_ACIDS[row]}"
        for row, column in zip(rows, columns, strict=True)
    ]
    named = [("MAX", text) for text in texts]
    asked = variant.protein(predictor, wild, named, dna={"site": DNA}, background=None)
    assert asked.pairs is not None
    for values, expected in (
        (effects.effects, asked.pairs["delta_score"]),
        (effects.loss, asked.table["loss"]),
    ):
        np.testing.assert_allclose(
            values[rows, columns], expected.to_numpy(float), atol=4e-5, rtol=1e-6
        )
    marked = asked.wild_types["MAX"].contacts()
    np.testing.assert_array_equal(effects.contact, marked[effects.at])


def test_bases_have_the_effects_that_variant_dna_gives(
    found: Explanation, predictor: BindingPredictor, proteins: dict[str, str]
) -> None:
    asked = [
        ("site", at + 1, letter, base)
        for at, letter in enumerate(found.dna)
        for base in "ACGT"
        if letter not in (base, "N")
    ]
    table = variant.dna(
        predictor, {"MAX": proteins["MAX"]}, asked, {"site": found.dna}, change_p=False
    ).table
    rows = ["ACGT".index(base) for *_, base in asked]
    columns = [at - 1 for _, at, *_ in asked]
    np.testing.assert_allclose(
        found.base_effects[rows, columns], table["delta_score"].to_numpy(float), atol=4e-5
    )


def test_a_protein_that_is_read_whole_has_effects_of_its_residues(
    predictor: BindingPredictor,
) -> None:
    unknown = {"none": "MKTAYIAKQRQISFVKSHFSRQ"}
    (other,) = explain(
        predictor,
        unknown,
        {"x": DNA},
        residues=range(2, 4),
        background=None,
        any_protein=True,
    )
    assert other.residue_effects is not None
    assert other.residue_effects.at.tolist() == [2, 3]
    assert np.isfinite(other.residue_effects.effects).all()
    assert other.residue_effects.effects.any() and not other.residue_effects.loss.any()
    mutant = {"x": unknown["none"].replace("MKTA", "MKTW")}
    scores = [
        predictor.score_matrix(predictor.encode(each, any_protein=True), {"x": DNA})[0, 0]
        for each in (mutant, unknown)
    ]
    effect = other.residue_effects.effects[AMINO_ACIDS.index("W"), 1]
    assert effect == pytest.approx(scores[0] - scores[1], abs=4e-5)
    axes, *_ = other.plot()["protein"].axes
    assert [text.get_text() for text in axes.texts] == ["3-4"]


@pytest.mark.parametrize("any_protein", [False, True])
def test_a_mutant_that_has_lost_its_domain_has_no_score(
    predictor: BindingPredictor, any_protein: bool
) -> None:
    finger = {"F": "GSGSEKAYDCADCGDAFSDASALTDHARIHAGEKPGSG"}
    (domain,) = find_domains([*finger.items()], threads=1)[0]
    cysteine = finger["F"].index("C")
    (alone,) = explain(
        predictor,
        finger,
        {"x": DNA},
        residues=range(cysteine, cysteine + 1),
        background=None,
        any_protein=any_protein,
    )
    assert domain.start <= cysteine < domain.end and alone.residue_effects is not None
    effects = alone.residue_effects.effects[:, 0]
    mutants = [finger["F"].replace("C", residue, 1) for residue in AMINO_ACIDS]
    found = find_domains([(each, each) for each in mutants], threads=1)
    assert np.isnan(effects).tolist() == [not domains for domains in found]
    assert np.isnan(effects).any()
    alone.plot()


def test_contacts_and_domains_are_in_the_picture_of_residues(found: Explanation) -> None:
    from dataclasses import replace

    effects = found.residue_effects
    assert effects is not None
    contact = np.arange(len(effects.at)) == 3
    marked = replace(found, residue_effects=effects._replace(contact=contact))
    axes, *_ = marked.plot()["protein"].axes
    labels = axes.get_xticklabels()
    assert [label.get_color() == "red" for label in labels] == contact.tolist()
    assert labels[3].get_text() == f"{found.protein[effects.at[3]]}\n\u25b2\n{effects.at[3] + 1}"
    assert [text.get_text() for text in axes.texts] == ["HLH 24-37"]


def test_attributions_sum_to_what_the_score_is_above_the_baseline(found: Explanation) -> None:
    values, baseline, gap, _ = found.attribution
    assert abs(gap) <= 1e-3
    assert float(values.sum()) == pytest.approx(found.score - baseline, abs=2e-3)
    # A base that is as unknown as the baseline contributes nothing.
    assert (values[:, DNA.index("n")] == 0).all()


def test_steps_are_short_where_the_gradient_bends(found: Explanation) -> None:
    class Bend(torch.nn.Module):
        """Half the sum of squares, with a kink at 0.7 of the way of every base."""

        def forward(self, dna: torch.Tensor) -> torch.Tensor:
            hot = dna.amax(1)
            return (hot**2 / 2 + 5 * (hot - 0.775).relu()).sum(1, keepdim=True)

    dna = torch.eye(4)[[0, 2, 3]].T
    result = integrated_gradients(Bend(), dna)
    assert abs(result.gap) <= 1e-3 and result.steps < 64
    expected = 0.5 - 0.25**2 / 2 + 5 * 0.225
    torch.testing.assert_close(result.values.sum(0), torch.full((3,), expected), atol=1e-3, rtol=0)
    coarse = integrated_gradients(Bend(), dna, tolerance=1e-9, most_steps=32)
    assert coarse.steps == 32
    assert coarse.gap == pytest.approx(
        float(coarse.values.sum()) - float(Bend()(dna[None])) + coarse.baseline_score, abs=1e-5
    )


def test_attention_of_both_sides(found: Explanation) -> None:
    attention = found.attention
    assert attention.dna_reads.shape == (1, 2, 8, len(attention.residue))
    assert attention.token.sum() == 8
    place = 2 * attention.base + attention.strand
    assert (np.diff(place) > 0).all()
    assert attention.counts.max() > 0 and (attention.counts >= 0).all()
    # Each place reads as much of all residues as of all tokens: 1.
    np.testing.assert_allclose(attention.dna_reads.sum(-1), 1, atol=1e-5)
    # Eight residues and the latents read each 1 of all places.
    np.testing.assert_allclose(attention.protein_reads.sum((-1, -2)), 8 + 4, atol=1e-4)
    apart = attention.protein_reads[..., attention.counts == 0, :]
    assert apart.max(initial=0) < 1e-6


def test_attention_over_latents_alone(
    tiny_weights: Path, proteins: dict[str, str], found: Explanation
) -> None:
    predictor = BindingPredictor.from_pretrained(tiny_weights, "cpu")
    (other,) = explain(predictor, proteins, {"x": DNA}, [("GATA1", "x")], residues=None)
    assert other.residue_effects is None
    attention = other.attention
    assert not attention.token.any()
    assert attention.dna_reads.shape == (1, 2, 2 * len(DNA), len(attention.residue))
    np.testing.assert_allclose(attention.dna_reads.sum(-1), 1, atol=1e-5)
    assert [voice.relative for voice in other.voices] == [ITSELF]
    assert set(other.plot()) == {"dna", "site", "attention"}


def test_who_spoke(found: Explanation) -> None:
    itself, *relatives = found.voices
    assert itself.relative == ITSELF and np.isnan(itself.identity)
    assert {voice.relative: voice.motifs for voice in relatives} == {"MAX_measured": 2, "other": 1}
    assert {voice.species for voice in relatives} == {"Homo_sapiens"}
    assert sum(voice.share for voice in found.voices) == pytest.approx(1, abs=1e-5)
    assert sum(voice.weight for voice in found.voices) == pytest.approx(1, abs=1e-5)
    nearest = next(voice for voice in relatives if voice.relative == "MAX_measured")
    assert nearest.identity == pytest.approx(1)
    assert nearest.weight == max(voice.weight for voice in relatives)


def test_motifs_that_are_too_light_to_be_read_have_no_share(
    predictor: BindingPredictor, proteins: dict[str, str]
) -> None:
    model = copy.deepcopy(predictor.model)
    model.config = model.config.replace(kept=0.5)
    few = BindingPredictor(model, predictor.measured)
    given = {"MAX": proteins["MAX"]}, {"site": DNA}
    (found,) = explain(few, *given, residues=None, background=None)
    state = few.encode(given[0]).blocks[0].state
    counted = int(state.motifs.present.sum())
    assert 0 < counted < state.every.weight.shape[1]
    read = [voice for voice in found.voices if voice.share]
    assert 0 < len(read) <= counted
    assert sum(voice.share for voice in read) == pytest.approx(1, abs=1e-5)
    (row,) = few.predict(*given, background=None).itertuples()
    assert found.score == pytest.approx(row.score, abs=2e-5)


def test_long_dna_is_explained_in_the_tile_of_its_site(
    predictor: BindingPredictor, proteins: dict[str, str]
) -> None:
    rng = np.random.default_rng(1)
    text = "".join(rng.choice(list("ACGT"), 301))
    (other,) = explain(
        predictor, {"MAX": proteins["MAX"]}, {"x": text}, residues=None, background=None
    )
    row = predictor.predict({"MAX": proteins["MAX"]}, {"x": text}, background=None).iloc[0]
    assert other.position_score.shape == (301, 2)
    best = int(other.position_score.max(1).argmax())
    assert row["start"] <= best < row["end"]
    grid = TileGrid(301, predictor.model.config.tile)
    start, end = grid.rows(grid.owner(best), grid.owner(best) + 1)[0, :2]
    assert 0 < end - start < 301
    assert ((other.attention.base >= start) & (other.attention.base < end)).all()


def test_files(found: Explanation, tmp_path: Path) -> None:
    written = found.save(tmp_path, "pair")
    assert sorted(written) == sorted(tmp_path.iterdir())
    names = {path.name for path in written}
    figures = ("dna", "site", "protein", "attention", "relatives")
    drawn = {f"pair.{figure}.{ending}" for figure in figures for ending in ("svg", "png")}
    assert names == {"pair.npz", "pair.relatives.tsv", *drawn}
    with np.load(tmp_path / "pair.npz") as arrays:
        assert arrays["base_effects"].shape == (4, len(DNA))
        assert arrays["residue_effects"].shape == (20, len(arrays["residue"]))
        np.testing.assert_allclose(arrays["attribution"], found.attribution.values)
        assert str(arrays["protein_id"]) == "MAX"
        assert all(arrays[name].dtype != object for name in arrays)
    lines = (tmp_path / "pair.relatives.tsv").read_text().splitlines()
    assert len(lines) == 1 + len(found.voices)
    again = tmp_path / "again.svg"
    save_figure(found.plot()["attention"], [again])
    assert again.read_bytes() == (tmp_path / "pair.attention.svg").read_bytes()


def test_what_cannot_be_explained(
    predictor: BindingPredictor, proteins: dict[str, str], data_dir: Path, write
) -> None:
    many = {str(number): "ACGTACGT" for number in range(11)}
    with pytest.raises(InputError, match="22 or more pairs, and at most 20 are explained at once"):
        explain(predictor, proteins, many)
    with pytest.raises(InputError, match="has 513 bp, and DNA of at most 512 bp is explained"):
        explain(predictor, proteins, {"long": "A" * 513})
    for text in ("ACGT", "NNNNNNN"):
        with pytest.raises(InputError, match="'x' is all N or shorter than 5 bp"):
            explain(predictor, proteins, {"x": text})
    with pytest.raises(InputError, match=r"non_binders.fa:1: protein .* has no known DNA-binding"):
        explain(predictor, data_dir / "non_binders.fa", {"x": "ACGTACGT"})
    with pytest.raises(InputError, match="no pair to explain"):
        explain(predictor, proteins, {})
    outside = r"none of the residues 1-10 of protein 'GATA1' lies in a domain: its domains are GATA"
    with pytest.raises(InputError, match=outside):
        explain(predictor, {"GATA1": proteins["GATA1"]}, {"x": DNA}, residues=range(10))
    length = len(proteins["GATA1"])
    beyond = rf"protein 'GATA1' has {length} residues, and some up to {length + 1} were asked for"
    with pytest.raises(InputError, match=beyond):
        explain(
            predictor, {"GATA1": proteins["GATA1"]}, {"x": DNA}, residues=range(199, length + 1)
        )
    table = write("pairs.tsv", "protein_id\tdna_id\nMAX\tx\nMAXX\tx\n")
    with pytest.raises(InputError, match=r"pairs.tsv:3: protein_id 'MAXX'"):
        explain(predictor, proteins, {"x": "ACGTACGT"}, table)
