"""Hinge embedding loss against the distance."""

import torch
from _curves import panels as curves
from torch.nn import functional

alt = {
    "en": "Left: for target 1 the loss is the distance; for target -1 it falls "
    "in a line from 1 at distance 0 to 0 at the margin 1 and stays there; for "
    "target 0 it stays 1 up to the margin and rises after it. Right: the "
    "gradient is 1 for target 1; for target -1 it is -1 up to the margin, 0 "
    "after it; for target 0 it is 0 up to the margin, 1 after it.",
    "zh": "左：目标为 1 时，损失就是距离；目标为 -1 时，从距离 0 处的 1 "
    "沿直线降到间隔 1 处的 0，此后为零；"
    "目标为 0 时，在间隔以内恒为 1，之后上升。"
    "右：目标为 1 时梯度恒为 1；目标为 -1 时，间隔以内为 -1，之后为 0；"
    "目标为 0 时，间隔以内为 0，之后为 1。",
}

panels = curves(
    torch.linspace(0, 2.5, 501),
    {
        f"target={y}": lambda x, y=y: functional.hinge_embedding_loss(
            x, torch.full_like(x, y), reduction="none"
        )
        for y in (1, -1, 0)
    },
    {"en": "distance", "zh": "距离"},
)
explorers = {
    "hinge_embedding_loss": {
        "x": torch.linspace(0, 2.5, 81),
        "label": {"en": "distance", "zh": "距离"},
        "sliders": {
            "margin": ([i / 10 for i in range(21)], 10),
            "target": ([-1, 1], 0),
        },
        "loss": lambda x, margin, target: functional.hinge_embedding_loss(
            x, torch.full_like(x, target), margin=margin, reduction="none"
        ),
    }
}
