"""Fixtures that several test files share."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import settings

from dna_protein_bca.resources import CACHE_VARIABLE

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

    from dna_protein_bca.proteins.relatives import MeasuredProteins

REPOSITORY = Path(__file__).resolve().parents[1]

# As the command does, and before any test loads torch: fast on a busy machine, too.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

# A shell ignores Ctrl-C in what it runs in the background, and so would all that tests start.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# Nor does a test fail because the machine is busy.
settings.register_profile("any machine", deadline=None)
settings.load_profile("any machine")


@pytest.fixture(autouse=True, scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A cache of the tests' own: none of the user's is read, or written."""
    folder = tmp_path_factory.mktemp("cache")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(CACHE_VARIABLE, str(folder))
        yield folder


@pytest.fixture(scope="session")
def data_dir() -> Path:
    """The examples that come with the package."""
    return REPOSITORY / "data"


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str, str], Path]:
    """Writes a text to a file of a test's own folder: name, text -> path."""

    def to_file(name: str, text: str) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    return to_file


@pytest.fixture(scope="session")
def charges() -> str:
    """The name of a protein encoder that is registered beside the package's own."""
    from torch import Tensor, nn

    from dna_protein_bca.io.fasta import SequenceRecord
    from dna_protein_bca.model.config import BindingConfig
    from dna_protein_bca.model.encoders import ProteinEncoder, register
    from dna_protein_bca.proteins.domains import Domain
    from dna_protein_bca.proteins.features import ProteinBatch, ProteinInput

    charge = {"K": 1.0, "R": 1.0, "D": -1.0, "E": -1.0}

    @register("charges")
    class ChargeEncoder(ProteinEncoder):
        """Reads the charge of each residue, which it works out from the whole sequence."""

        output_dim = 6

        def __init__(self, config: BindingConfig) -> None:
            super().__init__(config)
            self.layer = nn.Linear(1, self.output_dim)

        def features(
            self, record: SequenceRecord, domains: Sequence[Domain], *, whole: bool = False
        ) -> ProteinInput:
            item = super().features(record, domains, whole=whole)
            charges = np.array([charge.get(letter, 0.0) for letter in record.sequence], np.float32)
            return item._replace(embedding=charges[item.sequence_position, None])

        def forward(self, batch: ProteinBatch) -> Tensor:
            states: Tensor = self.layer(batch.embedding) * batch.mask[..., None]
            return states

    return "charges"


CHROMIUM = ("chromium", "chromium-browser", "google-chrome")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium without a window; tests that need it skip where it is absent."""
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    program = next((path for name in CHROMIUM if (path := shutil.which(name))), None)
    if program is None:
        pytest.skip(f"none of {', '.join(CHROMIUM)} is installed")
    with sync_api.sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield started
        started.close()


class Watched:
    """A tab of the browser that remembers what it asked for and complained of.

    Attributes:
        page: the tab.
        requests: addresses; complaints: messages of the console, and errors of scripts.
    """

    def __init__(self, browser: Browser, width: int) -> None:
        self.requests: list[str] = []
        self.complaints: list[str] = []
        self.page: Page = browser.new_page(viewport={"width": width, "height": 900})
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))


@pytest.fixture
def tab(browser: Browser) -> Iterator[Callable[..., Watched]]:
    """Opens tabs of a width in pixels."""
    opened: list[Watched] = []

    def open_tab(width: int = 1200) -> Watched:
        opened.append(Watched(browser, width))
        return opened[-1]

    yield open_tab
    for one in opened:
        one.page.close()


class StandIn:
    """A background of no DNA, which takes no time."""

    def record_p(self, score: np.ndarray, length: np.ndarray) -> np.ndarray:
        """Falls with the score and grows with the length, as a simulated one does."""
        rate = np.maximum(np.exp(-0.3 * np.asarray(score, np.float64)) * length / 101, 1e-300)
        p_value: np.ndarray = -np.expm1(-rate)
        return p_value


@pytest.fixture(scope="module", autouse=True)
def backgrounds(request: pytest.FixtureRequest) -> Iterator[None]:
    """What `predict` compares scores with, in this process: stand-ins, unless a module is marked
    `simulated`."""
    if request.node.get_closest_marker("simulated"):
        yield
        return
    from dna_protein_bca.inference.results.ratings import Rating

    def stand_in(rating: Rating, rows: np.ndarray, dna: object) -> list[StandIn | None]:
        encoded = rating._encoded[0] if isinstance(rating._encoded, tuple) else rating._encoded
        return [StandIn() if encoded.dbd[row] != "none" else None for row in rows]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Rating, "_backgrounds", stand_in)
        yield


@pytest.fixture(scope="session")
def specificity_dir() -> Path:
    """The data set of binding specificities; tests that need it skip where it is absent."""
    given = os.environ.get("DNA_PROTEIN_BCA_DATA")
    folder = Path(given) if given else REPOSITORY.parent / "shared" / "data" / "specificity"
    if not (folder / "proteins.tsv.gz").is_file():
        pytest.skip(
            f"no specificity data set in {folder}: set DNA_PROTEIN_BCA_DATA to the folder of it"
        )
    return folder


@pytest.fixture(scope="session")
def training_proteins(specificity_dir: Path) -> MeasuredProteins:
    """The training proteins of that data set with all their motifs."""
    from dna_protein_bca.datasets.sources.specificity import read_proteins, read_sources
    from dna_protein_bca.io.meme import read_meme
    from dna_protein_bca.proteins.relatives import MeasuredProteins

    return MeasuredProteins.from_tables(
        read_proteins(specificity_dir, ("train",)).reset_index(),
        read_meme(specificity_dir / "motifs.meme.gz"),
        read_sources(specificity_dir),
    )


def _devices() -> list[str]:
    import torch

    gpus = [f"cuda:{index}" for index in range(torch.cuda.device_count())]
    return ["cpu", *gpus, *(["mps"] if torch.backends.mps.is_available() else [])]


@pytest.fixture(params=_devices())
def device(request: pytest.FixtureRequest) -> str:
    """Each device that torch finds here."""
    return str(request.param)


@pytest.fixture(scope="session")
def tiny_weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of small random weights, for what does not depend on having learned."""
    import torch

    from dna_protein_bca.inference.calibration import Calibration
    from dna_protein_bca.model.binding import BindingModel
    from dna_protein_bca.model.config import BindingConfig
    from dna_protein_bca.proteins.domains import profile_lengths

    config = BindingConfig(tuple(profile_lengths().values())).replace(
        dim=16,
        heads=2,
        encoder_depth=1,
        decoder_depth=1,
        latents=4,
        joint_dim=16,
        joint_heads=2,
        joint_depth=1,
        reach=2,
        temper=0.5,
    )
    # The same weights in every run: of twenty drawn freely, two pass a bound by rounding alone, and
    # some have two sites that tie by chance (as seed 0 has).
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(1)
        model = BindingModel(config)
    random = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter += 0.2 * torch.randn(parameter.shape, generator=random)
    folder = tmp_path_factory.mktemp("tiny_weights")
    model.save_pretrained(folder)
    Calibration(slope=1.0, intercept=-1.5, threshold=0.05).save(folder)
    return folder
