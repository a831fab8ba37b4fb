"""Binary cross entropy against the predicted probability."""

import torch
from torch.nn.functional import binary_cross_entropy

from ._figure import Figure, against, loss_and_gradient

FIGURE = Figure(
    alt={
        "en": "Left: for target 1 the loss falls from ln 100 at probability "
        "0.01 to 0 near 1; for target 0 it is the mirror image. Right: the "
        "gradient goes from -100 to -1 for target 1 and from 1 to 100 for "
        "target 0.",
        "zh": "左：目标为 1 时，概率从 0.01 升到接近 1，损失从 ln 100 降到 0；"
        "目标为 0 时左右对称。右：目标为 1 时梯度从 -100 变到 -1，目标为 0 时"
        "从 1 变到 100。",
    },
    panels=loss_and_gradient(
        {f"target={y}": against(y, binary_cross_entropy) for y in (1.0, 0.0)},
        torch.linspace(0.01, 0.99, 99, dtype=torch.float64),
        {"en": "predicted probability", "zh": "预测概率"},
    ),
)
