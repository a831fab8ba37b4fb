"""Cosine embedding loss against the cosine."""

import torch
from _curves import panels as curves
from torch import Tensor
from torch.nn import functional

alt = {
    "en": "Left: for target 1 the loss falls in a straight line from 2 at "
    "cosine -1 to 0 at cosine 1; for target -1 it is 0 up to the margin and "
    "rises from there. Right: the gradients are -1, and 0 then 1.",
    "zh": "左：目标为 1 时，余弦从 -1 升到 1，损失从 2 沿直线降到 0；"
    "目标为 -1 时，到间隔之前为 0，之后上升。"
    "右：梯度分别为 -1，以及先 0 后 1。",
}


def with_label(y: float, margin: float):
    """Take the loss of the cosine of two unit vectors."""

    def loss(cos: Tensor) -> Tensor:
        turned = torch.stack([cos, (1 - cos**2).sqrt()], dim=1)
        fixed = torch.tensor([[1.0, 0.0]], dtype=cos.dtype).expand_as(turned)
        target = torch.full((len(cos),), y)
        return functional.cosine_embedding_loss(
            turned, fixed, target, margin=margin, reduction="none"
        )

    return loss


panels = curves(
    torch.linspace(-0.999, 0.999, 121),
    {
        "target=1": with_label(1.0, 0.0),
        "target=-1, margin=0": with_label(-1.0, 0.0),
        "target=-1, margin=0.5": with_label(-1.0, 0.5),
    },
    {"en": "cosine", "zh": "余弦"},
)
