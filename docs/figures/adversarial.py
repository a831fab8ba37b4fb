"""Losses of the score of what was generated, for both players."""

import torch
from _curves import panels as curves
from adversarial import hinge_gan_loss, lsgan_loss

alt = {
    "en": "Left: losses against the score of a fake from -3 to 3. The "
    "discriminator's hinge is 0 up to -1, then a straight line; the "
    "generator's hinge falls in a straight line all along, below 0 too. The "
    "least squares are parabolas: lowest at 0 for the discriminator, at 1 for "
    "the generator. Right: their gradients. Hinge: a step from 0 to 1 at -1, "
    "and always -1. Least squares: two straight lines.",
    "zh": "左：损失随生成样本得分从 -3 到 3 的变化。判别器的合页损失在 -1 "
    "之前为 0，之后是直线；生成器的合页损失一路沿直线下降，可以低于 0。"
    "最小二乘是抛物线：判别器在 0 处最低，生成器在 1 处最低。"
    "右：对应的梯度。合页：在 -1 处从 0 跳到 1，以及恒为 -1；"
    "最小二乘：两条直线。",
}
EACH = {"reduction": "none"}
panels = curves(
    torch.linspace(-3, 3, 241),
    {
        # A real score of 1 costs the discriminator nothing.
        "hinge, D": lambda x: hinge_gan_loss(x, torch.ones_like(x), **EACH),
        "hinge, G": lambda x: hinge_gan_loss(x, **EACH),
        "LSGAN, D": lambda x: lsgan_loss(x, torch.ones_like(x), **EACH),
        "LSGAN, G": lambda x: lsgan_loss(x, **EACH),
    },
    {"en": "score of a fake", "zh": "生成样本的得分"},
)
explorers = {
    "lsgan_loss": {
        "x": torch.linspace(-3, 3, 81),
        "label": {"en": "score of a fake", "zh": "生成样本的得分"},
        "sliders": {"c": ([i / 4 for i in range(-4, 9)], 8)},
        "loss": lambda x, c: lsgan_loss(x, c=c, reduction="none"),
    }
}
