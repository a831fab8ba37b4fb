"""InfoNCE against the cosine of the positive, for four temperatures."""

from functools import partial

import torch
from contrastive import info_nce
from torch import Tensor

from ._figure import Explorer, Figure, Slider, loss_and_gradient


def loss(x: Tensor, temperature: float, count: int = 15) -> Tensor:
    """Take the loss of a positive with cosine x among negatives."""
    zero = torch.zeros_like(x)
    return info_nce(
        torch.stack([zero + 1, zero, zero], 1),
        torch.stack([x, (1 - x * x).sqrt(), zero], 1),
        torch.tensor([[0.0, 0.0, 1.0]]).to(x).expand(count, 3),
        temperature=temperature,
        reduction="none",
    )


FIGURE = Figure(
    alt={
        "en": "Left: InfoNCE of a positive whose cosine goes from -1 to 1, "
        "beside 15 negatives at right angles. It falls in a line, and "
        "flattens once the cosine is above 0; a small temperature is steep "
        "and soon 0, temperature 1 falls slowly. Right: the gradient of "
        "temperature 0.1 is -10 below cosine 0 and close to 0 where the "
        "cosine is large; that of temperature 1 stays a little above -1.",
        "zh": "左：正样本的余弦从 -1 到 1，另有 15 个与查询正交的负样本时的 "
        "InfoNCE。损失沿直线下降，余弦大于 0 后变平；温度小则陡，很快到 0；温"
        "度为 1 时下降缓慢。右：温度为 0.1 时，余弦小于 0 处梯度为 -10，余弦大"
        "时接近 0；温度为 1 时始终略高于 -1。",
    },
    panels=loss_and_gradient(
        {
            f"temperature={t}": partial(loss, temperature=t)
            for t in (0.1, 0.2, 0.5, 1.0)
        },
        torch.linspace(-0.99, 0.99, 199),
        {"en": "cosine of the positive", "zh": "正样本的余弦"},
    ),
    explorers={
        "info_nce": Explorer(
            loss,
            (-0.99, 0.99),
            {
                "temperature": Slider(
                    [0.07, 0.1, 0.15, 0.2, 0.3, 0.5, 1.0], 0.1
                ),
                "count": Slider(
                    [1, 3, 15, 63, 255, 1023],
                    15,
                    {"en": "negatives", "zh": "负样本数"},
                ),
            },
        )
    },
)
