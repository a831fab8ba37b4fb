"""Load balancing of tokens that prefer one expert, more and more."""

import torch
from moe import load_balancing_loss
from torch import Tensor

from ._figure import Curve, Explorer, Figure, Panel, Slider

SHARES = torch.arange(0, 65) / 64
LABEL = {
    "en": "share of tokens that prefer the first expert",
    "zh": "偏好第一个专家的词元占比",
}


def tokens(share: Tensor, strength: float) -> Tensor:
    """Make 64 tokens of 4 experts; those that don't prefer the first rotate."""
    x = torch.zeros(64, 4)
    first = int(share * 64)
    x[:first, 0] = strength
    for i in range(first, 64):
        x[i, i % 4] = strength
    return x


def curve(strength: float) -> Curve:
    """Take the loss at each share."""
    losses = [load_balancing_loss(tokens(s, strength), top_k=1) for s in SHARES]
    label = {"en": f"logit {strength:g}", "zh": f"logit 为 {strength:g}"}
    return Curve(label, SHARES, torch.stack(losses))


def experts(share: Tensor) -> Tensor:
    """Count how many of the tokens are sent to the first expert."""
    return (tokens(share, 1.0).argmax(-1) == 0).float().mean()


def ahead(x: Tensor, spread: float, top_k: float) -> Tensor:
    """Take 256 tokens of 8 experts, the first ahead by each x."""
    steps = torch.tensor([2, 3, 5, 7, 11, 13, 17, 19]).to(x).sqrt()
    own = spread * (2 * (torch.arange(1, 257).to(x)[:, None] * steps % 1) - 1)
    first = torch.eye(8).to(x)[0]
    k = int(top_k)
    return torch.stack(
        [load_balancing_loss(own + v * first, top_k=k) for v in x]
    )


FIGURE = Figure(
    alt={
        "en": "Left: four experts, one for each token. With the share of "
        "tokens that prefer the first expert the loss rises from 1: to 4 if "
        "they are sure (logit 10), to below 3 if less so (logit 2), and stays "
        "near 1 if hardly (logit 0.4). Right: the share of tokens sent to it "
        "rises from a quarter to 1, whatever the logit.",
        "zh": "左：四个专家，每个词元选一个。偏好第一个专家的词元越多，"
        "损失从 1 升得越高：十分确定时（logit 为 10）升到 4，不太确定时"
        "（logit 为 2）不到 3，几乎没有偏好时（logit 为 0.4）仍接近 1。"
        "右：送到该专家的词元占比从四分之一升到 1，与 logit 的大小无关。",
    },
    panels=[
        Panel(
            {"en": "loss, top_k=1", "zh": "损失，top_k=1"},
            LABEL,
            [curve(strength) for strength in (10.0, 2.0, 0.4)],
        ),
        Panel(
            {"en": "tokens sent to the first", "zh": "送到第一个专家的词元"},
            LABEL,
            [
                Curve(
                    {"en": "share sent", "zh": "占比"},
                    SHARES,
                    torch.stack([experts(s) for s in SHARES]),
                    3,
                )
            ],
        ),
    ],
    explorers={
        "load_balancing_loss": Explorer(
            ahead,
            (-8, 8),
            {
                "spread": Slider(
                    [0.5, 1.0, 2.0, 4.0, 8.0],
                    2.0,
                    {
                        "en": "spread of the tokens' logits",
                        "zh": "词元自身 logit 的幅度",
                    },
                ),
                "top_k": Slider([1.0, 2.0, 3.0, 4.0], 1.0),
            },
            {
                "en": "logit added to one of 8 experts",
                "zh": "8 个专家之一加上的 logit",
            },
        )
    },
)
