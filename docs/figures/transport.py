"""A point near two others; what bandwidth and gamma make of distances."""

from functools import partial

import torch
from torch import Tensor
from transport import chamfer_loss, mmd_loss, sinkhorn_loss, soft_dtw_loss

from ._figure import Explorer, Figure, Loss, Slider, loss_and_gradient

POINT = {"en": "where the point is", "zh": "点的位置"}


def to_two(x: Tensor, loss: Loss, **options: object) -> Tensor:
    """Compare a point at x with two, at -1 and 1."""
    two = x.new_tensor([-1.0, 1.0]).view(1, 2, 1).expand(len(x), 2, 1)
    return loss(x.view(-1, 1, 1), two, reduction="none", **options)


def mmd(x: Tensor, bandwidth: float) -> Tensor:
    """Compare a point at x with one at 0."""
    x = x.view(-1, 1, 1)
    return mmd_loss(x, 0 * x, bandwidths=(bandwidth,), reduction="none")


def dtw(x: Tensor, gamma: float) -> Tensor:
    """Compare a series that stays at x with one that goes from 0 to 1."""
    stays = x.view(-1, 1, 1).expand(-1, 2, 1)
    goes = x.new_tensor([0.0, 1.0]).view(1, 2, 1).expand_as(stays)
    return soft_dtw_loss(stays, goes, gamma=gamma, reduction="none")


FIGURE = Figure(
    alt={
        "en": "Top: losses of one point against two, at -1 and 1. Chamfer's "
        "has a kink half-way between them and is least at -0.5 and 0.5, as "
        "the point is drawn to the nearer one; Sinkhorn's is a parabola that "
        "is least in the middle; MMD's is flat far away. Bottom: MMD of one "
        "point against one at 0, for bandwidths of 0.5, 2 and 8. Each is flat "
        "beyond a few bandwidths, and its gradient is 0 there; the smaller "
        "the bandwidth, the narrower the valley.",
        "zh": "上：一个点与位于 -1 和 1 的两个点之间的损失。Chamfer 在正中间有"
        "折点，在 -0.5 与 0.5 处最小，被拉向较近的点；Sinkhorn 是抛物线，在正中"
        "间最小；MMD 在远处是平的。下：一个点与位于 0 的点之间的 MMD，带宽为 "
        "0.5、2、8。离开几个带宽之外就是平的，梯度为 0；带宽越小，谷越窄。",
    },
    panels=[
        *loss_and_gradient(
            [
                ({"en": name, "zh": name}, partial(to_two, loss=loss, **given))
                for name, loss, given in (
                    ("Chamfer", chamfer_loss, {}),
                    ("Sinkhorn", sinkhorn_loss, {"blur": 0.5}),
                    ("MMD", mmd_loss, {"bandwidths": (1.0,)}),
                )
            ],
            torch.linspace(-3, 3, 121),
            POINT,
        ),
        *loss_and_gradient(
            [
                (
                    {"en": f"bandwidth {h:g}", "zh": f"带宽 {h:g}"},
                    partial(mmd, bandwidth=h),
                )
                for h in (0.5, 2.0, 8.0)
            ],
            torch.linspace(-10, 10, 121),
            POINT,
        ),
    ],
    explorers={
        "mmd_loss": Explorer(
            mmd,
            (-10, 10),
            {
                "bandwidth": Slider(
                    [0.5, 1.0, 2.0, 4.0, 8.0],
                    2.0,
                    {"en": "bandwidth", "zh": "带宽"},
                )
            },
            POINT,
        ),
        "soft_dtw_loss": Explorer(
            dtw,
            (-2, 3),
            {
                "gamma": Slider(
                    [0.1, 0.3, 1.0, 3.0, 10.0],
                    1.0,
                    {"en": "gamma", "zh": "gamma"},
                )
            },
            {"en": "where the series stays", "zh": "序列停留的位置"},
        ),
    },
)
