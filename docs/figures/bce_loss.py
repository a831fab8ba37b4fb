"""Binary cross entropy against the predicted probability."""

import torch
from torch.nn import functional

alt = {
    "en": "Left: for target 1 the loss falls from ln 100 at probability 0.01 "
    "to 0 near 1; for target 0 it is the mirror image. Right: the gradient "
    "goes from -100 to -1 for target 1 and from 1 to 100 for target 0.",
    "zh": "左：目标为 1 时，概率从 0.01 升到接近 1，损失从 ln 100 降到 0；目标"
    "为 0 时左右对称。右：目标为 1 时梯度从 -100 变到 -1，目标为 0 时从 1 "
    "变到 100。",
}

p = torch.linspace(0.01, 0.99, 99, dtype=torch.float64)
losses, gradients = [], []
for target in (1.0, 0.0):
    x = p.clone().requires_grad_()
    loss = functional.binary_cross_entropy(
        x, torch.full_like(x, target), reduction="none"
    )
    (gradient,) = torch.autograd.grad(loss.sum(), x)
    losses.append((f"target={target}", p, loss.detach()))
    gradients.append((f"target={target}", p, gradient))

x_label = {"en": "predicted probability", "zh": "预测概率"}
panels = [
    {"title": {"en": "loss", "zh": "损失"}, "x": x_label, "curves": losses},
    {
        "title": {"en": "gradient", "zh": "梯度"},
        "x": x_label,
        "curves": gradients,
    },
]
