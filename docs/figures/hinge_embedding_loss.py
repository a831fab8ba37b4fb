"""Hinge embedding loss against the distance."""

from functools import partial

import torch
from torch import Tensor
from torch.nn import functional

from ._figure import Explorer, Figure, Slider, loss_and_gradient


def loss(x: Tensor, target: int, margin: float = 1.0) -> Tensor:
    """Take the loss of a distance."""
    y = torch.full_like(x, target)
    options = {"margin": margin, "reduction": "none"}
    return functional.hinge_embedding_loss(x, y, **options)


FIGURE = Figure(
    alt={
        "en": "Left: for target 1 the loss is the distance; for target -1 it "
        "falls in a line from 1 at distance 0 to 0 at the margin 1 and stays "
        "there; for target 0 it stays 1 up to the margin and rises after it. "
        "Right: the gradient is 1 for target 1; for target -1 it is -1 up to "
        "the margin, 0 after it; for target 0 it is 0 up to the margin, 1 "
        "after it.",
        "zh": "左：目标为 1 时，损失就是距离；目标为 -1 时，从距离 0 处的 1 沿"
        "直线降到间隔 1 处的 0，此后为零；目标为 0 时，在间隔以内恒为 1，之后"
        "上升。右：目标为 1 时梯度恒为 1；目标为 -1 时，间隔以内为 -1，之后为 "
        "0；目标为 0 时，间隔以内为 0，之后为 1。",
    },
    panels=loss_and_gradient(
        {f"target={y}": partial(loss, target=y) for y in (1, -1, 0)},
        torch.linspace(0, 2.5, 501),
        {"en": "distance", "zh": "距离"},
    ),
    explorers={
        "hinge_embedding_loss": Explorer(
            loss,
            (0, 2.5),
            {
                "margin": Slider([i / 10 for i in range(21)], 1.0),
                "target": Slider([-1, 1], -1),
            },
        )
    },
)
