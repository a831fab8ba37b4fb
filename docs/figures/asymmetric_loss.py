"""Asymmetric loss of a zero against its logit."""

import torch
from _curves import panels as curves
from asymmetric_loss import asymmetric_loss

alt = {
    "en": "Left: loss of a target of 0 against its logit from -6 to 6. Cross "
    "entropy, with gamma_neg 0 and clip 0, rises from 0; with gamma_neg 4 the "
    "loss stays near 0 until the logit is about 0, and a larger clip lowers it "
    "and makes it level off. Right: the gradient of cross entropy rises to 1; "
    "with gamma_neg 4 and no clip it goes beyond 1 and comes back; with a clip "
    "it stays below 1 and falls to 0.",
    "zh": "左：目标为 0 时，损失随 logit 从 -6 到 6 的变化。gamma_neg 与 clip "
    "都为 0 即交叉熵，从 0 开始上升；gamma_neg 为 4 时，损失在 logit 约为 0 "
    "之前几乎为 0，clip 越大，损失越低，并趋于平坦。右：交叉熵的梯度升到 1；"
    "gamma_neg 为 4 且没有 clip 时，梯度超过 1 后回落到 1；有 clip 时，"
    "梯度始终小于 1，最后降到 0。",
}


def of_zero(gamma: float, clip: float):
    """Take the loss of a logit whose target is 0."""
    return lambda x: asymmetric_loss(
        x, torch.zeros_like(x), gamma_neg=gamma, clip=clip, reduction="none"
    )


panels = curves(
    torch.linspace(-6, 6, 121),
    {
        "gamma_neg=0, clip=0": of_zero(0.0, 0.0),
        "gamma_neg=4, clip=0": of_zero(4.0, 0.0),
        "gamma_neg=4, clip=0.05": of_zero(4.0, 0.05),
        "gamma_neg=4, clip=0.2": of_zero(4.0, 0.2),
    },
    {"en": "logit of a target of 0", "zh": "目标为 0 的 logit"},
)
explorers = {
    "asymmetric_loss": {
        "x": torch.linspace(-6, 6, 81),
        "label": {"en": "logit of a target of 0", "zh": "目标为 0 的 logit"},
        "sliders": {
            "gamma_neg": ([0.0, 0.5, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0], 5),
            "clip": ([0.0, 0.05, 0.1, 0.2, 0.3, 0.4], 1),
        },
        "loss": lambda x, gamma_neg, clip: of_zero(gamma_neg, clip)(x),
    }
}
