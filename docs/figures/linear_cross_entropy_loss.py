"""Linear cross entropy against one feature, one weight a class."""

import torch
from torch.nn import functional

alt = {
    "en": "Left: with class weights 1, -1 and 0 the loss of the first class "
    "falls from about 16 to 0 as the feature goes from -8 to 8. Right: its "
    "gradient goes from -2 to 0.",
    "zh": "左：三个类别的权重为 1、-1、0，特征从 -8 升到 8 时，"
    "第一个类别的损失从约 16 降到 0。右：梯度从 -2 变到 0。",
}

z = torch.linspace(-8, 8, 161, dtype=torch.float64)
x = z.clone().requires_grad_()
weight = torch.tensor([[1.0], [-1.0], [0.0]], dtype=torch.float64)
target = torch.zeros(161, dtype=torch.long)
# The same as linear_cross_entropy, which the oldest supported torch lacks.
loss = functional.cross_entropy(
    functional.linear(x[:, None], weight), target, reduction="none"
)
(gradient,) = torch.autograd.grad(loss.sum(), x)

x_label = {"en": "feature", "zh": "特征"}
panels = [
    {
        "title": {"en": "loss", "zh": "损失"},
        "x": x_label,
        "curves": [("loss", z, loss.detach())],
    },
    {
        "title": {"en": "gradient", "zh": "梯度"},
        "x": x_label,
        "curves": [("gradient", z, gradient)],
    },
]
