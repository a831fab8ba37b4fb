"""Negative log-likelihood against the probability of the true class."""

from dataclasses import replace

import torch
from torch import Tensor
from torch.nn import functional

from ._figure import Figure, loss_and_gradient


def loss(p: Tensor) -> Tensor:
    """Take the loss of the true class's probability, of two classes."""
    log_p = torch.stack([p.log(), (1 - p.detach()).log()], dim=1)
    target = torch.zeros(len(p), dtype=torch.long)
    return functional.nll_loss(log_p, target, reduction="none")


value, gradient = loss_and_gradient(
    {"NLLLoss": loss},
    torch.linspace(0.01, 1, 100, dtype=torch.float64),
    {"en": "probability of the true class", "zh": "真实类别的概率"},
)
title = {"en": "gradient with respect to the probability", "zh": "对概率的梯度"}
FIGURE = Figure(
    alt={
        "en": "Left: the loss falls from ln 100 at probability 0.01 to 0 at "
        "probability 1. Right: its gradient with respect to the probability "
        "goes from -100 to -1.",
        "zh": "左：真实类别的概率从 0.01 升到 1，损失从 ln 100 降到 0。右：损"
        "失对概率的梯度从 -100 变到 -1。",
    },
    panels=[value, replace(gradient, title=title)],
)
