"""Squared error against the residual."""

import torch
from torch.nn.functional import mse_loss

from ._figure import Figure, against, loss_and_gradient

FIGURE = Figure(
    alt={
        "en": "Left: the loss is a parabola, 0 at residual 0 and 9 at -3 and "
        "3. Right: its gradient is a straight line from -6 to 6.",
        "zh": "左：损失是抛物线，残差为 0 时为 0，为 -3 与 3 时为 9。右：梯度"
        "是从 -6 到 6 的直线。",
    },
    panels=loss_and_gradient(
        {"MSELoss": against(0.0, mse_loss)},
        torch.linspace(-3, 3, 121),
        {"en": "residual", "zh": "残差"},
    ),
)
