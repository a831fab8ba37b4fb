"""Proxy-Anchor and Proxy-NCA over the angle to a proxy; center loss."""

from functools import partial

import torch
from proxy import center_loss, proxy_anchor_loss, proxy_nca_loss
from torch import Tensor

from ._figure import Curve, Explorer, Figure, Panel, Slider, loss_and_gradient

ANGLE = {"en": "angle to its proxy, radians", "zh": "与所属代理的夹角（弧度）"}
APART = {"en": "distance from its centre", "zh": "到所属中心的距离"}


def at(x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Put one example at angle x to its proxy, at a right angle to another."""
    where = torch.stack([x.cos(), x.sin(), 0 * x]).unsqueeze(0)
    return where, torch.tensor([0]), torch.eye(3).to(x)[[0, 2]]


def anchor(x: Tensor, margin: float = 0.1, scale: float = 32.0) -> Tensor:
    """Take the loss of a batch of one, at angle x."""

    def one(angle: Tensor) -> Tensor:
        return proxy_anchor_loss(*at(angle), margin=margin, scale=scale)

    return torch.func.vmap(one)(x)


def nca(x: Tensor, temperature: float = 1 / 9) -> Tensor:
    """Take the loss of one example at angle x."""

    def one(angle: Tensor) -> Tensor:
        return proxy_nca_loss(*at(angle), temperature=temperature)

    return torch.func.vmap(one)(x)


far = torch.linspace(0, 3, 121, dtype=torch.float64)
center = center_loss(
    far.unsqueeze(1),
    torch.zeros(len(far), dtype=torch.int64),
    torch.zeros(1, 1, dtype=torch.float64),
    reduction="none",
)
FIGURE = Figure(
    alt={
        "en": "Left: loss of one example against the angle to its proxy, from "
        "0 to pi, another proxy at a right angle. Proxy-Anchor, with a scale "
        "of 32, starts a little below 2, since it pushes the other proxy away, "
        "rises from a little before a right angle on, and is far above the "
        "others at pi. Proxy-NCA with a temperature of 1/9 is near 0 until "
        "about there and rises to 18; with 1 it is above 0 everywhere and "
        "rises little. Middle: the gradients: that of Proxy-Anchor has the "
        "highest peak, beyond a right angle, and all fall to 0 at pi. Right: "
        "center loss against the distance from the centre, a parabola from 0.",
        "zh": "左：单个样本的损失随它与所属代理的夹角（0 到 pi）的变化，另一个"
        "代理与它垂直。Proxy-Anchor 的 scale 为 32，因为还要推开另一个代理，起"
        "点略低于 2，快到直角时开始上升，到 pi 处远高于其余两条。Proxy-NCA 的温"
        "度为 1/9 时，在此之前接近 0，之后升到 18；温度为 1 时处处大于 0，上升"
        "很少。中：梯度，Proxy-Anchor 的峰值最高，略过直角，三者到 pi 处都降为 "
        "0。右：中心损失随到中心的距离的变化，是从 0 开始的抛物线。",
    },
    panels=[
        *loss_and_gradient(
            [
                ("Proxy-Anchor", anchor),
                ("Proxy-NCA, T=1/9", nca),
                ("Proxy-NCA, T=1", partial(nca, temperature=1.0)),
            ],
            torch.linspace(0.01, 3.13, 313),
            ANGLE,
        ),
        Panel(
            {"en": "center loss", "zh": "中心损失"},
            APART,
            [Curve("center_loss", far, center)],
        ),
    ],
    explorers={
        "proxy_anchor_loss": Explorer(
            anchor,
            (0.01, 3.13),
            {
                "margin": Slider([0.0, 0.1, 0.2, 0.3, 0.5], 0.1),
                "scale": Slider([1.0, 4.0, 8.0, 16.0, 32.0], 32.0),
            },
        ),
        "proxy_nca_loss": Explorer(
            nca,
            (0.01, 3.13),
            {"temperature": Slider([0.05, 0.1, 0.2, 0.5, 1.0], 0.1)},
        ),
    },
)
