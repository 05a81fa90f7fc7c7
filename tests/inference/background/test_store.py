"""Backgrounds that are kept: in the cache of the user, and beside weights."""

from __future__ import annotations

import logging
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from dna_protein_bca import BindingPredictor
from dna_protein_bca.errors import InputError
from dna_protein_bca.inference.background import Background, BackgroundDNA, bundle_backgrounds
from dna_protein_bca.inference.background import find as found_by
from dna_protein_bca.inference.background.curve import Curve
from dna_protein_bca.inference.background.store import Bundle, write_bundle
from dna_protein_bca.resources import CACHE_VARIABLE

MAX = {"MAX": "ADKRAHHNALERKRRDHIKDSFHSLRDSVPSLQGEKASRAQILDKATEYIQYMRRKNHTHQQDIDDLKRQNALLEQQVRALE"}
MUTANT = {"MAX": MAX["MAX"].replace("ERKRRD", "ERKARD")}
SCORES = np.linspace(-10, 10, 50)


@pytest.fixture(scope="module")
def predictor(tiny_weights: Path) -> BindingPredictor:
    return BindingPredictor.from_pretrained(tiny_weights, "cpu")


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path / "cache"))
    return tmp_path / "cache" / "backgrounds"


@pytest.fixture
def builds(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The background DNA of every simulation, in their order; what is simulated is made up."""
    names: list[str] = []

    def counted(members: object, dna: BackgroundDNA) -> Background:
        names.append(dna.name)
        curves = [
            Curve(np.linspace(-9, 9, 40) + 0.123456789 * shift, np.linspace(2, -27.7, 40))
            for shift in range(3)
        ]
        return Background(dna.name, curves[0], np.array([101, 1000]), tuple(curves[1:]))

    monkeypatch.setattr(found_by, "build", counted)
    return names


def one(found: list[Background | None]) -> Background:
    (background,) = found
    assert background is not None
    return background


def same(first: Background, second: Background) -> bool:
    length = np.full(len(SCORES), 300)
    return bool(
        (first.site_p(SCORES) == second.site_p(SCORES)).all()
        and (first.record_p(SCORES, length) == second.record_p(SCORES, length)).all()
    )


def test_a_background_is_simulated_once(predictor: BindingPredictor, builds: list[str]) -> None:
    first = one(predictor.background(MAX))
    again = one(predictor.background({"other_name": MAX["MAX"], "none": "MKTAYIAKQRQ"})[:1])
    assert builds == ["uniform"] and same(first, again)


def test_what_differs_is_not_taken_from_the_cache(
    predictor: BindingPredictor, builds: list[str]
) -> None:
    predictor.background(MAX)
    predictor.background(MUTANT)
    predictor.background(MAX, "0.3,0.2,0.2,0.3")
    assert builds == ["uniform", "uniform", "0.3,0.2,0.2,0.3"]


def test_without_a_cache_nothing_is_written(
    predictor: BindingPredictor, builds: list[str], cache: Path
) -> None:
    predictor.background(MAX, cache=False)
    assert builds and not cache.exists()


@pytest.mark.parametrize("damage", [b"", b"no archive", None])
def test_a_damaged_file_is_simulated_anew(
    predictor: BindingPredictor, builds: list[str], cache: Path, damage: bytes | None
) -> None:
    first = one(predictor.background(MAX))
    (path,) = cache.glob("*.npz")
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2] if damage is None else damage)
    assert same(one(predictor.background(MAX)), first) and len(builds) == 2
    assert path.read_bytes() and len(list(cache.iterdir())) == 1


def test_a_cache_that_cannot_be_written_is_a_warning(
    predictor: BindingPredictor,
    builds: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    blocked = tmp_path / "a file"
    blocked.write_text("")
    monkeypatch.setenv(CACHE_VARIABLE, str(blocked))
    with caplog.at_level(logging.WARNING):
        assert one(predictor.background(MAX)).site_p(np.array(0.0)) > 0
    assert builds and "not kept" in caplog.text


def test_a_bundle_beside_the_weights_is_looked_into_first(
    tiny_weights: Path, tmp_path: Path, builds: list[str]
) -> None:
    folder = tmp_path / "weights"
    folder.mkdir()
    for file in tiny_weights.iterdir():
        os.link(file, folder / file.name)
    predictor = BindingPredictor.from_pretrained(folder, "cpu")
    bundle_backgrounds(folder / "backgrounds.npz", predictor.scorer, predictor.encode(MAX))
    simulated = one(predictor.background(MAX, cache=False))
    assert len(builds) == 1
    exact = one(BindingPredictor.from_pretrained(tiny_weights, "cpu").background(MAX))
    inside = (exact.site_p(SCORES) < 0.9) & (exact.site_p(SCORES) > 1e-9)
    assert inside.any()
    np.testing.assert_allclose(
        simulated.site_p(SCORES)[inside], exact.site_p(SCORES)[inside], rtol=0.15
    )


Arrays = dict[str, np.ndarray]


def change(path: Path, damage: Callable[[Arrays], object]) -> None:
    """Write a file of backgrounds again, with what `damage` makes of its arrays."""
    with np.load(path) as file:
        arrays = {name: file[name] for name in file.files}
    damage(arrays)
    np.savez(path, **arrays)


def put(name: str, value: object) -> Callable[[Arrays], object]:
    """Damage: another value for all elements of an array but the first."""
    return lambda arrays: arrays[name].reshape(-1).__setitem__(slice(1, None), value)


def cast(name: str, dtype: object) -> Callable[[Arrays], object]:
    """Damage: an array of another type."""
    return lambda arrays: arrays.update({name: arrays[name].astype(dtype)})


def cut(name: str) -> Callable[[Arrays], object]:
    """Damage: an array without its last element."""
    return lambda arrays: arrays.update({name: arrays[name][:-1]})


def turned(name: str) -> Callable[[Arrays], object]:
    """Damage: an array from its end to its start."""
    return lambda arrays: arrays.update({name: arrays[name][::-1]})


DAMAGE = [
    (lambda arrays: arrays.pop("knots"), "not an archive of the arrays keys, lengths, knots"),
    (cast("keys", bytes), "the keys are not a list of different texts"),
    (put("keys", "key"), "the keys are not a list of different texts"),
    (cast("lengths", str), "the lengths are not two or more whole numbers"),
    (put("lengths", 0), "the lengths are not two or more whole numbers"),
    (turned("lengths"), "the lengths are not two or more whole numbers"),
    (cast("knots", float), "the knots are not a whole number from 2 up"),
    (cut("knots"), "the knots are not a whole number from 2 up"),
    (put("knots", 0), "the knots are not a whole number from 2 up"),
    (put("knots", 32767), "score is not a list of one number"),
    (cast("level", str), "level is not a list of one number"),
    (cast("score", int), "score is not a list of one number"),
    (cut("score"), "score is not a list of one number"),
    (put("score", np.nan), "score holds NaN or infinite numbers"),
    (put("level", -np.inf), "level holds NaN or infinite numbers"),
    (turned("score"), "the scores of a curve do not rise"),
    (put("level", 1.0), "the scores of a curve do not rise"),
]


@pytest.mark.parametrize(("damage", "message"), DAMAGE)
def test_a_damaged_bundle_is_refused(
    tmp_path: Path, damage: Callable[[Arrays], object], message: str
) -> None:
    path = tmp_path / "backgrounds.npz"
    curve = Curve(np.arange(5.0), -np.arange(5.0))
    background = Background("uniform", curve, np.array([101, 300]), (curve, curve))
    write_bundle(path, {"key": background, "other": background}, coarse=True)
    assert len(Bundle(path)) == 2 and Bundle(path).get("other", "uniform") is not None
    change(path, damage)
    with pytest.raises(InputError, match=rf"backgrounds\.npz: damaged: {message}") as raised:
        Bundle(path).get("other", "uniform")
    assert "\n" not in str(raised.value)


def test_damage_beside_the_weights_is_told_and_no_p_value_left_blank(
    tiny_weights: Path, tmp_path: Path, builds: list[str]
) -> None:
    folder = Path(shutil.copytree(tiny_weights, tmp_path / "weights"))
    predictor = BindingPredictor.from_pretrained(folder, "cpu")
    bundle_backgrounds(folder / "backgrounds.npz", predictor.scorer, predictor.encode(MAX))
    change(folder / "backgrounds.npz", put("score", np.nan))
    with pytest.raises(InputError, match=r"weights/backgrounds\.npz: damaged"):
        predictor.background(MAX)


@pytest.mark.parametrize("damage", [put("level", np.nan), put("knots", 0), turned("score")])
def test_damaged_numbers_in_the_cache_are_simulated_anew(
    predictor: BindingPredictor,
    builds: list[str],
    cache: Path,
    damage: Callable[[Arrays], object],
) -> None:
    first = one(predictor.background(MAX))
    (path,) = cache.glob("*.npz")
    change(path, damage)
    assert same(one(predictor.background(MAX)), first) and len(builds) == 2
    assert same(one(predictor.background(MAX)), first) and len(builds) == 2
