"""R-Drop and the JSD of two classes, over one pass's logit."""

from functools import partial

import torch
from consistency import jsd_consistency, r_drop_loss
from torch import Tensor

from ._figure import Figure, loss_and_gradient


def drop(x: Tensor, other: float) -> Tensor:
    """Take R-Drop of a logit x and another; the second class's is 0."""
    one, two = (torch.stack([v, 0 * x], -1) for v in (x, 0 * x + other))
    return r_drop_loss(one, two, reduction="none")


def jsd(x: Tensor, other: float) -> Tensor:
    """Take the JSD of both."""
    views = [torch.stack([v, 0 * x], -1) for v in (x, 0 * x + other)]
    return jsd_consistency(torch.stack(views), reduction="none")


FIGURE = Figure(
    alt={
        "en": "Left: R-Drop and JSD of two passes of two classes, the logit "
        "of one being 2, against the other's logit from -6 to 6. Both are 0 "
        "at 2. To the left R-Drop rises to above 3, while JSD flattens near "
        "one half. Right: the gradients. To the left R-Drop's stays near "
        "-1/2; JSD's is small everywhere and vanishes at the left end.",
        "zh": "左：两个类别、两次前向，其中一次的 logit 为 2，R-Drop 与 JSD 随"
        "另一次的 logit（从 -6 到 6）的变化，在 2 处都为 0。往左，R-Drop 升到 "
        "3 以上，JSD 在二分之一附近变平。右：梯度。往左，R-Drop 的梯度保持在 "
        "-1/2 附近；JSD 的梯度处处较小，在最左端消失。",
    },
    panels=loss_and_gradient(
        {
            "r_drop_loss": partial(drop, other=2.0),
            "jsd_consistency": partial(jsd, other=2.0),
        },
        torch.linspace(-6, 6, 161),
        {"en": "logit of the other pass", "zh": "另一次前向的 logit"},
    ),
)
