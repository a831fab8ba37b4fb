"""Each formula "by hand" is torch's, over random inputs, options and corners.

The functions are taken from the blocks that the pages show, and compared with
torch in float64 to round-off; so are the closed forms of the gradients.
"""

import ast
import contextlib
import inspect
import io
from collections.abc import Callable
from functools import cache

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.nn import functional

from tests.blocks import ROOT, fences

EXAMPLES = ROOT / "snippets" / "examples"
LOSSES = {
    *(name for name in dir(nn) if name.endswith("Loss")),
    *(name for name in dir(functional) if "loss" in name or "entropy" in name),
    *("F", "nn", "functional", "kl_div"),
    *("softmax", "log_softmax", "logsigmoid", "LogSoftmax", "Softmax"),
}
Arguments = dict[str, object]


@cache
def function(page: str, name: str, block: str = "") -> Callable[..., Tensor]:
    """Take a function from the block that shows it."""
    (python, *_) = fences(EXAMPLES / page / f"{block or name}.md")
    scope: dict[str, object] = {}
    with contextlib.redirect_stdout(io.StringIO()):
        exec(python.text, scope)
    return scope[name]


class Draw:
    """Random inputs in float64, of everyday and of extreme sizes."""

    def __init__(self, seed: int, scale: float, n: int, c: int) -> None:
        """Seed the generator; `n` samples, `c` classes."""
        self.g = torch.Generator().manual_seed(seed)
        self.scale, self.n, self.c = scale, n, c

    def real(self, *shape: int) -> Tensor:
        """Draw logits."""
        return self.scale * torch.randn(
            *shape, dtype=torch.float64, generator=self.g
        )

    def unit(self, *shape: int) -> Tensor:
        """Draw probabilities, exact zeros and ones among them."""
        p = torch.rand(*shape, dtype=torch.float64, generator=self.g)
        return (p * 1.2 - 0.1).clamp(0, 1)

    def weight(self, *shape: int) -> Tensor:
        """Draw positive weights."""
        p = torch.rand(*shape, dtype=torch.float64, generator=self.g)
        return 0.1 + 3 * p

    def choose(self, *options: object) -> object:
        """Choose one of the options."""
        i = torch.randint(len(options), (1,), generator=self.g).item()
        return options[i]

    def classes(self, ignore_index: int | None = None) -> Tensor:
        """Draw class indices, some or all of them ignored."""
        y = torch.randint(self.c, (self.n,), generator=self.g)
        if ignore_index is not None:
            share = self.choose(0.0, 0.3, 1.0)
            y[torch.rand(self.n, generator=self.g) < share] = ignore_index
        return y

    def reduction(self) -> object:
        """Choose a reduction."""
        return self.choose("none", "sum", "mean")


def cross_entropy(draw: Draw) -> Arguments:
    """Draw arguments of cross_entropy with class indices."""
    ignore = draw.choose(-100, 0)
    return {
        "input": draw.real(draw.n, draw.c),
        "target": draw.classes(ignore),
        "weight": draw.weight(draw.c),
        "ignore_index": ignore,
        "label_smoothing": draw.choose(0.0, 0.1, 1.0),
        "reduction": draw.reduction(),
    }


def cross_entropy_probabilities(draw: Draw) -> Arguments:
    """Draw arguments of cross_entropy with class probabilities."""
    return {
        "input": draw.real(draw.n, draw.c),
        "target": draw.unit(draw.n, draw.c),
        "weight": draw.weight(draw.c),
        "label_smoothing": draw.choose(0.0, 0.1, 1.0),
    }


def nll_loss(draw: Draw) -> Arguments:
    """Draw arguments of nll_loss, an impossible class now and then."""
    given = cross_entropy(draw)
    del given["label_smoothing"]
    given["input"] = given["input"].log_softmax(1)
    if draw.choose(False, True):
        # Where it is not the target: torch's own answer there is inf.
        other = (given["target"].clamp(min=0) + 1) % draw.c
        given["input"][torch.arange(draw.n), other] = -torch.inf
    return given


def log_softmax(draw: Draw) -> Arguments:
    """Draw arguments of log_softmax."""
    return {"input": draw.real(draw.n, draw.c), "dim": draw.choose(0, 1)}


def binary_cross_entropy(draw: Draw) -> Arguments:
    """Draw arguments of binary_cross_entropy, some clamped, some soft."""
    return {
        "input": draw.unit(draw.n, draw.c),
        "target": draw.unit(draw.n, draw.c),
        "weight": draw.weight(draw.c),
        "reduction": draw.reduction(),
    }


def binary_cross_entropy_with_logits(draw: Draw) -> Arguments:
    """Draw arguments of binary_cross_entropy_with_logits."""
    return {
        "input": draw.real(draw.n, draw.c),
        "target": draw.unit(draw.n, draw.c),
        "weight": draw.weight(draw.n, 1),
        "reduction": draw.reduction(),
        "pos_weight": draw.weight(draw.c),
    }


