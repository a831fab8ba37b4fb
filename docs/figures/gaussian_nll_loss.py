"""Gaussian NLL against the residual, and against the variance."""

from functools import partial

import torch
from torch import Tensor
from torch.nn import functional

from ._figure import Explorer, Figure, Slider, loss_and_gradient


def loss(x: Tensor, var: Tensor | float) -> Tensor:
    """Compute the loss of a residual and a variance."""
    zero = torch.zeros_like(x)
    return functional.gaussian_nll_loss(x, zero, var, reduction="none")


FIGURE = Figure(
    alt={
        "en": "Top: against the residual the loss is a parabola, the steeper "
        "the smaller the variance, and its gradient a straight line. Bottom: "
        "against the variance the loss falls steeply to its least value, at "
        "the squared residual, and rises slowly after it; its gradient "
        "crosses 0 there.",
        "zh": "上：以残差为横轴，损失是抛物线，方差越小越陡，梯度是直线。下："
        "以方差为横轴，损失先陡降，在方差等于残差平方处最小，之后缓慢上升，梯"
        "度在该处过零。",
    },
    panels=[
        *loss_and_gradient(
            {f"var={v:g}": partial(loss, var=v) for v in (0.5, 1.0, 4.0)},
            torch.linspace(-3, 3, 121),
            {"en": "residual", "zh": "残差"},
        ),
        *loss_and_gradient(
            {
                f"input-target={r:g}": lambda v, r=r: loss(
                    torch.full_like(v, r), v
                )
                for r in (0.0, 1.0, 1.5)
            },
            torch.linspace(0.3, 6, 115),
            {"en": "variance", "zh": "方差"},
        ),
    ],
    explorers={
        "gaussian_nll_loss": Explorer(
            loss,
            (-3, 3),
            {
                "var": Slider(
                    [0.25, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 9.0], 1.0
                )
            },
        )
    },
)
