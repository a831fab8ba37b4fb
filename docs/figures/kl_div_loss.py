"""KL divergence of two classes against the logit of the first."""

from functools import partial

import torch
from torch import Tensor
from torch.nn import functional

from ._figure import Figure, loss_and_gradient


def loss(z: Tensor, t: float) -> Tensor:
    """Compute KL of target (t, 1 - t) from the model's two classes."""
    x = torch.stack([z, torch.zeros_like(z)], dim=1).log_softmax(1)
    target = torch.tensor([t, 1 - t], dtype=z.dtype).expand_as(x)
    return functional.kl_div(x, target, reduction="none").sum(1)


FIGURE = Figure(
    alt={
        "en": "Left: with target probability 1 the loss falls from about 6 at "
        "logit -6 to 0 at logit 6; with 0.8 it is zero at logit ln 4 and with "
        "0.5 at logit 0, rising on both sides. Right: the gradient goes from "
        "-1 to 0, from -0.8 to 0.2, and from -0.5 to 0.5.",
        "zh": "左：目标概率为 1 时，logit 从 -6 升到 6，损失从约 6 降到 0；为 "
        "0.8 时在 logit 为 ln 4 处为零，为 0.5 时在 0 处为零，向两侧上升。右："
        "梯度分别从 -1 变到 0、从 -0.8 变到 0.2、从 -0.5 变到 0.5。",
    },
    panels=loss_and_gradient(
        {
            f"target=({t:g}, {1 - t:g})": partial(loss, t=t)
            for t in (1.0, 0.8, 0.5)
        },
        torch.linspace(-6, 6, 241),
        {
            "en": "logit of the first class (the other is 0)",
            "zh": "第一类的 logit（另一类为 0）",
        },
    ),
)
