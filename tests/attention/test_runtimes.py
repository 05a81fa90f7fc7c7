"""Exporters, tracing and the compiler: whatever runs the reference runs this, with other sizes."""

from __future__ import annotations

import copy
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import bidirectional_cross_attention as reference
import pytest
import torch
from torch import Tensor, nn

from dna_protein_bca import attention

SIZES: dict[str, Any] = {"dim": 20, "context_dim": 12, "heads": 4, "dim_head": 6}
EXPORTED = (2, 7, 9)
# Also a batch of one, lengths the other way round, and lengths at which eager would change form.
RUN = ((5, 40, 3), (1, 8, 8), (3, 200, 150))
KINDS: dict[str, tuple[str, dict[str, Any]]] = {
    "step": ("BidirectionalCrossAttention", {}),
    "talking": ("BidirectionalCrossAttention", {"talking_heads": True}),
    "transformer": ("BidirectionalCrossAttentionTransformer", {"depth": 2}),
}

pytestmark = pytest.mark.filterwarnings("ignore")


def pair(kind: str) -> tuple[nn.Module, nn.Module]:
    """The reference's module and ours, of the same weights."""
    torch.manual_seed(0)
    name, options = KINDS[kind]
    theirs = getattr(reference, name)(**SIZES, **options).eval()
    ours = getattr(attention, name)(**SIZES, **options).eval()
    ours.load_state_dict(theirs.state_dict())
    return theirs, ours


def batch(b: int, n: int, m: int, masked: bool) -> tuple[Tensor, ...]:
    sides = (torch.randn(b, n, SIZES["dim"]), torch.randn(b, m, SIZES["context_dim"]))
    if not masked:
        return sides
    masks = tuple(torch.rand(b, length) > 0.4 for length in (n, m))
    for mask in masks:
        mask[:, 0] = True
    return *sides, *masks


def any_size(masked: bool) -> tuple[dict[int, Any], ...]:
    """Which dimensions of the inputs may be other than when exported."""
    b, n, m = (torch.export.Dim(name) for name in ("batch", "tokens", "context_tokens"))
    return ({0: b, 1: n}, {0: b, 1: m}) * (1 + masked)


def assert_same_everywhere(run: Callable[..., Any], theirs: nn.Module, masked: bool) -> None:
    for size in (EXPORTED, *RUN):
        inputs = batch(*size, masked)
        with torch.no_grad():
            expected = theirs(*inputs)
        for ours, same in zip(run(*inputs), expected, strict=True):
            torch.testing.assert_close(torch.as_tensor(ours), same, atol=1e-4, rtol=1e-4)


def in_onnxruntime(path: Path) -> Callable[..., Any]:
    session = pytest.importorskip("onnxruntime").InferenceSession(path)
    names = [value.name for value in session.get_inputs()]

    def run(*inputs: Tensor) -> Any:
        values = (value.numpy() for value in inputs)
        return session.run(None, dict(zip(names, values, strict=True)))

    return run


@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("strict", [False, pytest.param(True, marks=pytest.mark.slow)])
def test_export_runs_with_any_batch_and_lengths(kind: str, masked: bool, strict: bool) -> None:
    theirs, ours = pair(kind)
    program = torch.export.export(
        ours, batch(*EXPORTED, masked), dynamic_shapes=any_size(masked), strict=strict
    )
    assert_same_everywhere(program.module(), theirs, masked)


@pytest.mark.parametrize("form", ["plain", "fused"])
def test_export_in_a_form_that_was_asked_for(form: str) -> None:
    theirs, ours = pair("step")
    ours.form = form
    program = torch.export.export(ours, batch(*EXPORTED, True), dynamic_shapes=any_size(True))
    assert_same_everywhere(program.module(), theirs, True)


def export_to_onnx(module: nn.Module, masked: bool, path: Path) -> Callable[..., Any]:
    pytest.importorskip("onnxscript")
    inputs = batch(*EXPORTED, masked)
    sizes = any_size(masked)
    torch.onnx.export(module, inputs, path, dynamo=True, dynamic_shapes=sizes, verbose=False)
    return in_onnxruntime(path)


def test_onnx_of_a_transformer_with_masks(tmp_path: Path) -> None:
    theirs, ours = pair("transformer")
    assert_same_everywhere(export_to_onnx(ours, True, tmp_path / "t.onnx"), theirs, True)


@pytest.mark.slow
@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("kind", KINDS)
def test_onnx_of_every_kind(kind: str, masked: bool, tmp_path: Path) -> None:
    theirs, ours = pair(kind)
    assert_same_everywhere(export_to_onnx(ours, masked, tmp_path / "t.onnx"), theirs, masked)


