"""Cosine embedding loss against the angle between the two embeddings."""

import math

import torch
from _curves import panels as curves
from torch import Tensor
from torch.nn import functional

alt = {
    "en": "Left: for target 1 the loss rises with the angle, from 0 to 2 at "
    "a half turn; for target -1 it falls, and is 0 from where the cosine is "
    "below the margin. Right: the gradient is the sine of the angle for "
    "target 1, so 0 at both ends; for target -1 it is minus the sine, then 0.",
    "zh": "左：目标为 1 时，损失随夹角增大而上升，从 0 升到半圈处的 2；"
    "目标为 -1 时则下降，余弦低于间隔后为 0。"
    "右：目标为 1 时，梯度是夹角的正弦，两端都为 0；"
    "目标为 -1 时是负的正弦，之后为 0。",
}


def with_label(y: float, margin: float):
    """Take the loss of the angle of two unit vectors."""

    def loss(angle: Tensor) -> Tensor:
        turned = torch.stack([angle.cos(), angle.sin()], dim=1)
        fixed = torch.tensor([[1.0, 0.0]], dtype=angle.dtype).expand_as(turned)
        target = torch.full((len(angle),), y)
        return functional.cosine_embedding_loss(
            turned, fixed, target, margin=margin, reduction="none"
        )

    return loss


panels = curves(
    torch.linspace(0, math.pi, 181),
    {
        "target=1": with_label(1.0, 0.0),
        "target=-1, margin=0": with_label(-1.0, 0.0),
        "target=-1, margin=0.5": with_label(-1.0, 0.5),
    },
    {"en": "angle, radians", "zh": "夹角（弧度）"},
)
explorers = {
    "cosine_embedding_loss": {
        "x": torch.linspace(0, 3.14, 81),
        "label": {"en": "angle, radians", "zh": "夹角（弧度）"},
        "sliders": {
            "margin": ([i / 10 for i in range(-10, 10)], 10),
            "target": ([-1, 1], 0),
        },
        "loss": lambda x, margin, target: with_label(target, margin)(x),
    }
}
