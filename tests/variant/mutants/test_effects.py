"""What mutations do agrees with `predict`, and says where they lie."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from dna_protein_bca import BindingPredictor, InputError, variant
from dna_protein_bca.ensemble import EnsemblePredictor
from dna_protein_bca.io.fasta import read_fasta
from dna_protein_bca.io.meme import Motif
from dna_protein_bca.plots.substitutions import ORDER
from dna_protein_bca.proteins.domains import find_domains, profile_lengths
from dna_protein_bca.proteins.relatives import MeasuredProteins
from dna_protein_bca.variant.mutants import COLUMNS, PAIR_COLUMNS, protein_stream
from dna_protein_bca.variant.mutants.result import stretches

DNA = {"site": "GGACTAATTAGTCC", "other": "GGACGATCGCGTCC"}


@pytest.fixture(scope="module")
def wild(data_dir: Path) -> dict[str, str]:
    records = read_fasta(data_dir / "example_proteins.fa", "protein")
    return {r.id: r.sequence for r in records if r.id in ("LHX2", "MAX", "SP1")}


@pytest.fixture(scope="module")
def predictor(
    tiny_weights: Path, tmp_path_factory: pytest.TempPathFactory, wild: dict[str, str]
) -> BindingPredictor:
    """Weights whose measured proteins are the wild types; the loss counts in `predict` as well."""
    folder = tmp_path_factory.mktemp("weights") / "tiny"
    shutil.copytree(tiny_weights, folder)
    config = (folder / "config.json").read_text()
    assert '"substitution_loss": false' in config
    (folder / "config.json").write_text(
        config.replace('"substitution_loss": false', '"substitution_loss": true')
    )
    rng = np.random.default_rng(0)
    motifs = [Motif(f"m@{name}", rng.dirichlet([0.3] * 4, 8).astype(np.float32)) for name in wild]
    table = pd.DataFrame({"protein_id": [*wild], "sequence": [*wild.values()]})
    MeasuredProteins.from_tables(table, motifs).save(folder / "relatives.parquet")
    return BindingPredictor.from_pretrained(folder, "cpu")


def substitutions(sequence: str, count: int, seed: int = 0) -> list[tuple[str, str]]:
    """Some substitutions in the domains of a protein, and the mutants' sequences."""
    rng = np.random.default_rng(seed)
    (domains,) = find_domains([("x", sequence)])
    inside = [at for domain in domains for at in range(domain.start, domain.end)]
    found = []
    for at in rng.choice(inside, count, replace=False).tolist():
        new = rng.choice([a for a in "ACDEFGHIKLMNPQRSTVWY" if a != sequence[at]])
        found.append((f"{sequence[at]}{at + 1}{new}", sequence[:at] + new + sequence[at + 1 :]))
    return found


@pytest.mark.parametrize("protein", ["LHX2", "MAX"])
def test_a_mutant_scores_as_predict_scores_its_sequence(
    predictor: BindingPredictor, wild: dict[str, str], protein: str
) -> None:
    mutants = substitutions(wild[protein], 20)
    named = [(protein, text) for text, _ in mutants]
    found = variant.protein(predictor, {protein: wild[protein]}, named, dna=DNA, background=None)
    assert found.pairs is not None
    expected = predictor.score_matrix(dict(mutants), DNA)
    np.testing.assert_allclose(
        found.pairs["score"].to_numpy().reshape(expected.shape), expected, atol=1e-4
    )
    of_wild = predictor.score_matrix({protein: wild[protein]}, DNA)
    np.testing.assert_allclose(found.pairs["wild_score"].to_numpy()[:2], of_wild[0], atol=1e-4)
    assert (found.table["loss"] > 1).any()


def test_rows_follow_the_mutations_and_say_where_they_lie(
    predictor: BindingPredictor, wild: dict[str, str]
) -> None:
    asked = ["LHX2:p.Asn316Ala", "MAX:R36W", "LHX2:N316A", "SP1:S2A"]
    table = variant.protein(predictor, wild, asked).table
    assert tuple(table.columns) == COLUMNS
    assert table["protein_id"].tolist() == ["LHX2", "MAX", "LHX2", "SP1"]
    assert table["mutation"].tolist() == ["N316A", "R36W", "N316A", "S2A"]
    first, _, again, outside = (row for _, row in table.iterrows())
    assert (first["family"], first["profile_position"]) == ("Homeodomain", "50")
    assert first["canonical_position"] == "51"
    pd.testing.assert_series_equal(first, again, check_names=False)
    assert outside["loss"] == outside["specificity_change"] == 0
    assert pd.isna(outside["domain"])


