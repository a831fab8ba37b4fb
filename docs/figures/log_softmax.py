"""Log-softmax and its gradient against one of three logits."""

import torch
from torch.nn import functional

alt = {
    "en": "Left: as one logit rises from -8 to 8, its own log-probability "
    "rises from about -9 to 0 while that of another class falls from -ln 2 to "
    "about -8. Right: the gradient of its own log-probability goes from 1 to "
    "0, that of the other class from 0 to -1.",
    "zh": "左：一个 logit 从 -8 升到 8，该类的对数概率从约 -9 升到 0，另一类的"
    "对数概率从 -ln 2 降到约 -8。右：该类对数概率的梯度从 1 降到 0，另一类的梯"
    "度从 0 降到 -1。",
}

z = torch.linspace(-8, 8, 161, dtype=torch.float64)
values, gradients = [], []
for index, label in enumerate(
    [
        {"en": "its own class", "zh": "该类自己"},
        {"en": "another class", "zh": "另一类"},
    ]
):
    x = z.clone().requires_grad_()
    logits = torch.stack([x, 0 * z, 0 * z], dim=1)
    log_p = functional.log_softmax(logits, dim=1)[:, index]
    (gradient,) = torch.autograd.grad(log_p.sum(), x)
    values.append((label, z, log_p.detach()))
    gradients.append((label, z, gradient))

x_label = {
    "en": "one logit (the other two are 0)",
    "zh": "其中一个 logit（另外两个为 0）",
}
panels = [
    {
        "title": {"en": "log-probability", "zh": "对数概率"},
        "x": x_label,
        "curves": values,
    },
    {
        "title": {"en": "gradient", "zh": "梯度"},
        "x": x_label,
        "curves": gradients,
    },
]
