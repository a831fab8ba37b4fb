"""Batch-hard triplets over a negative's place; a contrastive pair apart."""

from functools import partial

import torch
from torch import Tensor
from triplet_mining import batch_hard_triplet_loss, contrastive_pair_loss

from ._figure import Curve, Explorer, Figure, Panel, Slider, loss_and_gradient

APART = {"en": "distance of the pair", "zh": "样本对的距离"}
NEAREST = {"en": "distance of the negative", "zh": "负样本的距离"}


def hard(
    x: Tensor, margin: float | None = 0.3, positive: float = 1.0
) -> Tensor:
    """Take the loss of an anchor at 0 whose nearest negative is at -x."""
    labels = torch.tensor([0, 0, 1])

    def one(far: Tensor) -> Tensor:
        line = torch.stack([0 * far, 0 * far + positive, -far])
        return batch_hard_triplet_loss(
            line.unsqueeze(1), labels, margin=margin, reduction="none"
        )[0]

    return torch.func.vmap(one)(x)


def pair(x: Tensor, label: int = 1, margin: float = 1.0) -> Tensor:
    """Take the loss of two examples that are x apart."""
    labels = torch.tensor([0, label])

    def one(far: Tensor) -> Tensor:
        line = torch.stack([0 * far, far]).unsqueeze(1)
        return contrastive_pair_loss(line, labels, margin=margin)

    return torch.func.vmap(one)(x)


apart = torch.linspace(0, 2, 161, dtype=torch.float64)
FIGURE = Figure(
    alt={
        "en": "Left: the loss of an anchor with its furthest positive at a "
        "distance of 1, against the distance of its nearest negative from 0 "
        "to 3. With a margin of 0.3 or 1 it falls in a straight line and is "
        "0 from 1 plus the margin on; the soft margin falls more slowly, "
        "bends, and stays above 0. Middle: the gradients are -1, then "
        "0; that of the soft margin rises smoothly towards 0. Right: the "
        "contrastive loss of a pair against its distance. For an alike pair "
        "it is a parabola from 0; for an unlike one, a parabola that falls "
        "from 1/2 to 0 at the margin.",
        "zh": "左：最远的正样本距离为 1 时，锚点的损失随最近负样本的距离（0 到 "
        "3）的变化。间隔为 0.3 或 1 时沿直线下降，从 1 加间隔处起为 0；软间隔"
        "下降得更缓，逐渐弯曲，始终大于 0。中：梯度先为 -1，后为 0；软间隔的梯"
        "度平滑地趋近 0。右：一对样本的对比损失随距离的变化。同类样本对是从 0 "
        "开始的抛物线；异类样本对从 1/2 沿抛物线下降，到间隔处为 0。",
    },
    panels=[
        *loss_and_gradient(
            [
                *(
                    (f"margin={m:g}", partial(hard, margin=m))
                    for m in (0.3, 1.0)
                ),
                ("margin=None", partial(hard, margin=None)),
            ],
            torch.linspace(0.02, 3, 150),
            NEAREST,
        ),
        Panel(
            {"en": "contrastive loss", "zh": "对比损失"},
            APART,
            [
                Curve({"en": "alike", "zh": "同类"}, apart, pair(apart, 0)),
                Curve({"en": "unlike", "zh": "异类"}, apart, pair(apart, 1)),
            ],
        ),
    ],
    explorers={
        "batch_hard_triplet_loss": Explorer(
            hard,
            (0.02, 4.02),
            {
                "margin": Slider([0.1, 0.2, 0.3, 0.5, 1.0], 0.3),
                "positive": Slider(
                    [0.25, 0.5, 1.0, 1.5, 2.0],
                    1.0,
                    {"en": "distance of the positive", "zh": "正样本的距离"},
                ),
            },
        ),
        "contrastive_pair_loss": Explorer(
            lambda x, margin: pair(x, margin=margin),
            (0.02, 3.02),
            {"margin": Slider([0.25, 0.5, 1.0, 1.5, 2.0, 2.5], 1.0)},
            {"en": "distance of an unlike pair", "zh": "异类样本对的距离"},
        ),
    },
)
