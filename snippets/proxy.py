"""Proxy-Anchor, Proxy-NCA, center loss: embeddings and one point a class."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

NONE = -(2**63)  # no class: nothing is ignored


def proxy_anchor_loss(
    input: Tensor,
    target: Tensor,
    proxies: Tensor,
    *,
    margin: float = 0.1,
    scale: float = 32.0,
    reduction: str = "mean",
) -> Tensor:
    """Pull all examples of a class to its proxy at once, push others away.

    For each proxy `log(1 + sum(exp(-scale * (cos - margin))))` over the
    examples of its class, and `log(1 + sum(exp(scale * (cos + margin))))` over
    all others, where `cos` is the cosine of example and proxy. Both are
    normalised here.

    Args:
        input: Embeddings of shape (N, D), floating point, any length.
        target: Shape (N), int64, from 0 to C - 1.
        proxies: Shape (C, D), one direction a class; a parameter to learn.
        margin: Of the cosine, at least 0.
        scale: Of the cosines, above 0.
        reduction: "mean" as in the paper: pulls are averaged over the proxies
            that have examples, pushes over all; "sum" of both over all;
            "none", both added, one a proxy.

    Returns:
        A scalar, with "none" shape (C). At least 0; 0 when there is no
        example. Its dtype is that of `input`, but float32 for half precision.

    Raises:
        IndexError: A target is out of range (on the CPU).
        TypeError: `input` or `proxies` is not floating point, or `target` not
            int64.
        ValueError: Shapes don't fit; `margin`, `scale` or `reduction` is out
            of range.

    Source:
        Kim et al., Proxy Anchor Loss for Deep Metric Learning, 2020, equation
        4, https://arxiv.org/abs/2003.13911
    """
    _check(input, target, proxies, "proxies", reduction)
    if not margin >= 0:
        raise ValueError(f"margin must be at least 0, got {margin}")
    if not scale > 0:
        raise ValueError(f"scale must be above 0, got {scale}")
    cosine = _cosines(*_units(input, proxies))
    own = torch.zeros_like(cosine, dtype=torch.bool)
    own = own.scatter(1, target[:, None], True)  # raises, compiled too
    pull = _soft_count(-scale * (cosine - margin), own)
    push = _soft_count(scale * (cosine + margin), ~own)
    if reduction == "mean":
        return pull.sum() / own.any(0).sum().clamp_min(1) + push.mean()
    return pull + push if reduction == "none" else (pull + push).sum()


def proxy_nca_loss(
    input: Tensor,
    target: Tensor,
    proxies: Tensor,
    *,
    temperature: float = 1 / 9,
    reduction: str = "mean",
) -> Tensor:
    """Choose each example's proxy by a softmax over its distances to all.

    `cross_entropy(-d / temperature, target)`, where `d` are the squared
    distances of the embeddings from the proxies, both normalised here. The
    example's own proxy is in the denominator too.

    Args:
        input: Embeddings of shape (N, D), floating point, any length.
        target: Shape (N), int64, from 0 to C - 1.
        proxies: Shape (C, D), one direction a class; a parameter to learn.
        temperature: Above 0; what divides the squared distances, which are
            from 0 to 4.
        reduction: "mean" over examples; "sum"; "none".

    Returns:
        A scalar, with "none" shape (N). At least 0; nan when "mean" has
        nothing to count. Its dtype is that of `input`, but float32 for half
        precision.

    Raises:
        IndexError: A target is out of range (on the CPU).
        TypeError: `input` or `proxies` is not floating point, or `target` not
            int64.
        ValueError: Shapes don't fit; `temperature` or `reduction` is out of
            range.

    Source:
        Teh et al., ProxyNCA++: Revisiting and Revitalizing Proxy Neighborhood
        Component Analysis, 2020, https://arxiv.org/abs/2004.01113, after
        Movshovitz-Attias et al., No Fuss Distance Metric Learning using
        Proxies, 2017, https://arxiv.org/abs/1703.07464
    """
    _check(input, target, proxies, "proxies", reduction)
    if not temperature > 0:
        raise ValueError(f"temperature must be above 0, got {temperature}")
    x, p = _units(input, proxies)
    # An example has one length in all of its distances; a proxy has 1, or 0.
    nearness = 2 * _cosines(x, p) - p.any(1).to(x.dtype)
    options = {"ignore_index": NONE, "reduction": reduction}
    return F.cross_entropy(nearness / temperature, target, **options)


def center_loss(
    input: Tensor,
    target: Tensor,
    centers: Tensor,
    *,
    reduction: str = "mean",
) -> Tensor:
    """Pull embeddings to the centres of their classes: half the square.

    It keeps classes apart by nothing: add it, times a weight, to a loss that
    does, such as cross entropy. Embeddings are not normalised here.

    Args:
        input: Embeddings of shape (N, D), floating point.
        target: Shape (N), int64, from 0 to C - 1.
        centers: Shape (C, D), one point a class; a parameter to learn.
        reduction: "mean" over examples; "sum", as in the paper; "none".

    Returns:
        A scalar, with "none" shape (N). At least 0; nan when "mean" has
        nothing to count. Its dtype is that of `input`, but float32 for half
        precision.

    Raises:
        IndexError: A target is out of range (on the CPU).
        TypeError: `input` or `centers` is not floating point, or `target` not
            int64.
        ValueError: Shapes don't fit; `reduction` is none of those.

    Source:
        Wen et al., A Discriminative Feature Learning Approach for Deep Face
        Recognition, 2016, equation 2,
        https://doi.org/10.1007/978-3-319-46478-7_31
    """
    _check(input, target, centers, "centers", reduction)
    x = _wide(input)
    apart = x - F.embedding(target, centers.to(x.dtype))
    loss = apart.square().sum(1) / 2
    return loss if reduction == "none" else getattr(loss, reduction)()


def _wide(x: Tensor) -> Tensor:
    return x.to(torch.promote_types(x.dtype, torch.float32))


def _units(input: Tensor, proxies: Tensor) -> tuple[Tensor, Tensor]:
    x = _wide(input)
    return _unit(x), _unit(proxies.to(x.dtype))


def _unit(x: Tensor) -> Tensor:
    # A zero vector stays zero, with a finite gradient.
    square = x.square().sum(1, keepdim=True)
    return x * square.where(square > 0, 1).sqrt().reciprocal()


def _cosines(x: Tensor, p: Tensor) -> Tensor:
    kind = "cpu" if x.is_meta else x.device.type
    with torch.autocast(kind, enabled=False):  # it would round the cosines
        return x @ p.mT


def _soft_count(x: Tensor, counts: Tensor) -> Tensor:
    # log(1 + sum(exp(x))) of each column: the 1 is the exponential of a 0.
    return F.pad(x.where(counts, -torch.inf), (0, 0, 0, 1)).logsumexp(0)


def _check(
    input: Tensor, target: Tensor, points: Tensor, name: str, reduction: str
) -> None:
    for key, x in (("input", input), (name, points)):
        if not x.is_floating_point():
            raise TypeError(f"{key} must be floating point, got {x.dtype}")
    if target.dtype != torch.int64:
        raise TypeError(f"target must be int64, got {target.dtype}")
    a, b, c = (tuple(x.shape) for x in (input, target, points))
    if not len(a) == len(c) == 2 or a[1] != c[1] or b != a[:1] or not c[0]:
        raise ValueError(
            f"input, target and {name} must have shapes (N, D), (N) and "
            f"(C, D), C at least 1, got {a}, {b} and {c}"
        )
    if reduction not in ("mean", "sum", "none"):
        raise ValueError(
            f"reduction must be 'mean', 'sum' or 'none', got {reduction!r}"
        )
    # Without a cost: nll_loss names a target that is out of range.
    zeros = torch.zeros((), device=target.device).expand(a[0], c[0])
    F.nll_loss(zeros, target, ignore_index=NONE, reduction="none")


class ProxyAnchorLoss(nn.Module):
    """`proxy_anchor_loss` as a module; the model owns `proxies`."""

    def __init__(
        self,
        *,
        margin: float = 0.1,
        scale: float = 32.0,
        reduction: str = "mean",
    ) -> None:
        """Take the options of `proxy_anchor_loss`."""
        super().__init__()
        self.margin, self.scale, self.reduction = margin, scale, reduction

    def forward(self, input: Tensor, target: Tensor, proxies: Tensor) -> Tensor:
        """Compute `proxy_anchor_loss`."""
        return proxy_anchor_loss(
            input,
            target,
            proxies,
            margin=self.margin,
            scale=self.scale,
            reduction=self.reduction,
        )


class ProxyNCALoss(nn.Module):
    """`proxy_nca_loss` as a module; the model owns `proxies`."""

    def __init__(
        self, *, temperature: float = 1 / 9, reduction: str = "mean"
    ) -> None:
        """Take the options of `proxy_nca_loss`."""
        super().__init__()
        self.temperature, self.reduction = temperature, reduction

    def forward(self, input: Tensor, target: Tensor, proxies: Tensor) -> Tensor:
        """Compute `proxy_nca_loss`."""
        return proxy_nca_loss(
            input,
            target,
            proxies,
            temperature=self.temperature,
            reduction=self.reduction,
        )


class CenterLoss(nn.Module):
    """`center_loss` as a module; the model owns `centers`."""

    def __init__(self, *, reduction: str = "mean") -> None:
        """Take the options of `center_loss`."""
        super().__init__()
        self.reduction = reduction

    def forward(self, input: Tensor, target: Tensor, centers: Tensor) -> Tensor:
        """Compute `center_loss`."""
        return center_loss(input, target, centers, reduction=self.reduction)
