"""Losses of the score of what was generated, for both players."""

from functools import partial

import torch
from adversarial import hinge_gan_loss, lsgan_loss, nonsaturating_gan_loss
from torch import Tensor
from torch.nn import functional

from ._figure import (
    Curve,
    Explorer,
    Figure,
    Panel,
    Slider,
    against,
    differentiate,
    loss_and_gradient,
)

lsgan = partial(lsgan_loss, reduction="none")
SCORES = torch.linspace(-6, 6, 241)
LABEL = {"en": "score of a fake", "zh": "生成样本的得分"}


def minimax(fake: Tensor) -> Tensor:
    """Take minus the discriminator's loss, as the generator's."""
    return -functional.softplus(fake)


LOGISTIC = {
    ("non-saturating", "非饱和"): partial(
        nonsaturating_gan_loss, reduction="none"
    ),
    ("minimax", "极小极大"): minimax,
}
FIGURE = Figure(
    alt={
        "en": "Left: losses against the score of a fake from -3 to 3. The "
        "discriminator's hinge is 0 up to -1, then a straight line; the "
        "generator's hinge falls in a straight line all along, below 0 too. "
        "The least squares are parabolas: lowest at 0 for the discriminator, "
        "at 1 for the generator. Right: their gradients. Hinge: a step from 0 "
        "to 1 at -1, and always -1. Least squares: two straight lines. At "
        "last: the generator's gradient in the first GAN, for scores from "
        "-6 to 6. Non-saturating, it is -1 for the worst fakes and 0 for the "
        "best; minimax, 0 for the worst and -1 for the best.",
        "zh": "左：损失随生成样本得分从 -3 到 3 的变化。判别器的合页损失在 -1 "
        "之前为 0，之后是直线；生成器的合页损失一路沿直线下降，可以低于 0。最"
        "小二乘是抛物线：判别器在 0 处最低，生成器在 1 处最低。右：对应的梯"
        "度。合页：在 -1 处从 0 跳到 1，以及恒为 -1；最小二乘：两条直线。其后："
        "最初的 GAN 中生成器的梯度，得分从 -6 到 6。非饱和形式在最差的样本处"
        "为 -1，最好的为 0；极小极大形式相反，最差的为 0，最好的为 -1。",
    },
    panels=[
        *loss_and_gradient(
            [
                # A real score of 1 costs the discriminator nothing.
                (
                    {"en": "hinge, D", "zh": "合页，D"},
                    against(1.0, hinge_gan_loss),
                ),
                (
                    {"en": "hinge, G", "zh": "合页，G"},
                    partial(hinge_gan_loss, reduction="none"),
                ),
                ("LSGAN, D", against(1.0, lsgan_loss)),
                ("LSGAN, G", lsgan),
            ],
            torch.linspace(-3, 3, 241),
            LABEL,
        ),
        Panel(
            {"en": "gradient of G, first GAN", "zh": "最初的 GAN：G 的梯度"},
            LABEL,
            [
                Curve(
                    {"en": en, "zh": zh}, SCORES, differentiate(loss, SCORES)[1]
                )
                for (en, zh), loss in LOGISTIC.items()
            ],
        ),
    ],
    explorers={
        "lsgan_loss": Explorer(
            lsgan, (-3, 3), {"c": Slider([i / 4 for i in range(-4, 9)], 1.0)}
        )
    },
)
