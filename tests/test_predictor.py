"""What a script calls: the same answers whichever way proteins, DNA and pairs are given."""

from __future__ import annotations

import copy
import json
import pickle
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

from dna_protein_bca import predictor as module
from dna_protein_bca.errors import InputError
from dna_protein_bca.inference.encoding import EncodedProteins
from dna_protein_bca.inference.reducers import all_sites
from dna_protein_bca.inference.results import COLUMNS
from dna_protein_bca.inference.weights import locate
from dna_protein_bca.io.fasta import SequenceRecord, read_fasta
from dna_protein_bca.predictor import BindingPredictor
from dna_protein_bca.proteins.relatives import MeasuredProteins

MAX = "ADKRAHHNALERKRRDHIKDSFHSLRDSVPSLQGEKASRAQILDKATEYIQYMRRKNHTHQQDIDDLKRQNALLEQQVRALE"


@pytest.fixture(scope="module")
def predictor(tiny_weights: Path) -> BindingPredictor:
    return BindingPredictor.from_pretrained(tiny_weights, "cpu")


@pytest.fixture(scope="module")
def proteins(data_dir: Path) -> dict[str, str]:
    """MAX, GATA1, CTCF, and a protein without a domain."""
    factors = list(read_fasta(data_dir / "example_proteins.fa", "protein"))[:3]
    other = next(read_fasta(data_dir / "non_binders.fa", "protein"))
    return {record.id: record.sequence for record in (*factors[:2], other, factors[2])}


@pytest.fixture(scope="module")
def dna() -> dict[str, str]:
    rng = np.random.default_rng(0)
    lengths = {"short": 20, "nothing": 8, "window": 101, "tiny": 4, "long": 301}
    records = {name: "".join(rng.choice(list("ACGT"), size)) for name, size in lengths.items()}
    return {**records, "nothing": "N" * 8}


@pytest.fixture(scope="module")
def table(predictor: BindingPredictor, proteins: dict, dna: dict) -> pd.DataFrame:
    return predictor.predict(proteins, dna)


def _same(one: pd.DataFrame, two: pd.DataFrame) -> None:
    pd.testing.assert_frame_equal(one, two, rtol=0, atol=1e-5)


def test_one_row_a_pair(table: pd.DataFrame, proteins: dict, dna: dict) -> None:
    assert tuple(table.columns) == COLUMNS
    assert table["dna_id"].tolist() == [name for name in dna for _ in proteins]
    assert table["protein_id"].tolist() == list(proteins) * len(dna)
    unscored = table["dna_id"].isin(["nothing", "tiny"]) | table["dbd"].eq("none")
    for column in ("score", "probability", "start", "end", "strand"):
        assert table[column].isna().tolist() == unscored.tolist()
    scored = table[~unscored]
    length = scored["dna_id"].map(dna).str.len()
    assert ((scored["start"] >= 0) & (scored["start"] < scored["end"])).all()
    assert (scored["end"] <= length).all()
    assert scored["strand"].isin(["+", "-"]).all()
    assert scored["probability"].between(0, 1).all()


@pytest.mark.parametrize("kind", ["pairs", "records", "generator", "paths", "encoded"])
def test_sources(
    kind: str,
    predictor: BindingPredictor,
    proteins: dict,
    dna: dict,
    table: pd.DataFrame,
    tmp_path: Path,
) -> None:
    def given(records: dict[str, str], name: str) -> object:
        if kind == "records":
            return [SequenceRecord(*record) for record in records.items()]
        if kind == "paths":
            path = tmp_path / name
            path.write_text("".join(f">{id}\n{text}\n" for id, text in records.items()))
            return path
        return list(records.items()) if kind == "pairs" else iter(records.items())

    first = predictor.encode(proteins) if kind == "encoded" else given(proteins, "p.fa")
    _same(predictor.predict(first, given(dna, "d.fa")), table)  # type: ignore[arg-type]


def test_matrix_is_the_table(
    predictor: BindingPredictor, proteins: dict, dna: dict, table: pd.DataFrame
) -> None:
    matrix = predictor.score_matrix(proteins, dna)
    assert matrix.dtype == np.float32 and matrix.shape == (len(proteins), len(dna))
    np.testing.assert_allclose(matrix.T.reshape(-1), table["score"], atol=1e-5)
    assert predictor.score_matrix(proteins, {}).shape == (len(proteins), 0)


