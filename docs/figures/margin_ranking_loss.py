"""Margin ranking loss against the difference of two scores."""

import torch
from _curves import panels as curves
from torch import Tensor
from torch.nn import functional

alt = {
    "en": "Left: for target 1 the loss falls in a straight line as the "
    "difference of the scores grows, and is 0 from the margin on; for target "
    "-1 it is mirrored. Right: the gradients are -1 then 0, and 0 then 1.",
    "zh": "左：目标为 1 时，损失随得分之差增大而沿直线下降，到间隔处变为 0；"
    "目标为 -1 时左右相反。右：梯度分别为先 -1 后 0、先 0 后 1。",
}


def with_label(y: float, margin: float):
    """Take the loss of a difference of scores."""

    def loss(x: Tensor) -> Tensor:
        target = torch.full_like(x, y)
        return functional.margin_ranking_loss(
            x, torch.zeros_like(x), target, margin=margin, reduction="none"
        )

    return loss


panels = curves(
    torch.linspace(-3, 3, 121),
    {
        "target=1, margin=0": with_label(1.0, 0.0),
        "target=1, margin=1": with_label(1.0, 1.0),
        "target=-1, margin=1": with_label(-1.0, 1.0),
    },
    "input1 - input2",
)
explorers = {
    "margin_ranking_loss": {
        "x": torch.linspace(-3, 3, 81),
        "label": "input1 - input2",
        "sliders": {
            "margin": ([i / 10 for i in range(21)], 0),
            "target": ([-1, 1], 1),
        },
        "loss": lambda x, margin, target: with_label(target, margin)(x),
    }
}
