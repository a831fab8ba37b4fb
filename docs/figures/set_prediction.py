"""The loss of a matched box that is moved from its target."""

import torch
from set_prediction import set_prediction_loss
from torch import Tensor

from ._figure import Explorer, Figure, Slider, loss_and_gradient

SHIFT = {"en": "shift of the box", "zh": "框的偏移"}


def moved(x: Tensor, l1: float = 5.0, giou: float = 2.0) -> Tensor:
    """Move a square of 0.2 by each x; the class is certain."""
    logits = torch.tensor([[[99.0, 0.0]]], dtype=x.dtype)
    first = torch.zeros(1, 1, dtype=torch.int64)
    truth = torch.tensor([[[0.5, 0.5, 0.2, 0.2]]], dtype=x.dtype)

    def one(shift: Tensor) -> Tensor:
        box = torch.stack([shift + 0.5, *truth[0, 0, 1:]])[None, None]
        return set_prediction_loss(
            logits, box, first, truth, first, l1=l1, giou=giou
        )

    return torch.func.vmap(one)(x)


FIGURE = Figure(
    alt={
        "en": "Loss and gradient of a matched box 0.2 wide against its shift "
        "from -0.4 to 0.4. The L1 part is a V whose gradient is 5 on both "
        "sides. The GIoU part is steep near 0 and flatter where the boxes no "
        "longer meet. Their sum is steepest near 0.",
        "zh": "宽 0.2 的已匹配框，损失与梯度随偏移从 -0.4 到 0.4 的变化。L1 部"
        "分是 V 形，两侧梯度的大小都是 5。GIoU 部分在 0 附近陡，两框不再相交后"
        "变缓。两者之和在 0 附近最陡。",
    },
    panels=loss_and_gradient(
        [
            ("l1=5, giou=0", lambda x: moved(x, 5.0, 0.0)),
            ("l1=0, giou=2", lambda x: moved(x, 0.0, 2.0)),
            ("l1=5, giou=2", lambda x: moved(x, 5.0, 2.0)),
        ],
        torch.linspace(-0.4, 0.4, 161),
        SHIFT,
    ),
    explorers={
        "set_prediction_loss": Explorer(
            moved,
            (-0.4, 0.4),
            {
                "l1": Slider([0.0, 1.0, 2.0, 5.0, 10.0], 5.0),
                "giou": Slider([0.0, 1.0, 2.0, 5.0], 2.0),
            },
            SHIFT,
        )
    },
)
