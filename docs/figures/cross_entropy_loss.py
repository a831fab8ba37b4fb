"""Cross entropy against the logit of the true class, three classes."""

import torch
from torch.nn.functional import cross_entropy

from ._figure import Explorer, Figure, Slider, loss_and_gradient, true_class

FIGURE = Figure(
    alt={
        "en": "Left: cross entropy falls from about 9 to 0 as the logit of "
        "the true class rises from -8 to 8; with label smoothing 0.1 it rises "
        "again after about 3. Right: the gradient p - y goes from -1 to 0; "
        "with smoothing it ends above 0.",
        "zh": "左：真实类别的 logit 从 -8 升到 8，交叉熵从约 9 降到 0；标签平"
        "滑取 0.1 时，约过 3 之后又上升。右：梯度 p - y 从 -1 趋于 0；有平滑时"
        "最终大于 0。",
    },
    panels=loss_and_gradient(
        {
            f"label_smoothing={x}": true_class(
                3, cross_entropy, label_smoothing=x
            )
            for x in (0.0, 0.1)
        },
        torch.linspace(-8, 8, 161, dtype=torch.float64),
        {
            "en": "logit of the true class (the other two are 0)",
            "zh": "真实类别的 logit（另外两类为 0）",
        },
    ),
    explorers={
        "cross_entropy": Explorer(
            true_class(3, cross_entropy),
            (-8, 8),
            {"label_smoothing": Slider([i / 20 for i in range(11)], 0.1)},
        )
    },
)
