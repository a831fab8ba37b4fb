"""Barlow Twins and VICReg of equal views, narrow or correlated."""

from functools import partial

import torch
from redundancy import barlow_twins_loss, vicreg_loss
from torch import Tensor

from ._figure import Explorer, Figure, Slider, loss_and_gradient

CORRELATION = {
    "en": "correlation of the dimensions",
    "zh": "两个维度的相关系数",
}
x = torch.tensor([1.0, -1.0], dtype=torch.float64)
white = torch.cartesian_prod(x, x).repeat(64, 1)


def correlated(r: Tensor) -> Tensor:
    """Make two dimensions with this correlation."""
    other = r * white[:, 0] + (1 - r**2).sqrt() * white[:, 1]
    return torch.stack([white[:, 0], other], 1)


def scaled(s: Tensor) -> Tensor:
    """Make two dimensions with this standard deviation."""
    return s * white


def of(x: Tensor, loss, make, **options: float) -> Tensor:
    """Take the loss of equal views, made of each number."""
    return torch.stack([loss(make(v), make(v), **options) for v in x])


vicreg, barlow = (partial(of, loss=f) for f in (vicreg_loss, barlow_twins_loss))
FIGURE = Figure(
    alt={
        "en": "Four panels, of two equal views in two dimensions. Against the "
        "standard deviation from 0.02 to 2: VICReg falls from 25 in a "
        "straight line to 0 at 1 and stays there, with a gradient of -25 "
        "before; Barlow Twins is 0 throughout. Against the correlation of the "
        "two dimensions from -1 to 1: both are parabolas with their bottom at "
        "0.",
        "zh": "四幅图，两个视图相同，均为二维。随标准差从 0.02 到 2 变化："
        "VICReg 从 25 沿直线降到标准差为 1 处的 0，此后保持为 0，之前的梯度为 "
        "-25；Barlow Twins 始终约为 0。随两个维度的相关系数从 -1 到 1 变化：两"
        "者都是以 0 为最低点的抛物线。",
    },
    panels=[
        *loss_and_gradient(
            {
                "VICReg": partial(vicreg, make=scaled),
                "Barlow Twins": partial(barlow, make=scaled),
            },
            torch.linspace(0.02, 2, 100),
            {"en": "standard deviation", "zh": "标准差"},
        ),
        *loss_and_gradient(
            {
                "VICReg": partial(vicreg, make=correlated),
                "Barlow Twins, lambd=0.5": partial(
                    barlow, make=correlated, lambd=0.5
                ),
            },
            torch.linspace(-0.99, 0.99, 100),
            CORRELATION,
        ),
    ],
    explorers={
        "vicreg_loss": Explorer(
            partial(vicreg, make=scaled),
            (0.02, 2.02),
            {
                "gamma": Slider([0.25, 0.5, 0.75, 1.0, 1.5, 2.0], 1.0),
                "variance": Slider([1.0, 5.0, 10.0, 25.0, 50.0], 25.0),
            },
        ),
        "barlow_twins_loss": Explorer(
            partial(barlow, make=correlated),
            (-0.98, 0.98),
            {"lambd": Slider([0.0, 5e-3, 0.05, 0.1, 0.25, 0.5, 1.0], 0.5)},
            CORRELATION,
        ),
    },
)
