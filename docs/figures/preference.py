"""Preference losses of a policy's margin over its reference."""

from functools import partial

import torch
from preference import (
    dpo_loss,
    ipo_loss,
    kto_loss,
    simpo_loss,
)
from torch import Tensor

from ._figure import Explorer, Figure, Slider, loss_and_gradient

EACH = {"reduction": "none"}


def of_pair(h: Tensor, loss, **options: float) -> Tensor:
    """Take the loss of a margin, all of it the policy's."""
    return loss(h, *[torch.zeros_like(h)] * 3, **EACH, **options)


def kto(h: Tensor) -> Tensor:
    """Take the loss of a desirable answer."""
    yes = torch.ones_like(h, dtype=torch.bool)
    kl = torch.zeros((), dtype=h.dtype)
    return kto_loss(h, torch.zeros_like(h), yes, kl, beta=1.0, **EACH)


dpo, ipo = partial(of_pair, loss=dpo_loss), partial(of_pair, loss=ipo_loss)
plain = partial(dpo, beta=1.0)
MARGINS = torch.linspace(-3, 6, 121)
MARGIN = {"en": "margin h", "zh": "间隔 h"}
FIGURE = Figure(
    alt={
        "en": "Top: losses and gradients against the margin h from -3 to 6. "
        "DPO falls from 3 towards 0, its gradient goes from -1 to 0. IPO is a "
        "parabola with its lowest point, 0, at 2; its gradient is a straight "
        "line through 0 there. KTO of a desirable answer falls from nearly 1 "
        "to 0; its gradient dips to a quarter below 0 in the middle and "
        "vanishes on both sides. Bottom: variants of DPO. Smoothed it is "
        "lowest near 2 and rises again. Robust it falls below 0 and on "
        "without end; its gradient is steeper than that of DPO on the left, "
        "and stays below 0 on the right. The hinge falls in a line and is 0 "
        "from 1 on; its gradient is -1, then 0.",
        "zh": "上：损失与梯度随间隔 h 从 -3 到 6 的变化。DPO 从 3 降向 0，梯"
        "度从 -1 趋于 0。IPO 是抛物线，在 2 处取最低点 0，梯度是一条在该处过 "
        "0 的直线。期望回答的 KTO 从接近 1 降到 0，梯度在中间低至 0 以下四分之"
        "一，两侧都趋于 0。下：DPO 的变体。带平滑时在 2 附近最低，随后回升；稳"
        "健 DPO 降到 0 以下，一直下降，左侧梯度比 DPO 更陡，右侧始终低于 0；合"
        "页沿直线下降，从 1 起为 0，梯度先为 -1 后为 0。",
    },
    panels=[
        *loss_and_gradient(
            {
                "DPO, β = 1": plain,
                "IPO / 8": lambda h: ipo(h, beta=0.25) / 8,  # it should be 2
                "KTO": kto,
            },
            MARGINS,
            MARGIN,
        ),
        *loss_and_gradient(
            [
                ("DPO, β = 1", plain),
                (
                    {"en": "smoothed, ε = 0.1", "zh": "带平滑，ε = 0.1"},
                    partial(plain, label_smoothing=0.1),
                ),
                (
                    {"en": "robust, ε = 0.1", "zh": "稳健，ε = 0.1"},
                    partial(plain, label_smoothing=0.1, variant="robust"),
                ),
                (
                    {"en": "hinge", "zh": "合页"},
                    partial(plain, variant="hinge"),
                ),
            ],
            MARGINS,
            MARGIN,
        ),
    ],
    explorers={
        "dpo_loss": Explorer(
            dpo,
            (-10, 10),
            {
                "beta": Slider([0.05, 0.1, 0.2, 0.3, 0.5], 0.1),
                "label_smoothing": Slider([0.0, 0.05, 0.1, 0.2, 0.3], 0.0),
                "variant": Slider(["sigmoid", "robust"], "sigmoid"),
            },
        ),
        "ipo_loss": Explorer(
            ipo,
            (-10, 10),
            {"beta": Slider([0.1, 0.15, 0.2, 0.3, 0.5, 1.0], 0.1)},
        ),
        "simpo_loss": Explorer(
            lambda h, **options: simpo_loss(
                h, torch.zeros_like(h), **EACH, **options
            ),
            (-3, 3),
            {
                "beta": Slider([0.5, 1.0, 1.5, 2.0, 2.5, 4.0], 2.0),
                "gamma": Slider([0.0, 0.25, 0.5, 1.0, 1.5, 2.0], 0.5),
            },
            {"en": "lead of the chosen answer", "zh": "选中回答的领先量"},
        ),
    },
)
