"""Multi-label soft margin loss against the logit of one of the classes."""

from functools import partial

import torch
from torch import Tensor
from torch.nn import functional

from ._figure import Figure, loss_and_gradient


def loss(x: Tensor, y: int, classes: int) -> Tensor:
    """Compute the loss of a class whose other classes are surely right."""
    logits = torch.full((len(x), classes - 1), 50.0 if y else -50.0)
    return functional.multilabel_soft_margin_loss(
        torch.cat([x.unsqueeze(1), logits.to(x)], dim=1),
        torch.full((len(x), classes), float(y)),
        reduction="none",
    )


FIGURE = Figure(
    alt={
        "en": "Left: with a single class and target 1 the loss falls from "
        "about 5 at logit -5 to almost 0 at logit 5; for target 0 it is the "
        "mirror image; as one of 4 classes it is a quarter of that. Right: "
        "the gradient goes from -1 to 0 for target 1 and from 0 to 1 for "
        "target 0; as one of 4 classes from -1/4 to 0.",
        "zh": "左：只有一个类别且目标为 1 时，logit 从 -5 升到 5，损失从约 5 "
        "降到接近 0；目标为 0 时左右对称；若是 4 个类别之一，则为其四分之一。"
        "右：目标为 1 时梯度从 -1 变到 0，目标为 0 时从 0 变到 1；若是 4 个类"
        "别之一，则从 -1/4 变到 0。",
    },
    panels=loss_and_gradient(
        {
            f"target={y}, C={c}": partial(loss, y=y, classes=c)
            for y, c in ((1, 1), (0, 1), (1, 4))
        },
        torch.linspace(-5, 5, 201),
        {"en": "logit of one class", "zh": "一个类别的 logit"},
    ),
)
