"""What is kept for backward, and the gradient that z-loss adds."""

import torch
from chunked_cross_entropy import chunked_linear_cross_entropy
from torch.autograd.graph import saved_tensors_hooks
from torch.nn import functional

from ._figure import Curve, Figure, Panel


def kept(loss, tokens: int) -> float:
    """Count the MiB that a loss keeps, on the meta device."""
    with torch.device("meta"):
        hidden = torch.empty(tokens, 256, requires_grad=True)
        weight = torch.empty(131_072, 256, requires_grad=True)
        target = torch.empty(tokens, dtype=torch.int64)
    found = {}

    def pack(x: torch.Tensor) -> torch.Tensor:
        found[id(x.untyped_storage())] = x  # once, though saved as a view
        return x

    with saved_tensors_hooks(pack, lambda x: x):
        loss(hidden, weight, target)
    inputs = {id(x.untyped_storage()) for x in (hidden, weight, target)}
    return sum(
        x.untyped_storage().nbytes() / 2**20
        for key, x in found.items()
        if key not in inputs
    )


def all_logits(h, w, y):
    """Take cross entropy of all logits."""
    return functional.cross_entropy(h @ w.T, y)


def slope(z_loss: float) -> torch.Tensor:
    """Differentiate by what all logits have in common."""
    common = offset.clone().requires_grad_()
    loss = chunked_linear_cross_entropy(
        common[:, None],
        torch.ones(4, 1, dtype=torch.float64),
        torch.zeros(len(offset), dtype=torch.int64),
        z_loss=z_loss,
        reduction="sum",
    )
    return torch.autograd.grad(loss, common)[0]


tokens = torch.arange(0, 8193, 512)
offset = torch.linspace(-20, 20, 81, dtype=torch.float64)
FIGURE = Figure(
    alt={
        "en": "Left: memory kept for backward with 256 features and 131,072 "
        "classes in float32. With all logits it grows in a straight line to "
        "about 4 GiB at 8192 tokens; chunked it stays at about 130 MiB. "
        "Right: gradient of a logit that all classes share. Without z-loss it "
        "is 0; with z-loss it rises through 0 where the logsumexp is 0.",
        "zh": "左：256 个特征、131,072 个类别、float32 时为反向传播保存的数据"
        "量。算出全部 logits 时随词元数直线上升，8192 个词元时约 4 GiB；分块时"
        "始终约 130 MiB。右：所有类别共同偏移的梯度。没有 z-loss 时为 0；有 "
        "z-loss 时直线上升，在 logsumexp 为 0 处过零。",
    },
    panels=[
        Panel(
            {"en": "kept for backward, MiB", "zh": "为反向传播保存的量（MiB）"},
            {"en": "tokens", "zh": "词元数"},
            [
                Curve(
                    {"en": words[0], "zh": words[1]},
                    tokens,
                    torch.tensor([kept(loss, n) for n in tokens.tolist()]),
                )
                for words, loss in (
                    (("all logits", "全部 logits"), all_logits),
                    (("chunked", "分块"), chunked_linear_cross_entropy),
                )
            ],
        ),
        Panel(
            {"en": "gradient of the common offset", "zh": "共同偏移的梯度"},
            {"en": "offset of all logits", "zh": "所有 logits 的共同偏移"},
            [
                Curve(f"z_loss={z}", offset, slope(z))
                for z in (0.0, 0.001, 0.01)
            ],
        ),
    ],
)
