"""The estimators of the KL divergence against a token's log-ratio."""

from functools import partial

import torch
from policy_gradient import kl_penalty
from torch import Tensor

from ._figure import Figure, loss_and_gradient


def estimate(d: Tensor, estimator: str) -> Tensor:
    """Take the estimate of each log-ratio."""
    x = d.unsqueeze(0)
    mask = torch.ones_like(x, dtype=torch.bool)
    given = torch.zeros_like(x), mask
    return kl_penalty(x, *given, estimator=estimator, reduction="none")[0]


FIGURE = Figure(
    alt={
        "en": "Left: the estimators against a token's log-ratio d from -2 to "
        "2. k1 is a straight line through 0, below 0 on the left. k2 is a "
        "parabola, 2 at both ends. k3 touches it at 0; on the left it rises "
        "to more than 4, on the right to little more than 1. Right: their "
        "gradients. That of k1 is 1 everywhere, that of k2 a straight line "
        "through 0. That of k3 falls steeply to the left, to below -6, and "
        "never reaches 1 on the right.",
        "zh": "左：各估计量随词元的对数比 d 从 -2 到 2 的变化。k1 是过 0 的"
        "直线，左侧为负。k2 是抛物线，两端都是 2。k3 在 0 处与它相切，左侧升到 "
        "4 以上，右侧只略高于 1。右：对应的梯度。k1 处处为 1，k2 是过 0 的直"
        "线；k3 向左陡降到 -6 以下，向右始终不到 1。",
    },
    panels=loss_and_gradient(
        {k: partial(estimate, estimator=k) for k in ("k1", "k2", "k3")},
        torch.linspace(-2, 2, 41),
        {"en": "log-ratio d", "zh": "对数比 d"},
    ),
)
