"""What a figure is made of.

A module beside this one is a figure: it defines FIGURE, which a page includes
by the module's name. Words are {"en": ..., "zh": ...} where languages differ.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import torch
from torch import Tensor

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Words = str | dict[str, str]
Loss = Callable[..., Tensor]
TITLES = {
    "loss": {"en": "loss", "zh": "损失"},
    "gradient": {"en": "gradient", "zh": "梯度"},
}


@dataclass(frozen=True)
class Curve:
    """A line through points; the legend has its label."""

    label: Words
    x: Tensor
    y: Tensor
    style: int | None = None  # colour and dash, if not those of its place


@dataclass(frozen=True)
class Panel:
    """Axes with at most four curves, or with what `draw` puts on them."""

    title: Words
    x_label: Words
    curves: Sequence[Curve] = ()
    draw: Callable[[Axes, str], None] | None = None  # given the language


@dataclass(frozen=True)
class Slider:
    """The values of an argument, and the one to begin with."""

    values: Sequence[float | str]
    start: float | str
    name: Words = ""  # if it is no argument

    def __post_init__(self) -> None:
        """Refuse to begin where no position is."""
        if self.start not in self.values:
            raise ValueError(
                f"a slider begins with {self.start}: begin with one of "
                f"{self.values}"
            )


@dataclass(frozen=True)
class Explorer:
    """Loss and gradient of one function, its arguments set by sliders."""

    loss: Loss  # of x and one value of each slider: a loss for each x
    span: tuple[float, float]  # first and last x
    sliders: dict[str, Slider]  # by argument
    x_label: Words = ""  # if it is not that of the figure's first panel


@dataclass(frozen=True)
class Figure:
    """Panels side by side, explorers below them, and tables in Markdown."""

    alt: Words  # what a reader who can't see it is told
    panels: Sequence[Panel]
    explorers: dict[str, Explorer] = field(default_factory=dict)
    tables: dict[str, Callable[[str], str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse a label that looks different in another panel."""
        seen: dict[str, int] = {}
        for panel in self.panels:
            for curve, style in styled(panel.curves):
                label = said(curve.label, "en")
                if seen.setdefault(label, style) != style:
                    raise ValueError(
                        f"{label!r} has style {seen[label]} in one panel and "
                        f"{style} in another: give its curves one"
                    )


def styled(curves: Sequence[Curve]) -> list[tuple[Curve, int]]:
    """Tell the style of each curve: its own, or its place."""
    return [
        (curve, place if curve.style is None else curve.style)
        for place, curve in enumerate(curves)
    ]


def said(words: Words, language: str) -> str:
    """Choose the language's words, where they differ."""
    return words[language] if isinstance(words, dict) else words


def against(target: float, loss: Loss, **options: object) -> Loss:
    """Take a loss of each x and one target; other options are still free."""

    def of(x: Tensor, **others: object) -> Tensor:
        y = torch.full_like(x, target)
        return loss(x, y, reduction="none", **options, **others)

    return of


def true_class(classes: int, loss: Loss, **options: object) -> Loss:
    """Take a loss of the true class's logit x, those of the others being 0."""

    def of(x: Tensor, **others: object) -> Tensor:
        logits = torch.stack([x, *[0 * x] * (classes - 1)], dim=1)
        target = torch.zeros(len(x), dtype=torch.int64)
        return loss(logits, target, reduction="none", **options, **others)

    return of


def differentiate(loss: Loss, x: Tensor) -> tuple[Tensor, Tensor]:
    """Take a loss of each x, and its gradient."""
    given = x.clone().requires_grad_()
    value = loss(given)
    (gradient,) = torch.autograd.grad(value.sum(), given)
    return value.detach(), gradient


def loss_and_gradient(
    losses: dict[str, Loss] | Iterable[tuple[Words, Loss]],
    x: Tensor,
    x_label: Words,
) -> tuple[Panel, Panel]:
    """Make two panels, loss and gradient, of losses of each x, by label."""
    x = x.to(torch.float64)
    values, gradients = [], []
    for label, loss in losses.items() if isinstance(losses, dict) else losses:
        value, gradient = differentiate(loss, x)
        values.append(Curve(label, x, value))
        gradients.append(Curve(label, x, gradient))
    return (
        Panel(TITLES["loss"], x_label, values),
        Panel(TITLES["gradient"], x_label, gradients),
    )
