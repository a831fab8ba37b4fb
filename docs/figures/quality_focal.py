"""Quality focal and varifocal loss against the logit, for three targets."""

import torch
from _curves import panels as curves
from quality_focal import quality_focal_loss, varifocal_loss

alt = {
    "en": "Loss and gradient of quality focal loss, then of varifocal loss, "
    "against a logit from -6 to 6, for targets 0, 0.5 and 0.9. Quality focal "
    "loss falls to 0 where the score is the target, with a flatter bottom. "
    "Varifocal loss is least there too, but stays above 0 for 0.5 and 0.9, "
    "and its gradient crosses 0 more steeply.",
    "zh": "先后为质量焦点损失与变焦损失的损失和梯度，随 logit 从 -6 到 6 变化，"
    "目标为 0、0.5 与 0.9。质量焦点损失在得分等于目标处降到 0，底部较平缓。"
    "变焦损失也在该处最小，但目标为 0.5 与 0.9 时仍大于 0，"
    "梯度穿过 0 时更陡。",
}


def of(loss, target: float):
    """Take the loss of each logit for one target."""
    return lambda x: loss(x, torch.full_like(x, target), reduction="none")


panels = [
    panel
    for name, loss in (
        ("QFL", quality_focal_loss),
        ("VFL", varifocal_loss),
    )
    for panel in curves(
        torch.linspace(-6, 6, 241),
        {f"{name}, y = {y}": of(loss, y) for y in (0.0, 0.5, 0.9)},
        {"en": "logit", "zh": "logit"},
    )
]
explorers = {
    "quality_focal_loss": {
        "x": torch.linspace(-6, 6, 81),
        "label": "logit",
        "sliders": {
            "beta": ([0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 4.0], 3),
            "target": ([0.0, 0.25, 0.5, 0.75, 0.9, 1.0], 3),
        },
        "loss": lambda x, beta, target: quality_focal_loss(
            x, torch.full_like(x, target), beta=beta, reduction="none"
        ),
    },
    "varifocal_loss": {
        "x": torch.linspace(-6, 6, 81),
        "label": {"en": "logit of a target of 0", "zh": "目标为 0 的 logit"},
        "sliders": {
            "alpha": ([0.25, 0.5, 0.75, 1.0, 1.5], 2),
            "gamma": ([0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0], 4),
        },
        "loss": lambda x, **options: varifocal_loss(
            x, torch.zeros_like(x), reduction="none", **options
        ),
    },
}
