"""CORAL and CORN of each of five classes, as one shared logit moves."""

import torch
from ordinal import coral_loss, corn_loss
from torch import Tensor

from ._figure import Curve, Figure, Panel

shared = torch.linspace(-6, 6, 121, dtype=torch.float64)
logits = shared[:, None] + torch.tensor([3.0, 1.0, -1.0, -3.0])


def of_class(loss, y: int) -> Tensor:
    """Take the loss of class `y` for each value of the shared number."""
    return loss(logits, torch.full((len(logits),), y), reduction="none")


FIGURE = Figure(
    alt={
        "en": "Left: CORAL's loss of the classes 0, 1, 3 and 4 of five, as "
        "the shared number of the last layer goes from -6 to 6, with "
        "thresholds at -3, -1, 1 and 3. Class 0 is least at the left and "
        "rises to the right, class 4 is its mirror image, the others have a "
        "valley between, each further right than the one before. Right: CORN "
        "with the same logits; class 0 rises to 9 instead of 24, class 4 is "
        "as before.",
        "zh": "左：共五个类别，最后一层的共享输出从 -6 变到 6、阈值为 -3、-1、"
        "1、3 时，CORAL 对类别 0、1、3、4 的损失。类别 0 在左端最小、向右上"
        "升，类别 4 与它左右对称，其余类别在中间各有一个低谷，类别越大越靠右。"
        "右：相同 logits 的 CORN；类别 0 最高升到 9 而不是 24，类别 4 不变。",
    },
    panels=[
        Panel(
            {"en": f"{name} loss", "zh": f"{name} 损失"},
            {"en": "shared part of the logits", "zh": "logits 的共享部分"},
            [
                Curve(
                    {"en": f"class {y}", "zh": f"类别 {y}"},
                    shared,
                    of_class(loss, y),
                )
                for y in (0, 1, 3, 4)
            ],
        )
        for name, loss in (("CORAL", coral_loss), ("CORN", corn_loss))
    ],
)
