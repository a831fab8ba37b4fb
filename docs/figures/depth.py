"""Depth loss against the residual."""

import torch
from depth import depth

from ._figure import Explorer, Figure, Slider, against, loss_and_gradient

FIGURE = Figure(
    alt={
        "en": "WRITE: what a reader sees who cannot see it.",
        "zh": "WRITE：看不到图的读者应知道的内容。",
    },
    panels=loss_and_gradient(
        {f"scale={s}": against(0.0, depth, scale=s) for s in (0.5, 1.0)},
        torch.linspace(-3, 3, 121),
        {"en": "residual", "zh": "残差"},
    ),
    explorers={
        "depth": Explorer(
            against(0.0, depth),
            (-3, 3),
            {"scale": Slider([0.25, 0.5, 1.0, 1.5, 2.0], 1.0)},
        )
    },
)
