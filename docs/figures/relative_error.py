"""The losses of one number and their gradients against the prediction."""

import torch
from relative_error import mape_loss, msle_loss, rmse_loss, smape_loss
from torch import Tensor

from ._figure import Explorer, Figure, Slider, against, loss_and_gradient


def rmse(x: Tensor, y: Tensor, **options: object) -> Tensor:
    """Take the root of one squared error each."""
    return rmse_loss(x[None], y[None], dim=0, **options)


FIGURE = Figure(
    alt={
        "en": "Left: losses against the prediction from -0.5 to 8, the target "
        "being 2. MAPE is a V with its tip at 2, 1 at 0 and 3 at 8; sMAPE is "
        "2 up to 0, falls steeply to 0 at 2 and rises to over 1 at 8; MSLE is "
        "round at 2, steep left of 0 and over 1 at 8; RMSE with eps 1 is "
        "round at its least, 1. Right: gradients. MAPE's is -0.5, then 0.5; "
        "sMAPE's is 0 below 0, then -2, falling in size; MSLE's falls below "
        "-5 left of 0; RMSE's goes smoothly towards 1.",
        "zh": "左：目标为 2 时，损失随预测值从 -0.5 到 8 的变化。MAPE 是 V 形，"
        "尖端在 2，0 处为 1，8 处为 3；sMAPE 在 0 以下恒为 2，降到 2 处的 0，"
        "8 处超过 1；MSLE 在 2 处是圆的，0 以左很陡，8 处超过 1；RMSE（eps "
        "为 1）在最小值 1 处是圆的。右：梯度。MAPE 先为 -0.5，后为 0.5；sMAPE "
        "在 0 以下为 0，之后为 -2，绝对值逐渐变小；MSLE 在 0 以左低于 -5；"
        "RMSE 平滑地趋于 1。",
    },
    panels=loss_and_gradient(
        {
            "MAPE": against(2.0, mape_loss, eps=0.1),
            "sMAPE": against(2.0, smape_loss),
            "MSLE": against(2.0, msle_loss),
            "RMSE, eps=1": against(2.0, rmse, eps=1.0),
        },
        torch.linspace(-0.5, 8, 171),
        {"en": "prediction", "zh": "预测值"},
    ),
    explorers={
        "mape_loss": Explorer(
            against(2.0, mape_loss),
            (-0.8, 8),
            {"eps": Slider([2.0, 3.0, 4.0, 6.0, 8.0], 4.0)},
        ),
        "rmse_loss": Explorer(
            against(2.0, rmse),
            (-0.8, 8),
            {"eps": Slider([0.0, 0.1, 0.5, 1.0, 2.0], 1.0)},
        ),
    },
)
