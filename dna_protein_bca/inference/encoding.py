"""Protein records -> what the model keeps of them, made once for all their DNA."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TypeAlias

import numpy as np
import torch
from torch import Tensor

from dna_protein_bca.errors import InputError, listed
from dna_protein_bca.io.fasta import OnError, SequenceRecord, Sequences, as_records
from dna_protein_bca.io.sequence_checks import may_be_dna
from dna_protein_bca.model.relative_motifs import RelativeBatch, RelativeMotifs
from dna_protein_bca.proteins.coverage import coverage
from dna_protein_bca.proteins.domains import Domain, find_domains
from dna_protein_bca.proteins.features import ProteinInput, collate, protein_input
from dna_protein_bca.proteins.identity import MatchStates, match_states
from dna_protein_bca.proteins.placement import at_reference
from dna_protein_bca.proteins.relatives import MeasuredProteins
from dna_protein_bca.proteins.substitutions import REFERENCE_IDENTITY, SubstitutionLoss

from .batches import in_order
from .fingerprint import EncodedAs
from .scoring import ProteinBlock, Scorer

LONGEST_PROTEIN = 5_000
"""Residues. Longer records are refused: no known factor is, and lost headers make such records."""

CPU_PROTEINS = 8
"""Proteins that are encoded, and meet DNA, together on a CPU, whose threads take a block each."""

GPU_PROTEINS = 32
"""The same on a GPU, where fewer would leave it idle."""

TIED = 32
"""Proteins that are looked at among those that are as near as the nearest one."""

_NONE = np.empty((0, 0), np.uint8)

BLOCK_RESIDUES = 1 << 14
"""Residues, padding included, that the encoder reads together."""


@dataclass(frozen=True)
class EncodedProteins:
    """Proteins that are ready to be scored against any DNA.

    Attributes:
        ids: in the order of the input.
        dbd: each one's DNA-binding domains, `none` where there is none.
        nearest, identity: the most similar measured protein (None where there is none), and the
            identity of the two DNA-binding domains over the residues of the longer one, float64
            0..1 (NaN where there is none).
        coverage: the share of its profile that each one's best domain has, float64 0..1 (NaN where
            there is none); see `proteins.coverage`.
        trust_map: what gives `trust` when it is first asked for; None for nothing.
        blocks: the proteins that can be scored.
        encoded_as: how; a predictor that encodes otherwise cannot score them.
        keys: checksums of what the model reads of each protein, in hexadecimal: the same key and
            the same `encoded_as` give the same scores, but for `ProteinState.loss`.
    """

    ids: list[str]
    dbd: list[str]
    nearest: list[str | None]
    identity: np.ndarray
    coverage: np.ndarray
    trust_map: TrustMap | None
    blocks: list[ProteinBlock]
    encoded_as: EncodedAs
    keys: list[str]

    @cached_property
    def trust(self) -> Sequence[str | None]:
        """How far each one's predictions can be trusted; None where nothing is known of it."""
        return [None] * len(self) if self.trust_map is None else self.trust_map(self)

    @cached_property
    def places(self) -> dict[int, tuple[ProteinBlock, int]]:
        """Row of each protein that can be scored -> its block, and its row there."""
        return {
            row: (block, place)
            for block in self.blocks
            for place, row in enumerate(block.rows.tolist())
        }

    def __len__(self) -> int:
        return len(self.ids)

    def __repr__(self) -> str:
        scorable = sum(len(block.rows) for block in self.blocks)
        return f"<EncodedProteins {listed(self.ids, 3)}: {len(self)}, {scorable} can be scored>"

    def take(self, rows: np.ndarray) -> EncodedProteins:
        """Some of the proteins: those of `rows`, int64, which rise."""
        blocks = []
        for block in self.blocks:
            inside = np.flatnonzero(np.isin(block.rows, rows))
            if len(inside):
                at = np.searchsorted(rows, block.rows[inside])
                blocks.append(ProteinBlock(at, block.state[inside]))
        return EncodedProteins(
            [self.ids[row] for row in rows],
            [self.dbd[row] for row in rows],
            [self.nearest[row] for row in rows],
            self.identity[rows],
            self.coverage[rows],
            lambda _: [self.trust[row] for row in rows],
            blocks,
            self.encoded_as,
            [self.keys[row] for row in rows],
        )

    def on(self, device: torch.device, wanted: EncodedAs) -> EncodedProteins:
        """The same proteins on the device where they are to be scored.

        Args:
            wanted: how the predictor encodes that is to score them.

        Raises:
            InputError: they were encoded otherwise; see `EncodedAs.check`.
        """
        self.encoded_as.check(wanted)
        moved = [
            ProteinBlock(block.rows, block.state.map(lambda tensor: tensor.to(device)))
            for block in self.blocks
        ]
        return replace(self, blocks=moved, trust_map=lambda _: self.trust)


