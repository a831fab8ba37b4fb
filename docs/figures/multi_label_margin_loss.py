"""Multi-label hinge loss against the score of one of the labels."""

from functools import partial

import torch
from torch import Tensor
from torch.nn import functional

from ._figure import Figure, loss_and_gradient


def loss(x: Tensor, target: list[int]) -> Tensor:
    """Compute the loss of scores of class 0, of the labels given."""
    others = torch.tensor([-1.0, 0.0, 1.0]).to(x).expand(len(x), 3)
    return functional.multilabel_margin_loss(
        torch.cat([x.unsqueeze(1), others], dim=1),
        torch.tensor(target).expand(len(x), 4),
        reduction="none",
    )


FIGURE = Figure(
    alt={
        "en": "Four classes, the other scores are -1, 0 and 1. Left: when "
        "class 0 is the only label the loss falls along straight pieces from "
        "3 at score -3 to 0 at score 2, with kinks at 0, 1 and 2; when class "
        "3, of score 1, is a label too, from 7/4 to 0 at score 1. Right: the "
        "gradient rises in steps of 1/4, from -3/4 to 0 and from -1/2 to 0.",
        "zh": "四个类别，其余得分为 -1、0、1。左：只有类别 0 是标签时，损失沿"
        "折线从得分 -3 处的 3 降到得分 2 处的 0，折点在 0、1、2；得分为 1 的类"
        "别 3 也是标签时，从 7/4 降到得分 1 处的 0。右：梯度以 1/4 为台阶上"
        "升，分别从 -3/4 与 -1/2 升到 0。",
    },
    panels=loss_and_gradient(
        {
            f"target={target}": partial(loss, target=target)
            for target in ([0, -1, -1, -1], [0, 3, -1, -1])
        },
        torch.linspace(-3, 3, 601),
        {
            "en": "score of class 0, others -1, 0, 1",
            "zh": "类别 0 的得分，其余为 -1、0、1",
        },
    ),
)
