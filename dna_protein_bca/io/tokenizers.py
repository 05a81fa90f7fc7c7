"""Text to token ids and back, padding masks, and the reverse complement of token ids."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, NamedTuple

import numpy as np
import torch
from torch import Tensor

from dna_protein_bca.errors import InputError

INVALID = 255
"""Entry of a letter table for a byte that is not a letter of the alphabet."""

AMINO_ACIDS = "ACDEFGHIKLMNPQRSTVWY"
"""The twenty, one letter each."""

MASK_LETTER = "?"
"""How `decode` writes a masked token; `encode` refuses it, so that no file can hold one."""

_IUPAC = {
    "A": "A",
    "C": "C",
    "G": "G",
    "T": "T",
    "R": "AG",
    "Y": "CT",
    "S": "CG",
    "W": "AT",
    "K": "GT",
    "M": "AC",
    "B": "CGT",
    "D": "AGT",
    "H": "ACT",
    "V": "ACG",
    "N": "ACGT",
}
"""Bases that each code stands for: Cornish-Bowden, Nucleic Acids Research 13, 3021 (1985)."""

_COMPLEMENTS = str.maketrans("ACGTRYSWKMBDHVN", "TGCAYRSWMKVHDBN")


class Tokens(NamedTuple):
    """A padded batch.

    Attributes:
        ids: uint8 [b, n].
        mask: bool [b, n], True = a real token, False = padding, which stands at the end.
    """

    ids: Tensor
    mask: Tensor


def _letter_table(symbols: str, **synonyms: str) -> np.ndarray:
    """uint8 [256]: byte -> id in `symbols` in either case, `INVALID` elsewhere."""
    table = np.full(256, INVALID, dtype=np.uint8)
    names = {letter: index for index, letter in enumerate(symbols)}
    names |= {letter: symbols.index(same) for letter, same in synonyms.items()}
    for letter, index in names.items():
        table[ord(letter)] = table[ord(letter.lower())] = index
    return table


def _as_bytes(sequence: str | bytes) -> bytes:
    # One byte a character, so that positions stay; others become an invalid "?".
    return sequence.encode("latin-1", "replace") if isinstance(sequence, str) else bytes(sequence)


class _Tokenizer:
    """What both tokenizers share; a subclass defines its letters."""

    symbols: ClassVar[str]
    mask_id: ClassVar[int]
    pad_id: ClassVar[int]
    vocab_size: ClassVar[int]
    _kind: ClassVar[str]
    _table: ClassVar[np.ndarray]
    _letters: ClassVar[np.ndarray]

    def encode(self, sequences: Sequence[str | bytes], length: int | None = None) -> Tokens:
        """Token ids of sequences in either case, padded at the end.

        Args:
            sequences: `b` sequences; an empty one is all padding.
            length: width `n` of the batch; None for that of the longest sequence.

        Returns:
            ids uint8 [b, n] and mask bool [b, n], on the CPU.

        Raises:
            InputError: a letter that is not of the alphabet, named with its 1-based position, or a
                sequence longer than `length`.
        """
        if isinstance(sequences, str | bytes):
            raise TypeError("sequences is a list of sequences, not one sequence")
        texts = [self._trim(_as_bytes(sequence)) for sequence in sequences]
        lengths = np.fromiter(map(len, texts), dtype=np.int64, count=len(texts))
        longest = int(lengths.max(initial=0))
        width = longest if length is None else length
        if longest > width:
            row = int(lengths.argmax())
            raise InputError(f"{self._name(row, texts)} has {longest} letters, more than {width}")
        codes = self._table[np.frombuffer(b"".join(texts), dtype=np.uint8)]
        if codes.max(initial=0) == INVALID:
            self._refuse(sequences, texts, lengths, int((codes == INVALID).argmax()))
        if (lengths == width).all():  # nothing to pad, and often one row of many megabases
            shape = (len(texts), width)
            return Tokens(
                torch.from_numpy(codes.reshape(shape)), torch.ones(shape, dtype=torch.bool)
            )
        mask = np.arange(width) < lengths[:, None]
        ids = np.full(mask.shape, self.pad_id, dtype=np.uint8)
        ids[mask] = codes
        return Tokens(torch.from_numpy(ids), torch.from_numpy(mask))

    def decode(self, ids: Tensor, mask: Tensor | None = None) -> list[str]:
        """Upper-case text of token ids.

        Args:
            ids: integers [b, n], on any device.
            mask: bool [b, n], True = a real token; None leaves out `pad_id`.

        Returns:
            `b` texts without padding; a masked token is `?`.
        """
        codes = ids.cpu().numpy()
        real = codes != self.pad_id if mask is None else mask.cpu().numpy()
        letters = zip(self._letters[codes], real, strict=True)
        return [row[tokens].tobytes().decode("ascii") for row, tokens in letters]

    def _trim(self, text: bytes) -> bytes:
        return text

    def _name(self, row: int, texts: Sequence[bytes]) -> str:
        return f"{self._kind} sequence" + (f" {row + 1}" if len(texts) > 1 else "")

    def _refuse(
        self,
        sequences: Sequence[str | bytes],
        texts: Sequence[bytes],
        lengths: np.ndarray,
        at: int,
    ) -> None:
        """Raise for the letter at offset `at` of the joined texts."""
        ends = np.cumsum(lengths)
        row = int(np.searchsorted(ends, at, side="right"))
        position = at - int(ends[row] - lengths[row])
        sequence = sequences[row]
        letter = sequence[position] if isinstance(sequence, str) else chr(sequence[position])
        raise InputError(
            f"{self._name(row, texts)}: {letter!r} at position {position + 1} is not a "
            f"{self._kind} letter (those are {self.symbols})"
        )


class DNATokenizer(_Tokenizer):
    """DNA as token ids: A C G T are 0 to 3, then the ambiguity codes of IUPAC, mask and padding.

    U is read as T, lower case (soft-masking) as upper case. An ambiguous base is the mean of its
    bases: multiply `base_probabilities` with the embeddings of the four.

    Attributes:
        base_probabilities: float32 [17, 4] over A C G T; R is 1/2 A and 1/2 G, N is 1/4 each, the
            rows of mask and padding are zero. Shared by all instances: do not write to it.
    """

    symbols = "ACGTRYSWKMBDHVN"
    mask_id = len(symbols)
    pad_id = mask_id + 1
    vocab_size = pad_id + 1
    base_probabilities: ClassVar[Tensor] = torch.tensor(
        [[(base in _IUPAC[code]) / len(_IUPAC[code]) for base in "ACGT"] for code in _IUPAC]
        + [[0.0] * 4] * 2
    )

    _kind = "DNA"
    _table = _letter_table(symbols, U="T")
    _letters = np.frombuffer(f"{symbols}{MASK_LETTER}-".encode(), dtype=np.uint8)
    _complement: ClassVar[Tensor] = torch.tensor(
        [*map(symbols.index, symbols.translate(_COMPLEMENTS)), mask_id, pad_id], dtype=torch.uint8
    )

    def reverse_complement(self, ids: Tensor, mask: Tensor | None = None) -> Tensor:
        """Token ids of the other strand, read in its own direction.

        Args:
            ids: integers [..., n], on any device.
            mask: bool [..., n], True = a real token, padding at the end; padding stays there.
                None reverses the whole of every row.

        Returns:
            The dtype, shape and device of `ids`.
        """
        other = self._complement.to(ids.device, ids.dtype)[ids.int()]
        if mask is None:
            return other.flip(-1)
        length = mask.sum(-1, keepdim=True)
        at = torch.arange(ids.shape[-1], device=ids.device).expand(ids.shape)
        return other.gather(-1, torch.where(at < length, length - 1 - at, at))


class ProteinTokenizer(_Tokenizer):
    """Protein as token ids: the 20 amino acids, X B Z J U O, mask and padding.

    Lower case is read as upper case; the stop `*` at the end is dropped, one inside is an error.
    """

    symbols = AMINO_ACIDS + "XBZJUO"
    mask_id = len(symbols)
    pad_id = mask_id + 1
    vocab_size = pad_id + 1

    _kind = "protein"
    _table = _letter_table(symbols)
    _letters = np.frombuffer(f"{symbols}{MASK_LETTER}-".encode(), dtype=np.uint8)

    def _trim(self, text: bytes) -> bytes:
        return text.rstrip(b"*")
