"""Loss and gradient of one number, from torch: what most figures show."""

from collections.abc import Callable

import torch
from torch import Tensor

Words = str | dict[str, str]


def said(words: Words, language: str) -> str:
    """Choose the language's words, where they differ."""
    return words[language] if isinstance(words, dict) else words


def panels(
    x: Tensor,
    losses: dict[str, Callable[[Tensor], Tensor]],
    x_label: Words,
) -> list[dict]:
    """Make two panels, loss and gradient, of elementwise losses of `x`."""
    x = x.to(torch.float64)
    curves = {"loss": [], "gradient": []}
    for label, loss in losses.items():
        given = x.clone().requires_grad_()
        value = loss(given)
        (gradient,) = torch.autograd.grad(value.sum(), given)
        curves["loss"].append((label, x, value.detach()))
        curves["gradient"].append((label, x, gradient))
    titles = {"loss": "损失", "gradient": "梯度"}
    return [
        {"title": {"en": en, "zh": zh}, "x": x_label, "curves": curves[en]}
        for en, zh in titles.items()
    ]
