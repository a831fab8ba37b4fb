"""Soft margin loss against the score."""

import torch
from torch.nn.functional import soft_margin_loss

from ._figure import Figure, against, loss_and_gradient

FIGURE = Figure(
    alt={
        "en": "Left: for target 1 the loss falls from about 5 at score -5 to "
        "almost 0 at score 5; for target -1 it is the mirror image; for "
        "target 0 it is ln 2 everywhere. Right: the gradient goes from -1 to "
        "0 for target 1 and from 0 to 1 for target -1; for target 0 it is 0.",
        "zh": "左：目标为 1 时，得分从 -5 升到 5，损失从约 5 降到接近 0；目标"
        "为 -1 时左右对称；目标为 0 时恒为 ln 2。右：目标为 1 时梯度从 -1 变"
        "到 0，目标为 -1 时从 0 变到 1，目标为 0 时恒为 0。",
    },
    panels=loss_and_gradient(
        {f"target={y}": against(y, soft_margin_loss) for y in (1, -1, 0)},
        torch.linspace(-5, 5, 201),
        {"en": "score", "zh": "得分"},
    ),
)