@pytest.mark.slow
def test_onnx_of_latents_and_of_all_further_options(tmp_path: Path) -> None:
    pytest.importorskip("onnxscript")
    options: dict[str, Any] = {"qk_norm": True, "rotary": True, "context_rotary": True}
    ours = attention.BidirectionalLatentTransformer(
        dim=20, latent_dim=12, depth=2, num_latents=5, heads=4, dim_head=6, **options
    ).eval()
    b, n = torch.export.Dim("batch"), torch.export.Dim("tokens")
    x, _, mask, _ = batch(*EXPORTED, True)
    path = tmp_path / "latents.onnx"
    sizes = ({0: b, 1: n}, {0: b, 1: n})
    torch.onnx.export(ours, (x, mask), path, dynamo=True, dynamic_shapes=sizes, verbose=False)
    run = in_onnxruntime(path)
    for size in (EXPORTED, *RUN):
        x, _, mask, _ = batch(*size, True)
        with torch.no_grad():
            expected = ours(x, mask)
        for found, same in zip(run(x, mask), expected, strict=True):
            torch.testing.assert_close(torch.as_tensor(found), same, atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("kind", ["step", "talking"])
def test_the_older_exporter_takes_positional_arguments(kind: str, tmp_path: Path) -> None:
    theirs, ours = pair(kind)
    inputs = batch(*EXPORTED, True)
    names = ["x", "context", "mask", "context_mask"]
    axes = {
        name: {0: "batch", 1: "n" if name in ("x", "mask") else "m"} for name in (*names, "a", "b")
    }
    path = tmp_path / "older.onnx"
    pytest.importorskip("onnx")
    torch.onnx.export(
        ours,
        inputs,
        path,
        dynamo=False,
        input_names=names,
        output_names=["a", "b"],
        dynamic_axes=axes,
    )
    assert_same_everywhere(in_onnxruntime(path), theirs, True)
    every = (*inputs, False, torch.randn(*EXPORTED[1:]))
    torch.onnx.export(ours, every, path, dynamo=False)
    found = in_onnxruntime(path)(*(value for value in every if isinstance(value, Tensor)))
    for value, same in zip(found, theirs(*every), strict=True):
        torch.testing.assert_close(torch.as_tensor(value), same, atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("kind", KINDS)
def test_a_trace_runs_with_any_batch_and_lengths(kind: str, masked: bool) -> None:
    theirs, ours = pair(kind)
    assert_same_everywhere(torch.jit.trace(ours, batch(*EXPORTED, masked)), theirs, masked)


@pytest.mark.parametrize("kind", KINDS)
def test_neither_can_be_scripted(kind: str) -> None:
    for module in pair(kind):
        with pytest.raises((RuntimeError, torch.jit.frontend.FrontendError)):
            torch.jit.script(module)


def assert_compiles(module: nn.Module, inputs: Callable[..., tuple], backend: str) -> None:
    """In one graph, to the same values and gradients, with fixed lengths and with any."""
    for dynamic in (False, True):
        torch.compiler.reset()
        compiled = torch.compile(module, fullgraph=True, backend=backend, dynamic=dynamic)
        for size in (EXPORTED, RUN[2]):
            found = []
            given = inputs(*size)
            for run in (compiled, module):
                x = given[0].clone().requires_grad_()
                outs = run(x, *given[1:])
                loss = sum(out.square().mean() for out in outs)
                found.append([*outs, *torch.autograd.grad(loss, [x, *module.parameters()])])
            for ours, eager in zip(*found, strict=True):
                torch.testing.assert_close(ours, eager, atol=1e-4, rtol=1e-3)


def module_to_compile(kind: str) -> tuple[nn.Module, Callable[..., tuple]]:
    if kind != "latents":
        return pair(kind)[1], lambda b, n, m: batch(b, n, m, True)
    module = attention.BidirectionalLatentTransformer(
        dim=20, depth=1, num_latents=5, heads=4, dim_head=6
    )
    return module, lambda b, n, m: batch(b, n, m, True)[::2]


@pytest.mark.parametrize("kind", [pytest.param("step", marks=pytest.mark.slow), "latents"])
def test_compiles_in_one_graph(kind: str) -> None:
    assert_compiles(*module_to_compile(kind), backend="aot_eager")


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("c++") is None, reason="the compiler needs a C++ compiler")
@pytest.mark.parametrize("kind", [*KINDS, "latents"])
def test_compiles_to_code_in_one_graph(kind: str) -> None:
    assert_compiles(*module_to_compile(kind), backend="inductor")


def test_a_saved_program_is_loaded(tmp_path: Path) -> None:
    theirs, ours = pair("transformer")
    program = torch.export.export(ours, batch(*EXPORTED, True), dynamic_shapes=any_size(True))
    torch.export.save(program, tmp_path / "program.pt2")
    loaded = torch.export.load(tmp_path / "program.pt2").module()
    assert_same_everywhere(loaded, theirs, True)


def test_a_whole_module_is_saved_and_copied(tmp_path: Path) -> None:
    theirs, ours = pair("transformer")
    torch.save(ours, tmp_path / "module.pt")
    assert_same_everywhere(torch.load(tmp_path / "module.pt", weights_only=False), theirs, True)
    assert_same_everywhere(copy.deepcopy(ours), theirs, True)
