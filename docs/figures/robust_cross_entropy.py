"""Robust cross entropies of a label against its logit, two classes."""

import torch
from robust_cross_entropy import generalized_cross_entropy as generalized
from robust_cross_entropy import symmetric_cross_entropy as symmetric

from ._figure import Explorer, Figure, Slider, loss_and_gradient, true_class

FIGURE = Figure(
    alt={
        "en": "Left: loss of two classes against the lead of the label's "
        "logit from -6 to 6. Generalized cross entropy with q 0 keeps rising "
        "where the label trails; with q 0.7 and 1 it levels off; symmetric "
        "cross entropy rises slowly from about 4. Right: with q 0 the "
        "gradient goes to -1 where the label trails; all others are strongest "
        "near a lead of 0 and fade on both sides, the symmetric one to -0.1 "
        "on the left.",
        "zh": "左：两个类别时，损失随标签 logit 的领先量从 -6 到 6 的变化。广"
        "义交叉熵取 q 为 0 时，标签越落后损失越大；q 为 0.7 与 1 时趋于平坦；"
        "对称交叉熵在 4 附近缓慢上升。右：q 为 0 时，标签落后处的梯度趋于 -1；"
        "其余各条都在领先量为 0 附近最强，向两侧减弱，对称交叉熵在左侧趋于 "
        "-0.1。",
    },
    panels=loss_and_gradient(
        {f"q={q}": true_class(2, generalized, q=q) for q in (0.0, 0.7, 1.0)}
        | {"alpha=0.1, beta=1": true_class(2, symmetric)},
        torch.linspace(-6, 6, 121),
        {"en": "lead of the label's logit", "zh": "标签 logit 的领先量"},
    ),
    explorers={
        "generalized_cross_entropy": Explorer(
            true_class(2, generalized),
            (-6, 6),
            {"q": Slider([i / 10 for i in range(11)], 0.7)},
        ),
        "symmetric_cross_entropy": Explorer(
            true_class(2, symmetric),
            (-6, 6),
            {
                "alpha": Slider([0.0, 0.05, 0.1, 0.2, 0.5, 1.0], 0.1),
                "beta": Slider([0.0, 0.25, 0.5, 1.0, 1.5, 2.0], 1.0),
            },
        ),
    },
)
