"""Cosine embedding loss against the angle between the two embeddings."""

import math
from functools import partial

import torch
from torch import Tensor
from torch.nn import functional

from ._figure import Explorer, Figure, Slider, loss_and_gradient


def loss(angle: Tensor, target: int, margin: float = 0.0) -> Tensor:
    """Take the loss of the angle of two unit vectors."""
    turned = torch.stack([angle.cos(), angle.sin()], dim=1)
    fixed = torch.tensor([[1.0, 0.0]], dtype=angle.dtype).expand_as(turned)
    return functional.cosine_embedding_loss(
        turned,
        fixed,
        torch.full((len(angle),), float(target)),
        margin=margin,
        reduction="none",
    )


FIGURE = Figure(
    alt={
        "en": "Left: for target 1 the loss rises with the angle, from 0 to 2 "
        "at a half turn; for target -1 it falls, and is 0 from where the "
        "cosine is below the margin. Right: the gradient is the sine of the "
        "angle for target 1, so 0 at both ends; for target -1 it is minus the "
        "sine, then 0.",
        "zh": "左：目标为 1 时，损失随夹角增大而上升，从 0 升到半圈处的 2；目"
        "标为 -1 时则下降，余弦低于间隔后为 0。右：目标为 1 时，梯度是夹角的正"
        "弦，两端都为 0；目标为 -1 时是负的正弦，之后为 0。",
    },
    panels=loss_and_gradient(
        {
            "target=1": partial(loss, target=1),
            "target=-1, margin=0": partial(loss, target=-1),
            "target=-1, margin=0.5": partial(loss, target=-1, margin=0.5),
        },
        torch.linspace(0, math.pi, 181),
        {"en": "angle, radians", "zh": "夹角（弧度）"},
    ),
    explorers={
        "cosine_embedding_loss": Explorer(
            loss,
            (0, 3.14),
            {
                "margin": Slider([i / 10 for i in range(-10, 10)], 0.0),
                "target": Slider([-1, 1], -1),
            },
        )
    },
)
