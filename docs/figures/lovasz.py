"""The Jaccard loss of sets, and its Lovász hinge over two logits."""

import torch
from lovasz import lovasz_hinge
from matplotlib.axes import Axes
from torch import Tensor

from ._figure import Curve, Figure, Panel
from ._svg import COLOURS, INK


def wrong(misses: int, alarms: int) -> Tensor:
    """Take the loss of a mask of 10 pixels with so many errors of 1."""
    target = torch.zeros(1, 40, dtype=torch.float64)
    target[:, :10] = 1
    logits = 2 * target - 1
    logits[:, :misses] = 0
    logits[:, 10 : 10 + alarms] = 0
    return lovasz_hinge(logits, target)


def contours(axes: Axes, language: str) -> None:
    """Draw the loss of two pixels, one of the mask and one of none."""
    side = torch.linspace(-3, 3, 121)
    loss = torch.vmap(torch.vmap(lovasz_hinge))(
        torch.cartesian_prod(side, side).reshape(121, 121, 1, 2),
        torch.tensor([1.0, 0.0]).expand(121, 121, 1, 2),
    )
    levels = [0.01, 0.5, 1, 1.5, 2, 2.5, 3, 3.5]
    lines = axes.contour(side, side, loss.T, levels, colors=COLOURS[0])
    axes.clabel(lines, levels[1::2], fmt=lambda x: f"{x:g}", colors=INK)
    axes.set_ylabel(
        {"en": "logit of the background", "zh": "背景像素的 logit"}[language]
    )
    axes.set_aspect("equal")


misses, alarms = torch.arange(11), torch.arange(21)
FIGURE = Figure(
    alt={
        "en": "Left: one minus intersection over union of a mask of 10 pixels "
        "against the number of wrong pixels. Misses raise it in a line to 1 "
        "at 10; false alarms raise it ever more slowly, to two thirds at 20. "
        "Right: contours of the Lovász hinge over the logits of two pixels, "
        "one of the mask and one of the background. The loss is 0 where the "
        "first is above 1 and the second below -1. Contours are vertical "
        "where the miss is the larger error, and slant up where the false "
        "alarm is, until the first is above 1: from there they are horizontal.",
        "zh": "左：一个 10 像素的掩码，1 减交并比随错误像素数的变化。漏检使其"
        "沿直线上升，到 10 时为 1；误检使其上升得越来越慢，到 20 时为三分之"
        "二。右：Lovász 合页损失在两个像素的 logit 上的等高线，一个属于掩码，"
        "一个属于背景。前者大于 1 且后者小于 -1 处损失为 0；漏检误差较大处等高"
        "线为竖线，误检误差较大处为向上的斜线，前者大于 1 之后变为水平线。",
    },
    panels=[
        Panel(
            {"en": "one minus IoU", "zh": "1 减交并比"},
            {"en": "wrong pixels", "zh": "错误像素数"},
            [
                Curve(
                    {"en": "misses", "zh": "漏检"},
                    misses,
                    torch.stack([wrong(k, 0) for k in misses.tolist()]),
                ),
                Curve(
                    {"en": "false alarms", "zh": "误检"},
                    alarms,
                    torch.stack([wrong(0, k) for k in alarms.tolist()]),
                ),
            ],
        ),
        Panel(
            {"en": "Lovász hinge", "zh": "Lovász 合页损失"},
            {"en": "logit of the mask", "zh": "掩码像素的 logit"},
            draw=contours,
        ),
    ],
)
