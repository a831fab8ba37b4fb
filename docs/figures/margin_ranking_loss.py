"""Margin ranking loss against the difference of two scores."""

from functools import partial

import torch
from torch import Tensor
from torch.nn import functional

from ._figure import Explorer, Figure, Slider, loss_and_gradient


def loss(x: Tensor, target: int, margin: float) -> Tensor:
    """Take the loss of a difference of scores."""
    zero, y = torch.zeros_like(x), torch.full_like(x, target)
    options = {"margin": margin, "reduction": "none"}
    return functional.margin_ranking_loss(x, zero, y, **options)


FIGURE = Figure(
    alt={
        "en": "Left: for target 1 the loss falls in a straight line as the "
        "difference of the scores grows, and is 0 from the margin on; for "
        "target -1 it is mirrored. Right: the gradients are -1 then 0, and 0 "
        "then 1.",
        "zh": "左：目标为 1 时，损失随得分之差增大而沿直线下降，到间隔处变为 "
        "0；目标为 -1 时左右相反。右：梯度分别为先 -1 后 0、先 0 后 1。",
    },
    panels=loss_and_gradient(
        {
            f"target={y}, margin={m}": partial(loss, target=y, margin=m)
            for y, m in ((1, 1), (-1, 1), (1, 0))
        },
        torch.linspace(-3, 3, 121),
        "input1 - input2",
    ),
    explorers={
        "margin_ranking_loss": Explorer(
            loss,
            (-3, 3),
            {
                "margin": Slider([i / 10 for i in range(21)], 0.0),
                "target": Slider([-1, 1], 1),
            },
        )
    },
)