def test_stream_is_the_table_in_chunks(
    predictor: BindingPredictor,
    proteins: dict,
    dna: dict,
    table: pd.DataFrame,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "CHUNK_PAIRS", 2 * len(proteins))
    chunks = list(predictor.predict_stream(proteins, iter(dna.items())))
    assert [len(chunk) for chunk in chunks] == [8, 8, 4]
    _same(pd.concat(chunks, ignore_index=True), table)
    monkeypatch.setattr(module, "CHUNK_BASES", 130)
    chunks = list(predictor.predict_stream(proteins, dna))
    assert [chunk["dna_id"].nunique() for chunk in chunks] == [2, 2, 1]


def test_dna_is_read_only_as_far_as_it_is_needed(
    predictor: BindingPredictor, proteins: dict, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "CHUNK_PAIRS", 2 * len(proteins))
    read = []

    def records() -> object:
        for number in range(100):
            read.append(number)
            yield f"d{number}", "ACGTACGT"

    stream = predictor.predict_stream(proteins, records())  # type: ignore[arg-type]
    assert len(next(stream)) == 2 * len(proteins)
    assert len(read) <= 3


PAIRS = [("CTCF", "long"), ("MAX", "tiny"), ("MAX", "window"), ("CTCF", "long"), ("GATA1", "short")]


@pytest.mark.parametrize("kind", ["list", "iterator", "frame", "file"])
def test_pairs(
    kind: str,
    predictor: BindingPredictor,
    proteins: dict,
    dna: dict,
    table: pd.DataFrame,
    tmp_path: Path,
) -> None:
    frame = pd.DataFrame(PAIRS, columns=["protein_id", "dna_id"])
    frame.to_csv(tmp_path / "pairs.tsv", sep="\t", index=False)
    given = {
        "list": PAIRS,
        "iterator": iter(PAIRS),
        "frame": frame,
        "file": tmp_path / "pairs.tsv",
    }[kind]
    expected = table.set_index(["protein_id", "dna_id"]).loc[PAIRS].reset_index()
    _same(predictor.predict(proteins, dna, given), expected[list(COLUMNS)])


def test_pairs_of_what_is_not_there(predictor: BindingPredictor, proteins: dict, dna: dict) -> None:
    pairs = [("MAX", "window"), ("MAX", "absent"), ("absent", "window")]
    with pytest.raises(InputError, match="dna_id 'absent' is not in the dna file"):
        predictor.predict(proteins, dna, pairs)
    skipped: list[InputError] = []
    found = predictor.predict(proteins, dna, pairs, on_error="skip", skipped=skipped)
    assert found["dna_id"].tolist() == ["window"]
    assert len(skipped) == 2


def test_no_dna_is_an_empty_table(predictor: BindingPredictor, proteins: dict) -> None:
    found = predictor.predict(proteins, {})
    assert tuple(found.columns) == COLUMNS and len(found) == 0


def test_broken_records_are_skipped(
    predictor: BindingPredictor, proteins: dict, dna: dict, table: pd.DataFrame
) -> None:
    more = {**proteins, "gap": "MK-V", "titin": "MKVL" * 1251}
    skipped: list[InputError] = []
    found = predictor.predict(more, {**dna, "wrong": "ACGT!"}, on_error="skip", skipped=skipped)
    _same(found, table)
    for name, error in zip(("gap", "titin", "wrong"), skipped, strict=True):
        assert f"'{name}'" in str(error)
    with pytest.raises(InputError, match="'titin' has 5,004 residues"):
        predictor.encode({"titin": "MKVL" * 1251})


def test_any_protein(predictor: BindingPredictor, proteins: dict, dna: dict) -> None:
    found = predictor.predict(proteins, {"window": dna["window"]}, any_protein=True)
    assert found["score"].notna().all()
    assert found["dbd"].eq("none").sum() == 1


def test_motifs(predictor: BindingPredictor, proteins: dict) -> None:
    motifs = predictor.motif(proteins)
    assert list(motifs) == list(proteins)
    for name, found in motifs.items():
        assert bool(found) == (name in ("MAX", "GATA1", "CTCF"))
        for motif in found:
            assert motif.dtype == np.float32 and motif.shape[1] == 4
            assert 1 <= len(motif) <= 21
            np.testing.assert_allclose(motif.sum(1), 1, atol=1e-5)


