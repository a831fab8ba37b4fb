"""Multi-class hinge loss against the score of the true class."""

import torch
from torch.nn.functional import multi_margin_loss

from ._figure import Explorer, Figure, Slider, loss_and_gradient, true_class

FIGURE = Figure(
    alt={
        "en": "Two classes, the other score is 0. Left: with p=1 the loss "
        "falls along a straight line from 2 at score -3 to 0 at score 1 and "
        "stays 0; with margin 2 it reaches 0 at score 2; with p=2 it falls "
        "along a parabola, from 8. Right: with p=1 the gradient is -0.5 and "
        "jumps to 0 where the margin is met; with p=2 it rises along a line "
        "from -4 to 0.",
        "zh": "两个类别，另一类的得分为 0。左：p=1 时损失沿直线下降，得分 -3 "
        "处为 2，得分 1 处为 0，此后恒为 0；间隔为 2 时在得分 2 处降到 0；p=2 "
        "时沿抛物线从 8 下降。右：p=1 时梯度为 -0.5，满足间隔后跳到 0；p=2 时"
        "沿直线从 -4 升到 0。",
    },
    panels=loss_and_gradient(
        {
            f"p={p}, margin={m}": true_class(
                2, multi_margin_loss, p=p, margin=m
            )
            for p, m in ((1, 1), (1, 2), (2, 1))
        },
        torch.linspace(-3, 3, 601),
        {"en": "score of the true class", "zh": "真实类别的得分"},
    ),
    explorers={
        "multi_margin_loss": Explorer(
            true_class(2, multi_margin_loss),
            (-3, 3),
            {
                "margin": Slider([i / 4 for i in range(9)], 1.0),
                "p": Slider([1, 2], 1),
            },
        )
    },
)
