"""Four losses of a mask against the probability that its pixels get."""

from functools import partial

import torch
from _curves import panels as curves
from overlap import dice_loss, focal_tversky_loss, jaccard_loss, tversky_loss

alt = {
    "en": "Left: losses of a mask of 100 pixels against the probability of "
    "its pixels, from 0 to 0.98, the background at 0. All fall from just "
    "below 1 towards 0: Jaccard in a line, Tversky below it, Dice lowest; "
    "focal Tversky follows Jaccard and ends above all. Right: gradients. That "
    "of Dice goes from -2 to -0.5, that of Tversky from about -10/7 to -0.7, "
    "that of Jaccard stays at -1; that of focal Tversky is near -1 and "
    "reaches -1.5 at the end.",
    "zh": "左：一个 100 像素的掩码，背景概率为 0，损失随掩码像素的概率从 0 到 "
    "0.98 的变化。损失都从略低于 1 处降向 0：Jaccard 是直线，Tversky 在其下"
    "方，Dice 最低；focal Tversky 与 Jaccard 相近，最后高于其余。右：梯度。"
    "Dice 从 -2 变到 -0.5，Tversky 从约 -10/7 变到 -0.7，Jaccard 保持在 -1；"
    "focal Tversky 在 -1 附近，最后达到 -1.5。",
}


def of(loss):
    """Take the loss of a mask whose 100 pixels share one probability."""

    def shared(p: torch.Tensor) -> torch.Tensor:
        p = p[:, None, None].expand(-1, 1, 100)
        options = {"activation": None, "reduction": "none"}
        return loss(p, torch.ones_like(p), **options)[:, 0]

    return shared


panels = curves(
    torch.linspace(0, 0.98, 99),
    {
        "Dice": of(dice_loss),
        "Jaccard": of(jaccard_loss),
        "Tversky": of(tversky_loss),
        "focal Tversky": of(focal_tversky_loss),
    },
    {"en": "probability of the mask's pixels", "zh": "掩码像素的概率"},
)


def weighed(p: torch.Tensor, alpha: float, beta: float) -> torch.Tensor:
    """Take the loss where the background gets half that probability too."""
    mask, other = (x[:, None, None].expand(-1, 1, 100) for x in (p, p / 2))
    target = torch.cat([torch.ones_like(mask), torch.zeros_like(other)], 2)
    options = {"activation": None, "reduction": "none"}
    return tversky_loss(
        torch.cat([mask, other], 2), target, alpha=alpha, beta=beta, **options
    )[:, 0]


explorers = {
    "tversky_loss": {
        "x": torch.linspace(0, 0.96, 81),
        "label": {
            "en": "probability of the mask, half of it outside",
            "zh": "掩码内的概率，掩码外为其一半",
        },
        "sliders": {
            "alpha": ([0.0, 0.1, 0.3, 0.5, 0.7, 0.9, 1.0], 2),
            "beta": ([0.3, 0.4, 0.5, 0.7, 0.9, 1.0], 3),
        },
        "loss": weighed,
    },
    "focal_tversky_loss": {
        "x": torch.linspace(0, 0.96, 81),
        "label": {
            "en": "probability of the mask's pixels",
            "zh": "掩码像素的概率",
        },
        "sliders": {"gamma": ([0.5, 0.6, 0.75, 0.9, 1.0, 1.25, 1.5, 2.0], 2)},
        "loss": lambda p, gamma: of(partial(focal_tversky_loss, gamma=gamma))(
            p
        ),
    },
}
