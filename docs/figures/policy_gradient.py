"""The clipped surrogate against the ratio, for both signs of the advantage."""

from collections.abc import Callable
from functools import partial

import torch
from policy_gradient import (
    cispo_loss,
    clipped_policy_loss,
    clipped_value_loss,
)
from torch import Tensor

from ._figure import (
    Curve,
    Explorer,
    Figure,
    Panel,
    Slider,
    differentiate,
    loss_and_gradient,
)


def of_log_ratio(
    x: Tensor,
    advantage: float,
    old: float = 0.0,
    loss: Callable[..., Tensor] = clipped_policy_loss,
    **options: float,
) -> Tensor:
    """Take the loss of tokens of one sequence, by their log-ratio."""
    x = x.unsqueeze(0)
    a = x.new_full((1,), advantage)
    mask = torch.ones_like(x, dtype=torch.bool)
    given = torch.full_like(x, old), a, mask
    return loss(x + old, *given, reduction="none", **options)[0]


def of_ratio(ratio: Tensor, advantage: float, **options: float) -> Tensor:
    """Take the loss of tokens of one sequence, by their ratio."""
    return of_log_ratio(ratio.log(), advantage, **options)


def weight(name: str, advantage: float, **options: object) -> Curve:
    """Divide the gradient by the log-probability by that of REINFORCE."""
    loss = partial(of_log_ratio, advantage=advantage, **options)
    _, gradient = differentiate(loss, RATIOS.log())
    return Curve(name, RATIOS, -gradient / advantage)


def of_value(value: Tensor, clip: float, returns: float) -> Tensor:
    """Take the loss of a critic that said 0 when it was sampled."""
    x = value.unsqueeze(0)
    mask = torch.ones_like(x, dtype=torch.bool)
    given = torch.zeros_like(x), torch.full_like(x, returns), mask
    return clipped_value_loss(x, *given, clip=clip, reduction="none")[0]


CLIPS = [0.1, 0.2, 0.28, 0.4, 0.6]
RATIO = {"en": "ratio r", "zh": "比率 r"}
RATIOS = torch.linspace(0.005, 4, 200, dtype=torch.float64)
CLIPPED = {
    "A = 1": {"advantage": 1.0},
    "A = -1": {"advantage": -1.0},
    "A = -1, dual_clip = 3": {"advantage": -1.0, "dual_clip": 3.0},
}
FIGURE = Figure(
    alt={
        "en": "Left: loss against the ratio from 0 to 4. With an advantage of "
        "1 it falls in a straight line through -1 at ratio 1, and is level "
        "from a fifth above 1 on. With an advantage of -1 it is level up to a "
        "fifth below 1, then rises in a straight line without end; with a dual "
        "clip it is level again from ratio 3 on. Right: the gradients by the "
        "ratio: -1 and then 0; 0 and then 1; with a dual clip 0 once more from "
        "3 on. Below: the weight of a token, its gradient by the "
        "log-probability over that of REINFORCE. Each is the ratio itself, "
        "and 0 where the loss is level; that of CISPO is the ratio up to 2, "
        "and stays at 2 from there on.",
        "zh": "左：损失随比率从 0 到 4 的变化。优势为 1 时沿直线下降，比率为 "
        "1 时损失为 -1，比 1 大五分之一处起持平；优势为 -1 时，比 1 小五分之"
        "一处之前持平，之后沿直线一直上升；加上 dual clip，从比率 3 起再次持"
        "平。右：对比率的梯度。先为 -1 后为 0；先为 0 后为 1；加上 dual clip "
        "则从 3 起再次为 0。下：词元的权重，即对对数概率的梯度与 REINFORCE 的"
        "梯度之比。权重就是比率，损失持平处为 0；CISPO 的权重在 2 以内等于比"
        "率，此后保持为 2。",
    },
    panels=[
        *loss_and_gradient(
            {name: partial(of_ratio, **x) for name, x in CLIPPED.items()},
            RATIOS,
            RATIO,
        ),
        Panel(
            {"en": "weight of a token", "zh": "词元的权重"},
            RATIO,
            [
                *(weight(name, **x) for name, x in CLIPPED.items()),
                weight(
                    "CISPO, clip_high = 2", 1.0, loss=cispo_loss, clip_high=2
                ),
            ],
        ),
    ],
    explorers={
        "clipped_policy_loss": Explorer(
            of_ratio,
            (0.1, 2.5),
            {
                "clip_high": Slider(CLIPS, 0.2),
                "advantage": Slider([-2.0, -1.0, 1.0, 2.0], 1.0),
            },
        ),
        "cispo_loss": Explorer(
            partial(of_log_ratio, loss=cispo_loss, old=-2.0),
            (-2, 2),
            {
                "clip_high": Slider([1.0, 1.5, 2.0, 3.0, 5.0], 5.0),
                "advantage": Slider([-1.0, 1.0], 1.0),
            },
            {
                "en": "ln r, log-probability -2 when sampled",
                "zh": "ln r（采样时对数概率为 -2）",
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
