"""Losses of one number, families drawn together."""

import torch
from torch.nn import functional

from ._figure import Figure, against, loss_and_gradient


def hinge(x: torch.Tensor) -> torch.Tensor:
    """Take the margin ranking loss of a score that should be above 0."""
    zero, one = torch.zeros_like(x), torch.ones_like(x)
    options = {"margin": 1.0, "reduction": "none"}
    return functional.margin_ranking_loss(x, zero, one, **options)


regression = {
    "MSELoss": against(0.0, functional.mse_loss),
    "L1Loss": against(0.0, functional.l1_loss),
    "HuberLoss": against(0.0, functional.huber_loss),
    "SmoothL1Loss": against(0.0, functional.smooth_l1_loss),
}
bce = functional.binary_cross_entropy_with_logits
classification = [
    ({"en": "hinge", "zh": "合页损失"}, hinge),
    ("SoftMarginLoss", against(1.0, functional.soft_margin_loss)),
    ("BCEWithLogitsLoss", against(1.0, bce)),
]
x = torch.linspace(-3, 3, 121)
FIGURE = Figure(
    alt={
        "en": "Four panels. Regression losses of a residual from -3 to 3: MSE "
        "rises to 9, L1 to 3, Huber and SmoothL1 are one curve that ends one "
        "half below L1; gradients go to 6 for MSE and stay within 1 for the "
        "others. Losses of a score from -3 to 3: the hinge falls from 4 to 0 "
        "at score 1, soft margin and BCE fall as one smooth curve; gradients "
        "go from -1 to 0, the hinge's in a step.",
        "zh": "四幅图。残差从 -3 到 3 的回归损失：MSE 升到 9，L1 升到 3，"
        "Huber 与 SmoothL1 是同一条曲线，末端比 L1 低二分之一；MSE 的梯度到 "
        "6，其余不超过 1。得分从 -3 到 3 的损失：合页损失从 4 降到得分 1 处的 "
        "0，软间隔与 BCE 是同一条平滑下降的曲线；梯度从 -1 到 0，合页损失的梯"
        "度是阶跃。",
    },
    panels=[
        *loss_and_gradient(regression, x, {"en": "residual", "zh": "残差"}),
        *loss_and_gradient(
            classification,
            x,
            {"en": "score of the true class", "zh": "真实类别的得分"},
        ),
    ],
)
