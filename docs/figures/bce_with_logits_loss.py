"""Binary cross entropy against the logit, with and without pos_weight."""

import torch
from torch.nn import functional

alt = {
    "en": "Left: for target 1 the loss falls from 8 to 0 as the logit rises "
    "from -8 to 8, three times as high with pos_weight 3; for target 0 it "
    "rises from 0 to 8. Right: the gradients go from -1 to 0, from -3 to 0, "
    "and from 0 to 1.",
    "zh": "左：logit 从 -8 升到 8，目标为 1 时损失从 8 降到 0，"
    "pos_weight 取 3 时为其三倍；目标为 0 时从 0 升到 8。"
    "右：三条梯度曲线分别从 -1 到 0、从 -3 到 0、从 0 到 1。",
}

z = torch.linspace(-8, 8, 161, dtype=torch.float64)
losses, gradients = [], []
for label, target, pos_weight in (
    ("target=1", 1.0, 1.0),
    ("target=1, pos_weight=3", 1.0, 3.0),
    ("target=0", 0.0, 1.0),
):
    x = z.clone().requires_grad_()
    loss = functional.binary_cross_entropy_with_logits(
        x,
        torch.full_like(x, target),
        pos_weight=torch.tensor(pos_weight, dtype=torch.float64),
        reduction="none",
    )
    (gradient,) = torch.autograd.grad(loss.sum(), x)
    losses.append((label, z, loss.detach()))
    gradients.append((label, z, gradient))

panels = [
    {"title": {"en": "loss", "zh": "损失"}, "x": "logit", "curves": losses},
    {
        "title": {"en": "gradient", "zh": "梯度"},
        "x": "logit",
        "curves": gradients,
    },
]


def weighed(x: torch.Tensor, pos_weight: float, target: float) -> torch.Tensor:
    """Take the loss of a logit."""
    return functional.binary_cross_entropy_with_logits(
        x,
        torch.full_like(x, target),
        pos_weight=torch.tensor(pos_weight, dtype=x.dtype),
        reduction="none",
    )


explorers = {
    "binary_cross_entropy_with_logits": {
        "x": torch.linspace(-8, 8, 81),
        "label": "logit",
        "sliders": {
            "pos_weight": ([0.1, 0.25, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 5.0], 3),
            "target": ([0.0, 0.25, 0.5, 0.75, 1.0], 4),
        },
        "loss": weighed,
    }
}
