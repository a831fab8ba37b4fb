"""Losses and gradients of counts against the logarithm of the mean."""

import torch
from counts import (
    negative_binomial_nll,
    tweedie_loss,
    zero_inflated_poisson_nll,
)
from torch import Tensor

from ._figure import Explorer, Figure, Slider, against, loss_and_gradient

X = torch.linspace(-1, 3.2, 127)
LABEL = {"en": "log of the mean, count 5", "zh": "均值的对数，计数为 5"}


def spread(
    x: Tensor, y: Tensor, dispersion: float, reduction: str = "mean"
) -> Tensor:
    """Take the dispersion itself; of Poisson it is next to 0."""
    a = x.new_tensor(dispersion).clamp_min(1e-12).log()
    return negative_binomial_nll(x, a, y, reduction=reduction)


def nothing(x: Tensor, always: float) -> Tensor:
    """Take a count of 0 that is always 0 with this probability."""
    z = x.new_tensor(always).logit()
    y = torch.zeros_like(x)
    return zero_inflated_poisson_nll(x, z, y, reduction="none")


FIGURE = Figure(
    alt={
        "en": "Top: the negative binomial loss of a count of 5 against the "
        "log of the mean. All curves are least where the mean is 5 and fall "
        "in lines from the left. To the right Poisson (dispersion 0) rises "
        "exponentially, dispersion 0.3 in a line, and 3 hardly at all; its "
        "gradient is near 0 there. Bottom: Tweedie's loss of 5 is 0 at a mean "
        "of 5. With power 1 it rises exponentially to the right, with power "
        "1.5 more slowly, with power 2 in a line; to the left the higher the "
        "power, the steeper.",
        "zh": "上：计数为 5 时，负二项损失随均值的对数的变化。各曲线都在均值为 "
        "5 处最小，左侧沿直线下降。右侧泊松（离散参数为 0）按指数上升，离散参数"
        "为 0.3 时沿直线上升，为 3 时几乎不升，梯度接近 0。下：目标为 5 的 "
        "Tweedie 损失在均值为 5 处为 0。向右，power 为 1 时按指数上升，1.5 时"
        "较慢，2 时沿直线；向左，power 越大越陡。",
    },
    panels=[
        *loss_and_gradient(
            {
                f"dispersion={d:g}": against(5.0, spread, dispersion=d)
                for d in (0.0, 0.3, 3.0)
            },
            X,
            LABEL,
        ),
        *loss_and_gradient(
            {
                f"power={p:g}": against(5.0, tweedie_loss, power=p)
                for p in (1.0, 1.5, 2.0)
            },
            X,
            {"en": "log of the mean, target 5", "zh": "均值的对数，目标为 5"},
        ),
    ],
    explorers={
        "negative_binomial_nll": Explorer(
            against(5.0, spread),
            (-1, 3.2),
            {
                "dispersion": Slider(
                    [0.0, 0.1, 0.3, 1.0, 3.0],
                    0.3,
                    {"en": "dispersion", "zh": "离散参数"},
                )
            },
        ),
        "tweedie_loss": Explorer(
            against(5.0, tweedie_loss),
            (-1, 3.2),
            {"power": Slider([1.0, 1.2, 1.5, 1.8, 2.0], 1.5)},
        ),
        "zero_inflated_poisson_nll": Explorer(
            nothing,
            (-3, 2.4),
            {
                "always": Slider(
                    [0.01, 0.1, 0.3, 0.5, 0.7, 0.9],
                    0.3,
                    {
                        "en": "probability of “always 0”",
                        "zh": "“必为 0”的概率",
                    },
                )
            },
            {"en": "log of the rate, count 0", "zh": "速率的对数，计数为 0"},
        ),
    },
)
