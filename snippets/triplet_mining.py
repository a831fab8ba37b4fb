"""Triplets and pairs from labels: batch-hard, semi-hard, contrastive pairs."""

import torch
from torch import Tensor, nn


def batch_hard_triplet_loss(
    embeddings: Tensor,
    labels: Tensor,
    *,
    margin: float | None = 0.3,
    reduction: str = "mean",
) -> Tensor:
    """Triplet loss of each example with its hardest positive and negative.

    `relu(d_p - d_n + margin)`, where `d_p` is the Euclidean distance of the
    furthest example with the anchor's label, and `d_n` that of the nearest
    with another one. Embeddings are not normalised here.

    Args:
        embeddings: Shape (N, D), floating point, N at least 1.
        labels: Shape (N), int64, any numbers.
        margin: At least 0, a distance; `None` takes `softplus(d_p - d_n)`,
            which never stops pulling.
        reduction: "mean" is over anchors with a positive and a negative;
            "sum"; "none".

    Returns:
        A scalar, with "none" shape (N), 0 for all other anchors. At least 0;
        "mean" is 0 when no anchor has both. Its dtype is that of
        `embeddings`, but float32 for half precision.

    Raises:
        TypeError: `embeddings` is not floating point, or `labels` not int64.
        ValueError: Shapes don't fit; `margin` or `reduction` is out of range.

    Source:
        Hermans et al., In Defense of the Triplet Loss for Person
        Re-Identification, 2017, equation 5, https://arxiv.org/abs/1703.07737
    """
    alike, unlike = _pairs(embeddings, labels, margin or 0, reduction)
    x = _wide(embeddings)
    with torch.no_grad():  # only which ones
        apart = _distances(x)
        furthest = apart.masked_fill(~alike, -1).argmax(1)
        nearest = apart.masked_fill(~unlike, torch.inf).argmin(1)
    gap = _distance(x, x[furthest]) - _distance(x, x[nearest])
    if margin is None:
        loss = torch.logaddexp(gap, torch.zeros_like(gap))
    else:
        loss = (gap + margin).relu()
    return _reduce(loss, alike.any(1) & unlike.any(1), reduction)


def semi_hard_triplet_loss(
    embeddings: Tensor,
    labels: Tensor,
    *,
    margin: float = 0.2,
    reduction: str = "mean",
) -> Tensor:
    """FaceNet's triplet loss: a negative just beyond each positive.

    `relu(d_p**2 - d_n**2 + margin)` for each anchor and each of its
    positives, where `d_n` is the least distance of a negative that is above
    `d_p`; if none is, the greatest. Embeddings are normalised here.

    Args:
        embeddings: Shape (N, D), floating point, any length, N at least 1.
        labels: Shape (N), int64, any numbers.
        margin: At least 0, a squared distance of unit vectors: those are from
            0 to 4.
        reduction: "mean" is over pairs of an anchor, which has a negative,
            and a positive; "sum"; "none".

    Returns:
        A scalar, with "none" shape (N, N), anchors before positives, 0 for
        all other pairs. At least 0; "mean" is 0 when there is no pair. Its
        dtype is that of `embeddings`, but float32 for half precision.

    Raises:
        TypeError: `embeddings` is not floating point, or `labels` not int64.
        ValueError: Shapes don't fit; `margin` or `reduction` is out of range.

    Source:
        Schroff et al., FaceNet: A Unified Embedding for Face Recognition and
        Clustering, 2015, section 3.2, https://arxiv.org/abs/1503.03832; if no
        negative is beyond the positive, as in TensorFlow Addons'
        triplet_semihard_loss
    """
    alike, unlike = _pairs(embeddings, labels, margin, reduction)
    x = _wide(embeddings)
    square = x.square().sum(1, keepdim=True)
    # A zero vector stays zero.
    x = x * square.where(square > 0, 1).sqrt().reciprocal()
    apart = _distances(x).square()
    with torch.no_grad():
        ordered, order = apart.masked_fill(~unlike, torch.inf).sort(1)
        beyond = torch.searchsorted(ordered, apart.detach(), right=True)
        last = unlike.sum(1, keepdim=True) - 1
        negative = order.gather(1, beyond.minimum(last).clamp_min(0))
    loss = (apart - apart.gather(1, negative) + margin).relu()
    return _reduce(loss, alike & unlike.any(1, keepdim=True), reduction)