def linear_cross_entropy(draw: Draw) -> Arguments:
    """Draw arguments of linear_cross_entropy."""
    given = cross_entropy(draw)
    return {
        "input": draw.real(draw.n, 3),
        "linear_weight": draw.real(draw.c, 3) / draw.scale,
        "target": given["target"],
        "linear_bias": draw.real(draw.c),
        "weight": given["weight"],
        "reduction": given["reduction"],
        "ignore_index": given["ignore_index"],
        "label_smoothing": given["label_smoothing"],
    }


# page, block, torch's function, arguments in the order that by_hand takes them
CASES = {
    "cross_entropy_loss/by_hand": (functional.cross_entropy, cross_entropy),
    "cross_entropy_loss/by_hand_probabilities": (
        functional.cross_entropy,
        cross_entropy_probabilities,
    ),
    "nll_loss/by_hand": (functional.nll_loss, nll_loss),
    "log_softmax/by_hand": (functional.log_softmax, log_softmax),
    "bce_loss/by_hand": (functional.binary_cross_entropy, binary_cross_entropy),
    "bce_with_logits_loss/by_hand": (
        functional.binary_cross_entropy_with_logits,
        binary_cross_entropy_with_logits,
    ),
    "linear_cross_entropy_loss/by_hand": (
        getattr(functional, "linear_cross_entropy", None),
        linear_cross_entropy,
    ),
}
inputs = st.builds(
    Draw,
    seed=st.integers(0, 2**32 - 1),
    scale=st.sampled_from([1.0, 30.0, 1e4]),
    n=st.integers(1, 5),
    c=st.integers(2, 6),
)
GRADIENTS = [case for case in CASES if case.endswith("/by_hand")]


def gradient_of(loss: Callable[..., Tensor], given: Arguments) -> Tensor:
    """Differentiate the sum of a loss with respect to its input."""
    x = given["input"].clone().requires_grad_()
    (gradient,) = torch.autograd.grad(loss(x).sum(), x)
    return gradient


def close(ours: Tensor, theirs: Tensor, case: str) -> None:
    """Compare to float64 round-off; nan must stand where nan stands."""
    torch.testing.assert_close(
        ours,
        theirs,
        rtol=1e-12,
        atol=1e-12,
        equal_nan=True,
        msg=lambda how: f"snippets/examples/{case}.md:1 is not torch's\n{how}",
    )


@pytest.mark.parametrize("case", CASES)
@settings(max_examples=200, deadline=None)
@given(draw=inputs)
def test_by_hand_is_torch(case: str, draw: Draw) -> None:
    page, block = case.split("/")
    by_hand = function(page, "by_hand", block)
    loss, arguments = CASES[case]
    if loss is None:
        pytest.skip(f"torch {torch.__version__} does not have it yet")
    given = arguments(draw)
    close(by_hand(*given.values()), loss(**given), case)


@pytest.mark.parametrize("case", GRADIENTS)
@settings(max_examples=200, deadline=None)
@given(draw=inputs)
def test_the_closed_form_of_the_gradient_is_autograds(
    case: str, draw: Draw
) -> None:
    page, _ = case.split("/")
    closed = function(page, "gradient")
    loss, arguments = CASES[case]
    if loss is None:
        pytest.skip(f"torch {torch.__version__} does not have it yet")
    _, *names = inspect.signature(closed).parameters
    drawn = arguments(draw)
    if "ignore_index" in drawn and "ignore_index" not in names:
        drawn["target"] = draw.classes()
    others = {name: drawn[name] for name in names}
    close(
        closed(drawn["input"], **others),
        gradient_of(lambda x: loss(x, **others), drawn),
        f"{page}/gradient",
    )


@pytest.mark.parametrize(
    "path",
    sorted(EXAMPLES.glob("*/by_hand*.md"))
    + sorted(EXAMPLES.glob("*/gradient.md")),
    ids=lambda path: f"{path.parent.name}/{path.stem}",
)
def test_by_hand_uses_no_loss_of_torch(path) -> None:
    block, *_ = fences(path)
    functions = [
        node
        for node in ast.walk(ast.parse(block.text))
        if isinstance(node, ast.FunctionDef)
    ]
    assert functions, f"{block.where}: define by_hand(...) or gradient(...)"
    allowed = {"softmax"} if path.stem == "gradient" else set()
    for node in ast.walk(functions[0]):
        name = getattr(node, "attr", getattr(node, "id", None))
        line = block.line + getattr(node, "lineno", 0)
        assert name not in LOSSES - allowed, (
            f"{path.relative_to(ROOT)}:{line}: {name} is not by hand"
        )


def test_every_loss_page_is_compared() -> None:
    here = {
        f"{path.parent.name}/{path.stem}"
        for path in EXAMPLES.glob("*/by_hand*.md")
        if (ROOT / "docs/en/losses" / f"{path.parent.name}.md").exists()
    }
    assert here == set(CASES), "give each by_hand its arguments in CASES"