def test_relatives_are_named_and_can_be_left_unread(data_dir: Path) -> None:
    """With the bundled weights, whose relatives the model reads."""
    factors = read_fasta(data_dir / "example_proteins.fa", "protein")
    inputs = [next(factors)], {"site": "TTACCACGTGGTAA", "none": "TTACGATATCTTAA"}
    folder = locate()
    with_them = BindingPredictor.from_pretrained(folder, "cpu").predict(*inputs)
    without = BindingPredictor.from_pretrained(folder, "cpu", relatives=False).predict(*inputs)
    for column in ("nearest_measured", "nearest_identity", "dbd"):
        assert with_them[column].tolist() == without[column].tolist()
    assert with_them["nearest_identity"].between(0, 1).all()
    assert (with_them["score"] - without["score"]).abs().max() > 1e-3


def scored(predictor: BindingPredictor, encoded: EncodedProteins, dna: dict) -> np.ndarray:
    """Scores, which every function that takes encoded proteins agrees on."""
    matrix = predictor.score_matrix(encoded, dna)
    table = predictor.predict(encoded, dna)
    np.testing.assert_allclose(table["score"], matrix.T.reshape(-1), atol=1e-5)
    return matrix


def test_the_same_weights_score_what_they_encoded(
    predictor: BindingPredictor, proteins: dict, dna: dict, tmp_path: Path, device: str
) -> None:
    encoded = predictor.encode(proteins)
    expected = scored(predictor, encoded, dna)
    predictor.model.save_pretrained(tmp_path)
    for again in (
        BindingPredictor.from_pretrained(tmp_path, "cpu"),
        BindingPredictor.from_pretrained(tmp_path, device),
        BindingPredictor(BindingPredictor.from_pretrained(tmp_path, "cpu").model.to(device)),
    ):
        found = scored(again, pickle.loads(pickle.dumps(encoded)), dna)
        np.testing.assert_allclose(found, expected, atol=1e-4)


def test_other_weights_refuse_what_these_encoded(
    predictor: BindingPredictor, proteins: dict, dna: dict, tmp_path: Path
) -> None:
    encoded = predictor.encode(proteins)
    predictor.model.save_pretrained(tmp_path)
    values = json.loads((tmp_path / "config.json").read_text())
    (tmp_path / "config.json").write_text(json.dumps({**values, "temper": 0.25}))
    trained = BindingPredictor.from_pretrained(locate("heldout"), "cpu")
    changed = BindingPredictor(copy.deepcopy(predictor.model))
    assert scored(changed, encoded, dna).shape == (4, 5)
    with torch.no_grad():
        next(changed.model.parameters()).add_(1e-3)
    # Of another architecture, configured otherwise, trained on.
    for other in (trained, BindingPredictor.from_pretrained(tmp_path, "cpu"), changed):
        for call in (
            lambda other: other.score_matrix(encoded, dna),
            lambda other: other.predict(encoded, dna),
            lambda other: other.predict(encoded, dna, [("MAX", "window")]),
            lambda other: next(other.predict_stream(encoded, dna)),
            lambda other: other.motif(encoded),
            lambda other: other.encode(encoded),
        ):
            with pytest.raises(InputError, match="were encoded by other weights than those"):
                call(other)


def test_proteins_are_scored_only_as_they_were_encoded(data_dir: Path) -> None:
    """With the bundled weights, whose relatives the model reads."""
    proteins = {"MAX": MAX}
    dna = {"site": "TTACCACGTGGTAATTGC"}
    folder = locate()
    plain = BindingPredictor.from_pretrained(folder, "cpu")
    without = BindingPredictor.from_pretrained(folder, "cpu", relatives=False)
    half = BindingPredictor.from_pretrained(folder, "cpu", precision="bfloat16")
    assert plain.measured is not None
    fewer = BindingPredictor(plain.model, MeasuredProteins(plain.measured.proteins[::2]))
    again = BindingPredictor.from_pretrained(folder, "cpu", precision="float32")
    encoded = plain.encode(proteins)
    np.testing.assert_allclose(
        again.score_matrix(encoded, dna), plain.score_matrix(proteins, dna), atol=1e-5
    )
    for encoding, scoring, message in (
        (plain, without, "with the motifs of measured relatives, and .* without relatives"),
        (without, plain, "without relatives, and .* with the motifs of measured relatives"),
        (plain, fewer, "with the motifs of other measured relatives"),
        (plain, half, "in float32, and this predictor computes in bfloat16"),
    ):
        given = encoding.encode(proteins)
        for call in (scoring.score_matrix, scoring.predict):
            with pytest.raises(InputError, match=message) as error:
                call(given, dna)
            assert "\n" not in str(error.value)


