"""SSIM over errors of one size; the difference of two pixels, in TV."""

from functools import partial

import torch
from image_quality import ssim_loss, total_variation_loss
from torch import Tensor
from torch.nn import functional

from ._figure import Curve, Explorer, Figure, Panel, Slider, loss_and_gradient

DIFFERENCE = {"en": "difference of two pixels", "zh": "两个像素之差"}
FLAT = {"en": "grey beside a grey of 0.5", "zh": "灰度（另一张为 0.5）"}


def flat(x: Tensor, data_range: float) -> Tensor:
    """Take the loss of a flat image beside one of 0.5."""
    x = x.view(-1, 1, 1, 1)
    return ssim_loss(
        x,
        torch.full_like(x, 0.5),
        data_range=data_range,
        window=1,
        reduction="none",
    ).flatten()


def step(x: Tensor, power: float) -> Tensor:
    """Take the loss of two pixels that differ by x."""
    pixels = torch.stack([0 * x, x], 1).unsqueeze(1)
    loss = total_variation_loss(pixels, power=power, reduction="none")
    return loss[:, 0, 0]


def errors() -> list[Curve]:
    """Put errors of the same size on an image, each of one kind."""
    g = torch.Generator().manual_seed(0)
    coarse = torch.rand(1, 1, 8, 8, dtype=torch.float64, generator=g)
    image = functional.interpolate(coarse, scale_factor=8, mode="bilinear")
    noise = torch.randn(image.shape, dtype=torch.float64, generator=g)
    kinds = {
        ("brighter", "更亮"): torch.ones_like(image),
        ("less contrast", "对比度更低"): image.mean() - image,
        ("noise", "噪声"): noise,
    }
    size = torch.linspace(0, 0.2, 81, dtype=torch.float64)
    curves = []
    for (en, zh), error in kinds.items():
        error = error / error.square().mean().sqrt()
        losses = [ssim_loss(image + x * error, image) for x in size]
        curves.append(Curve({"en": en, "zh": zh}, size, torch.stack(losses)))
    return curves


FIGURE = Figure(
    alt={
        "en": "Left: SSIM loss of an image against the root mean square of an "
        "error, from 0 to 0.2. Noise rises steeply at once and then bends. "
        "Less contrast begins flat, and passes it where hardly anything of "
        "the image is left. A brighter image stays near 0. Middle: total "
        "variation of two pixels against their difference from -1 to 1: a V "
        "for a power of 1, a parabola for 2, between both for 1.5. Right: the "
        "gradients: a step from -1 to 1, a straight line through 0, and a "
        "curve between them.",
        "zh": "左：一张图像的 SSIM 损失随误差的均方根（0 到 0.2）的变化。噪声的"
        "损失一开始就陡升，随后变缓；降低对比度起初平缓，到图像几乎不剩什么时超"
        "过噪声；变亮的损失始终接近 0。中：两个像素的全变分随其差（-1 到 1）的"
        "变化：幂为 1 时是 V 形，为 2 时是抛物线，为 1.5 时介于两者之间。右：梯"
        "度：从 -1 到 1 的阶跃、过 0 的直线，以及介于两者之间的曲线。",
    },
    panels=[
        Panel(
            {"en": "SSIM loss", "zh": "SSIM 损失"},
            {"en": "root mean square of the error", "zh": "误差的均方根"},
            errors(),
        ),
        *loss_and_gradient(
            [(f"power={p:g}", partial(step, power=p)) for p in (1.0, 1.5, 2.0)],
            torch.linspace(-1, 1, 161),
            DIFFERENCE,
        ),
    ],
    explorers={
        "ssim_loss": Explorer(
            flat,
            (0.0, 1.0),
            {"data_range": Slider([0.1, 0.5, 1.0, 2.0, 10.0, 255.0], 1.0)},
            FLAT,
        ),
        "total_variation_loss": Explorer(
            step,
            (-1.0, 1.0),
            {"power": Slider([1.0, 1.25, 1.5, 2.0, 3.0], 1.0)},
            DIFFERENCE,
        ),
    },
)
