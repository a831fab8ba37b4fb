"""A step of two micro-batches, 1 to 64 labels and 16: weights and loss."""

import torch
from token_loss import causal_lm_loss

from ._figure import Curve, Figure, Panel

SECOND = 16


def row(count: int, loss: float) -> tuple[torch.Tensor, torch.Tensor]:
    """Make a micro-batch of one row, each token with the same loss."""
    x = torch.zeros(1, count + 1, 2, dtype=torch.float64)
    x[..., 1] = torch.tensor(loss, dtype=torch.float64).expm1().log()
    return x, torch.zeros(1, count + 1, dtype=torch.int64)


def step(count: int, with_items: bool) -> tuple[float, float, float]:
    """Take the loss of a step, and a token's weight in either half."""
    batches = [row(count, 4.0), row(SECOND, 1.0)]
    num_items = count + SECOND if with_items else None
    total, weights = 0.0, []
    for x, labels in batches:
        x.requires_grad_()
        loss = causal_lm_loss(x, labels, num_items)
        loss = loss if with_items else loss / len(batches)
        (slope,) = torch.autograd.grad(loss, x)
        total += loss.item()
        p = x[0, 0].softmax(0)[1]
        weights.append((slope[0, 0, 1] / p * (count + SECOND)).item())
    return total, *weights


counts = torch.arange(1, 65)
wrong, right = (
    torch.tensor([step(n, way) for n in counts.tolist()]).T
    for way in (False, True)
)
LABELS = {
    "en": "labels in the first micro-batch (16 in the second)",
    "zh": "第一个微批量的标签数（第二个有 16 个）",
}
FIRST = {"en": "means: first", "zh": "均值：第一个"}
OTHER = {"en": "means: second", "zh": "均值：第二个"}
MEANS = {"en": "mean of means", "zh": "均值的均值"}
FIGURE = Figure(
    alt={
        "en": "A step of two micro-batches, one with 1 to 64 labels, the "
        "other with 16. Left: a token's gradient against that in one batch. "
        "With a mean each, a token of the first weighs 17/2 times at 1 label "
        "and falls below 1 beyond 16; one of the second rises from about 1/2 "
        "to 5/2. With num_items both weigh 1. Right: losses of 4 and 1 a "
        "token. The mean of means is 5/2 throughout; the right loss rises "
        "from 20/17 to 17/5.",
        "zh": "一次更新含两个微批量：一个有 1 到 64 个标签，另一个有 16 个。"
        "左：单个词元的梯度与合成一批时之比。各自取均值时，第一个微批量的词元"
        "在只有 1 个标签时权重为 17/2，超过 16 个后低于 1；第二个的从约 1/2 升"
        "到 5/2。用 num_items 时两者都是 1。右：两者每个词元的损失为 4 与 1。"
        "均值的均值始终为 5/2，正确的损失从 20/17 升到 17/5。",
    },
    panels=[
        Panel(
            {"en": "weight of a token", "zh": "单个词元的权重"},
            LABELS,
            [
                Curve(FIRST, counts, wrong[1]),
                Curve(OTHER, counts, wrong[2]),
                Curve("num_items", counts, right[1]),
            ],
        ),
        Panel(
            {"en": "loss of the step", "zh": "这次更新的损失"},
            LABELS,
            [
                Curve(MEANS, counts, wrong[0], 3),
                Curve("num_items", counts, right[0], 2),
            ],
        ),
    ],
)
