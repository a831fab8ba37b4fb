"""Triplet loss against the angle of the negative, for three distances."""

from functools import partial

import torch
from torch import Tensor
from torch.nn import functional

from ._figure import Explorer, Figure, Slider, loss_and_gradient


def point(degrees: Tensor) -> Tensor:
    """Turn angles into unit vectors."""
    radians = torch.deg2rad(degrees)
    return torch.stack([radians.cos(), radians.sin()], dim=1)


def cosine(x: Tensor, y: Tensor) -> Tensor:
    """Take the cosine distance."""
    return 1 - functional.cosine_similarity(x, y)


def loss(
    x: Tensor, distance=cosine, margin: float = 0.5, positive: float = 60.0
) -> Tensor:
    """Take the loss of the negative's angle, the anchor's being 0."""
    return functional.triplet_margin_with_distance_loss(
        point(torch.zeros_like(x)),
        point(torch.full_like(x, positive)),
        point(x),
        distance_function=distance,
        margin=margin,
        reduction="none",
    )


FIGURE = Figure(
    alt={
        "en": "Left: unit vectors, the positive at 60 degrees from the "
        "anchor, margin 0.5. As the negative turns from 0 to 180 degrees the "
        "loss falls to 0, for Euclidean distance first steeply, for squared "
        "and cosine distance first slowly. Right: the gradients with respect "
        "to the angle.",
        "zh": "左：单位向量，正样本与锚点夹角 60 度，间隔 0.5。负样本从 0 度转"
        "到 180 度，损失降到 0：欧氏距离起初下降快，平方距离与余弦距离起初下降"
        "慢。右：对角度的梯度。",
    },
    panels=loss_and_gradient(
        {
            "pairwise_distance": partial(
                loss, distance=functional.pairwise_distance
            ),
            "(x - y)²": partial(
                loss, distance=lambda x, y: ((x - y) ** 2).sum(-1)
            ),
            "1 - cos": loss,
        },
        torch.linspace(1, 180, 180),
        {"en": "angle of the negative, degrees", "zh": "负样本的角度（度）"},
    ),
    explorers={
        "triplet_margin_with_distance_loss": Explorer(
            loss,
            (1, 179),
            {
                "margin": Slider([0.05, 0.1, 0.2, 0.5, 0.75, 1.0], 0.5),
                "positive": Slider(
                    [0.0, 15.0, 30.0, 60.0, 90.0],
                    60.0,
                    {
                        "en": "angle of the positive, degrees",
                        "zh": "正样本的角度（度）",
                    },
                ),
            },
        )
    },
)
