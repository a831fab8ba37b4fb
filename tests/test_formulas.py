"""Each formula "by hand" is torch's, over random inputs, options and corners.

The functions are taken from the blocks that the pages show, and compared with
torch in float64 to round-off; so are the closed forms of the gradients.
"""

import ast
import contextlib
import importlib
import inspect
import io
from collections.abc import Callable
from functools import cache

import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from packaging.version import Version
from torch import Tensor, nn
from torch.nn import functional

from tests.blocks import ROOT, blocks
from tests.draws import Arguments, Draw

EXAMPLES = ROOT / "snippets" / "examples"
LOSSES = {
    *(name for name in dir(nn) if name.endswith("Loss")),
    *(name for name in dir(functional) if "loss" in name or "entropy" in name),
    *("F", "nn", "functional", "kl_div"),
    *("softmax", "log_softmax", "logsigmoid", "LogSoftmax", "Softmax"),
}
BLOCKS = {  # by PAGE/SECTION
    f"{block.path.stem}/{block.section}": block
    for block, _ in blocks(sorted(EXAMPLES.glob("*.md")))
}
BY_HAND = [name for name in BLOCKS if "/by_hand" in name]
Case = tuple[Callable[..., Tensor] | None, Callable[[Draw], Arguments]]


@cache
def function(page: str, name: str, block: str = "") -> Callable[..., Tensor]:
    """Take a function from the block that shows it."""
    scope: dict[str, object] = {}
    with contextlib.redirect_stdout(io.StringIO()):
        exec(BLOCKS[f"{page}/{block or name}"].text, scope)
    return scope[name]


def find_cases() -> dict[str, Case]:
    """Map PAGE/BLOCK to its case, from each module of tests/cases."""
    return {
        f"{path.stem}/{block}": case
        for path in sorted((ROOT / "tests" / "cases").glob("[a-z]*.py"))
        for block, case in importlib.import_module(
            f"tests.cases.{path.stem}"
        ).CASES.items()
    }


CASES = find_cases()
inputs = st.builds(
    Draw,
    seed=st.integers(0, 2**32 - 1),
    scale=st.sampled_from([1.0, 30.0, 1e4]),
    n=st.integers(0, 5),
    c=st.integers(2, 6),
    ties=st.booleans(),
)
GRADIENTS = [case for case in CASES if case.endswith("/by_hand")]
# From 2.14 on a clamp has no slope at its limit, which whole numbers meet.
KINKS = Version(torch.__version__) < Version("2.14.0.dev0")


def gradient_of(loss: Callable[..., Tensor], given: Tensor) -> Tensor:
    """Differentiate the sum of a loss with respect to its input."""
    x = given.clone().requires_grad_()
    (gradient,) = torch.autograd.grad(loss(x).sum(), x)
    return gradient


def close(
    ours: Tensor, theirs: Tensor, case: str, largest: float = 1.0
) -> None:
    """Compare to float64 round-off; nan must stand where nan stands."""
    torch.testing.assert_close(
        ours,
        theirs,
        rtol=1e-12,
        atol=1e-12 * largest,
        equal_nan=True,
        msg=lambda how: f"{BLOCKS[case].where} is not torch's\n{how}",
    )


@pytest.mark.parametrize("case", CASES)
@settings(max_examples=200, deadline=None)
@given(draw=inputs)
def test_by_hand_is_torch(case: str, draw: Draw) -> None:
    page, block = case.split("/")
    loss, arguments = CASES[case]
    if loss is None:
        pytest.skip(f"torch {torch.__version__} does not have it yet")
    by_hand = function(page, "by_hand", block)
    given = arguments(draw)
    close(by_hand(*given.values()), loss(**given), case)


@pytest.mark.parametrize("case", GRADIENTS)
@settings(max_examples=200, deadline=None)
@given(draw=inputs)
def test_the_closed_form_of_the_gradient_is_autograds(
    case: str, draw: Draw
) -> None:
    page, _ = case.split("/")
    assume(KINKS or not draw.ties)
    loss, arguments = CASES[case]
    if loss is None:
        pytest.skip(f"torch {torch.__version__} does not have it yet")
    closed = function(page, "gradient")
    _, *names = inspect.signature(closed).parameters
    drawn = arguments(draw)
    first = next(iter(drawn))
    if "ignore_index" in drawn and "ignore_index" not in names:
        drawn["target"] = draw.classes()
    others = {name: drawn[name] for name in names}
    theirs = gradient_of(lambda x: loss(**{first: x} | others), drawn[first])
    # A slope is often a difference of large ones, and has their round-off.
    finite = theirs[theirs.isfinite()].abs().tolist()
    largest = max([1.0, *finite])
    close(closed(drawn[first], **others), theirs, f"{page}/gradient", largest)


@pytest.mark.parametrize(
    "name", BY_HAND + [name for name in BLOCKS if name.endswith("/gradient")]
)
def test_by_hand_uses_no_loss_of_torch(name: str) -> None:
    block = BLOCKS[name]
    functions = [
        node
        for node in ast.walk(ast.parse(block.text))
        if isinstance(node, ast.FunctionDef)
    ]
    assert functions, f"{block.where}: define by_hand(...) or gradient(...)"
    allowed = {"softmax"} if block.section == "gradient" else set()
    for node in ast.walk(functions[0]):
        used = getattr(node, "attr", getattr(node, "id", None))
        line = block.line + getattr(node, "lineno", 0)
        assert used not in LOSSES - allowed, (
            f"{block.path.relative_to(ROOT)}:{line}: {used} is not by hand"
        )


def test_every_loss_page_is_compared() -> None:
    pages = ROOT / "docs" / "en" / "losses"
    for name in BY_HAND:
        page, block = name.split("/")
        if (pages / f"{page}.md").exists():
            assert name in CASES, (
                f"tests/cases/{page}.py:1: CASES lacks {block!r}: what to "
                f"compare {BLOCKS[name].where} with"
            )
    for case in CASES:
        assert case in BY_HAND, (
            f"tests/cases/{case.split('/')[0]}.py:1: CASES has {case!r}, "
            "which is no block"
        )