TrustMap: TypeAlias = Callable[[EncodedProteins], Sequence[str | None]]
"""Gives what `EncodedProteins.trust` holds: `high`, `medium` or `low` for each protein, or None."""


class EncodedByAll(tuple[EncodedProteins, ...]):
    """What each member of an ensemble keeps of the same proteins, in the members' order."""

    def __repr__(self) -> str:
        return f"<EncodedByAll {self[0]!r} by {len(self)} models>"

    def take(self, rows: np.ndarray) -> EncodedByAll:
        """Some of the proteins: see `EncodedProteins.take`."""
        return EncodedByAll(one.take(rows) for one in self)

    def on(self, device: torch.device, wanted: EncodedAs) -> EncodedProteins:
        """Raises `InputError`: one model does not score for all of them."""
        raise InputError(
            f"these proteins were encoded by an ensemble of {len(self)} sets of weights, and this "
            "predictor has one: encode them with the predictor that scores them"
        )


def check_length(record: SequenceRecord) -> InputError | None:
    """What is wrong with a protein of more than `LONGEST_PROTEIN` residues, else None."""
    if len(record.sequence) <= LONGEST_PROTEIN:
        return None
    return InputError(
        f"protein {record.id!r} has {len(record.sequence):,} residues, and at most "
        f"{LONGEST_PROTEIN:,} are read: give the part around its DNA-binding domains",
        record.path,
        record.line,
        record.id,
    )


def readable_proteins(
    proteins: Sequences, *, on_error: OnError = "fail", skipped: list[InputError] | None = None
) -> list[SequenceRecord]:
    """The records of proteins, checked; see `as_records` and `check_length`."""
    records = []
    for record in as_records(proteins, "protein", on_error=on_error, skipped=skipped):
        error = check_length(record)
        if error is None:
            records.append(record)
        elif on_error == "fail":
            raise error
        elif skipped is not None:
            skipped.append(error)
    return records


_Unread: TypeAlias = tuple[list[int], RelativeBatch | None]
"""Rows of proteins, and the motifs of their relatives."""


def encode_proteins(
    scorer: Scorer,
    records: Sequence[SequenceRecord],
    measured: MeasuredProteins | None = None,
    *,
    relative_motifs: RelativeMotifs | None = None,
    substitutions: SubstitutionLoss | None = None,
    trust_map: TrustMap | None = None,
    any_protein: bool = False,
    threads: int = 0,
    progress: bool = False,
) -> EncodedProteins:
    """Find the proteins' DNA-binding domains and their nearest relatives, and encode them.

    Args:
        scorer: holds the model.
        measured: the measured proteins among which the nearest is sought.
        relative_motifs: the same proteins' motifs, for the model to read; None for none.
        substitutions: what proteins lose against a nearly identical measured one; None for nothing.
        trust_map: see `EncodedProteins`.
        any_protein: read the whole sequence of a protein without a known domain.
        threads: of the domain search; 0 for all cores.
        progress: draw a progress bar on stderr.
    """
    domains = find_domains([(record.id, record.sequence) for record in records], threads=threads)
    proteins = list(zip(records, domains, strict=True))
    inputs = [_input(scorer, *pair, any_protein) for pair in proteins]
    states = [match_states(record.sequence, known) for record, known in proteins]
    nearest, identity = _nearest(states, measured)
    losses = _losses(proteins, states, nearest, identity, measured, substitutions)
    unread = _unread(scorer, states, inputs, relative_motifs)

    def encode(block: _Unread) -> ProteinBlock:
        rows, motifs = block
        return _block(scorer, rows, [inputs[row] for row in rows], motifs, losses[rows])

    return EncodedProteins(
        [record.id for record in records],
        [item.dbd for item in inputs],
        nearest,
        identity,
        np.array([coverage(known) for known in domains], np.float64),
        trust_map,
        list(_watched(in_order(encode, unread, scorer.threads), inputs, progress)),
        EncodedAs.by(scorer, relative_motifs, measured if substitutions else None, any_protein),
        [_key(item, record) for item, record in zip(inputs, records, strict=True)],
    )


def _unread(
    scorer: Scorer,
    states: Sequence[MatchStates],
    inputs: Sequence[ProteinInput],
    relative_motifs: RelativeMotifs | None,
) -> Iterator[_Unread]:
    """Blocks of proteins, with their relatives' motifs where the model reads any.

    For the calling thread alone: `RelativeMotifs` keeps what it learns of motifs.
    """
    count = scorer.model.config.matching.relatives
    blocks = _blocks(inputs, CPU_PROTEINS if scorer.device.type == "cpu" else GPU_PROTEINS)
    for rows in blocks:
        if relative_motifs is None or not count:
            yield rows, None
            continue
        near = [relative_motifs.nearest_to(states[row], count) for row in rows]
        yield rows, relative_motifs.collate(near)


