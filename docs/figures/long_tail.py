"""LDAM loss and logit-adjusted cross entropy of classes of three sizes."""

import torch
from long_tail import ldam_loss, logit_adjusted_cross_entropy
from torch import Tensor

from ._figure import Curve, Explorer, Figure, Panel, Slider, Words

COUNTS = torch.tensor([1000, 100, 10])


def panel(loss, x: Tensor, x_label: Words) -> Panel:
    """Take a loss of each class, by the logit of that class."""
    curves = []
    for y, n in enumerate(COUNTS.tolist()):
        logits = torch.zeros(len(x), 3, dtype=x.dtype)
        logits[:, y] = x
        target = torch.full((len(x),), y)
        value = loss(logits, target, class_counts=COUNTS, reduction="none")
        curves.append(Curve(f"n={n}", x, value))
    return Panel(loss.__name__, x_label, curves)


def adjusted(x: Tensor, tau: float, n: int) -> Tensor:
    """Take the loss of a class of n samples, beside one of 1000."""
    return logit_adjusted_cross_entropy(
        torch.stack([x, 0 * x], 1),
        torch.zeros(len(x), dtype=torch.int64),
        class_counts=torch.tensor([n, 1000]),
        tau=tau,
        reduction="none",
    )


def with_margin(x: Tensor, max_margin: float, scale: float) -> Tensor:
    """Take the loss of the rarest of three classes."""
    return ldam_loss(
        torch.stack([0 * x, 0 * x, x], 1),
        torch.full((len(x),), 2),
        class_counts=COUNTS,
        max_margin=max_margin,
        scale=scale,
        reduction="none",
    )


FIGURE = Figure(
    alt={
        "en": "Both: loss against the logit of the true class, the other two "
        "0, for classes of 1000, 100 and 10 samples. All curves fall and "
        "flatten to 0; the rarer the class, the farther right. Left: LDAM, "
        "cosines from -1 to 1, in straight lines that end a little after 0.2, "
        "0.3 and 0.5. Right: logit adjustment, logits from -8 to 8; at 0 the "
        "losses are near 0, above 2 and below 5.",
        "zh": "两图：样本数为 1000、100 与 10 的类别，损失随真实类别 logit 的"
        "变化，另外两类为 0。曲线都下降并趋于 0，类别越稀有，曲线越靠右。左："
        "LDAM，余弦从 -1 到 1，近似直线，分别在略过 0.2、0.3 与 0.5 处到 0。"
        "右：logit 调整，logit 从 -8 到 8，在 0 处的损失依次接近 0、略大于 2、"
        "略小于 5。",
    },
    panels=[
        panel(
            ldam_loss,
            torch.linspace(-1, 1, 201, dtype=torch.float64),
            {"en": "cosine of the true class", "zh": "真实类别的余弦"},
        ),
        panel(
            logit_adjusted_cross_entropy,
            torch.linspace(-8, 8, 161, dtype=torch.float64),
            {"en": "logit of the true class", "zh": "真实类别的 logit"},
        ),
    ],
    explorers={
        "ldam_loss": Explorer(
            with_margin,
            (-1, 1),
            {
                "max_margin": Slider(
                    [0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8], 0.5
                ),
                "scale": Slider([1.0, 5.0, 10.0, 20.0, 30.0], 30.0),
            },
            {"en": "cosine of the rarest class", "zh": "最稀有类别的余弦"},
        ),
        "logit_adjusted_cross_entropy": Explorer(
            adjusted,
            (-8, 8),
            {
                "tau": Slider([0.0, 0.25, 0.5, 0.75, 1.0, 1.5, 2.0], 1.0),
                "n": Slider(
                    [10, 30, 100, 300, 1000, 3000],
                    10,
                    {"en": "samples of the class", "zh": "该类的样本数"},
                ),
            },
            {
                "en": "lead of a class over one of 1000 samples",
                "zh": "相对 1000 个样本的类别的领先量",
            },
        ),
    },
)
