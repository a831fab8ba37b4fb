"""Circle loss and Multi-Similarity loss: all pairs of a labelled batch."""

import torch
from torch import Tensor, nn


def circle_loss(
    embeddings: Tensor,
    labels: Tensor,
    *,
    margin: float = 0.25,
    gamma: float = 256.0,
    reduction: str = "mean",
) -> Tensor:
    """Pull alike examples together, the more the further from the optimum.

    For each anchor `log(1 + sum(exp(gamma * a_n * (s_n - margin))) *
    sum(exp(-gamma * a_p * (s_p - 1 + margin))))`, where `s_p` and `s_n` are
    its cosines with positives and negatives, and the weights
    `a_p = relu(1 + margin - s_p)` and `a_n = relu(s_n + margin)` are not
    differentiated. Embeddings are normalised here.

    Args:
        embeddings: Shape (N, D), floating point, any length.
        labels: Shape (N), int64, any numbers.
        margin: From 0 to 1; the smaller, the stricter.
        gamma: Scale, above 0.
        reduction: "mean" is over anchors with a positive and a negative;
            "sum"; "none".

    Returns:
        A scalar, with "none" shape (N), 0 for all other anchors. At least 0;
        "mean" is 0 when no anchor has both. Its dtype is that of
        `embeddings`, but float32 for half precision.

    Raises:
        TypeError: `embeddings` is not floating point, or `labels` not int64.
        ValueError: Shapes don't fit; `margin`, `gamma` or `reduction` is out
            of range.

    Source:
        Sun et al., Circle Loss: A Unified Perspective of Pair Similarity
        Optimization, 2020, section 3,
        https://arxiv.org/abs/2002.10857
    """
    if not 0 <= margin <= 1:
        raise ValueError(f"margin must be from 0 to 1, got {margin}")
    s, alike, unlike = _pairs(embeddings, labels, reduction, gamma=gamma)
    with torch.no_grad():
        a_p, a_n = (1 + margin - s).relu(), (s + margin).relu()
    near = _logsumexp(-gamma * a_p * (s - 1 + margin), alike)
    far = _logsumexp(gamma * a_n * (s - margin), unlike)
    loss = _softplus(near + far)
    if reduction == "mean":
        counts = alike.any(1) & unlike.any(1)
        return loss.sum() / counts.sum().clamp_min(1)
    return loss if reduction == "none" else loss.sum()


def multi_similarity_loss(
    embeddings: Tensor,
    labels: Tensor,
    *,
    alpha: float = 2.0,
    beta: float = 50.0,
    base: float = 0.5,
    reduction: str = "mean",
) -> Tensor:
    """Pull positives above a base and push negatives below it.

    For each anchor `log(1 + sum(exp(-alpha * (s_p - base)))) / alpha +
    log(1 + sum(exp(beta * (s_n - base)))) / beta`, where `s_p` and `s_n` are
    its cosines with positives and negatives. All pairs count: pairs are not
    mined. Embeddings are normalised here.

    Args:
        embeddings: Shape (N, D), floating point, any length.
        labels: Shape (N), int64, any numbers.
        alpha: Sharpness for positives, above 0.
        beta: Sharpness for negatives, above 0.
        base: The cosine between positives and negatives; any number. The
            paper takes 1, its code 0.5.
        reduction: "mean" and "sum" are over all anchors; "none".

    Returns:
        A scalar, with "none" shape (N). At least 0; an anchor without
        positives or negatives has no such part. Its dtype is that of
        `embeddings`, but float32 for half precision.

    Raises:
        TypeError: `embeddings` is not floating point, or `labels` not int64.
        ValueError: Shapes don't fit; `alpha`, `beta` or `reduction` is out
            of range.

    Source:
        Wang et al., Multi-Similarity Loss with General Pair Weighting for
        Deep Metric Learning, 2019, section 4,
        https://arxiv.org/abs/1904.06627
    """
    s, alike, unlike = _pairs(
        embeddings, labels, reduction, alpha=alpha, beta=beta
    )
    near = _softplus(_logsumexp(-alpha * (s - base), alike)) / alpha
    loss = near + _softplus(_logsumexp(beta * (s - base), unlike)) / beta
    return loss if reduction == "none" else getattr(loss, reduction)()


def _pairs(
    embeddings: Tensor, labels: Tensor, reduction: str, **positive: float
) -> tuple[Tensor, Tensor, Tensor]:
    # All cosines, and which pairs are alike and unlike.
    if not embeddings.is_floating_point():
        raise TypeError(
            f"embeddings must be floating point, got {embeddings.dtype}"
        )
    if labels.dtype != torch.int64:
        raise TypeError(f"labels must be int64, got {labels.dtype}")
    if embeddings.ndim != 2 or labels.shape != embeddings.shape[:1]:
        raise ValueError(
            "embeddings and labels must have shapes (N, D) and (N,), got "
            f"{tuple(embeddings.shape)} and {tuple(labels.shape)}"
        )
    for name, value in positive.items():
        if not value > 0:
            raise ValueError(f"{name} must be above 0, got {value}")
    if reduction not in ("mean", "sum", "none"):
        raise ValueError(
            f"reduction must be 'mean', 'sum' or 'none', got {reduction!r}"
        )
    x = embeddings.to(torch.promote_types(embeddings.dtype, torch.float32))
    square = x.square().sum(1, keepdim=True)
    # A zero vector stays zero.
    x = x * square.where(square > 0, 1).sqrt().reciprocal()
    same = labels.unsqueeze(1) == labels
    itself = torch.eye(len(x), dtype=torch.bool, device=x.device)
    return (x @ x.mT).to(x.dtype), same & ~itself, ~same


def _logsumexp(x: Tensor, mask: Tensor) -> Tensor:
    return x.masked_fill(~mask, -torch.inf).logsumexp(1)


def _softplus(x: Tensor) -> Tensor:
    # Exact, where F.softplus gives x itself when x is above 20.
    return torch.logaddexp(x, torch.zeros_like(x))


class CircleLoss(nn.Module):
    """`circle_loss` as a module."""

    def __init__(
        self,
        *,
        margin: float = 0.25,
        gamma: float = 256.0,
        reduction: str = "mean",
    ) -> None:
        """Take the options of `circle_loss`."""
        super().__init__()
        self.margin, self.gamma, self.reduction = margin, gamma, reduction

    def forward(self, embeddings: Tensor, labels: Tensor) -> Tensor:
        """Compute `circle_loss`."""
        return circle_loss(
            embeddings,
            labels,
            margin=self.margin,
            gamma=self.gamma,
            reduction=self.reduction,
        )


class MultiSimilarityLoss(nn.Module):
    """`multi_similarity_loss` as a module."""

    def __init__(
        self,
        *,
        alpha: float = 2.0,
        beta: float = 50.0,
        base: float = 0.5,
        reduction: str = "mean",
    ) -> None:
        """Take the options of `multi_similarity_loss`."""
        super().__init__()
        self.alpha, self.beta, self.base = alpha, beta, base
        self.reduction = reduction

    def forward(self, embeddings: Tensor, labels: Tensor) -> Tensor:
        """Compute `multi_similarity_loss`."""
        return multi_similarity_loss(
            embeddings,
            labels,
            alpha=self.alpha,
            beta=self.beta,
            base=self.base,
            reduction=self.reduction,
        )
