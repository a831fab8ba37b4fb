"""The losses and their gradients against the residual."""

import torch
from robust_regression import (
    charbonnier_loss,
    general_robust_loss,
    log_cosh_loss,
    quantile_loss,
    wing_loss,
)

from ._figure import Explorer, Figure, Slider, against, loss_and_gradient

X = torch.linspace(-4, 4, 161)
LABEL = {"en": "residual", "zh": "残差"}

FIGURE = Figure(
    alt={
        "en": "Top left: losses against the residual, -4 to 4. Log-cosh is "
        "round at its least, 0, and straight far away; Charbonnier with eps "
        "0.5 is rounder than a V and its least is 0.5; wing has a sharp point "
        "at 0 and is concave beside it; the quantile loss with q 0.9 rises "
        "slowly to the right and steeply to the left. Top right: gradients. "
        "Log-cosh and Charbonnier go smoothly from -1 to 1; wing jumps at 0 "
        "from -2 to 2, falls to 2/3 and jumps to 1 at 2; the quantile loss is "
        "-0.9, then 0.1. Bottom: the general loss with scale 1, for alpha 2, "
        "1, 0 and -2, alike near 0. With 2 it is a parabola, with 1 a "
        "rounded V, with 0 it bends down and with -2 it levels off below 2. "
        "The gradient is a line for 2, nears 1 for 1, and for 0 and -2 "
        "rises to a peak and falls back towards 0.",
        "zh": "左上：损失随残差从 -4 到 4 的变化。log-cosh 在最小值 0 处是圆的"
        "，远处是直线；Charbonnier（eps 为 0.5）是磨圆的 V 形，最小值为 0.5；w"
        "ing 在 0 处是尖点，两侧向下弯；分位数损失（q 为 0.9）向右缓升、向左陡"
        "升。右上：梯度。log-cosh 与 Charbonnier 从 -1 平滑过渡到 1；wing 在 0"
        " 处从 -2 跳到 2，降到 2/3，在 2 处跳回 1；分位数损失先为 -0.9，后为 0"
        ".1。下：通用稳健损失（scale 为 1），alpha 取 2、1、0、-2，0 附近相同"
        "。2 是抛物线，1 是磨圆的 V 形，0 向下弯，-2 逐渐平缓、不到 2。梯度：2"
        " 是直线，1 趋于 1，0 与 -2 升到峰值后又降向 0。",
    },
    panels=[
        *loss_and_gradient(
            [
                ("log-cosh", against(0.0, log_cosh_loss)),
                (
                    "Charbonnier, eps=0.5",
                    against(0.0, charbonnier_loss, eps=0.5),
                ),
                (
                    {"en": "wing, 2 and 1", "zh": "wing，2 与 1"},
                    against(0.0, wing_loss, width=2.0, curvature=1.0),
                ),
                (
                    {"en": "quantile, q=0.9", "zh": "分位数，q=0.9"},
                    against(0.0, quantile_loss, q=0.9),
                ),
            ],
            X,
            LABEL,
        ),
        *loss_and_gradient(
            {
                f"alpha={alpha:g}": against(
                    0.0, general_robust_loss, alpha=alpha
                )
                for alpha in (2.0, 1.0, 0.0, -2.0)
            },
            X,
            LABEL,
        ),
    ],
    explorers={
        "general_robust_loss": Explorer(
            against(0.0, general_robust_loss),
            (-4, 4),
            {
                "alpha": Slider(
                    [-10.0, -2.0, -1.0, 0.0, 0.5, 1.0, 1.5, 2.0], 1.0
                ),
                "scale": Slider([0.25, 0.5, 1.0, 2.0], 1.0),
            },
        ),
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
