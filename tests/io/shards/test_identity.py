"""What a message says of shards that come of another run."""

from __future__ import annotations

from dna_protein_bca.io.shards.identity import differences


def test_every_one_of_several_checksums_is_shown_and_shortened() -> None:
    one, other = "ab" * 32, "01" * 32
    made, wanted = {"weights": f"sha256:{one}"}, {"weights": f"sha256:{one}+{other}"}
    said = differences(made, wanted)
    assert said == "weights was sha256:abababababab and is sha256:abababababab+010101010101"
    assert differences(made, made) == ""
