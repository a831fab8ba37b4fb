"""Binary cross entropy against the logit, with and without pos_weight."""

from functools import partial

import torch
from torch import Tensor
from torch.nn import functional

from ._figure import Explorer, Figure, Slider, loss_and_gradient


def loss(x: Tensor, target: float, pos_weight: float = 1.0) -> Tensor:
    """Take the loss of a logit."""
    return functional.binary_cross_entropy_with_logits(
        x,
        torch.full_like(x, target),
        pos_weight=torch.tensor(pos_weight, dtype=x.dtype),
        reduction="none",
    )


FIGURE = Figure(
    alt={
        "en": "Left: for target 1 the loss falls from 8 to 0 as the logit "
        "rises from -8 to 8, three times as high with pos_weight 3; for "
        "target 0 it rises from 0 to 8. Right: the gradients go from -1 to 0, "
        "from 0 to 1, and with pos_weight 3 from -3 to 0.",
        "zh": "左：logit 从 -8 升到 8，目标为 1 时损失从 8 降到 0，pos_weight "
        "取 3 时为其三倍；目标为 0 时从 0 升到 8。右：三条梯度曲线分别从 -1 "
        "到 0、从 0 到 1，pos_weight 取 3 时从 -3 到 0。",
    },
    panels=loss_and_gradient(
        {
            "target=1": partial(loss, target=1.0),
            "target=0": partial(loss, target=0.0),
            "target=1, pos_weight=3": partial(loss, target=1.0, pos_weight=3.0),
        },
        torch.linspace(-8, 8, 161, dtype=torch.float64),
        "logit",
    ),
    explorers={
        "binary_cross_entropy_with_logits": Explorer(
            loss,
            (-8, 8),
            {
                "pos_weight": Slider(
                    [0.1, 0.25, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 5.0], 1.0
                ),
                "target": Slider([0.0, 0.25, 0.5, 0.75, 1.0], 1.0),
            },
        )
    },
)
