"""Paths of tags in a CRF, and what one transition does to them."""

import torch
from crf import crf_nll
from matplotlib.axes import Axes
from torch import Tensor

from ._figure import Curve, Explorer, Figure, Panel, Slider
from ._lattice import lattice

STEP = {"en": "step", "zh": "步"}
TAGS = "OBI"
EMISSIONS = torch.tensor(
    [[2.0, 1.5, 0.0], [0.0, 0.0, 3.0], [2.0, 0.0, 0.0]], dtype=torch.float64
)
SCORES = torch.linspace(-6, 2, 81, dtype=torch.float64)
ZERO = torch.zeros(3, dtype=torch.float64)


def loss(path: str, score: Tensor, emissions: Tensor = EMISSIONS) -> Tensor:
    """Take the loss of a path, such as BIO, at a score of O before I."""
    transitions = torch.zeros(3, 3, dtype=torch.float64)
    transitions[0, 2] = score
    target = torch.tensor([[TAGS.index(tag) for tag in path]])
    return crf_nll(emissions[None], target, transitions, ZERO, ZERO)


def shares() -> Tensor:
    """Take the probability of each tag at each step, at a score of -4."""
    x = EMISSIONS.clone().requires_grad_()
    (slope,) = torch.autograd.grad(loss("OOO", torch.tensor(-4.0), x), x)
    slope[:, 0] += 1
    return slope


def draw_lattice(axes: Axes, language: str) -> None:
    """Draw the lattice: each tag of a step leads to each of the next."""
    found = {
        (t, k): p
        for t, row in enumerate(shares().tolist())
        for k, p in enumerate(row)
    }
    lattice(axes, found, lambda t, _: [(t + 1, k) for k in range(3)])
    axes.set_xticks(range(1, 4))
    axes.set_yticks(range(3), list(TAGS))


def curve(path: str) -> Curve:
    """Take the probability of a path at each score of O before I."""
    p = torch.stack([(-loss(path, score)).exp() for score in SCORES])
    return Curve(" ".join(path), SCORES, p)


def emitted(x: Tensor, score: float, before: float) -> Tensor:
    """Take the loss of B I O at each emission of I, one of B before it."""
    emissions = EMISSIONS.expand(len(x), -1, -1).clone()
    emissions[:, 0, 1] = before
    emissions[:, 1, 2] = x
    transitions = torch.zeros(3, 3, dtype=torch.float64)
    transitions[0, 2] = score
    target = torch.tensor([[TAGS.index(tag) for tag in "BIO"]] * len(x))
    scores = transitions, ZERO, ZERO
    return crf_nll(emissions, target, *scores, reduction="none")


FIGURE = Figure(
    alt={
        "en": "Left: the lattice of three tags, O, B, I, at three steps, when "
        "going from O to I scores -4; dots are larger where a tag is more "
        "probable: B, then I, then O, though at the first step the emission of "
        "O is larger. Right: the probability of three paths against that "
        "score. While it is low B I O is the most probable, from near 0 on "
        "O I O; O O O never is.",
        "zh": "左：三个标签 O、B、I 在三步上的网格，从 O 到 I 的转移得分为 "
        "-4；概率越大，圆点越大：依次是 B、I、O，尽管第一步 O 的发射得分更高。"
        "右：三条路径的概率随该得分的变化。得分较低时 B I O 最大，接近 0 之后 "
        "O I O 最大，O O O 始终不是最大。",
    },
    panels=[
        Panel({"en": "lattice", "zh": "网格"}, STEP, draw=draw_lattice),
        Panel(
            {"en": "probability of a path", "zh": "路径的概率"},
            {"en": "score of O before I", "zh": "从 O 到 I 的转移得分"},
            [curve(path) for path in ("OIO", "BIO", "OOO")],
        ),
    ],
    explorers={
        "crf_nll": Explorer(
            emitted,
            (-4, 8),
            {
                "score": Slider(
                    [-8.0, -4.0, -2.0, -1.0, 0.0, 1.0, 2.0],
                    0.0,
                    {"en": "score of O before I", "zh": "从 O 到 I 的转移得分"},
                ),
                "before": Slider(
                    [-2.0, 0.0, 1.5, 3.0, 5.0],
                    1.5,
                    {
                        "en": "emission of B at the step before",
                        "zh": "前一步 B 的发射得分",
                    },
                ),
            },
            {
                "en": "emission of I, target B I O",
                "zh": "I 的发射得分（目标为 B I O）",
            },
        )
    },
)
