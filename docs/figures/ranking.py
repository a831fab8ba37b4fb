"""RankNet of a pair, LambdaRank's weight of a swap, ApproxNDCG of an item."""

from functools import partial

import torch
from ranking import approx_ndcg_loss, lambdarank_loss, ranknet_loss
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


def lead(x: Tensor, temperature: float, others: int = 9) -> Tensor:
    """Take ApproxNDCG of one relevant item at x, the others being at 0."""
    scores = torch.stack([x, *[0 * x] * int(others)], -1)
    target = (torch.arange(scores.shape[-1]) < 1).expand_as(scores)
    return approx_ndcg_loss(
        scores, target, temperature=temperature, reduction="none"
    )


ranks = torch.arange(2, LENGTH + 1)
leads = torch.linspace(-3, 3, 121, dtype=torch.float64)
FAR = lead(leads[-1:], 2.0).item()
LEAD = {
    "en": "lead of a relevant item over 9 others",
    "zh": "一个相关项领先其余 9 项的得分",
}
FIGURE = Figure(
    alt={
        "en": "First: RankNet's loss of a pair against the difference of its "
        "scores from -6 to 6, falling from steep to flat; a larger sigma is "
        "steeper and sooner flat; all are log 2 at 0. Second: its gradient "
        "goes from minus sigma to 0. Third: the weight that LambdaRank gives "
        "to a relevant item at rank 2 to 20 against an irrelevant one at rank "
        "1: it rises fast, then ever more slowly. With k 5 and beyond rank 5 "
        "it is 1. Fourth: ApproxNDCG of a relevant item against its lead over "
        "nine others: at temperature 0.1 it falls to 0 like a step, at 0.5 "
        "more smoothly; at 2 it is still "
        f"{FAR:.2f} at a lead of 3.",
        "zh": "图一：一对样本的 RankNet 损失随得分差从 -6 到 6 的变化，由陡到"
        "平；sigma 越大越陡，也越早变平；在 0 处都等于 log 2。图二：梯度从负的 "
        "sigma 趋于 0。图三：相关项排在第 2 到第 20 位、不相关项排在第 1 位"
        "时，LambdaRank 给这一对的权重：先快后慢地上升；k 为 5 时，排在第 5 位"
        "以后权重为 1。图四：一个相关项的 ApproxNDCG 随它领先其余九项的得分的"
        "变化：温度 0.1 时像台阶一样降到 0，0.5 时较平缓，2 时领先 3 仍有 "
        f"{FAR:.2f}。",
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
        Panel(
            {"en": "loss of ApproxNDCG", "zh": "ApproxNDCG 损失"},
            LEAD,
            [
                Curve(f"temperature={t}", leads, lead(leads, t))
                for t in (0.1, 0.5, 2.0)
            ],
        ),
    ],
    explorers={
        "ranknet_loss": Explorer(
            pair,
            (-6, 6),
            {"sigma": Slider([0.25, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0], 1.0)},
        ),
        "approx_ndcg_loss": Explorer(
            lead,
            (-3, 3),
            {
                "temperature": Slider([0.05, 0.1, 0.2, 0.5, 1.0, 2.0], 0.5),
                "others": Slider(
                    [1, 9, 99],
                    9,
                    {"en": "irrelevant items", "zh": "不相关项数"},
                ),
            },
            {
                "en": "lead of a relevant item over the others",
                "zh": "一个相关项领先其余各项的得分",
            },
        ),
    },
)
