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
FIGURE = Figure(
    alt={
        "en": "Left: losses against the margin h from -3 to 6. DPO falls from "
        "3 towards 0. Smoothed DPO is lowest near 2 and rises again. IPO is a "
        "parabola with its lowest point, 0, at 2. KTO of a desirable answer "
        "falls from nearly 1 to 0. Right: their gradients. DPO goes from -1 "
        "to 0, IPO is a straight line through 0 at 2, KTO dips to a quarter "
        "below 0 in the middle and vanishes on both sides.",
        "zh": "左：损失随间隔 h 从 -3 到 6 的变化。DPO 从 3 降向 0；带平滑的 "
        "DPO 在 2 附近最低，随后回升；IPO 是抛物线，在 2 处取最低点 0；期望回"
        "答的 KTO 从接近 1 降到 0。右：对应的梯度。DPO 从 -1 趋于 0；IPO 是一"
        "条在 2 处过 0 的直线；KTO 在中间低至 0 以下四分之一，两侧都趋于 0。",
    },
    panels=loss_and_gradient(
        {
            "DPO, β = 1": partial(dpo, beta=1.0),
            "DPO, ε = 0.1": partial(dpo, beta=1.0, label_smoothing=0.1),
            "IPO / 8": lambda h: ipo(h, beta=0.25) / 8,  # it should be 2
            "KTO": kto,
        },
        torch.linspace(-3, 6, 121),
        {"en": "margin h", "zh": "间隔 h"},
    ),
    explorers={
        "dpo_loss": Explorer(
            dpo,
            (-10, 10),
            {
                "beta": Slider([0.05, 0.1, 0.2, 0.3, 0.5, 1.0], 0.1),
                "label_smoothing": Slider([0.0, 0.05, 0.1, 0.2, 0.3, 0.4], 0.0),
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
