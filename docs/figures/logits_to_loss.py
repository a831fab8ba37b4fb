"""Sigmoid is two-class softmax, binary cross entropy its cross entropy."""

import torch
from torch.nn import functional

from ._figure import Curve, Figure, Panel

x = torch.linspace(-6, 6, 121, dtype=torch.float64)
two = torch.stack([0 * x, x], dim=1)
losses = []
for target in (1, 0):
    y = torch.full((121,), target)
    binary = functional.binary_cross_entropy_with_logits(
        x, y.double(), reduction="none"
    )
    many = functional.cross_entropy(two, y, reduction="none")
    losses.append(Curve(f"BCEWithLogitsLoss, {target}", x, binary))
    losses.append(Curve(f"CrossEntropyLoss, {target}", x, many))

FIGURE = Figure(
    alt={
        "en": "Left: the sigmoid of a logit and the two-class softmax of (0, "
        "logit) are one S-shaped curve from 0 to 1. Right: binary cross "
        "entropy and two-class cross entropy are one curve for target 1, "
        "falling from 6 to 0, and one for target 0, rising from 0 to 6.",
        "zh": "左：logit 的 sigmoid 与 (0, logit) 的二类 softmax 是同一条从 0 "
        "到 1 的 S 形曲线。右：二元交叉熵与二类交叉熵也是同一条曲线：目标为 1 "
        "时从 6 降到 0，目标为 0 时从 0 升到 6。",
    },
    panels=[
        Panel(
            {"en": "probability", "zh": "概率"},
            "logit",
            [
                Curve("sigmoid(x)", x, x.sigmoid()),
                Curve("softmax([0, x])[1]", x, two.softmax(1)[:, 1]),
            ],
        ),
        Panel(
            {"en": "loss for target 1 and 0", "zh": "目标为 1 与 0 的损失"},
            "logit",
            losses,
        ),
    ],
)
