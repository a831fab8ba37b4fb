"""Smooth L1 loss against the residual, for four betas."""

import torch
from torch.nn.functional import smooth_l1_loss

from ._figure import Explorer, Figure, Slider, against, loss_and_gradient

FIGURE = Figure(
    alt={
        "en": "Left: for beta 0, 0.5, 1 and 2 the loss is a parabola within "
        "beta and a straight line of slope 1 beyond it. Right: the gradient "
        "rises from -1 to 1 within beta, in a step when beta is 0.",
        "zh": "左：beta 取 0、0.5、1、2 时，损失在 beta 以内是抛物线，以外是斜"
        "率为 1 的直线。右：梯度在 beta 以内从 -1 升到 1，beta 为 0 时是阶跃。",
    },
    panels=loss_and_gradient(
        {
            f"beta={b}": against(0.0, smooth_l1_loss, beta=b)
            for b in (0.0, 0.5, 1.0, 2.0)
        },
        torch.linspace(-3, 3, 121),
        {"en": "residual", "zh": "残差"},
    ),
    explorers={
        "smooth_l1_loss": Explorer(
            against(0.0, smooth_l1_loss),
            (-3, 3),
            {"beta": Slider([i / 10 for i in range(31)], 1.0)},
        )
    },
)
