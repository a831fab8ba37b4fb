"""Triplet loss against where the negative is, on a line and in the plane."""

import torch
from _curves import panels as curves
from torch import Tensor
from torch.nn import functional

alt = {
    "en": "Left: with the anchor at 0 and the positive at 1 the loss falls in "
    "a straight line as the negative moves away, and is 0 from 1 plus the "
    "margin on. Middle: its gradient is -1, then 0. Right: in the plane the "
    "loss is highest at the anchor, its contours are circles around it, and "
    "it is 0 outside the circle of radius 2.",
    "zh": "左：锚点在 0、正样本在 1 时，损失随负样本远离而沿直线下降，"
    "到 1 加间隔处变为 0。中：梯度先为 -1，后为 0。"
    "右：在平面上，损失在锚点处最高，等高线是以锚点为圆心的圆，"
    "半径 2 以外为 0。",
}


def loss(negative: Tensor, margin: float) -> Tensor:
    """Take the loss of a negative, the anchor at 0, the positive at 1."""
    anchor = torch.zeros_like(negative)
    positive = anchor.clone()
    positive[..., 0] = 1
    return functional.triplet_margin_loss(
        anchor, positive, negative, margin=margin, reduction="none"
    )


def with_margin(margin: float):
    """Take the loss of a negative on a line."""
    return lambda x: loss(x.unsqueeze(1), margin)


def contours(axes, language: str) -> None:
    """Draw the loss in the plane, margin 1."""
    side = torch.linspace(-2.5, 2.5, 101)
    grid = torch.stack(torch.meshgrid(side, side, indexing="xy"), dim=2)
    lines = axes.contour(
        side, side, loss(grid, 1.0), [0.1, 0.5, 1, 1.5], colors="#000001"
    )
    axes.clabel(lines, fmt=lambda level: f"{level:.1f}", colors="#000000")
    words = {"en": ("anchor", "positive"), "zh": ("锚点", "正样本")}[language]
    for x, word, mark in zip((0, 1), words, "os", strict=True):
        axes.plot(x, 0, mark, color="#000002", label=word)
    axes.legend(frameon=False, fontsize=10, ncol=2, loc="upper center")
    axes.set_ylim(-2.5, 3.2)
    axes.set_aspect("equal")


panels = [
    *curves(
        torch.linspace(0.02, 4, 161),
        {f"margin={margin}": with_margin(margin) for margin in (0.5, 1.0, 2.0)},
        {"en": "position of the negative", "zh": "负样本的位置"},
    ),
    {
        "title": {"en": "loss, margin=1.0", "zh": "损失，margin=1.0"},
        "x": {"en": "position of the negative", "zh": "负样本的位置"},
        "draw": contours,
    },
]


def apart(x: Tensor, margin: float, positive: float) -> Tensor:
    """Take the loss of a negative on a line, the anchor at 0."""
    return functional.triplet_margin_loss(
        torch.zeros_like(x)[:, None],
        torch.full_like(x, positive)[:, None],
        x[:, None],
        margin=margin,
        reduction="none",
    )


explorers = {
    "triplet_margin_loss": {
        "x": torch.linspace(0.02, 4.02, 81),
        "label": {"en": "position of the negative", "zh": "负样本的位置"},
        "words": {
            "positive": {"en": "position of the positive", "zh": "正样本的位置"}
        },
        "sliders": {
            "margin": ([0.1, 0.2, 0.5, 1.0, 1.5, 2.0], 3),
            "positive": ([0.25, 0.5, 1.0, 1.5, 2.0], 2),
        },
        "loss": apart,
    }
}
