"""Triplet loss against where the negative is, on a line and in the plane."""

from functools import partial

import torch
from matplotlib.axes import Axes
from torch import Tensor
from torch.nn import functional

from ._figure import Explorer, Figure, Panel, Slider, loss_and_gradient
from ._svg import COLOURS, INK

POSITION = {"en": "position of the negative", "zh": "负样本的位置"}


def loss(negative: Tensor, margin: float, positive: float = 1.0) -> Tensor:
    """Take the loss of a negative, the anchor at 0, all else on a line."""
    anchor, other = torch.zeros_like(negative), torch.zeros_like(negative)
    other[..., 0] = positive
    return functional.triplet_margin_loss(
        anchor, other, negative, margin=margin, reduction="none"
    )


def on_line(x: Tensor, **options: float) -> Tensor:
    """Take the loss of a negative on that line, too."""
    return loss(x.unsqueeze(1), **options)


def contours(axes: Axes, language: str) -> None:
    """Draw the loss in the plane, margin 1."""
    side = torch.linspace(-2.5, 2.5, 101)
    grid = torch.stack(torch.meshgrid(side, side, indexing="xy"), dim=2)
    levels = [0.1, 0.5, 1, 1.5]
    lines = axes.contour(side, side, loss(grid, 1.0), levels, colors=COLOURS[0])
    axes.clabel(lines, fmt=lambda level: f"{level:.1f}", colors=INK)
    axes.set_ylabel("y")
    words = {"en": ("anchor", "positive"), "zh": ("锚点", "正样本")}[language]
    for x, word, mark in zip((0, 1), words, "os", strict=True):
        axes.plot(x, 0, mark, color=COLOURS[1], label=word)
    axes.legend(frameon=False, fontsize=10, ncol=2, loc="upper center")
    axes.set_ylim(-2.5, 3.2)
    axes.set_aspect("equal")


FIGURE = Figure(
    alt={
        "en": "Left: with the anchor at 0 and the positive at 1 the loss "
        "falls in a straight line as the negative moves away, and is 0 from 1 "
        "plus the margin on. Middle: its gradient is -1, then 0. Right: in "
        "the plane the loss is highest at the anchor, its contours are "
        "circles around it, and it is 0 outside the circle of radius 2.",
        "zh": "左：锚点在 0、正样本在 1 时，损失随负样本远离而沿直线下降，到 "
        "1 加间隔处变为 0。中：梯度先为 -1，后为 0。右：在平面上，损失在锚点处"
        "最高，等高线是以锚点为圆心的圆，半径 2 以外为 0。",
    },
    panels=[
        *loss_and_gradient(
            {
                f"margin={m}": partial(on_line, margin=m)
                for m in (0.5, 1.0, 2.0)
            },
            torch.linspace(0.02, 4, 161),
            POSITION,
        ),
        Panel(
            {"en": "loss, margin=1.0", "zh": "损失，margin=1.0"},
            {"en": "position of the negative, x", "zh": "负样本的位置，x"},
            draw=contours,
        ),
    ],
    explorers={
        "triplet_margin_loss": Explorer(
            on_line,
            (0.02, 4.02),
            {
                "margin": Slider([0.1, 0.2, 0.5, 1.0, 1.5, 2.0], 1.0),
                "positive": Slider(
                    [0.25, 0.5, 1.0, 1.5, 2.0],
                    1.0,
                    {"en": "position of the positive", "zh": "正样本的位置"},
                ),
            },
        )
    },
)
