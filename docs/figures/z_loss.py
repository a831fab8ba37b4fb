"""Cross entropy with and without z-loss, against the true class's logit."""

import torch
from _curves import panels as curves
from torch.nn import functional
from z_loss import z_loss

alt = {
    "en": "Left: cross entropy of three classes falls from about 9 to 0 as "
    "the logit of the true class rises from -8 to 8, the other two being 0. "
    "With z-loss of coefficient 0.01 it rises slightly after about 4, with "
    "0.1 clearly after about 2. Right: the gradient of cross entropy goes "
    "from about -1 to 0; with z-loss it ends above 0, for 0.1 above 1.",
    "zh": "左：三个类别，真实类别的 logit 从 -8 升到 8，另外两类为 0，交叉熵从"
    "约 9 降到 0。加上系数 0.01 的 z-loss，约过 4 之后略有上升；系数 0.1 时，"
    "约过 2 之后明显上升。右：交叉熵的梯度从约 -1 趋于 0；加上 z-loss 后最终大"
    "于 0，系数 0.1 时大于 1。",
}


def with_z_loss(coefficient: float):
    """Take cross entropy and z-loss of the true class's logit."""

    def of_logit(x: torch.Tensor) -> torch.Tensor:
        logits = torch.stack([x, 0 * x, 0 * x], -1)
        target = torch.zeros(len(x), dtype=torch.int64)
        ce = functional.cross_entropy(logits, target, reduction="none")
        return ce + z_loss(logits, coefficient=coefficient, reduction="none")

    return of_logit


panels = curves(
    torch.linspace(-8, 8, 161),
    {f"coefficient={c}": with_z_loss(c) for c in (0.0, 0.01, 0.1)},
    {"en": "logit of the true class", "zh": "真实类别的 logit"},
)
explorers = {
    "z_loss": {
        "x": torch.linspace(-8, 8, 81),
        "label": {"en": "logit of the true class", "zh": "真实类别的 logit"},
        "sliders": {
            "coefficient": ([0.0, 1e-4, 1e-3, 0.01, 0.02, 0.05, 0.1], 3)
        },
        "loss": lambda x, coefficient: with_z_loss(coefficient)(x),
    }
}
