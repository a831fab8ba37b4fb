"""R-Drop and the JSD of two classes, over one pass's logit."""

from functools import partial

import torch
from consistency import jsd_consistency, r_drop_loss
from torch import Tensor
from torch.nn import functional as F

from ._figure import Explorer, Figure, Slider, loss_and_gradient


def drop(x: Tensor, other: float) -> Tensor:
    """Take R-Drop of a logit x and another; the second class's is 0."""
    one, two = (torch.stack([v, 0 * x], -1) for v in (x, 0 * x + other))
    return r_drop_loss(one, two, reduction="none")


def jsd(x: Tensor, other: float) -> Tensor:
    """Take the JSD of both."""
    views = [torch.stack([v, 0 * x], -1) for v in (x, 0 * x + other)]
    return jsd_consistency(torch.stack(views), reduction="none")


def trained(x: Tensor, weight: float, other: float) -> Tensor:
    """Take R-Drop beside the cross entropy of both, which want a logit high."""
    ce = -(F.logsigmoid(x) + F.logsigmoid(torch.full_like(x, other))) / 2
    return ce + weight * drop(x, other)


def one_view(x: Tensor, views: float, other: float) -> Tensor:
    """Take the JSD of a view and others, which are alike."""
    logits = torch.stack([x, *[torch.full_like(x, other)] * (int(views) - 1)])
    both = torch.stack([logits, torch.zeros_like(logits)], -1)
    return jsd_consistency(both, reduction="none")


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
    explorers={
        "r_drop_loss": Explorer(
            trained,
            (-6, 6),
            {
                "weight": Slider(
                    [0.0, 0.5, 1.0, 2.0, 3.0],
                    1.0,
                    {
                        "en": "weight beside cross entropy",
                        "zh": "与交叉熵相加的权重",
                    },
                ),
                "other": Slider(
                    [-4.0, -2.0, 0.0, 2.0, 4.0],
                    -2.0,
                    {
                        "en": "logit of the other pass",
                        "zh": "另一次前向的 logit",
                    },
                ),
            },
            {
                "en": "logit of the true class, one pass",
                "zh": "一次前向中真实类别的 logit",
            },
        ),
        "jsd_consistency": Explorer(
            one_view,
            (-6, 6),
            {
                "views": Slider(
                    [2.0, 3.0, 4.0, 8.0],
                    3.0,
                    {"en": "views", "zh": "视图数"},
                ),
                "other": Slider(
                    [-4.0, -2.0, 0.0, 2.0, 4.0],
                    2.0,
                    {"en": "logit of all others", "zh": "其余视图的 logit"},
                ),
            },
            {"en": "logit of one view", "zh": "一个视图的 logit"},
        ),
    },
)