def test_a_stop_or_an_indel_costs_where_it_meets_a_domain(
    predictor: BindingPredictor, wild: dict[str, str]
) -> None:
    (domain,) = find_domains([("x", wild["LHX2"])])[0]
    sequence, inside = wild["LHX2"], domain.start + 20
    letter = sequence[inside]
    texts = {
        "stop before": f"{sequence[9]}10*",
        "stop within": f"{letter}{inside + 1}*",
        "stop behind": f"{sequence[-1]}{len(sequence)}*",
        "deletion within": f"{letter}{inside + 1}del",
        "deletion before": f"{sequence[9]}10del",
    }
    table = variant.protein(predictor, wild, [("LHX2", text) for text in texts.values()]).table
    loss = dict(zip(texts, table["loss"], strict=True))
    assert loss["stop behind"] == loss["deletion before"] == 0
    assert 0 < loss["deletion within"] < loss["stop before"]
    assert 0 < loss["stop within"] <= loss["stop before"]
    gone = table.iloc[0]
    assert gone["kmers_gained"] == 0
    assert gone["kmers_lost"] == 130
    assert pd.isna(gone["specificity_change"])


def test_a_haplotype_is_one_mutant(predictor: BindingPredictor, wild: dict[str, str]) -> None:
    one, two = "N316A", "R318E"
    found = variant.protein(predictor, wild, [f"LHX2:{t}" for t in (one, two, f"{two}+{one}")])
    assert found.table["mutation"].iloc[2] == f"{one}+{two}"
    assert found.table["profile_position"].iloc[2] == "50+52"
    assert found.table["loss"].iloc[2] >= found.table["loss"].iloc[:2].max()


def test_a_scan_has_every_substitution_of_the_domains(
    predictor: BindingPredictor, wild: dict[str, str]
) -> None:
    known = find_domains([("x", wild["SP1"])])[0][0]
    finger = wild["SP1"][known.start - 3 : known.end + 3]
    found = variant.protein(predictor, {"finger": finger}, scan=True)
    (domain,) = find_domains([("x", finger)])[0]
    assert len(found.table) == 19 * (domain.end - domain.start)
    assert not found.table["mutation"].duplicated().any()
    assert (found.table["domain"] == f"zf-C2H2:{domain.start + 1}-{domain.end}").all()
    assert found.table["loss"].notna().all()
    figure = found.plot()
    assert len(figure.axes) == 4  # two heat maps and their scales
    with pytest.raises(InputError, match="no mutations of a protein"):
        found.plot("SP1")


def test_the_nearest_protein_with_the_new_residue_is_named(
    predictor: BindingPredictor, wild: dict[str, str]
) -> None:
    homologue = wild["LHX2"].replace("VWFQNARAK", "VWFKNARAK")
    table = variant.protein(predictor, {"x": homologue}, [("x", "K315Q"), ("x", "K315W")]).table
    assert table["seen_in"].iloc[0] == "LHX2"
    assert 0.9 < table["seen_identity"].iloc[0] < 1
    assert pd.isna(table["seen_in"].iloc[1])


def test_pairs_have_their_columns_and_sites_are_counted(
    predictor: BindingPredictor, wild: dict[str, str]
) -> None:
    found = variant.protein(predictor, wild, ["LHX2:N316A"], dna=DNA, site_p=1.0)
    assert found.pairs is not None
    assert tuple(found.pairs.columns) == PAIR_COLUMNS
    assert found.pairs["dna_id"].tolist() == [*DNA]
    assert found.pairs["p_value"].between(0, 1).all()
    row = found.table.iloc[0]
    assert row["mean_delta_score"] == pytest.approx(found.pairs["delta_score"].mean())
    assert row["sites_gained"] == row["sites_lost"] == 0
    (domain,) = stretches(found.table, found.wild_types["LHX2"])[-1:]
    *_, fall = domain.values.values()
    cell = ORDER.index("A"), 316 - domain.first
    assert fall[cell] == pytest.approx(-row["mean_delta_score"])


