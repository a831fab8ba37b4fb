"""Asymmetric loss of a zero against its logit."""

import torch
from asymmetric_loss import asymmetric_loss

from ._figure import Explorer, Figure, Slider, against, loss_and_gradient

FIGURE = Figure(
    alt={
        "en": "Left: loss of a target of 0 against its logit from -6 to 6. "
        "Cross entropy, with gamma_neg 0 and clip 0, rises from 0; with "
        "gamma_neg 4 the loss stays near 0 until the logit is about 0, and a "
        "larger clip lowers it and makes it level off. Right: the gradient of "
        "cross entropy rises to 1; with gamma_neg 4 and no clip it goes "
        "beyond 1 and comes back; with a clip it stays below 1 and falls to 0.",
        "zh": "左：目标为 0 时，损失随 logit 从 -6 到 6 的变化。gamma_neg 与 "
        "clip 都为 0 即交叉熵，从 0 开始上升；gamma_neg 为 4 时，损失在 logit "
        "约为 0 之前几乎为 0，clip 越大，损失越低，并趋于平坦。右：交叉熵的梯"
        "度升到 1；gamma_neg 为 4 且没有 clip 时，梯度超过 1 后回落到 1；有 "
        "clip 时，梯度始终小于 1，最后降到 0。",
    },
    panels=loss_and_gradient(
        {
            f"gamma_neg={gamma}, clip={clip}": against(
                0.0, asymmetric_loss, gamma_neg=gamma, clip=clip
            )
            for gamma, clip in ((0, 0), (4, 0), (4, 0.05), (4, 0.2))
        },
        torch.linspace(-6, 6, 121),
        {"en": "logit of a target of 0", "zh": "目标为 0 的 logit"},
    ),
    explorers={
        "asymmetric_loss": Explorer(
            against(0.0, asymmetric_loss),
            (-6, 6),
            {
                "gamma_neg": Slider(
                    [0.0, 0.5, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0], 4.0
                ),
                "clip": Slider([0.0, 0.05, 0.1, 0.2, 0.3, 0.4], 0.05),
            },
        )
    },
)
