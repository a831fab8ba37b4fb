"""Quality focal and varifocal loss against the logit, for three targets."""

from functools import partial

import torch
from quality_focal import (
    gaussian_focal_loss,
    quality_focal_loss,
    varifocal_loss,
)
from torch import Tensor

from ._figure import Explorer, Figure, Slider, loss_and_gradient


def of(x: Tensor, loss, target: float = 0.0, **options: float) -> Tensor:
    """Take the loss of each logit for one target."""
    return loss(x, torch.full_like(x, target), reduction="none", **options)


FIGURE = Figure(
    alt={
        "en": "Loss and gradient of quality focal loss, then of varifocal "
        "loss, against a logit from -6 to 6, for targets 0, 0.5 and 0.9. "
        "Quality focal loss falls to 0 where the score is the target, with a "
        "flatter bottom. Varifocal loss is least there too, but stays above 0 "
        "for 0.5 and 0.9, and its gradient crosses 0 more steeply.",
        "zh": "先后为质量焦点损失与变焦损失的损失和梯度，随 logit 从 -6 到 6 "
        "变化，目标为 0、0.5 与 0.9。质量焦点损失在得分等于目标处降到 0，底部"
        "较平缓。变焦损失也在该处最小，但目标为 0.5 与 0.9 时仍大于 0，梯度穿"
        "过 0 时更陡。",
    },
    panels=[
        panel
        for name, loss in (("QFL", quality_focal_loss), ("VFL", varifocal_loss))
        for panel in loss_and_gradient(
            {
                f"{name}, y = {y}": partial(of, loss=loss, target=y)
                for y in (0.0, 0.5, 0.9)
            },
            torch.linspace(-6, 6, 241),
            "logit",
        )
    ],
    explorers={
        "quality_focal_loss": Explorer(
            partial(of, loss=quality_focal_loss),
            (-6, 6),
            {
                "beta": Slider([0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 4.0], 2.0),
                "target": Slider([0.0, 0.25, 0.5, 0.75, 0.9, 1.0], 0.75),
            },
        ),
        "varifocal_loss": Explorer(
            partial(of, loss=varifocal_loss),
            (-6, 6),
            {
                "alpha": Slider([0.25, 0.5, 0.75, 1.0, 1.5], 0.75),
                "gamma": Slider([0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0], 2.0),
            },
            {"en": "logit of a target of 0", "zh": "目标为 0 的 logit"},
        ),
        "gaussian_focal_loss": Explorer(
            partial(of, loss=gaussian_focal_loss),
            (-6, 6),
            {
                "alpha": Slider([0.0, 1.0, 2.0, 4.0], 2.0),
                "beta": Slider([0.0, 2.0, 4.0], 4.0),
                "target": Slider([0.0, 0.25, 0.5, 0.75, 1.0], 0.5),
            },
        ),
    },
)
