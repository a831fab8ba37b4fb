"""Cox's loss of one event in its risk set; Weibull's against its scale."""

from functools import partial

import torch
from survival import cox_ph_loss, weibull_nll
from torch import Tensor

from ._figure import Explorer, Figure, Slider, loss_and_gradient

SCALE = {"en": "log of the scale, time 5", "zh": "尺度的对数，时间为 5"}


def cox(x: Tensor, others: int) -> Tensor:
    """See one event at a log hazard of x, others at risk at 0."""
    first = torch.arange(others + 1) == 0

    def one(hazard: Tensor) -> Tensor:
        log_hazard = torch.cat([hazard.view(1), hazard.new_zeros(others)])
        return cox_ph_loss(log_hazard, 1 - first.to(x), first)

    return torch.func.vmap(one)(x)


def weibull(x: Tensor, shape: float, event: float = 1) -> Tensor:
    """Take the loss of a time of 5, seen or censored."""
    return weibull_nll(
        x,
        x.new_tensor(shape).log(),
        torch.full_like(x, 5),
        torch.full(x.shape, bool(event)),
        reduction="none",
    )


FIGURE = Figure(
    alt={
        "en": "Top: Cox's loss of one event against its log hazard, that of "
        "the others at risk being 0. It falls along a line and flattens "
        "towards 0, the later the more others there are: 1, 10, 100. The "
        "gradient is near -1 to the left and rises to 0. Bottom: Weibull's "
        "loss of a time of 5 against the log of the scale. Of an event all "
        "curves are least at a scale of 5; to the left they rise "
        "exponentially, to the right in a line, the steeper the higher the "
        "shape: 0.5, 1, 2. If it is censored, the loss only falls towards 0.",
        "zh": "上：单个事件的 Cox 损失随其对数风险的变化，风险集中其余个体的"
        "对数风险为 0。损失沿直线下降，随后趋于 0；其余个体越多（1、10、100），"
        "变平得越晚。左侧梯度接近 -1，向右升到 0。下：时间为 5 时，Weibull 损失"
        "随尺度的对数的变化。若看到事件，各曲线都在尺度为 5 处最小；左侧按指数"
        "上升，右侧沿直线上升，形状参数越大（0.5、1、2）越陡。若删失，损失只会"
        "下降，趋于 0。",
    },
    panels=[
        *loss_and_gradient(
            [
                (
                    {
                        "en": f"{n} at risk beside it",
                        "zh": f"另有 {n} 个处于风险中",
                    },
                    partial(cox, others=n),
                )
                for n in (1, 10, 100)
            ],
            torch.linspace(-4, 8, 121),
            {"en": "log hazard of the event", "zh": "事件个体的对数风险"},
        ),
        *loss_and_gradient(
            [
                *(
                    (
                        {
                            "en": f"event, shape {s:g}",
                            "zh": f"事件，形状 {s:g}",
                        },
                        partial(weibull, shape=s),
                    )
                    for s in (0.5, 1.0, 2.0)
                ),
                (
                    {"en": "censored, shape 1", "zh": "删失，形状 1"},
                    partial(weibull, shape=1.0, event=0),
                ),
            ],
            torch.linspace(0.6, 4, 103),
            SCALE,
        ),
    ],
    explorers={
        "cox_ph_loss": Explorer(
            cox,
            (-4, 8),
            {
                "others": Slider(
                    [1, 3, 10, 30, 100],
                    10,
                    {"en": "others at risk", "zh": "其余处于风险中的个体数"},
                )
            },
        ),
        "weibull_nll": Explorer(
            weibull,
            (0.6, 4),
            {
                "shape": Slider(
                    [0.5, 0.7, 1.0, 1.5, 2.0],
                    1.0,
                    {"en": "shape", "zh": "形状参数"},
                ),
                "event": Slider(
                    [0, 1], 1, {"en": "event seen", "zh": "看到事件"}
                ),
            },
            SCALE,
        ),
    },
)
