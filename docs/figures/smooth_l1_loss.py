"""Smooth L1 loss against the residual, for four betas."""

import torch
from _curves import panels as curves
from torch.nn import functional

alt = {
    "en": "Left: for beta 0, 0.5, 1 and 2 the loss is a parabola within beta "
    "and a straight line of slope 1 beyond it. Right: the gradient rises from "
    "-1 to 1 within beta, in a step when beta is 0.",
    "zh": "左：beta 取 0、0.5、1、2 时，损失在 beta 以内是抛物线，"
    "以外是斜率为 1 的直线。"
    "右：梯度在 beta 以内从 -1 升到 1，beta 为 0 时是阶跃。",
}


def with_beta(beta):
    """Take the loss of a residual."""
    return lambda x: functional.smooth_l1_loss(
        x, torch.zeros_like(x), beta=beta, reduction="none"
    )


panels = curves(
    torch.linspace(-3, 3, 121),
    {f"beta={beta}": with_beta(beta) for beta in (0.0, 0.5, 1.0, 2.0)},
    {"en": "residual", "zh": "残差"},
)
explorers = {
    "smooth_l1_loss": {
        "x": torch.linspace(-3, 3, 81),
        "label": {"en": "residual", "zh": "残差"},
        "sliders": {"beta": ([i / 10 for i in range(31)], 10)},
        "loss": lambda x, beta: with_beta(beta)(x),
    }
}
