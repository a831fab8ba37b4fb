"""Huber loss against the residual, for three deltas."""

import torch
from _curves import panels as curves
from torch.nn import functional

alt = {
    "en": "Left: for delta 0.5, 1 and 2 the loss is a parabola near residual 0 "
    "and a straight line beyond delta. Right: the gradient is the residual, "
    "cut off at delta.",
    "zh": "左：delta 取 0.5、1、2 时，损失在残差 0 附近是抛物线，"
    "超出 delta 后是直线。右：梯度等于残差，到 delta 处截断。",
}


def with_delta(delta):
    """Take the loss of a residual."""
    return lambda x: functional.huber_loss(
        x, torch.zeros_like(x), delta=delta, reduction="none"
    )


panels = curves(
    torch.linspace(-3, 3, 121),
    {f"delta={delta}": with_delta(delta) for delta in (0.5, 1.0, 2.0)},
    {"en": "residual", "zh": "残差"},
)
explorers = {
    "huber_loss": {
        "x": torch.linspace(-3, 3, 81),
        "label": {"en": "residual", "zh": "残差"},
        "sliders": {"delta": ([i / 10 for i in range(1, 31)], 9)},
        "loss": lambda x, delta: with_delta(delta)(x),
    }
}
