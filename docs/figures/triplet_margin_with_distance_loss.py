"""Triplet loss against the angle of the negative, for three distances."""

import torch
from _curves import panels as curves
from torch import Tensor
from torch.nn import functional

alt = {
    "en": "Left: unit vectors, the positive at 60 degrees from the anchor, "
    "margin 0.5. As the negative turns from 0 to 180 degrees the loss falls "
    "to 0, for Euclidean distance first steeply, for squared and cosine "
    "distance first slowly. Right: the gradients with respect to the angle.",
    "zh": "左：单位向量，正样本与锚点夹角 60 度，间隔 0.5。负样本从 0 度转到 "
    "180 度，损失降到 0：欧氏距离起初下降快，平方距离与余弦距离起初下降慢。"
    "右：对角度的梯度。",
}


def point(degrees: Tensor) -> Tensor:
    """Turn angles into unit vectors."""
    radians = torch.deg2rad(degrees)
    return torch.stack([radians.cos(), radians.sin()], dim=1)


def with_distance(distance):
    """Take the loss of the negative's angle."""

    def loss(degrees: Tensor) -> Tensor:
        return functional.triplet_margin_with_distance_loss(
            point(torch.zeros_like(degrees)),
            point(torch.full_like(degrees, 60)),
            point(degrees),
            distance_function=distance,
            margin=0.5,
            reduction="none",
        )

    return loss


panels = curves(
    torch.linspace(1, 180, 180),
    {
        "pairwise_distance": with_distance(functional.pairwise_distance),
        "(x - y)²": with_distance(lambda x, y: ((x - y) ** 2).sum(-1)),
        "1 - cos": with_distance(
            lambda x, y: 1 - functional.cosine_similarity(x, y)
        ),
    },
    {"en": "angle of the negative, degrees", "zh": "负样本的角度（度）"},
)


def turned(x: Tensor, margin: float, positive: float) -> Tensor:
    """Take the loss of the negative's angle, by cosine distance."""
    return functional.triplet_margin_with_distance_loss(
        point(torch.zeros_like(x)),
        point(torch.full_like(x, positive)),
        point(x),
        distance_function=lambda a, b: 1 - functional.cosine_similarity(a, b),
        margin=margin,
        reduction="none",
    )


explorers = {
    "triplet_margin_with_distance_loss": {
        "x": torch.linspace(1, 179, 81),
        "label": {
            "en": "angle of the negative, degrees",
            "zh": "负样本的角度（度）",
        },
        "words": {
            "positive": {
                "en": "angle of the positive, degrees",
                "zh": "正样本的角度（度）",
            }
        },
        "sliders": {
            "margin": ([0.05, 0.1, 0.2, 0.5, 0.75, 1.0], 3),
            "positive": ([0.0, 15.0, 30.0, 60.0, 90.0], 3),
        },
        "loss": turned,
    }
}
