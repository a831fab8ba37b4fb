"""A square moved away from its target; vessels of which half is found."""

import torch
from boundary import boundary_loss, cldice_loss
from overlap import dice_loss
from torch import Tensor
from torch.nn import functional as F

from ._figure import Curve, Explorer, Figure, Panel, Slider

SIDE = 64
SHIFTS = range(41)
WIDTHS = range(1, 16, 2)


def square(shift: int = 0) -> Tensor:
    """Make a square of 12 pixels, moved to the right."""
    x = torch.zeros(1, 1, SIDE, SIDE, dtype=torch.float64)
    x[..., 26:38, 6 + shift : 18 + shift] = 1.0
    return x


def distance(target: Tensor) -> Tensor:
    """Make signed distances in sides of the image, by all pairs of pixels."""
    at = torch.cartesian_prod(*[torch.arange(SIDE).double()] * 2)
    mask = target.flatten() > 0
    apart = torch.cdist(at, at)
    outside = apart[:, mask].amin(1)
    inside = apart[:, ~mask].amin(1)
    found = torch.where(mask, 1 - inside, outside) / SIDE
    return found.view_as(target)


def moved() -> list[Curve]:
    """Take both losses of a square that is found too far to the right."""
    target, x = square(), torch.tensor(SHIFTS).double()
    phi = distance(target)
    found = [square(shift) for shift in SHIFTS]
    best = boundary_loss(target, phi, activation=None)
    rise = [boundary_loss(p, phi, activation=None) - best for p in found]
    dice = [dice_loss(p, target, activation=None) for p in found]
    return [
        Curve(
            {"en": "50 × boundary", "zh": "50 × 边界损失"},
            x,
            50 * torch.stack(rise),
        ),
        Curve("Dice", x, torch.stack(dice)),
    ]


def half_found(iterations: int) -> Curve:
    """Take the loss of vessels whose left half is found, by their width."""
    losses = []
    for width in WIDTHS:
        y = torch.zeros(1, 1, SIDE, SIDE, dtype=torch.float64)
        y[..., 30 - width // 2 : 31 + width // 2, :] = 1.0
        p = y.clone()
        p[..., SIDE // 2 :] = 0.0
        options = {"activation": None, "iterations": iterations}
        losses.append(cldice_loss(p, y, **options))
    x = torch.tensor(WIDTHS).double()
    return Curve(f"iterations={iterations}", x, torch.stack(losses))


def gap(x: Tensor, missing: float, smooth: float) -> Tensor:
    """Take clDice of a line of 16 pixels, so many of which have logit x."""
    y = torch.zeros(len(x), 1, 3, 16, dtype=x.dtype)
    y[:, :, 1] = 1.0
    found = y.clone()
    found[..., 1, : int(missing)] = x.sigmoid()[:, None, None]
    options = {"activation": None, "smooth": smooth, "reduction": "none"}
    return cldice_loss(found, y, **options).flatten()


def pixel(x: Tensor, distance: float, weight: float) -> Tensor:
    """Take binary cross entropy and the boundary loss of a pixel's logit."""
    y = torch.full_like(x, distance <= 0)
    area = F.binary_cross_entropy_with_logits(x, y, reduction="none")
    masks = x[:, None, None]
    phi = torch.full_like(masks, distance)
    return area + weight * boundary_loss(masks, phi, reduction="none")[:, 0]


FIGURE = Figure(
    alt={
        "en": "Left: a square of 12 pixels is found too far to the right, by 0 "
        "to 40 pixels. Dice rises in a straight line to 1 at 12 pixels, where "
        "the squares part, and stays there. The boundary loss, above its "
        "lowest value, begins flat and rises on, in an almost straight line. "
        "Right: clDice of vessels 1 to 15 pixels wide, of which the left half "
        "is found: about a third up to a width of 3 with one iteration, of "
        "7 with three, of 11 with five; for all that are wider, 0.",
        "zh": "左：12 像素见方的方块，预测得太靠右，偏移 0 到 40 像素。Dice 沿"
        "直线升到 1：偏移 12 像素时两者分开，之后不再变化。边界损失（减去其最小"
        "值）起初平缓，之后一直上升，接近直线。右：宽 1 到 15 像素的血管，"
        "只找到左半段时的 clDice：1 次迭代时宽度不超过 3，3 次时不超过 7，5 次"
        "时不超过 11，损失都在三分之一左右；更宽的血管一律为 0。",
    },
    panels=[
        Panel(
            {"en": "loss of a square", "zh": "方块的损失"},
            {"en": "moved by, in pixels", "zh": "偏移（像素）"},
            moved(),
        ),
        Panel(
            {"en": "clDice of half a vessel", "zh": "半段血管的 clDice"},
            {"en": "width in pixels", "zh": "宽度（像素）"},
            [half_found(n) for n in (1, 3, 5)],
        ),
    ],
    explorers={
        "cldice_loss": Explorer(
            gap,
            (-8, 8),
            {
                "missing": Slider(
                    [2.0, 4.0, 8.0, 12.0, 16.0],
                    4.0,
                    {
                        "en": "missing pixels of 16",
                        "zh": "缺失的像素数（共 16）",
                    },
                ),
                "smooth": Slider([0.1, 1.0, 10.0], 1.0),
            },
            {"en": "logit in the gap", "zh": "缺口处的 logit"},
        ),
        "boundary_loss": Explorer(
            pixel,
            (-8, 8),
            {
                "distance": Slider([-8.0, -4.0, -2.0, 0.0, 2.0, 4.0, 8.0], 4.0),
                "weight": Slider(
                    [0.0, 0.01, 0.1, 0.25, 0.5, 1.0],
                    0.5,
                    {"en": "weight beside BCE", "zh": "与 BCE 相加的权重"},
                ),
            },
            {"en": "logit of a pixel", "zh": "一个像素的 logit"},
        ),
    },
)
