"""Absolute error against the residual."""

import torch
from _curves import panels as curves
from torch.nn import functional

alt = {
    "en": "Left: the loss is a V, 0 at residual 0 and 3 at -3 and 3. Right: "
    "its gradient is -1, then 1, and 0 at residual 0 only.",
    "zh": "左：损失呈 V 形，残差为 0 时为 0，为 -3 与 3 时为 3。"
    "右：梯度先为 -1，后为 1，只在残差为 0 处为 0。",
}

panels = curves(
    torch.linspace(-3, 3, 121),
    {
        "L1Loss": lambda x: functional.l1_loss(
            x, torch.zeros_like(x), reduction="none"
        )
    },
    {"en": "residual", "zh": "残差"},
)
