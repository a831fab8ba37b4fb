"""Circle loss of two cosines; Multi-Similarity's two parts."""

import torch
from matplotlib.axes import Axes
from pair_metric import circle_loss, multi_similarity_loss
from torch import Tensor

from ._figure import Curve, Explorer, Figure, Panel, Slider
from ._svg import COLOURS


def circle_of(s_p: float, s_n: float) -> float:
    """Take the loss of an anchor with one positive and one negative."""
    cosines = torch.tensor([1.0, s_p, s_n])
    x = torch.stack([cosines, (1 - cosines**2).sqrt()], 1)
    labels = torch.tensor([0, 0, 1])
    loss = circle_loss(x, labels, gamma=32.0, reduction="none")
    return loss[0].item()


def contours(axes: Axes, language: str) -> None:
    """Draw the loss over both cosines."""
    s = torch.linspace(0, 1, 41)
    z = [[circle_of(p.item(), n.item()) for n in s] for p in s]
    levels = [0.7, 5, 15, 30, 45]
    lines = axes.contour(s, s, z, levels=levels, colors=COLOURS[0])
    axes.clabel(lines, fontsize=9)
    axes.set_ylabel({"en": "cosine, positive", "zh": "正样本的余弦"}[language])


def pair(x: Tensor, unlike: int = 1, **options: float) -> Tensor:
    """Take Multi-Similarity of one anchor and a pair of cosine x."""
    labels = torch.tensor([0, unlike])
    other = torch.eye(2).to(x)[0]
    both = [
        torch.stack([torch.stack([c, (1 - c * c).sqrt()]), other]) for c in x
    ]
    losses = [
        multi_similarity_loss(e, labels, reduction="none", **options)[0]
        for e in both
    ]
    return torch.stack(losses)


cosine = torch.linspace(-1, 1, 201, dtype=torch.float64)
FIGURE = Figure(
    alt={
        "en": "Left: circle loss with gamma 32 and margin 0.25 over the "
        "cosines of a negative, left to right, and of a positive, bottom to "
        "top. Its contours are arcs around the upper left corner, where the "
        "positive is 1 and the negative is 0: the loss is close to 0 there "
        "and grows away from it. Right: Multi-Similarity of one pair against "
        "its cosine. For a positive it falls slowly from about 3/2 at -1 and "
        "stays above 0; for a negative it is 0 up to the base 0.5, then rises "
        "in a line to 0.5.",
        "zh": "左：gamma 为 32、间隔为 0.25 的 circle loss，横轴为负样本的余"
        "弦，纵轴为正样本的余弦。等高线是圆弧，圆心在左上角，即正样本为 1、负"
        "样本为 0 处：那里损失接近 0，离它越远损失越大。右：单个样本对的 "
        "Multi-Similarity 随余弦的变化。正样本从 -1 处的约 3/2 缓慢下降，始终"
        "大于 0；负样本在 base 即 0.5 之前为 0，之后沿直线升到 0.5。",
    },
    panels=[
        Panel(
            {"en": "circle loss, gamma=32", "zh": "Circle Loss，gamma=32"},
            {"en": "cosine, negative", "zh": "负样本的余弦"},
            draw=contours,
        ),
        Panel(
            {"en": "Multi-Similarity of a pair", "zh": "单个样本对的 MS"},
            {"en": "cosine", "zh": "余弦"},
            [
                Curve(
                    {"en": "positive", "zh": "正样本"}, cosine, pair(cosine, 0)
                ),
                Curve(
                    {"en": "negative", "zh": "负样本"}, cosine, pair(cosine, 1)
                ),
            ],
        ),
    ],
    explorers={
        "multi_similarity_loss": Explorer(
            pair,
            (-0.99, 0.99),
            {
                "base": Slider([-0.5, 0.0, 0.25, 0.5, 0.75], 0.5),
                "beta": Slider([2.0, 5.0, 10.0, 20.0, 50.0], 50.0),
            },
            {"en": "cosine of a negative", "zh": "负样本的余弦"},
        )
    },
)
