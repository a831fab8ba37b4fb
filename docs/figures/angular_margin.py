"""CosFace and ArcFace against the angle to the class."""

from functools import partial

import torch
from angular_margin import arcface_loss, cosface_loss
from torch import Tensor

from ._figure import Explorer, Figure, Slider, loss_and_gradient


def at(x: Tensor, loss, margin: float, scale: float = 16.0) -> Tensor:
    """Take the loss at angle x, the other class at a right angle."""
    return loss(
        torch.stack([x.cos(), x.sin(), torch.zeros_like(x)], 1),
        torch.eye(3).to(x)[[0, 2]],
        torch.zeros(len(x), dtype=torch.int64),
        margin=margin,
        scale=scale,
        reduction="none",
    )


FIGURE = Figure(
    alt={
        "en": "Left: loss of one embedding against its angle to its class, "
        "from 0 to pi, another class at a right angle, scale 16. Without a "
        "margin it is 0 until a little above 1; CosFace with 0.35 rises from "
        "about 1, ArcFace with 0.5 from a little below 1. ArcFace jumps up at "
        "pi minus its margin. Right: the gradient; that of ArcFace falls to 0 "
        "towards the jump, then is above 0 again.",
        "zh": "左：损失随嵌入与所属类别的夹角（0 到 pi）的变化，另一类别与嵌入"
        "垂直，scale 为 16。没有间隔时，略过 1 才开始上升；CosFace 取 0.35 时"
        "从约 1 上升，ArcFace 取 0.5 时从略小于 1 处上升。ArcFace 在 pi 减间隔"
        "处向上跳。右：梯度；ArcFace 的梯度趋近该处时降到 0，之后又大于 0。",
    },
    panels=loss_and_gradient(
        [
            (
                {"en": "no margin", "zh": "无间隔"},
                partial(at, loss=cosface_loss, margin=0.0),
            ),
            ("CosFace 0.35", partial(at, loss=cosface_loss, margin=0.35)),
            ("ArcFace 0.5", partial(at, loss=arcface_loss, margin=0.5)),
        ],
        torch.linspace(0.01, 3.13, 313),
        {
            "en": "angle to the class, radians",
            "zh": "与所属类别的夹角（弧度）",
        },
    ),
    explorers={
        loss.__name__: Explorer(
            partial(at, loss=loss),
            (0.01, 3.13),
            {
                "margin": Slider([0.0, 0.1, 0.2, 0.35, 0.5, 0.7], margin),
                "scale": Slider([1.0, 4.0, 8.0, 12.0, 16.0, 32.0], 16.0),
            },
        )
        for loss, margin in ((cosface_loss, 0.35), (arcface_loss, 0.5))
    },
)
