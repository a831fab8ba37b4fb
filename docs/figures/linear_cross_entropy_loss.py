"""Linear cross entropy against one feature, one weight a class."""

import torch
from torch import Tensor
from torch.nn import functional

from ._figure import Figure, loss_and_gradient


def loss(x: Tensor) -> Tensor:
    """Take the loss of the first of three classes.

    The same as linear_cross_entropy, which the oldest supported torch lacks.
    """
    weight = torch.tensor([[1.0], [-1.0], [0.0]], dtype=x.dtype)
    return functional.cross_entropy(
        functional.linear(x[:, None], weight),
        torch.zeros(len(x), dtype=torch.long),
        reduction="none",
    )


FIGURE = Figure(
    alt={
        "en": "Left: with class weights 1, -1 and 0 the loss of the first "
        "class falls from about 16 to 0 as the feature goes from -8 to 8. "
        "Right: its gradient goes from -2 to 0.",
        "zh": "左：三个类别的权重为 1、-1、0，特征从 -8 升到 8 时，第一个类别"
        "的损失从约 16 降到 0。右：梯度从 -2 变到 0。",
    },
    panels=loss_and_gradient(
        {"loss": loss},
        torch.linspace(-8, 8, 161, dtype=torch.float64),
        {"en": "feature", "zh": "特征"},
    ),
)