def _input(
    scorer: Scorer, record: SequenceRecord, domains: Sequence[Domain], any_protein: bool
) -> ProteinInput:
    """What the model reads of a protein; what may be DNA is never read whole."""
    if may_be_dna(record.sequence):
        return protein_input(record.id, record.sequence, ())
    return scorer.model.features(record, domains, whole=any_protein and not domains)


def _key(read: ProteinInput, record: SequenceRecord) -> str:
    """SHA-256 of the residues that are read and of their domains."""
    digest = hashlib.sha256()
    for array in (read.residues, read.family, read.position, read.ordinal, read.fingers):
        digest.update(f"{array.shape}".encode() + array.tobytes())
    if read.embedding.size:
        # It was computed from all of the sequence, and differs in its last digits.
        digest.update(record.sequence.encode())
    return digest.hexdigest()


def _watched(
    blocks: Iterable[ProteinBlock], inputs: Sequence[ProteinInput], progress: bool
) -> Iterator[ProteinBlock]:
    """The same blocks, with a bar that counts their proteins."""
    from tqdm import tqdm

    total = sum(len(item.residues) > 0 for item in inputs)
    with tqdm(total=total, unit=" proteins", desc="encoding", disable=not progress) as bar:
        for block in blocks:
            yield block
            bar.update(len(block.rows))


def _block(
    scorer: Scorer,
    rows: list[int],
    inputs: Sequence[ProteinInput],
    relatives: RelativeBatch | None,
    losses: np.ndarray,
) -> ProteinBlock:
    """Run the model's protein side over a few proteins."""
    batch = collate(inputs).to(scorer.device)
    if relatives is not None:
        relatives = relatives.to(scorer.device)
    with torch.inference_mode(), scorer.autocast():
        state = scorer.model.encode(batch, relatives).map(Tensor.float)
    loss = torch.from_numpy(losses).to(scorer.device)
    return ProteinBlock(np.array(rows), replace(state, loss=loss))


def _nearest(
    states: Sequence[MatchStates], measured: MeasuredProteins | None
) -> tuple[list[str | None], np.ndarray]:
    nearest: list[str | None] = [None] * len(states)
    identity = np.full(len(states), np.nan)
    if measured is not None:
        for row, mine in enumerate(states):
            # Over the shorter one a fragment would be identical to mutants of what it lacks.
            near = measured.nearest_to(mine, TIED, over="longer")
            # Of those that are as alike in their best family, the one most alike in all.
            tied = [one for one in near if one.identity == near[0].identity]
            apart = [_apart(mine, measured.proteins[one.row].domains) for one in tied]
            if tied:
                best = tied[int(np.argmin(apart))]
                nearest[row], identity[row] = best.protein_id, best.identity
    return nearest, identity


def _losses(
    proteins: Sequence[tuple[SequenceRecord, Sequence[Domain]]],
    states: Sequence[MatchStates],
    nearest: Sequence[str | None],
    identity: np.ndarray,
    measured: MeasuredProteins | None,
    substitutions: SubstitutionLoss | None,
) -> np.ndarray:
    """What each protein has lost against its nearest measured one: nats, float32 [proteins]."""
    losses = np.zeros(len(proteins), np.float32)
    if measured is None or substitutions is None:
        return losses
    for row in np.flatnonzero(identity >= REFERENCE_IDENTITY).tolist():
        record, domains = proteins[row]
        reference = measured.proteins[measured.rows[nearest[row] or ""]].domains
        if not _apart(states[row], reference):
            continue
        placed = at_reference(record.sequence, domains, reference)
        losses[row] = substitutions.loss(placed, reference)
    return losses


def _apart(one: MatchStates, other: MatchStates) -> int:
    """In how many match states two proteins differ; all of those that one of them lacks."""
    count = 0
    for family in one.keys() | other.keys():
        mine, theirs = one.get(family, _NONE), other.get(family, _NONE)
        same = mine.shape == theirs.shape
        count += int((mine != theirs).sum()) if same else max(mine.size, theirs.size)
    return count


def _blocks(inputs: Sequence[ProteinInput], most: int) -> list[list[int]]:
    """At most so many proteins of similar length and numbers of zinc fingers, to pad little."""
    rows = [row for row, item in enumerate(inputs) if len(item.residues)]
    rows.sort(key=lambda row: (len(inputs[row].fingers), len(inputs[row].residues)))
    blocks: list[list[int]] = []
    longest = fingers = 0
    for row in rows:
        length = max(longest, len(inputs[row].residues))
        full = not blocks or len(blocks[-1]) == most
        if (
            full
            or (len(blocks[-1]) + 1) * length > BLOCK_RESIDUES
            or len(inputs[row].fingers) > fingers
        ):
            blocks.append([])
            length, fingers = len(inputs[row].residues), 2 * len(inputs[row].fingers)
        blocks[-1].append(row)
        longest = length
    return blocks
