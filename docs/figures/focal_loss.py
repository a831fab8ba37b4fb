"""Focal loss of a positive against its logit, for four gammas."""

import torch
from focal_loss import sigmoid_focal_loss

from ._figure import Explorer, Figure, Slider, against, loss_and_gradient

FIGURE = Figure(
    alt={
        "en": "Left: loss of a target of 1 against its logit from -6 to 6. "
        "All curves fall to 0; a larger gamma falls sooner. Right: the "
        "gradient of gamma 0 goes from -1 to 0; with gamma 2 it is beyond -1 "
        "for wrong predictions and vanishes once the logit is above about 2.",
        "zh": "左：目标为 1 时，损失随 logit 从 -6 到 6 的变化。曲线都降到 0，"
        "gamma 越大降得越早。右：gamma 为 0 时梯度从 -1 趋于 0；gamma 为 2 "
        "时，预测错误处梯度的绝对值超过 1，logit 大于约 2 后几乎为 0。",
    },
    panels=loss_and_gradient(
        {
            f"gamma={gamma}": against(
                1.0, sigmoid_focal_loss, alpha=None, gamma=gamma
            )
            for gamma in (0.0, 0.5, 2.0, 5.0)
        },
        torch.linspace(-6, 6, 121),
        {"en": "logit of a target of 1", "zh": "目标为 1 的 logit"},
    ),
    explorers={
        "sigmoid_focal_loss": Explorer(
            against(1.0, sigmoid_focal_loss),
            (-6, 6),
            {
                "gamma": Slider(
                    [0.0, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0], 2.0
                ),
                "alpha": Slider([0.1, 0.25, 0.5, 0.75, 0.9, 1.0], 0.25),
            },
        )
    },
)
