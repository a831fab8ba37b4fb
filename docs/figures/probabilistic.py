"""CRPS, beta-NLL, Student's t and mixtures: against residual and spread."""

import torch
from probabilistic import (
    beta_nll_loss,
    gaussian_crps,
    gaussian_mixture_nll,
    student_t_nll,
)
from torch import Tensor
from torch.nn import functional

from ._figure import Curve, Explorer, Figure, Panel, Slider

residual = torch.linspace(-4, 4, 161, dtype=torch.float64)
spread = torch.linspace(0.1, 4, 157, dtype=torch.float64)
variance = torch.linspace(0.1, 4, 157, dtype=torch.float64)


def crps(r: Tensor, std: Tensor) -> Tensor:
    """Take the CRPS of each residual, the mean being 0."""
    std = std.expand_as(r)
    return gaussian_crps(torch.zeros_like(r), std, r, reduction="none")


def nll(std: Tensor) -> Tensor:
    """Take the Gaussian NLL of a residual of 1."""
    one = torch.ones_like(std)
    return functional.gaussian_nll_loss(0 * one, one, std**2, reduction="none")


def pull(beta: float) -> Tensor:
    """Take how hard a residual of 1 pulls the mean."""
    mean = torch.zeros_like(variance).requires_grad_()
    one = torch.ones_like(variance)
    loss = beta_nll_loss(mean, variance, one, beta=beta, reduction="sum")
    return -torch.autograd.grad(loss, mean)[0]


def student(x: Tensor, df: float, scale: float = 1.0) -> Tensor:
    """Take Student's NLL of each residual."""
    df, scale = (torch.full_like(x, value) for value in (df, scale))
    return student_t_nll(df, 0 * x, scale, x, reduction="none")


def mixture(x: Tensor, std: float, apart: float) -> Tensor:
    """Take the NLL of each target: one component at 0, one right of it."""
    mean = x.new_tensor([0.0, apart]).expand(len(x), 2)
    std = torch.full_like(mean, std)
    return gaussian_mixture_nll(0 * mean, mean, std, x, reduction="none")


FIGURE = Figure(
    alt={
        "en": "Top left: CRPS against the residual from -4 to 4, for three "
        "spreads. All are round at the least and straight far away; a larger "
        "spread is higher at 0 and rounder. Top right: CRPS and Gaussian NLL "
        "of a residual of 1 against the spread from 0.1 to 4. CRPS is least a "
        "little above 1, NLL at 1; to the left CRPS nears 1, NLL rises beyond "
        "every limit. Bottom left: the pull on the mean by a residual of 1 "
        "against the variance, for beta 0, 0.5 and 1: beta 0 falls steeply, "
        "beta 0.5 less so, beta 1 is 1 everywhere. Bottom right: NLL against "
        "the target from -4 to 4. The normal distribution's is a parabola; "
        "Student's with df 4 and 1 flatten out on both sides; that of a "
        "mixture with means 0 and 2.5 has two valleys and a hill between.",
        "zh": "左上：三种标准差下 CRPS 随残差从 -4 到 4 的变化。底部是圆的，远"
        "处是直线；标准差越大，0 处越高、越圆。右上：残差为 1 时，CRPS 与高斯"
        "负对数似然随标准差从 0.1 到 4 的变化。前者在略大于 1 处最小，后者在 1"
        " 处最小；向左 CRPS 趋于 1，负对数似然无限上升。左下：残差为 1 时对均"
        "值的梯度随方差的变化，beta 取 0、0.5、1：beta 为 0 时陡降，0.5 时平缓"
        "一些，1 时处处为 1。右下：负对数似然随目标从 -4 到 4 的变化。正态分布"
        "是抛物线；学生 t 分布（df 为 4 与 1）在两侧趋于平缓；均值为 0 与 2.5 "
        "的混合分布有两个谷，中间隆起。",
    },
    panels=[
        Panel(
            {"en": "CRPS", "zh": "CRPS"},
            {"en": "residual", "zh": "残差"},
            [
                Curve(f"std={s}", residual, crps(residual, torch.tensor(s)))
                for s in (0.1, 1.0, 3.0)
            ],
        ),
        Panel(
            {"en": "loss of a residual of 1", "zh": "残差为 1 的损失"},
            {"en": "standard deviation", "zh": "标准差"},
            [
                Curve("CRPS", spread, crps(torch.ones_like(spread), spread)),
                Curve("NLL", spread[15:], nll(spread)[15:]),
            ],
        ),
        Panel(
            {"en": "pull on the mean", "zh": "对均值的梯度"},
            {"en": "variance", "zh": "方差"},
            [
                Curve(f"beta={beta}", variance, pull(beta))
                for beta in (0.0, 0.5, 1.0)
            ],
        ),
        Panel(
            {"en": "negative log-likelihood", "zh": "负对数似然"},
            {"en": "target", "zh": "目标"},
            [
                Curve(
                    {"en": "normal", "zh": "正态"},
                    residual,
                    student(residual, torch.inf),
                ),
                Curve("df=4", residual, student(residual, 4.0)),
                Curve("df=1", residual, student(residual, 1.0)),
                Curve(
                    {"en": "mixture", "zh": "混合"},
                    residual,
                    mixture(residual, 0.5, 2.5),
                ),
            ],
        ),
    ],
    explorers={
        "gaussian_crps": Explorer(
            lambda x, std: crps(x, torch.tensor(std).to(x)),
            (-4, 4),
            {"std": Slider([0.1, 0.25, 0.5, 1.0, 1.5, 2.0, 3.0], 1.0)},
        ),
        "beta_nll_loss": Explorer(
            lambda x, beta, var: beta_nll_loss(
                x,
                torch.full_like(x, var),
                torch.zeros_like(x),
                beta=beta,
                reduction="none",
            ),
            (-4, 4),
            {
                "beta": Slider([0.0, 0.25, 0.5, 0.75, 1.0], 0.5),
                "var": Slider([0.2, 0.5, 1.0, 2.0, 4.0], 0.5),
            },
        ),
        "student_t_nll": Explorer(
            student,
            (-8, 8),
            {
                "df": Slider([0.5, 1.0, 2.0, 4.0, 10.0, 100.0], 4.0),
                "scale": Slider([0.5, 1.0, 2.0], 1.0),
            },
        ),
        "gaussian_mixture_nll": Explorer(
            mixture,
            (-4, 8),
            {
                "std": Slider([0.3, 0.5, 1.0, 2.0], 0.5),
                "apart": Slider(
                    [0.0, 1.0, 2.0, 3.0, 4.0],
                    3.0,
                    {"en": "distance of the means", "zh": "两个均值的距离"},
                ),
            },
            {"en": "target", "zh": "目标"},
        ),
    },
)