def test_mutations_of_contacts_can_come_first(
    predictor: BindingPredictor, wild: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = np.random.default_rng(0)
    weights = {name: rng.exponential(size=length) for name, length in profile_lengths().items()}
    monkeypatch.setattr(predictor.model, "contact_weights", lambda: weights)
    study = protein_stream(predictor, wild, scan=True)
    asked = [(each.protein, each.mutant.text) for each in study.asked]
    study.contacts_first()
    again = [(each.protein, each.mutant.text) for each in study.asked]
    assert sorted(again) == sorted(asked) and [row for row, _ in again] == sorted(
        row for row, _ in again
    )
    contacts = {name: one.contacts() for name, one in study.wild_types().items()}
    for row, name in enumerate(wild):
        places = [int(text[1:-1]) - 1 for at, text in again if at == row]
        touched = contacts[name][places].tolist()
        assert touched == sorted(touched, reverse=True) and len(set(touched)) == 2


def test_several_sets_of_weights_give_their_mean(
    predictor: BindingPredictor, wild: dict[str, str], tiny_weights: Path
) -> None:
    other = BindingPredictor.from_pretrained(tiny_weights, "cpu")
    both = EnsemblePredictor([predictor, other])
    asked = ["LHX2:N316A", "MAX:R36*"]
    options = {"dna": DNA, "background": None}
    found = variant.protein(both, wild, asked, **options)
    alone = variant.protein(predictor, wild, asked, **options)
    assert found.pairs is not None and alone.pairs is not None
    # The other has no measured proteins: it is given those of the first, and loses the same.
    np.testing.assert_allclose(found.table["loss"], alone.table["loss"], atol=1e-6)
    assert list(found.table) == list(alone.table) and list(found.pairs) == list(alone.pairs)
    expected = both.score_matrix(wild, DNA)[[*wild].index("LHX2")]
    np.testing.assert_allclose(found.pairs["wild_score"][:2], expected, atol=4e-5)
    mutant = wild["LHX2"][:315] + "A" + wild["LHX2"][316:]
    second = other.score_matrix({"x": mutant}, DNA)[0] - found.table["loss"][0]
    mean = (alone.pairs["score"][:2].to_numpy() + second) / 2
    np.testing.assert_allclose(found.pairs["score"][:2], mean, atol=1e-4)
    assert found.table["specificity_change"][0] != alone.table["specificity_change"][0]


def test_a_protein_without_a_domain_has_empty_rows(
    predictor: BindingPredictor, caplog: pytest.LogCaptureFixture
) -> None:
    table = variant.protein(predictor, {"none": "MKTAYIAKQRQISFVKSHFSRQ"}, ["none:K2A"]).table
    assert table.iloc[0, 2:].isna().all()
    assert "no known DNA-binding domain" in caplog.text


@pytest.mark.parametrize(
    ("mutations", "told"),
    [
        (["MAX:K36W"], "MAX K36W: residue 36 is R, and not K"),
        (["MXX:R36W"], "'MXX' is not in the protein file"),
        (["R36W"], "does not name a protein"),
        ([], "no mutations"),
        (None, "no mutations"),
    ],
)
def test_what_cannot_be_done_is_told(
    predictor: BindingPredictor, wild: dict[str, str], mutations: list[str] | None, told: str
) -> None:
    with pytest.raises(InputError, match=told):
        variant.protein(predictor, wild, mutations)


def test_nothing_is_judged_without_measured_proteins(
    tiny_weights: Path, wild: dict[str, str]
) -> None:
    alone = BindingPredictor.from_pretrained(tiny_weights, "cpu")
    with pytest.raises(InputError, match="no measured proteins"):
        variant.protein(alone, wild, ["MAX:R36W"])


def test_what_goes_with_a_domain_lies_in_it(
    predictor: BindingPredictor, wild: dict[str, str]
) -> None:
    (domains,) = find_domains([("LHX2", wild["LHX2"])])
    last = max((d for d in domains if d.family == "Homeodomain"), key=lambda d: d.end)
    letters = wild["LHX2"]
    mutations = [
        f"LHX2:{letters[1]}2*",
        f"LHX2:{letters[last.end - 1]}{last.end}_{letters[last.end]}{last.end + 1}insG",
    ]
    stopped, beside = variant.protein(predictor, wild, mutations).table.to_dict("records")
    assert f"Homeodomain:{last.start + 1}-{last.end}" in stopped["domain"]
    assert stopped["loss"] > 0
    assert pd.isna(beside["domain"]) and beside["loss"] == 0
