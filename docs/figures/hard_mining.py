"""What is kept of a batch of pixels while a model learns."""

import torch
from hard_mining import ohem_cross_entropy, topk_cross_entropy
from torch import Tensor
from torch.nn import functional

from ._figure import Curve, Explorer, Figure, Loss, Panel, Slider, Words

LABEL = {
    "en": "mean lead of the true class's logit",
    "zh": "真实类别 logit 的平均领先量",
}
LEADS = torch.linspace(-2, 8, 101, dtype=torch.float64)
NOISE = torch.special.ndtri((torch.arange(512.0).double() + 0.5) / 512)
TARGET = torch.zeros(512, dtype=torch.int64)
OTHERS = torch.arange(15.0).double() * 1.2 - 0.43  # leads of a trained model


def pixels(lead: Tensor) -> Tensor:
    """Make logits of two classes, the true one ahead by about that much."""
    ahead = lead + 2 * NOISE
    return torch.stack([ahead, 0 * ahead], 1)


def losses(label: Words, loss: Loss, style: int) -> Curve:
    """Take the loss at each lead."""
    y = torch.stack([loss(pixels(lead), TARGET) for lead in LEADS])
    return Curve(label, LEADS, y, style)


def kept(threshold: float, style: int) -> Curve:
    """Take the share of pixels with a gradient at each lead."""
    shares = []
    for lead in LEADS:
        x = pixels(lead).requires_grad_()
        loss = ohem_cross_entropy(x, TARGET, threshold=threshold)
        (slope,) = torch.autograd.grad(loss, x)
        shares.append((slope[:, 0] != 0).double().mean())
    return Curve(f"threshold={threshold:g}", LEADS, torch.stack(shares), style)


def one_pixel(x: Tensor, threshold: float, min_fraction: float) -> Tensor:
    """Take OHEM of a pixel with each lead, and 15 others."""

    def of(lead: Tensor) -> Tensor:
        ahead = torch.stack([lead, *OTHERS])
        return ohem_cross_entropy(
            torch.stack([ahead, 0 * ahead], 1),
            TARGET[:16],
            threshold=threshold,
            min_fraction=min_fraction,
        )

    return torch.stack([of(lead) for lead in x])


FIGURE = Figure(
    alt={
        "en": "Pixels of two classes, while the true class comes to lead. "
        "Left: all three losses fall. Cross entropy is the lowest; the mean of "
        "the top tenth begins far above OHEM, ends just below it; OHEM has a "
        "corner where it begins to keep its least share. Right: the share of "
        "pixels that OHEM keeps falls, later for a higher threshold, down to a "
        "sixteenth, min_fraction, where it stays.",
        "zh": "两类像素，真实类别逐渐领先。左：三种损失都在下降，交叉熵最低；"
        "前十分之一的均值起初远高于 OHEM，最后略低于它；OHEM 开始只保留最低比"
        "例时有一个折点。右：OHEM 保留的像素占比不断下降，阈值越高降得越晚，降"
        "到十六分之一（min_fraction）后不再变化。",
    },
    panels=[
        Panel(
            {"en": "loss", "zh": "损失"},
            LABEL,
            [
                losses(
                    {"en": "cross entropy", "zh": "交叉熵"},
                    functional.cross_entropy,
                    3,
                ),
                losses("OHEM", ohem_cross_entropy, 0),
                losses("top-k", topk_cross_entropy, 1),
            ],
        ),
        Panel(
            {"en": "share of pixels kept", "zh": "保留的像素占比"},
            LABEL,
            [kept(0.9, 2), kept(0.7, 0), kept(0.5, 3)],
        ),
    ],
    explorers={
        "ohem_cross_entropy": Explorer(
            one_pixel,
            (-4.05, 3.95),
            {
                "threshold": Slider([0.0, 0.5, 0.7, 0.9], 0.7),
                "min_fraction": Slider([0.0625, 0.25, 0.5, 1.0], 0.0625),
            },
            {
                "en": "lead of the true logit, one of 16 pixels",
                "zh": "真实类别 logit 的领先量（16 个像素之一）",
            },
        )
    },
)
