"""Barlow Twins and VICReg of equal views, narrow or correlated."""

import torch
from _curves import panels as curves
from redundancy import barlow_twins_loss, vicreg_loss

alt = {
    "en": "Four panels, of two equal views in two dimensions. Against the "
    "standard deviation from 0.02 to 2: VICReg falls from 25 in a straight "
    "line to 0 at 1 and stays there, with a gradient of -25 before; Barlow "
    "Twins is 0 throughout. Against the correlation of the two dimensions "
    "from -1 to 1: both are parabolas with their bottom at 0.",
    "zh": "四幅图，两个视图相同，均为二维。随标准差从 0.02 到 2 变化："
    "VICReg 从 25 沿直线降到标准差为 1 处的 0，此后保持为 0，"
    "之前的梯度为 -25；Barlow Twins 始终约为 0。"
    "随两个维度的相关系数从 -1 到 1 变化：两者都是以 0 为最低点的抛物线。",
}
x = torch.tensor([1.0, -1.0], dtype=torch.float64)
white = torch.cartesian_prod(x, x).repeat(64, 1)


def of(loss, make, **options):
    """Take the loss of equal views, made of each number."""
    return lambda x: torch.stack([loss(make(v), make(v), **options) for v in x])


def correlated(r):
    """Make two dimensions with this correlation."""
    other = r * white[:, 0] + (1 - r**2).sqrt() * white[:, 1]
    return torch.stack([white[:, 0], other], 1)


panels = [
    *curves(
        torch.linspace(0.02, 2, 100),
        {
            "VICReg": of(vicreg_loss, lambda s: s * white),
            "Barlow Twins": of(barlow_twins_loss, lambda s: s * white),
        },
        {"en": "standard deviation", "zh": "标准差"},
    ),
    *curves(
        torch.linspace(-0.99, 0.99, 100),
        {
            "VICReg": of(vicreg_loss, correlated),
            "Barlow Twins, lambd=0.5": of(
                barlow_twins_loss, correlated, lambd=0.5
            ),
        },
        {"en": "correlation of the dimensions", "zh": "两个维度的相关系数"},
    ),
]
VICREG = {
    "gamma": ([0.25, 0.5, 0.75, 1.0, 1.5, 2.0], 3),
    "variance": ([1.0, 5.0, 10.0, 25.0, 50.0], 3),
}
explorers = {
    "vicreg_loss": {
        "x": torch.linspace(0.02, 2.02, 81),
        "label": {"en": "standard deviation", "zh": "标准差"},
        "sliders": VICREG,
        "loss": lambda x, **options: of(
            vicreg_loss, lambda s: s * white, **options
        )(x),
    },
    "barlow_twins_loss": {
        "x": torch.linspace(-0.98, 0.98, 81),
        "label": {
            "en": "correlation of the dimensions",
            "zh": "两个维度的相关系数",
        },
        "sliders": {"lambd": ([0.0, 5e-3, 0.05, 0.1, 0.25, 0.5, 1.0], 5)},
        "loss": lambda x, lambd: of(barlow_twins_loss, correlated, lambd=lambd)(
            x
        ),
    },
}
