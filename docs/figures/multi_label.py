"""ZLPR of one wrong label among others, and of one missed."""

from functools import partial

import torch
from multi_label import zlpr_loss
from torch import Tensor
from torch.nn import functional as F

from ._figure import Explorer, Figure, Slider, loss_and_gradient


def wrong(x: Tensor, others: int) -> Tensor:
    """Take the logit of a label that is not true; others are so at 0."""
    logits = F.pad(x.unsqueeze(1), (0, others))
    return zlpr_loss(logits, torch.zeros_like(logits), reduction="none")


def among(x: Tensor, target: float, zeros: float, one: float) -> Tensor:
    """Take the logit of a label, of nine that are not true, of one that is."""
    others = torch.tensor([zeros] * 9 + [one], dtype=x.dtype)
    logits = torch.cat([x.unsqueeze(1), others.expand(len(x), -1)], 1)
    truth = torch.tensor([target] + [0.0] * 9 + [1.0], dtype=x.dtype)
    return zlpr_loss(logits, truth.expand_as(logits), reduction="none")


FIGURE = Figure(
    alt={
        "en": "Left: loss against the logit from -6 to 8 of a label that is "
        "not true. Alone, it is binary cross entropy and rises from 0; with "
        "9 others at a logit of 0 it begins at ln 10 and with 99 at ln 100, "
        "level, and bends upwards where it overtakes them. Right: the "
        "gradient rises to 1, alone from a logit of -4 on, with 9 others "
        "later, with 99 others from 2 on.",
        "zh": "左：横轴是一个不成立的标签的 logit，从 -6 到 8。只有它一个时，"
        "损失就是二元交叉熵，从 0 上升；另有 9 个 logit 为 0 的标签时，从 ln "
        "10 开始，有 99 个时从 ln 100 开始，先持平，超过它们之后才上升。右："
        "梯度升到 1；只有一个时从 -4 起上升，另有 9 个时较晚，另有 99 个时从 "
        "2 起才上升。",
    },
    panels=loss_and_gradient(
        [
            (
                {"en": f"{n} others", "zh": f"另有 {n} 个"},
                partial(wrong, others=n),
            )
            for n in (0, 9, 99)
        ],
        torch.linspace(-6, 8, 141),
        {"en": "logit of a target of 0", "zh": "目标为 0 的 logit"},
    ),
    explorers={
        "zlpr_loss": Explorer(
            among,
            (-8, 8),
            {
                "target": Slider([0.0, 0.1, 0.9, 1.0], 1.0),
                "zeros": Slider(
                    [-6.0, -3.0, 0.0, 3.0],
                    -3.0,
                    {
                        "en": "logit of nine false labels",
                        "zh": "九个不成立的标签的 logit",
                    },
                ),
                "one": Slider(
                    [-6.0, -3.0, 0.0, 3.0],
                    0.0,
                    {
                        "en": "logit of another true label",
                        "zh": "另一个正确的标签的 logit",
                    },
                ),
            },
            {"en": "logit of a label", "zh": "一个标签的 logit"},
        )
    },
)
