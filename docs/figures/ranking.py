"""RankNet of one pair, and LambdaRank's weight of a swap by its ranks."""

from functools import partial

import torch
from ranking import lambdarank_loss, ranknet_loss
from torch import Tensor

from ._figure import Curve, Explorer, Figure, Panel, Slider, loss_and_gradient

LENGTH = 20


def pair(x: Tensor, sigma: float) -> Tensor:
    """Take the loss of a pair whose scores differ by x."""
    scores = torch.stack([x, torch.zeros_like(x)], -1)
    target = torch.tensor([1, 0]).expand_as(scores)
    each = ranknet_loss(scores, target, sigma=sigma, reduction="none")
    return each[:, 0, 1]


def weight(rank: int, k: int | None) -> float:
    """Take LambdaRank's weight of ranks 1 and `rank`, from its loss."""
    scores = -torch.arange(LENGTH, dtype=torch.float64)
    target = torch.zeros(LENGTH)
    target[rank - 1] = 1
    given = scores.clone().requires_grad_()
    loss = lambdarank_loss(given, target, k=k)
    (all_pairs,) = torch.autograd.grad(loss, given)
    pull = torch.sigmoid(scores[0] - scores[rank - 1])
    return (all_pairs[0] / pull).item()


ranks = torch.arange(2, LENGTH + 1)
FIGURE = Figure(
    alt={
        "en": "Left: RankNet's loss of a pair against the difference of its "
        "scores from -6 to 6, falling from steep to flat; a larger sigma is "
        "steeper and sooner flat; all are log 2 at 0. Middle: its gradient "
        "goes from minus sigma to 0. Right: the weight that LambdaRank gives "
        "to a relevant item at rank 2 to 20 against an irrelevant one at rank "
        "1: it rises fast, then ever more slowly. With k 5 and beyond rank 5 "
        "it is 1.",
        "zh": "左：一对样本的 RankNet 损失随得分差从 -6 到 6 的变化，由陡到"
        "平；sigma 越大越陡，也越早变平；在 0 处都等于 log 2。中：梯度从负的 "
        "sigma 趋于 0。右：相关项排在第 2 到第 20 位、不相关项排在第 1 位"
        "时，LambdaRank 给这一对的权重：先快后慢地上升；k 为 5 时，排在第 5 位"
        "以后权重为 1。",
    },
    panels=[
        *loss_and_gradient(
            {f"sigma={s}": partial(pair, sigma=s) for s in (0.5, 1.0, 2.0)},
            torch.linspace(-6, 6, 121),
            {"en": "difference of the scores", "zh": "得分差"},
        ),
        Panel(
            {"en": "weight of a swap with rank 1", "zh": "与第 1 位交换的权重"},
            {"en": "rank of the relevant item", "zh": "相关项的名次"},
            [
                Curve(
                    f"k={k}",
                    ranks,
                    torch.tensor([weight(r, k) for r in ranks.tolist()]),
                )
                for k in (None, 5)
            ],
        ),
    ],
    explorers={
        "ranknet_loss": Explorer(
            pair,
            (-6, 6),
            {"sigma": Slider([0.25, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0], 1.0)},
        )
    },
)
