"""How one predictor encodes proteins, newly or from the cache."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from dna_protein_bca.inference.encoding import EncodedProteins, TrustMap, encode_proteins
from dna_protein_bca.inference.fingerprint import EncodedAs
from dna_protein_bca.inference.scoring import Scorer
from dna_protein_bca.io.fasta import SequenceRecord
from dna_protein_bca.model.relative_motifs import RelativeMotifs
from dna_protein_bca.proteins.relatives import MeasuredProteins
from dna_protein_bca.proteins.substitutions import SubstitutionLoss

from .cache import cached_proteins


@dataclass(frozen=True)
class Encoder:
    """Encodes proteins, always in the same way; the arguments are those of `encode_proteins`.

    Attributes:
        trust: how far predictions of the proteins can be trusted; None where nothing is known.
    """

    scorer: Scorer
    measured: MeasuredProteins | None
    relative_motifs: RelativeMotifs | None
    substitutions: SubstitutionLoss | None
    trust: TrustMap | None
    threads: int
    progress: bool

    def encoded_as(self, any_protein: bool = False) -> EncodedAs:
        """How it encodes."""
        references = self.measured if self.substitutions else None
        return EncodedAs.by(self.scorer, self.relative_motifs, references, any_protein)

    def encode(
        self, records: Sequence[SequenceRecord], *, any_protein: bool = False
    ) -> EncodedProteins:
        """Encode proteins; see `encode_proteins`."""
        return self._encode(records, any_protein=any_protein)

    def cached(self, records: Sequence[SequenceRecord]) -> EncodedProteins:
        """Take proteins from the cache, or encode them and put them there."""
        wanted = self.encoded_as()
        encode = partial(self._encode, progress=self.progress)
        found = cached_proteins(records, wanted, self.trust, encode)
        return found.on(self.scorer.device, wanted)

    def _encode(
        self,
        records: Sequence[SequenceRecord],
        *,
        any_protein: bool = False,
        progress: bool = False,
    ) -> EncodedProteins:
        return encode_proteins(
            self.scorer,
            records,
            self.measured,
            relative_motifs=self.relative_motifs,
            substitutions=self.substitutions,
            trust_map=self.trust,
            any_protein=any_protein,
            threads=self.threads,
            progress=progress,
        )