def test_any_protein_is_not_ignored_for_encoded_proteins(
    predictor: BindingPredictor, proteins: dict, dna: dict
) -> None:
    plain, whole = predictor.encode(proteins), predictor.encode(proteins, any_protein=True)
    for call in (
        lambda: predictor.encode(plain, any_protein=True),
        lambda: predictor.predict(plain, dna, any_protein=True),
    ):
        with pytest.raises(InputError, match="without any_protein, which is asked for now"):
            call()
    assert predictor.encode(whole, any_protein=True).ids == whole.ids
    assert (
        np.isfinite(predictor.score_matrix(whole, dna)).sum()
        > np.isfinite(predictor.score_matrix(plain, dna)).sum()
    )


def test_sequences_come_in_every_usual_form(predictor: BindingPredictor) -> None:
    from Bio.Seq import Seq
    from Bio.SeqRecord import SeqRecord

    proteins = {"MAX": MAX}
    dna = ["CCACGTGGTTACG", "TTTTACGTTTT"]
    named = {"seq_1": dna[0], "seq_2": dna[1]}
    expected = predictor.predict(proteins, named)
    _same(predictor.predict(proteins, dna), expected)
    records = [SeqRecord(Seq(sequence), id=name) for name, sequence in named.items()]
    _same(predictor.predict([SeqRecord(Seq(MAX), id="MAX")], records), expected)


def test_a_sequence_in_place_of_a_path_is_named(predictor: BindingPredictor) -> None:
    with pytest.raises(InputError, match=r'give a list of sequences, \["CCACGTGGTTAC'):
        predictor.predict({"MAX": MAX}, "CCACGTGGTTACG")
    with pytest.raises(InputError, match="no such file"):
        predictor.predict({"MAX": MAX}, "dna.fa")


def test_a_matrix_can_be_labelled(predictor: BindingPredictor) -> None:
    dna = {"a": "CCACGTGGTTACG", "b": "TTTTACGTTTT", "c": "NNNNNNN"}
    matrix = predictor.score_matrix({"MAX": MAX}, dna)
    table = predictor.score_matrix({"MAX": MAX}, dna, labelled=True)
    assert list(table.index) == ["MAX"] and list(table.columns) == ["a", "b", "c"]
    np.testing.assert_array_equal(table.to_numpy(), matrix)


def test_handles_say_what_they_hold(predictor: BindingPredictor) -> None:
    encoded = predictor.encode({"MAX": MAX, "none": "GGGSGGGSGGGSPPPPLLLL"})
    assert len(encoded) == 2
    assert repr(encoded) == "<EncodedProteins MAX, none: 2, 1 can be scored>"
    assert "cpu" in repr(predictor) and "BindingPredictor" in repr(predictor)


def test_all_positions_give_the_sites_of_the_table(
    predictor: BindingPredictor, proteins: dict, dna: dict, table: pd.DataFrame
) -> None:
    best: dict[tuple[str, str], float] = {}
    for ids, meeting in predictor.positions(proteins, dna):
        sites = all_sites(meeting, -np.inf)
        for protein, record, score in zip(sites.protein, sites.record, sites.score, strict=True):
            pair = list(proteins)[protein], ids[record]
            best[pair] = max(best.get(pair, -np.inf), score)
    scored = table[table["score"].notna()]
    assert set(best) == set(zip(scored["protein_id"], scored["dna_id"], strict=True))
    # A score sums over positions, and is the highest of them at least.
    for protein, record, score in scored[["protein_id", "dna_id", "score"]].itertuples(index=False):
        assert best[protein, record] <= score + 2e-5
