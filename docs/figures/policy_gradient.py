"""The clipped surrogate against the ratio, for both signs of the advantage."""

from functools import partial

import torch
from policy_gradient import clipped_policy_loss, clipped_value_loss
from torch import Tensor

from ._figure import Explorer, Figure, Slider, loss_and_gradient


def of_ratio(ratio: Tensor, advantage: float, **options: float) -> Tensor:
    """Take the loss of tokens of one sequence, by their ratio."""
    x = ratio.log().unsqueeze(0)
    a = x.new_full((1,), advantage)
    mask = torch.ones_like(x, dtype=torch.bool)
    given = torch.zeros_like(x), a, mask
    return clipped_policy_loss(x, *given, reduction="none", **options)[0]


def of_value(value: Tensor, clip: float, returns: float) -> Tensor:
    """Take the loss of a critic that said 0 when it was sampled."""
    x = value.unsqueeze(0)
    mask = torch.ones_like(x, dtype=torch.bool)
    given = torch.zeros_like(x), torch.full_like(x, returns), mask
    return clipped_value_loss(x, *given, clip=clip, reduction="none")[0]


CLIPS = [0.1, 0.2, 0.28, 0.4, 0.6]
RATIO = {"en": "ratio r", "zh": "比率 r"}
FIGURE = Figure(
    alt={
        "en": "Left: loss against the ratio from 0 to 4. With an advantage of "
        "1 it falls in a straight line through -1 at ratio 1, and is level "
        "from a fifth above 1 on. With an advantage of -1 it is level up to a "
        "fifth below 1, then rises in a straight line without end; with a dual "
        "clip it is level again from ratio 3 on. Right: the gradients by the "
        "ratio: -1 and then 0; 0 and then 1; with a dual clip 0 once more from "
        "3 on.",
        "zh": "左：损失随比率从 0 到 4 的变化。优势为 1 时沿直线下降，比率为 "
        "1 时损失为 -1，比 1 大五分之一处起持平；优势为 -1 时，比 1 小五分之"
        "一处之前持平，之后沿直线一直上升；加上 dual clip，从比率 3 起再次持"
        "平。右：对比率的梯度。先为 -1 后为 0；先为 0 后为 1；加上 dual clip "
        "则从 3 起再次为 0。",
    },
    panels=loss_and_gradient(
        {
            "A = 1": partial(of_ratio, advantage=1.0),
            "A = -1": partial(of_ratio, advantage=-1.0),
            "A = -1, dual_clip = 3": partial(
                of_ratio, advantage=-1.0, dual_clip=3.0
            ),
        },
        torch.linspace(0.005, 4, 200),
        RATIO,
    ),
    explorers={
        "clipped_policy_loss": Explorer(
            of_ratio,
            (0.01, 2.5),
            {
                "clip_high": Slider(CLIPS, 0.2),
                "advantage": Slider([-2.0, -1.0, 1.0, 2.0], 1.0),
            },
        ),
        "clipped_value_loss": Explorer(
            of_value,
            (-1, 2),
            {
                "clip": Slider([0.1, 0.2, 0.3, 0.5, 1.0], 0.2),
                "returns": Slider([0.1, 0.5, 1.0], 1.0),
            },
            {
                "en": "value v, of 0 when sampled",
                "zh": "价值 v（采样时为 0）",
            },
        ),
    },
)
