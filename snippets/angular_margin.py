"""CosFace and ArcFace: cross entropy of cosines, with a margin to win by."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F


def cosface_loss(
    embeddings: Tensor,
    weight: Tensor,
    target: Tensor,
    *,
    margin: float = 0.35,
    scale: float = 64.0,
    ignore_index: int = -100,
    reduction: str = "mean",
) -> Tensor:
    """Cross entropy of cosines, that of the target lowered by the margin.

    `cross_entropy(scale * (cos - margin * one_hot(target)), target)`, where
    `cos` are the cosines of the embeddings with the rows of `weight`. Both
    are normalised here.

    Args:
        embeddings: Shape (N, D), floating point, any length.
        weight: Shape (C, D), one direction a class; a parameter to learn.
        target: Shape (N), int64; from 0 to C - 1, or `ignore_index`.
        margin: Of the cosine, at least 0; 0 is a softmax over cosines.
        scale: Of all logits, above 0.
        ignore_index: The target that doesn't count.
        reduction: "mean" is over the targets that count; "sum"; "none".

    Returns:
        A scalar, with "none" shape (N). At least 0; nan when "mean" has
        nothing to count. Its dtype is that of `embeddings`, but float32 for
        half precision.

    Raises:
        IndexError: A target is out of range (on the CPU).
        TypeError: `embeddings` or `weight` is not floating point, or
            `target` not int64.
        ValueError: Shapes don't fit; `margin`, `scale` or `reduction` is out
            of range.

    Source:
        Wang et al., CosFace: Large Margin Cosine Loss for Deep Face
        Recognition, 2018, equation 4, https://arxiv.org/abs/1801.09414
    """
    _check(scale, reduction)
    x, w, index = _units(embeddings, weight, target)
    if not margin >= 0:
        raise ValueError(f"margin must be at least 0, got {margin}")
    logits = _replace(x @ w.mT, index, (x * w[index]).sum(1) - margin)
    options = {"ignore_index": ignore_index, "reduction": reduction}
    return F.cross_entropy(scale * logits, target, **options)


def arcface_loss(
    embeddings: Tensor,
    weight: Tensor,
    target: Tensor,
    *,
    margin: float = 0.5,
    scale: float = 64.0,
    ignore_index: int = -100,
    reduction: str = "mean",
) -> Tensor:
    """Cross entropy of cosines, the angle of the target made larger.

    As `cosface_loss`, but the logit of the target is
    `scale * cos(angle + margin)`, and, where that would rise again, at angles
    above `pi - margin`, `scale * (cos(angle) - margin * sin(margin))`.

    Args:
        embeddings: Shape (N, D), floating point, any length.
        weight: Shape (C, D), one direction a class; a parameter to learn.
        target: Shape (N), int64; from 0 to C - 1, or `ignore_index`.
        margin: In radians, from 0 to pi; 0 is a softmax over cosines.
        scale: Of all logits, above 0.
        ignore_index: The target that doesn't count.
        reduction: "mean" is over the targets that count; "sum"; "none".

    Returns:
        A scalar, with "none" shape (N). At least 0; nan when "mean" has
        nothing to count. Its dtype is that of `embeddings`, but float32 for
        half precision.

    Raises:
        IndexError: A target is out of range (on the CPU).
        TypeError: `embeddings` or `weight` is not floating point, or
            `target` not int64.
        ValueError: Shapes don't fit; `margin`, `scale` or `reduction` is out
            of range.

    Source:
        Deng et al., ArcFace: Additive Angular Margin Loss for Deep Face
        Recognition, 2019, equation 3, https://arxiv.org/abs/1801.07698; the
        other branch is from its code,
        https://github.com/deepinsight/insightface
    """
    _check(scale, reduction)
    x, w, index = _units(embeddings, weight, target)
    if not 0 <= margin <= torch.pi:
        raise ValueError(f"margin must be from 0 to pi, got {margin}")
    y = w[index]
    cosine = (x * y).sum(1)
    # The slope of sqrt(1 - cosine**2) is infinite at 1; that of this is not.
    near, far = (torch.linalg.vector_norm(z, dim=1) for z in (x - y, x + y))
    # A zero vector is at a right angle to all.
    sine = (near * far / 2).where(x.any(1) & y.any(1), 1)
    m = torch.full((), margin, dtype=x.dtype, device=x.device)
    own = cosine * m.cos() - sine * m.sin()
    own = own.where(cosine >= -m.cos(), cosine - m * m.sin())
    logits = _replace(x @ w.mT, index, own)
    options = {"ignore_index": ignore_index, "reduction": reduction}
    return F.cross_entropy(scale * logits, target, **options)


def _units(
    embeddings: Tensor, weight: Tensor, target: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    # What has length 1, and the row of the weight that is each one's own.
    for name, x in (("embeddings", embeddings), ("weight", weight)):
        if not x.is_floating_point():
            raise TypeError(f"{name} must be floating point, got {x.dtype}")
    if target.dtype != torch.int64:
        raise TypeError(f"target must be int64, got {target.dtype}")
    a, b, c = (tuple(x.shape) for x in (embeddings, weight, target))
    if not len(a) == len(b) == 2 or a[1] != b[1] or c != a[:1]:
        raise ValueError(
            "embeddings, weight and target must have shapes (N, D), (C, D) "
            f"and (N), got {a}, {b} and {c}"
        )
    # Ignored ones must not fail here; cross_entropy finds those out of range.
    return _unit(embeddings), _unit(weight), target.clamp(0, len(weight) - 1)


def _unit(x: Tensor) -> Tensor:
    # A zero vector stays zero, with a finite gradient.
    x = x.to(torch.promote_types(x.dtype, torch.float32))
    square = x.square().sum(-1, keepdim=True)
    return x * square.where(square > 0, 1).sqrt().reciprocal()


def _replace(cosine: Tensor, index: Tensor, own: Tensor) -> Tensor:
    # Autocast makes products half precision.
    return cosine.to(own.dtype).scatter(1, index[:, None], own[:, None])


def _check(scale: float, reduction: str) -> None:
    if not scale > 0:
        raise ValueError(f"scale must be above 0, got {scale}")
    if reduction not in ("mean", "sum", "none"):
        raise ValueError(
            f"reduction must be 'mean', 'sum' or 'none', got {reduction!r}"
        )


class CosFaceLoss(nn.Module):
    """`cosface_loss` as a module; the model owns `weight`."""

    def __init__(
        self,
        *,
        margin: float = 0.35,
        scale: float = 64.0,
        ignore_index: int = -100,
        reduction: str = "mean",
    ) -> None:
        """Take the options of `cosface_loss`."""
        super().__init__()
        self.margin, self.scale, self.ignore_index = margin, scale, ignore_index
        self.reduction = reduction

    def forward(
        self, embeddings: Tensor, weight: Tensor, target: Tensor
    ) -> Tensor:
        """Compute `cosface_loss`."""
        return cosface_loss(
            embeddings,
            weight,
            target,
            margin=self.margin,
            scale=self.scale,
            ignore_index=self.ignore_index,
            reduction=self.reduction,
        )


class ArcFaceLoss(nn.Module):
    """`arcface_loss` as a module; the model owns `weight`."""

    def __init__(
        self,
        *,
        margin: float = 0.5,
        scale: float = 64.0,
        ignore_index: int = -100,
        reduction: str = "mean",
    ) -> None:
        """Take the options of `arcface_loss`."""
        super().__init__()
        self.margin, self.scale, self.ignore_index = margin, scale, ignore_index
        self.reduction = reduction

    def forward(
        self, embeddings: Tensor, weight: Tensor, target: Tensor
    ) -> Tensor:
        """Compute `arcface_loss`."""
        return arcface_loss(
            embeddings,
            weight,
            target,
            margin=self.margin,
            scale=self.scale,
            ignore_index=self.ignore_index,
            reduction=self.reduction,
        )
