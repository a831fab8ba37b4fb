"""Poly-1 cross entropy of the truth against its logit, for four epsilons."""

import torch
from poly_loss import poly1_cross_entropy

from ._figure import Explorer, Figure, Slider, loss_and_gradient, true_class

FIGURE = Figure(
    alt={
        "en": "Left: loss of two classes against the lead of the truth's "
        "logit from -6 to 6. All curves fall to 0; a larger epsilon lies "
        "higher where the truth trails. Right: all gradients go from -1 to 0; "
        "with epsilon 2 it first goes below -1, with epsilon -1 it is the "
        "first to come near 0.",
        "zh": "左：两个类别时，损失随真实类别 logit 的领先量从 -6 到 6 的变"
        "化。曲线都降到 0；真实类别落后时，epsilon 越大曲线越高。右：梯度都从 "
        "-1 趋于 0；epsilon 为 2 时先降到 -1 以下，epsilon 为 -1 时最早接近 "
        "0。",
    },
    panels=loss_and_gradient(
        {
            f"epsilon={e}": true_class(2, poly1_cross_entropy, epsilon=e)
            for e in (-1.0, 0.0, 1.0, 2.0)
        },
        torch.linspace(-6, 6, 121),
        {"en": "lead of the truth's logit", "zh": "真实类别 logit 的领先量"},
    ),
    explorers={
        "poly1_cross_entropy": Explorer(
            true_class(2, poly1_cross_entropy),
            (-6, 6),
            {"epsilon": Slider([i / 4 for i in range(-4, 21)], 1.0)},
        )
    },
)
