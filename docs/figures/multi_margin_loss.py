"""Multi-class hinge loss against the score of the true class."""

import torch
from _curves import panels as curves
from torch.nn import functional

alt = {
    "en": "Two classes, the other score is 0. Left: with p=1 the loss falls "
    "along a straight line from 2 at score -3 to 0 at score 1 and stays "
    "0; with margin 2 it reaches 0 at score 2; with p=2 it falls along a "
    "parabola, from 8. Right: with p=1 the gradient is -0.5 and jumps to "
    "0 where the margin is met; with p=2 it rises along a line from -4 to 0.",
    "zh": "两个类别，另一类的得分为 0。左：p=1 时损失沿直线下降，得分 -3 处为 "
    "2，得分 1 处为 0，此后恒为 0；间隔为 2 时在得分 2 处降到 0；p=2 时沿"
    "抛物线从 8 下降。右：p=1 时梯度为 -0.5，满足间隔后跳到 0；p=2 时沿直线"
    "从 -4 升到 0。",
}


def loss(x: torch.Tensor, p: int, margin: float) -> torch.Tensor:
    """Compute the loss of scores of class 0, where class 1 has score 0."""
    scores = torch.stack([x, torch.zeros_like(x)], dim=1)
    target = torch.zeros(len(x), dtype=torch.long)
    return functional.multi_margin_loss(
        scores, target, p=p, margin=margin, reduction="none"
    )


panels = curves(
    torch.linspace(-3, 3, 601),
    {
        f"p={p}, margin={margin}": lambda x, p=p, margin=margin: loss(
            x, p, margin
        )
        for p, margin in ((1, 1), (1, 2), (2, 1))
    },
    {"en": "score of the true class", "zh": "真实类别的得分"},
)
explorers = {
    "multi_margin_loss": {
        "x": torch.linspace(-3, 3, 81),
        "label": {"en": "score of the true class", "zh": "真实类别的得分"},
        "sliders": {
            "margin": ([i / 4 for i in range(9)], 4),
            "p": ([1, 2], 0),
        },
        "loss": lambda x, margin, p: loss(x, p, margin),
    }
}
