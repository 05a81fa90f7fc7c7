"""The page by its addresses."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Iterator
from html import escape
from io import StringIO
from typing import Any

import pandas as pd
import pytest

from dna_protein_bca import BindingPredictor, variant
from dna_protein_bca.errors import InputError
from dna_protein_bca.io.fasta import SequenceRecord
from dna_protein_bca.reports.page import SCRIPT, STYLE, asset, checksum

DNA = ">d1\n" + "ACGTTGCA" * 12 + "\n>d<i>2\n" + "TTAGGCAC" * 12 + "\n"
EVIL = "<script>alert(1)</script>"


@pytest.fixture
def client(predictor: BindingPredictor, collection: Any) -> Iterator[Any]:
    from fastapi.testclient import TestClient

    from dna_protein_bca.web.app import create_app
    from dna_protein_bca.web.limits import Limits

    app = create_app(predictor, collection, Limits(waiting=1, body=50_000))
    with TestClient(app, base_url="http://localhost") as one:
        yield one


def ask(client: Any, **form: str) -> Any:
    return client.post("/predict", data={"dna": DNA, **form})


def answered(client: Any, reply: Any) -> Any:
    """The answer, when the waiting page has given way to it."""
    for _ in range(600):
        if reply.status_code != 202:
            return reply
        assert '<meta http-equiv="refresh"' in reply.text
        time.sleep(0.1)
        reply = client.get(reply.url)
    raise AssertionError("no answer came")


def test_a_visitor_asks_and_gets_page_and_files(
    client: Any, predictor: BindingPredictor, max_protein: str
) -> None:
    reply = answered(client, ask(client, proteins=f">{EVIL}\n{max_protein}"))
    assert reply.status_code == 200 and "/answers/" in str(reply.url)
    page = reply.text
    assert escape(EVIL) in page and EVIL not in page and escape("d<i>2") in page
    assert page.count('class="card"') == 2 and "What these numbers cannot say" in page
    table = pd.read_csv(StringIO(client.get(f"{reply.url}/predictions.tsv").text), sep="\t")
    dna = {"d1": "ACGTTGCA" * 12, "d<i>2": "TTAGGCAC" * 12}
    expected = predictor.predict({EVIL: max_protein}, dna)
    assert table["dna_id"].tolist() == list(dna) and list(table) == list(expected)
    assert table["score"].to_numpy() == pytest.approx(expected["score"].to_numpy(), rel=1e-4)
    sites = pd.read_csv(StringIO(client.get(f"{reply.url}/sites.tsv").text), sep="\t")
    assert sites["p_value"].le(0.001).all() and set(sites["chrom"]) <= set(dna)
    motifs = client.get(f"{reply.url}/motifs.meme")
    assert motifs.text.startswith("MEME version") and f"MOTIF {EVIL}" in motifs.text
    report = client.get(f"{reply.url}/report.html")
    assert "attachment" in report.headers["content-disposition"] and EVIL not in report.text
    assert client.get(f"{reply.url}/passwd").status_code == 404


def test_a_change_of_the_dna_is_answered(client: Any, max_protein: str) -> None:
    changes = "d1:1:A:T d1:2:A:T d<i>2:9:T:TG"
    reply = answered(client, ask(client, proteins=f">p\n{max_protein}", changes=changes))
    assert reply.status_code == 200 and "ref_mismatch" in reply.text
    table = pd.read_csv(StringIO(client.get(f"{reply.url}/variants.tsv").text), sep="\t")
    assert table["status"].tolist() == ["ok", "ref_mismatch", "ok"]
    assert f"{table['delta_score'][2]:+.3g}</td>" in reply.text


def ask_for_map(client: Any, answer: Any, **form: str) -> Any:
    return client.post(f"{answer.url}/mutations", data=form)


@pytest.mark.usefixtures("few_substitutions")
def test_a_map_of_mutations_is_drawn_and_downloaded(
    client: Any, predictor: BindingPredictor, max_protein: str
) -> None:
    dna = {"d1": "ACGTTGCA" * 12, "d<i>2": "TTAGGCAC" * 12}
    first = answered(client, ask(client, proteins=f">none\nGSAEWKLM\n>{EVIL}\n{max_protein}"))
    reply = answered(client, ask_for_map(client, first, protein="1", dna="1"))
    assert reply.status_code == 200, reply.text
    assert EVIL not in reply.text and escape("d<i>2") in reply.text
    _, _, fall, *_ = re.findall(r"<svg.*?</svg>", reply.text, re.DOTALL)
    text = client.get(f"{reply.url}/mutations.tsv").text
    table = pd.read_csv(StringIO(text), sep="\t").set_index("mutation")
    cells = dict(re.findall(r"<title>(\w+) (\S+)</title>", fall))
    assert set(cells) == set(table.index)
    asked = [f"{EVIL}:R36W"]
    exact = variant.protein(predictor, {EVIL: max_protein}, asked, dna=dna, background=None)
    change = exact.pairs.set_index("dna_id")["delta_score"]["d<i>2"]
    assert table["mean_delta_score"]["R36W"] == pytest.approx(change, abs=1e-4)
    assert cells["R36W"] == f"{-change:.2f}"
    places = [int(name[1:-1]) for name in table.index]
    assert places == sorted(places)
    report = client.get(f"{reply.url}/report.html")
    assert fall in report.text and EVIL not in report.text


def test_a_map_is_cut_off_where_the_time_is_over(
    predictor: BindingPredictor, max_protein: str
) -> None:
    from dna_protein_bca.web.jobs import Deadline
    from dna_protein_bca.web.limits import Limits
    from dna_protein_bca.web.mutations import MutationQuery, mutations

    query = MutationQuery(SequenceRecord("MAX", max_protein), None)
    view, files = mutations(predictor, query, Limits(), Deadline(-1))
    table = pd.read_csv(StringIO(files["mutations.tsv"].decode()), sep="\t")
    residues = re.search(r"HLH:(\d+)-(\d+)", table["domain"][0])
    assert residues is not None
    every = 19 * (int(residues[2]) - int(residues[1]) + 1)
    assert f"after {len(table)} of {every} substitutions" in view["known"].limits[0]
    assert table["contact"].eq("yes").all()
    (protein,) = view["maps"]
    assert len(protein.pictures) == 2  # without DNA, nothing is said of it
    with pytest.raises(InputError, match="at most 100 are drawn"):
        mutations(predictor, query, Limits(substitutions=100), Deadline(60))


def test_only_a_protein_of_the_answer_is_mutated(client: Any, max_protein: str) -> None:
    long = ">long\n" + "ACGTTGCA" * 300
    proteins = f">none\nGSAEWKLM\n>p\n{max_protein}"
    first = answered(client, ask(client, proteins=proteins, dna=f"{DNA}{long}"))
    assert 'value="1">p<' in first.text and ">none</option>" not in first.text
    assert ">long</option>" not in first.text
    for form in ({}, {"protein": "0"}, {"protein": "1", "dna": "2"}, {"protein": "/etc/passwd"}):
        reply = ask_for_map(client, first, **form)
        assert reply.status_code == 400 and "choose one of those listed" in reply.text
    assert client.post("/answers/guess/mutations", data={"protein": "1"}).status_code == 404


def test_a_protein_without_a_domain_is_answered_too(client: Any) -> None:
    reply = answered(client, ask(client, names="none", species="Homo_sapiens"))
    assert reply.status_code == 200 and "no known DNA-binding domain" in reply.text
    assert "0 sites" in reply.text and "map of mutations" not in reply.text


def test_all_proteins_of_a_species_are_asked_about_at_once(client: Any) -> None:
    reply = answered(client, ask(client, whole="human"))
    table = pd.read_csv(StringIO(client.get(f"{reply.url}/predictions.tsv").text), sep="\t")
    assert table["protein_id"].tolist() == ["MAX|P61244", "NONE|X"] * 2


def test_what_is_wrong_comes_back_with_the_form(client: Any) -> None:
    reply = ask(client, proteins=f">{EVIL}\nM!")
    assert reply.status_code == 400 and "pasted proteins:2:" in reply.text
    assert escape(f">{EVIL}") in reply.text and EVIL not in reply.text
    assert escape("d<i>2") in reply.text


def test_the_form_and_its_example(client: Any) -> None:
    fields = re.compile(r"<textarea[^>]*>(.*?)</textarea>", re.S)
    assert fields.findall(client.get("/").text) == ["", ""]
    page = client.get("/?example=1").text
    assert (
        "CCACGTGG" in fields.findall(page)[1]
        and 'value="MAX, TP53"' in page
        and "Mus musculus (1)" in page
    )


def test_every_reply_is_guarded(client: Any) -> None:
    replies = [client.get("/"), client.get("/nowhere"), ask(client, proteins="M!")]
    replies += [client.get("/answers/guess"), client.post("/predict", content=b"x" * 60_000)]
    assert [reply.status_code for reply in replies] == [200, 404, 400, 404, 413]
    for reply in replies:
        policy = reply.headers["content-security-policy"]
        assert "default-src 'none'" in policy and "frame-ancestors 'none'" in policy
        assert checksum(asset(SCRIPT)) in policy and checksum(asset(STYLE)) in policy
        assert "unsafe" not in policy and "http" not in policy
        assert reply.headers["x-content-type-options"] == "nosniff"
        assert reply.headers["cache-control"] == "no-store"


def test_a_body_that_does_not_say_how_long_it_is_is_cut_off(client: Any) -> None:
    head = b'--x\r\nContent-Disposition: form-data; name="dna"\r\n\r\n'
    parts = (part for part in [head, *[b"A" * 10_000] * 9])
    kind = {"content-type": "multipart/form-data; boundary=x"}
    assert client.post("/predict", content=parts, headers=kind).status_code == 413


def test_other_sites_cannot_ask_for_a_visitor(client: Any) -> None:
    form = {"dna": DNA, "proteins": "M!"}
    for origin, status in (("http://localhost", 400), ("http://evil.example", 403), ("null", 403)):
        reply = client.post("/predict", data=form, headers={"origin": origin})
        assert reply.status_code == status
    # A name of their own that points here.
    assert client.get("/", headers={"host": "evil.example"}).status_code == 400


def test_a_full_line_says_how_many_wait(client: Any, collection: Any) -> None:
    gate = threading.Event()
    jobs = client.app.state.site.jobs
    tokens = [jobs.submit(lambda deadline: gate.wait(30)) for _ in range(2)]
    page = client.get(f"/answers/{tokens[1]}")
    assert page.status_code == 202 and "Busy: <b>1</b> before you" in page.text
    busy = ask(client, names="MAX", species="Homo_sapiens")
    assert busy.status_code == 503 and "<b>2</b> requests are waiting" in busy.text
    assert busy.headers["retry-after"]
    gate.set()
