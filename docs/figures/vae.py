"""The KL divergence of a latent number: over its mean and log-variance."""

import torch
from torch import Tensor
from vae import gaussian_kl

from ._figure import Curve, Explorer, Figure, Panel, Slider, Words

means = torch.linspace(-3, 3, 121, dtype=torch.float64)
spreads = torch.linspace(-5, 3, 161, dtype=torch.float64)


def kl(mean: Tensor, log_variance: Tensor, free_bits: float = 0.0) -> Tensor:
    """Take the divergence of each number, as if a batch of its own."""

    def one(m: Tensor, v: Tensor) -> Tensor:
        return gaussian_kl(m.view(1, 1), v.view(1, 1), free_bits=free_bits)

    return torch.func.vmap(one)(mean, log_variance.expand_as(mean))


def of(value: float) -> Tensor:
    """Make a number of the figure's dtype."""
    return torch.tensor(value, dtype=torch.float64)


def named(en: str, zh: str, value: float) -> Words:
    """Label a curve by the number that it keeps."""
    return {"en": f"{en} {value:g}", "zh": f"{zh} {value:g}"}


FIGURE = Figure(
    alt={
        "en": "Left: KL against the mean from -3 to 3, for a log-variance of "
        "-3, 0 and 1: parabolas, that of 0 touches 0 at mean 0, the others "
        "stay above it. Middle: KL against the log-variance from -5 to 3, for "
        "a mean of 0, 1 and 2: nearly straight to the left, steep to the "
        "right, least at 0; a larger mean lifts the curve. Right: its slope, "
        "the same for all means: near -0.5 to the left, 0 at 0, and growing "
        "exponentially to the right.",
        "zh": "左：对数方差为 -3、0、1 时，KL 随均值从 -3 到 3 的变化。都是抛"
        "物线，对数方差为 0 的一条在均值 0 处降到 0，其余始终高于 0。中：均值"
        "为 0、1、2 时，KL 随对数方差从 -5 到 3 的变化。左侧近似直线，右侧很"
        "陡，在 0 处最小；均值越大，曲线越高。右：它的导数，与均值无关：左侧接"
        "近 -0.5，0 处为 0，向右按指数增长。",
    },
    panels=[
        Panel(
            {"en": "KL", "zh": "KL"},
            {"en": "mean", "zh": "均值"},
            [
                Curve(
                    named("log-variance", "对数方差", v),
                    means,
                    kl(means, of(v)),
                )
                for v in (-3.0, 0.0, 1.0)
            ],
        ),
        Panel(
            {"en": "KL", "zh": "KL"},
            {"en": "log-variance", "zh": "对数方差"},
            [
                Curve(
                    named("mean", "均值", m),
                    spreads,
                    kl(0 * spreads + m, spreads),
                )
                for m in (0.0, 1.0, 2.0)
            ],
        ),
        Panel(
            {"en": "gradient", "zh": "梯度"},
            {"en": "log-variance", "zh": "对数方差"},
            [
                Curve(
                    {"en": "any mean", "zh": "任意均值"},
                    spreads,
                    spreads.expm1() / 2,
                )
            ],
        ),
    ],
    explorers={
        "gaussian_kl": Explorer(
            lambda x, log_variance, free_bits: kl(
                x, torch.tensor(log_variance).to(x), free_bits
            ),
            (-3, 3),
            {
                "free_bits": Slider([0.0, 0.25, 0.5, 1.0, 2.0], 0.0),
                "log_variance": Slider([-4.0, -2.0, -1.0, 0.0, 1.0, 2.0], 0.0),
            },
        ),
    },
)
