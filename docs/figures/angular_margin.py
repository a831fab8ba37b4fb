"""CosFace and ArcFace against the angle to the class."""

from functools import partial

import torch
from _curves import panels as curves
from angular_margin import arcface_loss, cosface_loss
from torch import Tensor

alt = {
    "en": "Left: loss of one embedding against its angle to its class, from 0 "
    "to pi, another class at a right angle, scale 16. Without a margin it is "
    "0 until a little above 1; CosFace with 0.35 rises from about 1, ArcFace "
    "with 0.5 from a little below 1. ArcFace jumps up at pi minus its margin. "
    "Right: the gradient; that of ArcFace falls to 0 towards the jump, then "
    "is above 0 again.",
    "zh": "左：损失随嵌入与所属类别的夹角（0 到 pi）的变化，另一类别与嵌入垂"
    "直，scale 为 16。没有间隔时，略过 1 才开始上升；CosFace 取 0.35 时从约 1 "
    "上升，ArcFace 取 0.5 时从略小于 1 处上升。ArcFace 在 pi 减间隔处向上跳。"
    "右：梯度；ArcFace 的梯度趋近该处时降到 0，之后又大于 0。",
}


def at(loss, margin: float):
    """Take the loss at angle x, the other class at a right angle."""

    def of(x: Tensor) -> Tensor:
        zero = torch.zeros_like(x)
        embeddings = torch.stack([x.cos(), x.sin(), zero], 1)
        weight = torch.eye(3).to(x)[[0, 2]]
        target = torch.zeros(len(x), dtype=torch.int64)
        return loss(
            embeddings,
            weight,
            target,
            margin=margin,
            scale=16.0,
            reduction="none",
        )

    return of


panels = curves(
    torch.linspace(0.01, 3.13, 313),
    {
        "no margin": at(cosface_loss, 0.0),
        "CosFace 0.35": at(cosface_loss, 0.35),
        "ArcFace 0.5": at(arcface_loss, 0.5),
    },
    {"en": "angle to the class (radians)", "zh": "与所属类别的夹角（弧度）"},
)


def turned(x: Tensor, loss, margin: float, scale: float) -> Tensor:
    """Take the loss at angle x, the other class at a right angle."""
    zero = torch.zeros_like(x)
    return loss(
        torch.stack([x.cos(), x.sin(), zero], 1),
        torch.eye(3).to(x)[[0, 2]],
        torch.zeros(len(x), dtype=torch.int64),
        margin=margin,
        scale=scale,
        reduction="none",
    )


ANGLE = {"en": "angle to the class (radians)", "zh": "与所属类别的夹角（弧度）"}
SCALE = ([1.0, 4.0, 8.0, 12.0, 16.0, 32.0], 4)
explorers = {
    loss.__name__: {
        "x": torch.linspace(0.01, 3.13, 81),
        "label": ANGLE,
        "sliders": {
            "margin": ([0.0, 0.1, 0.2, 0.35, 0.5, 0.7], at),
            "scale": SCALE,
        },
        "loss": partial(turned, loss=loss),
    }
    for loss, at in ((cosface_loss, 3), (arcface_loss, 4))
}
