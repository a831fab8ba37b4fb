"""Absolute error against the residual."""

import torch
from torch.nn.functional import l1_loss

from ._figure import Figure, against, loss_and_gradient

FIGURE = Figure(
    alt={
        "en": "Left: the loss is a V, 0 at residual 0 and 3 at -3 and 3. "
        "Right: its gradient is -1, then 1, and 0 at residual 0 only.",
        "zh": "左：损失呈 V 形，残差为 0 时为 0，为 -3 与 3 时为 3。右：梯度先"
        "为 -1，后为 1，只在残差为 0 处为 0。",
    },
    panels=loss_and_gradient(
        {"L1Loss": against(0.0, l1_loss)},
        torch.linspace(-3, 3, 121),
        {"en": "residual", "zh": "残差"},
    ),
)
