"""Four losses of a mask against the probability that its pixels get."""

from functools import partial

import torch
from overlap import (
    dice_loss,
    focal_tversky_loss,
    generalized_dice_loss,
    jaccard_loss,
    tversky_loss,
)
from torch import Tensor

from ._figure import Explorer, Figure, Slider, loss_and_gradient

EACH = {"activation": None, "reduction": "none"}


def of(p: Tensor, loss, **options: float) -> Tensor:
    """Take the loss of a mask whose 100 pixels share one probability."""
    p = p[:, None, None].expand(-1, 1, 100)
    return loss(p, torch.ones_like(p), **EACH, **options)[:, 0]


def weighed(p: Tensor, **options: float) -> Tensor:
    """Take the loss where the background gets half that probability too."""
    mask, other = (x[:, None, None].expand(-1, 1, 100) for x in (p, p / 2))
    target = torch.cat([torch.ones_like(mask), torch.zeros_like(other)], 2)
    p = torch.cat([mask, other], 2)
    return tversky_loss(p, target, **EACH, **options)[:, 0]


def swallowed(p: Tensor, power: float, size: int) -> Tensor:
    """Take the loss of 10 pixels whose neighbour, a larger class, is right."""
    mask = (torch.arange(10 + size) < 10).to(p)
    small = p.unsqueeze(1) * mask
    target = torch.stack([mask, 1 - mask]).expand(len(p), -1, -1)
    both = torch.stack([small, 1 - small], 1)
    return generalized_dice_loss(both, target, **EACH, power=power)


FIGURE = Figure(
    alt={
        "en": "Left: losses of a mask of 100 pixels against the probability "
        "of its pixels, from 0 to 0.98, the background at 0. All fall from "
        "just below 1 towards 0: Jaccard in a line, Tversky below it, Dice "
        "lowest; focal Tversky follows Jaccard and ends above all. Right: "
        "gradients. That of Dice goes from -2 to -0.5, that of Tversky from "
        "about -10/7 to -0.7, that of Jaccard stays at -1; that of focal "
        "Tversky is near -1 and reaches -1.5 at the end.",
        "zh": "左：一个 100 像素的掩码，背景概率为 0，损失随掩码像素的概率从 "
        "0 到 0.98 的变化。损失都从略低于 1 处降向 0：Jaccard 是直线，Tversky "
        "在其下方，Dice 最低；focal Tversky 与 Jaccard 相近，最后高于其余。"
        "右：梯度。Dice 从 -2 变到 -0.5，Tversky 从约 -10/7 变到 -0.7，"
        "Jaccard 保持在 -1；focal Tversky 在 -1 附近，最后达到 -1.5。",
    },
    panels=loss_and_gradient(
        {
            "Dice": partial(of, loss=dice_loss),
            "Jaccard": partial(of, loss=jaccard_loss),
            "Tversky": partial(of, loss=tversky_loss),
            "focal Tversky": partial(of, loss=focal_tversky_loss),
        },
        torch.linspace(0, 0.98, 99),
        {"en": "probability of the mask's pixels", "zh": "掩码像素的概率"},
    ),
    explorers={
        "tversky_loss": Explorer(
            weighed,
            (0, 0.96),
            {
                "alpha": Slider([0.0, 0.1, 0.3, 0.5, 0.7, 0.9, 1.0], 0.3),
                "beta": Slider([0.3, 0.4, 0.5, 0.7, 0.9, 1.0], 0.7),
            },
            {
                "en": "probability inside; outside, half of it",
                "zh": "掩码内的概率，掩码外为其一半",
            },
        ),
        "focal_tversky_loss": Explorer(
            partial(of, loss=focal_tversky_loss),
            (0, 0.96),
            {"gamma": Slider([0.5, 0.6, 0.75, 0.9, 1.0, 1.25, 1.5, 2.0], 0.75)},
        ),
        "generalized_dice_loss": Explorer(
            swallowed,
            (0, 0.96),
            {
                "power": Slider([0.0, 0.5, 1.0, 1.5, 2.0], 2.0),
                "size": Slider(
                    [10, 30, 90, 900],
                    90,
                    {
                        "en": "pixels of the other class",
                        "zh": "另一类的像素数",
                    },
                ),
            },
            {
                "en": "probability of a class of 10 pixels",
                "zh": "10 个像素的类别的概率",
            },
        ),
    },
)
