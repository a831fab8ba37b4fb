"""Poisson NLL against the log of the rate, and against the rate."""

import torch
from _curves import panels as curves
from torch.nn import functional

alt = {
    "en": "Top: against the log of the rate the loss is least where the rate "
    "is the target, rises in a line to the left and exponentially to the "
    "right; the gradient is the rate minus the target. Bottom: against the "
    "rate it rises steeply towards 0 and in a line to the right; the gradient "
    "goes from far below 0 towards 1.",
    "zh": "上：以速率的对数为横轴，损失在速率等于目标处最小，"
    "向左沿直线上升，向右按指数上升；梯度是速率减目标。"
    "下：以速率为横轴，损失在接近 0 处陡升，向右沿直线上升；"
    "梯度从远低于 0 处趋于 1。",
}


def losses(log_input: bool, targets: tuple[float, ...]) -> dict:
    """Name the loss of each target."""
    return {
        f"target={y:g}": lambda x, y=y: functional.poisson_nll_loss(
            x, torch.full_like(x, y), log_input, reduction="none"
        )
        for y in targets
    }


panels = [
    *curves(
        torch.linspace(-3, 2.5, 111),
        losses(True, (0.0, 2.0, 5.0)),
        {"en": "log of the rate", "zh": "速率的对数"},
    ),
    *curves(
        torch.linspace(0.5, 10, 96),
        losses(False, (0.0, 2.0, 5.0)),
        {"en": "rate (log_input=False)", "zh": "速率（log_input=False）"},
    ),
]
