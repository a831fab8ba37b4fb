"""SILog of an error that pixels share; a step of disparity at an edge."""

from functools import partial

import torch
from depth import edge_aware_smoothness_loss, silog_loss
from torch import Tensor

from ._figure import Explorer, Figure, Slider, loss_and_gradient

STEP = {"en": "difference of two disparities", "zh": "两个视差之差"}


def silog(x: Tensor, variance_focus: float, wrong: int = 4) -> Tensor:
    """Make some of four depths wrong by the factor exp(x)."""
    which = (torch.arange(4) < wrong).to(x)
    depth = (x.unsqueeze(1) * which).exp()
    return silog_loss(
        depth,
        torch.ones_like(depth),
        variance_focus=variance_focus,
        reduction="none",
    )


def step(x: Tensor, edge_weight: float, edge: float) -> Tensor:
    """Let two disparities differ by x, and the image by the edge."""
    pixels = torch.stack([0 * x, x], 1).view(-1, 1, 1, 2)
    image = torch.tensor([0.0, edge]).to(x).expand(len(x), 1, 1, 2)
    return edge_aware_smoothness_loss(
        pixels,
        image,
        edge_weight=edge_weight,
        normalize=False,
        reduction="none",
    )


FIGURE = Figure(
    alt={
        "en": "Top: SILog of four depths against the logarithm of the factor "
        "by which they are wrong. If all are, the parabola is flatter the "
        "larger the variance focus, 0, 0.5 and 0.85. If one of four is, the "
        "parabola hardly depends on it. Bottom: smoothness loss of two "
        "disparities against their difference. It is a V, the flatter the "
        "stronger the edge between both in the image: 0, 0.2 and 1.",
        "zh": "上：四个深度的 SILog 随误差倍数的对数的变化。四个都错时，"
        "variance focus（0、0.5、0.85）越大抛物线越平；只错一个时，抛物线"
        "几乎与它无关。下：两个视差的平滑损失随两者之差的变化，呈 V 形；图像中"
        "两者之间的边缘越强（0、0.2、1），V 形越平。",
    },
    panels=[
        *loss_and_gradient(
            [
                *(
                    (
                        {
                            "en": f"all wrong, focus {focus:g}",
                            "zh": f"四个都错，focus {focus:g}",
                        },
                        partial(silog, variance_focus=focus),
                    )
                    for focus in (0.0, 0.5, 0.85)
                ),
                (
                    {
                        "en": "one wrong, focus 0.85",
                        "zh": "错一个，focus 0.85",
                    },
                    partial(silog, variance_focus=0.85, wrong=1),
                ),
            ],
            torch.linspace(-1.5, 1.5, 121),
            {"en": "log of the factor", "zh": "误差倍数的对数"},
        ),
        *loss_and_gradient(
            [
                (
                    {"en": f"edge {edge:g}", "zh": f"边缘 {edge:g}"},
                    partial(step, edge_weight=1.0, edge=edge),
                )
                for edge in (0.0, 0.2, 1.0)
            ],
            torch.linspace(-1, 1, 121),
            STEP,
        ),
    ],
    explorers={
        "silog_loss": Explorer(
            silog,
            (-1.5, 1.5),
            {
                "variance_focus": Slider([0, 0.25, 0.5, 0.85, 1], 0.5),
                "wrong": Slider(
                    [1, 2, 3, 4],
                    4,
                    {"en": "wrong depths of four", "zh": "四个深度中错几个"},
                ),
            },
        ),
        "edge_aware_smoothness_loss": Explorer(
            step,
            (-1, 1),
            {
                "edge_weight": Slider([0, 1, 3, 10], 1),
                "edge": Slider(
                    [0, 0.05, 0.2, 0.5, 1],
                    0.2,
                    {"en": "edge in the image", "zh": "图像中的边缘"},
                ),
            },
            STEP,
        ),
    },
)
