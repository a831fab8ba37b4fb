"""Cross entropy against the logit of the true class, three classes."""

import torch
from torch.nn import functional

alt = {
    "en": "Left: cross entropy falls from about 9 to 0 as the logit of the "
    "true class rises from -8 to 8; with label smoothing 0.1 it rises again "
    "after about 3. Right: the gradient p - y goes from -1 to 0; with "
    "smoothing it ends above 0.",
    "zh": "左：真实类别的 logit 从 -8 升到 8，交叉熵从约 9 降到 0；"
    "标签平滑取 0.1 时，约过 3 之后又上升。"
    "右：梯度 p - y 从 -1 趋于 0；有平滑时最终大于 0。",
}

z = torch.linspace(-8, 8, 161, dtype=torch.float64)
target = torch.zeros(161, dtype=torch.long)
losses, gradients = [], []
for eps in (0.0, 0.1):
    x = z.clone().requires_grad_()
    logits = torch.stack([x, 0 * z, 0 * z], dim=1)
    loss = functional.cross_entropy(
        logits, target, label_smoothing=eps, reduction="none"
    )
    (gradient,) = torch.autograd.grad(loss.sum(), x)
    label = f"label_smoothing={eps}"
    losses.append((label, z, loss.detach()))
    gradients.append((label, z, gradient))

x_label = {
    "en": "logit of the true class (the other two are 0)",
    "zh": "真实类别的 logit（另外两类为 0）",
}
panels = [
    {
        "title": {"en": "loss", "zh": "损失"},
        "x": x_label,
        "curves": losses,
    },
    {
        "title": {"en": "gradient", "zh": "梯度"},
        "x": x_label,
        "curves": gradients,
    },
]


def smoothed(x: torch.Tensor, label_smoothing: float) -> torch.Tensor:
    """Take the loss of the true class's logit, the other two being 0."""
    return functional.cross_entropy(
        torch.stack([x, 0 * x, 0 * x], dim=1),
        torch.zeros(len(x), dtype=torch.long),
        label_smoothing=label_smoothing,
        reduction="none",
    )


explorers = {
    "cross_entropy": {
        "x": torch.linspace(-8, 8, 81),
        "label": x_label,
        "sliders": {"label_smoothing": ([i / 20 for i in range(11)], 2)},
        "loss": smoothed,
    }
}
