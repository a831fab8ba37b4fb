"""Log-softmax and its gradient against one of three logits."""

from dataclasses import replace
from functools import partial

import torch
from torch import Tensor
from torch.nn import functional

from ._figure import Figure, loss_and_gradient


def log_p(x: Tensor, index: int) -> Tensor:
    """Take the log-probability of a class; the logits are x, 0 and 0."""
    logits = torch.stack([x, 0 * x, 0 * x], dim=1)
    return functional.log_softmax(logits, dim=1)[:, index]


value, gradient = loss_and_gradient(
    [
        ({"en": "its own class", "zh": "该类自己"}, partial(log_p, index=0)),
        ({"en": "another class", "zh": "另一类"}, partial(log_p, index=1)),
    ],
    torch.linspace(-8, 8, 161, dtype=torch.float64),
    {
        "en": "one logit (the other two are 0)",
        "zh": "其中一个 logit（另外两个为 0）",
    },
)
title = {"en": "log-probability", "zh": "对数概率"}
FIGURE = Figure(
    alt={
        "en": "Left: as one logit rises from -8 to 8, its own log-probability "
        "rises from about -9 to 0 while that of another class falls from -ln "
        "2 to about -8. Right: the gradient of its own log-probability goes "
        "from 1 to 0, that of the other class from 0 to -1.",
        "zh": "左：一个 logit 从 -8 升到 8，该类的对数概率从约 -9 升到 0，另一"
        "类的对数概率从 -ln 2 降到约 -8。右：该类对数概率的梯度从 1 降到 0，另"
        "一类的梯度从 0 降到 -1。",
    },
    panels=[replace(value, title=title), gradient],
)
