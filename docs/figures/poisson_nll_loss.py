"""Poisson NLL against the log of the rate, and against the rate."""

import torch
from torch.nn.functional import poisson_nll_loss

from ._figure import Figure, against, loss_and_gradient


def losses(log_input: bool) -> dict:
    """Name the loss of each target."""
    return {
        f"target={y:g}": against(y, poisson_nll_loss, log_input=log_input)
        for y in (0.0, 2.0, 5.0)
    }


FIGURE = Figure(
    alt={
        "en": "Top: against the log of the rate the loss is least where the "
        "rate is the target, rises in a line to the left and exponentially to "
        "the right; the gradient is the rate minus the target. Bottom: "
        "against the rate it rises steeply towards 0 and in a line to the "
        "right; the gradient goes from far below 0 towards 1.",
        "zh": "上：以速率的对数为横轴，损失在速率等于目标处最小，向左沿直线上"
        "升，向右按指数上升；梯度是速率减目标。下：以速率为横轴，损失在接近 0 "
        "处陡升，向右沿直线上升；梯度从远低于 0 处趋于 1。",
    },
    panels=[
        *loss_and_gradient(
            losses(log_input=True),
            torch.linspace(-3, 2.5, 111),
            {"en": "log of the rate", "zh": "速率的对数"},
        ),
        *loss_and_gradient(
            losses(log_input=False),
            torch.linspace(0.5, 10, 96),
            {"en": "rate (log_input=False)", "zh": "速率（log_input=False）"},
        ),
    ],
)
