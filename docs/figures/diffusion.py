"""The weights of min-SNR, and what an error of the data costs without them."""

from functools import partial

import torch
from diffusion import diffusion_loss, min_snr_weight
from torch import Tensor

from ._figure import Curve, Explorer, Figure, Panel, Slider

LOG = torch.linspace(-2, 2, 201)
SNR = 10**LOG
ALPHA_BAR = SNR / (1 + SNR)
LOG_SNR = {"en": "log10 of the SNR", "zh": "SNR 的 log10"}
PREDICTIONS = ("epsilon", "v", "sample")


def cost(prediction: str, min_snr: float | None = None) -> Tensor:
    """Take the loss of an estimate of the data that is wrong by 1."""
    a, zeros = ALPHA_BAR, torch.zeros_like(ALPHA_BAR)
    said = {
        "epsilon": -(SNR**0.5),
        "v": -((1 - a) ** -0.5),
        "sample": zeros + 1,
    }
    return diffusion_loss(
        said[prediction],
        zeros,
        zeros,
        a,
        prediction=prediction,
        min_snr=min_snr,
        reduction="none",
    )


FIGURE = Figure(
    alt={
        "en": "Both against the SNR from 0.01 to 100, on a logarithmic axis. "
        "Left: the weight at gamma 5. For epsilon 1 up to an SNR of 5, then "
        "falling towards 0; for v from 0 up to 5/6 at 5, then falling towards "
        "0; for sample the SNR itself up to 5, then level. Right: the "
        "logarithm of what an error of 1 in the data costs without weights: "
        "for epsilon a straight line, the SNR; for v 0 at first, then the "
        "same line; for sample 0 everywhere. With min_snr it is the line of "
        "epsilon up to 5, then level, for all three.",
        "zh": "两图的横轴都是 SNR，从 0.01 到 100，对数坐标。左：gamma 为 5 时"
        "的权重。epsilon 在 SNR 到 5 之前为 1，之后降向 0；v 从 0 升到 5 处的 "
        "5/6，之后降向 0；sample 就是 SNR，到 5 之后持平。右：不加权时，数据"
        "误差为 1 的代价，取对数。epsilon 是一条直线，即 SNR；v 起初为 0，之后"
        "与该直线重合；sample 处处为 0。加上 min_snr 后三者相同：先沿 epsilon "
        "的直线，到 5 之后持平。",
    },
    panels=[
        Panel(
            {"en": "weight, gamma = 5", "zh": "权重，gamma = 5"},
            LOG_SNR,
            [
                Curve(p, LOG, min_snr_weight(ALPHA_BAR, prediction=p))
                for p in PREDICTIONS
            ],
        ),
        Panel(
            {
                "en": "log10 of the cost of an error in the data",
                "zh": "数据误差的代价的 log10",
            },
            LOG_SNR,
            [Curve(p, LOG, cost(p).log10()) for p in PREDICTIONS]
            + [Curve("min_snr = 5", LOG, cost("sample", 5.0).log10())],
        ),
    ],
    explorers={
        "min_snr_weight": Explorer(
            partial(min_snr_weight, prediction="v"),
            (0.01, 0.99),
            {"gamma": Slider([0.5, 1.0, 2.0, 5.0, 10.0, 20.0], 5.0)},
            {
                "en": "alpha_bar, for prediction v",
                "zh": "alpha_bar，预测 v",
            },
        ),
    },
)
