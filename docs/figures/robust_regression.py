"""The four losses and their gradients against the residual."""

import torch
from robust_regression import (
    charbonnier_loss,
    log_cosh_loss,
    quantile_loss,
    wing_loss,
)

from ._figure import Explorer, Figure, Slider, against, loss_and_gradient

FIGURE = Figure(
    alt={
        "en": "Left: losses against the residual from -4 to 4. Log-cosh is "
        "round at its least, 0, and straight far away; Charbonnier with eps "
        "0.5 is rounder than a V and its least is 0.5; wing has a sharp point "
        "at 0 and is concave beside it; the quantile loss with q 0.9 rises "
        "slowly to the right and steeply to the left. Right: gradients. "
        "Log-cosh and Charbonnier go smoothly from -1 to 1; wing jumps at 0 "
        "from -2 to 2, falls to 2/3 and jumps to 1 at 2; the quantile loss is "
        "-0.9, then 0.1.",
        "zh": "左：损失随残差从 -4 到 4 的变化。log-cosh 在最小值 0 处是圆的，"
        "远处是直线；Charbonnier（eps 为 0.5）是磨圆的 V 形，最小值为 0.5；"
        "wing 在 0 处是尖点，两侧向下弯；分位数损失（q 为 0.9）向右缓升、向左"
        "陡升。右：梯度。log-cosh 与 Charbonnier 从 -1 平滑过渡到 1；wing 在 "
        "0 处从 -2 跳到 2，降到 2/3，在 2 处跳回 1；分位数损失先为 -0.9，后为 "
        "0.1。",
    },
    panels=loss_and_gradient(
        [
            ("log-cosh", against(0.0, log_cosh_loss)),
            ("Charbonnier, eps=0.5", against(0.0, charbonnier_loss, eps=0.5)),
            (
                {"en": "wing, 2 and 1", "zh": "wing，2 与 1"},
                against(0.0, wing_loss, width=2.0, curvature=1.0),
            ),
            (
                {"en": "quantile, q=0.9", "zh": "分位数，q=0.9"},
                against(0.0, quantile_loss, q=0.9),
            ),
        ],
        torch.linspace(-4, 4, 161),
        {"en": "residual", "zh": "残差"},
    ),
    explorers={
        "quantile_loss": Explorer(
            against(0.0, quantile_loss),
            (-4, 4),
            {"q": Slider([i / 20 for i in range(1, 20)], 0.5)},
        ),
        "wing_loss": Explorer(
            against(0.0, wing_loss),
            (-4, 4),
            {
                "width": Slider([0.5, 1.0, 1.5, 2.0, 2.5, 3.0], 2.0),
                "curvature": Slider([0.5, 0.75, 1.0, 1.5, 2.0, 4.0], 1.0),
            },
        ),
        "charbonnier_loss": Explorer(
            against(0.0, charbonnier_loss),
            (-4, 4),
            {"eps": Slider([1e-3, 0.01, 0.1, 0.2, 0.5, 1.0, 1.5, 2.0], 0.5)},
        ),
    },
)