def contrastive_pair_loss(
    embeddings: Tensor,
    labels: Tensor,
    *,
    margin: float = 1.0,
    reduction: str = "mean",
) -> Tensor:
    """Contrastive loss of all pairs of a batch: near if alike, else apart.

    `d**2 / 2` for two examples of one label, `relu(margin - d)**2 / 2` for
    others, where `d` is their Euclidean distance. Embeddings are not
    normalised here.

    Args:
        embeddings: Shape (N, D), floating point, N at least 1.
        labels: Shape (N), int64, any numbers.
        margin: At least 0, a distance.
        reduction: "mean" is over pairs of different examples; "sum" has each
            pair twice, as "none" does.

    Returns:
        A scalar, with "none" shape (N, N), 0 on the diagonal. At least 0;
        "mean" is 0 for a batch of one. Its dtype is that of `embeddings`, but
        float32 for half precision.

    Raises:
        TypeError: `embeddings` is not floating point, or `labels` not int64.
        ValueError: Shapes don't fit; `margin` or `reduction` is out of range.

    Source:
        Hadsell et al., Dimensionality Reduction by Learning an Invariant
        Mapping, 2006, equation 4, https://doi.org/10.1109/CVPR.2006.100
    """
    alike, unlike = _pairs(embeddings, labels, margin, reduction)
    apart = _distances(_wide(embeddings))
    loss = torch.where(alike, apart, (margin - apart).relu()).square() / 2
    return _reduce(loss, alike | unlike, reduction)


def _wide(x: Tensor) -> Tensor:
    return x.to(torch.promote_types(x.dtype, torch.float32))


def _distance(a: Tensor, b: Tensor) -> Tensor:
    # Its gradient is 0, not nan, where the two are one point.
    return torch.linalg.vector_norm(a - b, dim=1)


def _distances(x: Tensor) -> Tensor:
    # Around their mean, since cdist takes products from 26 rows on.
    x = x - x.detach().mean(0)
    return torch.cdist(x, x)


def _reduce(loss: Tensor, counts: Tensor, reduction: str) -> Tensor:
    loss = loss.where(counts, 0)
    if reduction == "mean":
        return loss.sum() / counts.sum().clamp_min(1)
    return loss if reduction == "none" else loss.sum()


def _pairs(
    embeddings: Tensor, labels: Tensor, margin: float, reduction: str
) -> tuple[Tensor, Tensor]:
    # Which pairs are alike, and which are unlike.
    if not embeddings.is_floating_point():
        raise TypeError(
            f"embeddings must be floating point, got {embeddings.dtype}"
        )
    if labels.dtype != torch.int64:
        raise TypeError(f"labels must be int64, got {labels.dtype}")
    n = len(embeddings) if embeddings.ndim == 2 else 0
    if not n or labels.shape != (n,):
        raise ValueError(
            "embeddings and labels must have shapes (N, D) and (N,), N at "
            f"least 1, got {tuple(embeddings.shape)} and {tuple(labels.shape)}"
        )
    if not margin >= 0:
        raise ValueError(f"margin must be at least 0, got {margin}")
    if reduction not in ("mean", "sum", "none"):
        raise ValueError(
            f"reduction must be 'mean', 'sum' or 'none', got {reduction!r}"
        )
    same = labels.unsqueeze(1) == labels
    itself = torch.eye(n, dtype=torch.bool, device=labels.device)
    return same & ~itself, ~same


class BatchHardTripletLoss(nn.Module):
    """`batch_hard_triplet_loss` as a module."""

    def __init__(
        self, *, margin: float | None = 0.3, reduction: str = "mean"
    ) -> None:
        """Take the options of `batch_hard_triplet_loss`."""
        super().__init__()
        self.margin, self.reduction = margin, reduction

    def forward(self, embeddings: Tensor, labels: Tensor) -> Tensor:
        """Compute `batch_hard_triplet_loss`."""
        return batch_hard_triplet_loss(
            embeddings, labels, margin=self.margin, reduction=self.reduction
        )


class SemiHardTripletLoss(nn.Module):
    """`semi_hard_triplet_loss` as a module."""

    def __init__(self, *, margin: float = 0.2, reduction: str = "mean") -> None:
        """Take the options of `semi_hard_triplet_loss`."""
        super().__init__()
        self.margin, self.reduction = margin, reduction

    def forward(self, embeddings: Tensor, labels: Tensor) -> Tensor:
        """Compute `semi_hard_triplet_loss`."""
        return semi_hard_triplet_loss(
            embeddings, labels, margin=self.margin, reduction=self.reduction
        )


class ContrastivePairLoss(nn.Module):
    """`contrastive_pair_loss` as a module."""

    def __init__(self, *, margin: float = 1.0, reduction: str = "mean") -> None:
        """Take the options of `contrastive_pair_loss`."""
        super().__init__()
        self.margin, self.reduction = margin, reduction

    def forward(self, embeddings: Tensor, labels: Tensor) -> Tensor:
        """Compute `contrastive_pair_loss`."""
        return contrastive_pair_loss(
            embeddings, labels, margin=self.margin, reduction=self.reduction
        )
