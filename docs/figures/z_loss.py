"""Cross entropy with and without z-loss, against the true class's logit."""

from functools import partial

import torch
from torch import Tensor
from torch.nn import functional
from z_loss import z_loss

from ._figure import Explorer, Figure, Slider, loss_and_gradient


def loss(x: Tensor, coefficient: float) -> Tensor:
    """Take cross entropy and z-loss of the true class's logit."""
    logits = torch.stack([x, 0 * x, 0 * x], -1)
    target = torch.zeros(len(x), dtype=torch.int64)
    ce = functional.cross_entropy(logits, target, reduction="none")
    return ce + z_loss(logits, coefficient=coefficient, reduction="none")


FIGURE = Figure(
    alt={
        "en": "Left: cross entropy of three classes falls from about 9 to 0 "
        "as the logit of the true class rises from -8 to 8, the other two "
        "being 0. With z-loss of coefficient 0.01 it rises slightly after "
        "about 4, with 0.1 clearly after about 2. Right: the gradient of "
        "cross entropy goes from about -1 to 0; with z-loss it ends above 0, "
        "for 0.1 above 1.",
        "zh": "左：三个类别，真实类别的 logit 从 -8 升到 8，另外两类为 0，交叉"
        "熵从约 9 降到 0。加上系数 0.01 的 z-loss，约过 4 之后略有上升；系数 "
        "0.1 时，约过 2 之后明显上升。右：交叉熵的梯度从约 -1 趋于 0；加上 "
        "z-loss 后最终大于 0，系数 0.1 时大于 1。",
    },
    panels=loss_and_gradient(
        {
            f"coefficient={c}": partial(loss, coefficient=c)
            for c in (0.0, 0.01, 0.1)
        },
        torch.linspace(-8, 8, 161),
        {"en": "logit of the true class", "zh": "真实类别的 logit"},
    ),
    explorers={
        "z_loss": Explorer(
            loss,
            (-8, 8),
            {
                "coefficient": Slider(
                    [0.0, 1e-4, 1e-3, 0.01, 0.02, 0.05, 0.1], 0.01
                )
            },
        )
    },
)
