"""Focal loss of a positive against its logit, for four gammas."""

import torch
from _curves import panels as curves
from focal_loss import sigmoid_focal_loss

alt = {
    "en": "Left: loss of a target of 1 against its logit from -6 to 6. All "
    "curves fall to 0; a larger gamma falls sooner. Right: the gradient of "
    "gamma 0 goes from -1 to 0; with gamma 2 it is beyond -1 for wrong "
    "predictions and vanishes once the logit is above about 2.",
    "zh": "左：目标为 1 时，损失随 logit 从 -6 到 6 的变化。曲线都降到 0，"
    "gamma 越大降得越早。右：gamma 为 0 时梯度从 -1 趋于 0；gamma 为 2 时，"
    "预测错误处梯度的绝对值超过 1，logit 大于约 2 后几乎为 0。",
}


def with_gamma(gamma: float):
    """Take the loss of a logit whose target is 1."""
    return lambda x: sigmoid_focal_loss(
        x, torch.ones_like(x), alpha=None, gamma=gamma, reduction="none"
    )


panels = curves(
    torch.linspace(-6, 6, 121),
    {f"gamma={gamma}": with_gamma(gamma) for gamma in (0.0, 0.5, 2.0, 5.0)},
    {"en": "logit of a target of 1", "zh": "目标为 1 的 logit"},
)
explorers = {
    "sigmoid_focal_loss": {
        "x": torch.linspace(-6, 6, 81),
        "label": {"en": "logit of a target of 1", "zh": "目标为 1 的 logit"},
        "sliders": {
            "gamma": ([0.0, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0], 4),
            "alpha": ([0.1, 0.25, 0.5, 0.75, 0.9, 1.0], 1),
        },
        "loss": lambda x, gamma, alpha: sigmoid_focal_loss(
            x, torch.ones_like(x), alpha=alpha, gamma=gamma, reduction="none"
        ),
    }
}
