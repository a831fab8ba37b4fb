"""Huber loss against the residual, for three deltas."""

import torch
from torch.nn.functional import huber_loss

from ._figure import Explorer, Figure, Slider, against, loss_and_gradient

FIGURE = Figure(
    alt={
        "en": "Left: for delta 0.5, 1 and 2 the loss is a parabola near "
        "residual 0 and a straight line beyond delta. Right: the gradient is "
        "the residual, cut off at delta.",
        "zh": "左：delta 取 0.5、1、2 时，损失在残差 0 附近是抛物线，超出 "
        "delta 后是直线。右：梯度等于残差，到 delta 处截断。",
    },
    panels=loss_and_gradient(
        {
            f"delta={d}": against(0.0, huber_loss, delta=d)
            for d in (0.5, 1.0, 2.0)
        },
        torch.linspace(-3, 3, 121),
        {"en": "residual", "zh": "残差"},
    ),
    explorers={
        "huber_loss": Explorer(
            against(0.0, huber_loss),
            (-3, 3),
            {"delta": Slider([i / 10 for i in range(1, 31)], 1.0)},
        )
    },
)
