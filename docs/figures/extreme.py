"""Sampled softmax and negative sampling against the target's logit."""

from functools import partial

import torch
from extreme import negative_sampling_loss, sampled_softmax_loss
from torch import Tensor

from ._figure import Explorer, Figure, Slider, loss_and_gradient


def given(x: Tensor, count: int) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Make x the target's logit, and 0 that of as many samples."""
    hidden = x.unsqueeze(1)
    weight = torch.tensor([[1.0], [0.0]]).to(x)
    target = torch.zeros(len(x), dtype=torch.int64)
    return hidden, weight, target, torch.ones(count, dtype=torch.int64)


def softmax(x: Tensor, count: int, often: float = 1.0) -> Tensor:
    """Draw the target so many times as often as each other class."""
    log_q = torch.tensor([often, 1.0]).to(x).log()
    return sampled_softmax_loss(*given(x, count), log_q=log_q, reduction="none")


def sigmoid(x: Tensor, count: int) -> Tensor:
    """Judge the target, and each sample, by itself."""
    return negative_sampling_loss(*given(x, count), reduction="none")


FIGURE = Figure(
    alt={
        "en": "Left: losses against the target's logit, those of all samples "
        "being 0. Sampled softmax falls in a line and flattens where the "
        "target outweighs the samples: with 5 samples a little above 0, with "
        "500 further right. If the target is drawn 100 times as often as "
        "others, further still. Negative sampling with 5 falls to what the "
        "samples themselves cost. Right: the gradients go from -1 to 0.",
        "zh": "左：各损失随目标 logit 的变化，所有样本的 logit 都是 0。采样 "
        "softmax 先沿直线下降，目标超过样本之后变平：5 个样本时略高于 0，500 "
        "个时更靠右。目标被抽到的机会是其他类别的 100 倍时，还要靠右。负采样"
        "（5 个样本）降到样本自身的损失。右：梯度从 -1 变到 0。",
    },
    panels=loss_and_gradient(
        [
            (
                {"en": "softmax, 5 samples", "zh": "softmax，5 个样本"},
                partial(softmax, count=5),
            ),
            (
                {"en": "softmax, 500", "zh": "softmax，500 个"},
                partial(softmax, count=500),
            ),
            (
                {
                    "en": "the same, 100 times as often",
                    "zh": "同上，机会为 100 倍",
                },
                partial(softmax, count=500, often=100.0),
            ),
            (
                {"en": "negative sampling, 5", "zh": "负采样，5 个"},
                partial(sigmoid, count=5),
            ),
        ],
        torch.linspace(-4, 14, 121),
        {"en": "logit of the target", "zh": "目标的 logit"},
    ),
    explorers={
        "sampled_softmax_loss": Explorer(
            softmax,
            (-4, 14),
            {
                "count": Slider(
                    [1, 5, 50, 500, 5000],
                    50,
                    {"en": "samples", "zh": "样本数"},
                ),
                "often": Slider(
                    [0.01, 0.1, 1, 10, 100],
                    1,
                    {
                        "en": "how often the target is drawn, to others",
                        "zh": "目标被抽到的机会，相对其他类别",
                    },
                ),
            },
        ),
        "negative_sampling_loss": Explorer(
            sigmoid,
            (-4, 14),
            {
                "count": Slider(
                    [1, 2, 5, 10, 20],
                    5,
                    {"en": "samples", "zh": "样本数"},
                ),
            },
        ),
    },
)
