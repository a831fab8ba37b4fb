"""Negative log-likelihood against the probability of the true class."""

import torch
from torch.nn import functional

alt = {
    "en": "Left: the loss falls from ln 100 at probability 0.01 to 0 at "
    "probability 1. Right: its gradient with respect to the probability goes "
    "from -100 to -1.",
    "zh": "左：真实类别的概率从 0.01 升到 1，损失从 ln 100 降到 0。右：损失对"
    "概率的梯度从 -100 变到 -1。",
}

p = torch.linspace(0.01, 1, 100, dtype=torch.float64, requires_grad=True)
log_p = torch.stack([p.log(), (1 - p.detach()).log()], dim=1)
target = torch.zeros(100, dtype=torch.long)
loss = functional.nll_loss(log_p, target, reduction="none")
(gradient,) = torch.autograd.grad(loss.sum(), p)

x_label = {"en": "probability of the true class", "zh": "真实类别的概率"}
panels = [
    {
        "title": {"en": "loss", "zh": "损失"},
        "x": x_label,
        "curves": [("NLLLoss", p.detach(), loss.detach())],
    },
    {
        "title": {
            "en": "gradient with respect to the probability",
            "zh": "对概率的梯度",
        },
        "x": x_label,
        "curves": [("NLLLoss", p.detach(), gradient)],
    },
]
