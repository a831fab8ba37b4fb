"""Focal losses with graded targets: qualities, distances in bins, heatmaps."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F


def quality_focal_loss(
    logits: Tensor,
    target: Tensor,
    *,
    beta: float = 2.0,
    reduction: str = "mean",
) -> Tensor:
    """Binary cross entropy that counts less the nearer the score is.

    `-abs(p - y)**beta * (y * log(p) + (1 - y) * log(1 - p))`, where `p` is
    the sigmoid of the logit and `y` the target. It is 0 at `p = y`.

    Args:
        logits: Any shape; any real numbers, floating point.
        target: Shape of `logits`, floating point; from 0 to 1: the IoU for
            the class of an object, 0 for all others.
        beta: Focus on what is far off, at least 0; 0 is cross entropy.
        reduction: "mean" and "sum" are over all elements; "none".

    Returns:
        A scalar, with "none" the shape of `logits`. At least 0. Its dtype is
        that of `logits`, but float32 for half precision.

    Raises:
        TypeError: `logits` or `target` is not floating point.
        ValueError: Shapes differ; `beta` or `reduction` is out of range.
            Values of `target` are not checked.

    Source:
        Li et al., Generalized Focal Loss: Learning Qualified and Distributed
        Bounding Boxes for Dense Object Detection, 2020, section 3, "Quality
        Focal Loss", https://arxiv.org/abs/2006.04388
    """
    logits, target = _check(logits, target, reduction, beta=beta)
    loss = F.binary_cross_entropy_with_logits(logits, target, reduction="none")
    off = (logits.sigmoid() - target).abs()
    return _reduce(_power(off, beta) * loss, reduction)


def varifocal_loss(
    logits: Tensor,
    target: Tensor,
    *,
    alpha: float = 0.75,
    gamma: float = 2.0,
    reduction: str = "mean",
) -> Tensor:
    """Binary cross entropy, weighted by the target, focal where that is 0.

    `-q * (q * log(p) + (1 - q) * log(1 - p))` where the target `q` is above
    0, else `-alpha * p**gamma * log(1 - p)`; `p` is the sigmoid of the logit.

    Args:
        logits: Any shape; any real numbers, floating point.
        target: Shape of `logits`, floating point; from 0 to 1: the IoU for
            the class of an object, 0 for all others.
        alpha: Weight of the zeros, at least 0.
        gamma: Focus on the hard ones among the zeros, at least 0.
        reduction: "mean" and "sum" are over all elements; "none".

    Returns:
        A scalar, with "none" the shape of `logits`. At least 0, and above it
        for targets between 0 and 1. Its dtype is that of `logits`, but
        float32 for half precision.

    Raises:
        TypeError: `logits` or `target` is not floating point.
        ValueError: Shapes differ; `alpha`, `gamma` or `reduction` is out of
            range. Values of `target` are not checked.

    Source:
        Zhang et al., VarifocalNet: An IoU-aware Dense Object Detector, 2021,
        section "Varifocal Loss", https://arxiv.org/abs/2008.13367
    """
    logits, target = _check(logits, target, reduction, alpha=alpha, gamma=gamma)
    loss = F.binary_cross_entropy_with_logits(logits, target, reduction="none")
    focus = alpha * _power(logits.sigmoid(), gamma)
    return _reduce(torch.where(target > 0, target, focus) * loss, reduction)


def distribution_focal_loss(
    logits: Tensor, target: Tensor, *, reduction: str = "mean"
) -> Tensor:
    """Cross entropy with the two bins around a target, each by its nearness.

    `-(l + 1 - y) * log(p[l]) - (y - l) * log(p[l + 1])`, where `p` is the
    softmax of the logits and `l` the target `y`, rounded down. The prediction
    is the mean of the bins' numbers, weighted by `p`.

    Args:
        logits: Shape (..., K), one for each bin; any real numbers, floating
            point.
        target: Shape (...), floating point; from 0 to K - 1, whole or not: a
            distance in bins, such as one of a point to a side of its box.
        reduction: "mean" and "sum" are over targets; "none".

    Returns:
        A scalar, with "none" the shape of `target`. At least 0, and above it
        between two bins; nan when "mean" has no targets. Its dtype is that of
        `logits`, but float32 for half precision.

    Raises:
        IndexError: A target is out of range (on the CPU).
        TypeError: `logits` or `target` is not floating point.
        ValueError: Shapes don't fit, or `reduction` is unknown.

    Source:
        Li et al., Generalized Focal Loss: Learning Qualified and Distributed
        Bounding Boxes for Dense Object Detection, 2020, section 3,
        "Distribution Focal Loss", https://arxiv.org/abs/2006.04388
    """
    logits, target = _check(logits, target, reduction, bins=True)
    share = target - target.floor()  # so short that it isn't worth keeping
    near = _miss(logits, target.floor())
    far = _miss(logits, target.ceil())  # the same bin for a whole number
    return _reduce((1 - share) * near + share * far, reduction)


def gaussian_focal_loss(
    logits: Tensor,
    target: Tensor,
    *,
    alpha: float = 2.0,
    beta: float = 4.0,
    reduction: str = "mean",
) -> Tensor:
    """Focal loss of a heatmap whose peaks count, and their surroundings less.

    `-(1 - p)**alpha * log(p)` where the target `y` is exactly 1, else
    `-(1 - y)**beta * p**alpha * log(1 - p)`; `p` is the sigmoid of the logit.

    Args:
        logits: Any shape; any real numbers, floating point.
        target: Shape of `logits`, floating point; from 0 to 1: exactly 1 at
            the centre of an object, less around it, as a Gaussian does.
        alpha: Focus on what is hard, at least 0.
        beta: How much what is near a peak is spared, at least 0.
        reduction: "mean" is the sum over all elements, divided by how many
            targets are 1, at least 1; "sum"; "none".

    Returns:
        A scalar, with "none" the shape of `logits`. At least 0. Its dtype is
        that of `logits`, but float32 for half precision.

    Raises:
        TypeError: `logits` or `target` is not floating point.
        ValueError: Shapes differ; `alpha`, `beta` or `reduction` is out of
            range. Values of `target` are not checked.

    Source:
        Law and Deng, CornerNet: Detecting Objects as Paired Keypoints, 2018,
        section "Detecting Corners", https://arxiv.org/abs/1808.01244
    """
    logits, target = _check(logits, target, reduction, alpha=alpha, beta=beta)
    peak = target == 1
    loss = F.binary_cross_entropy_with_logits(
        logits, peak.to(logits.dtype), reduction="none"
    )
    spared = torch.where(peak, 1, _power(1 - target, beta))
    loss = spared * _power(logits.where(~peak, -logits).sigmoid(), alpha) * loss
    if reduction == "mean":
        return loss.sum() / peak.sum().clamp_min(1)
    return _reduce(loss, reduction)


def _miss(logits: Tensor, index: Tensor) -> Tensor:
    # No index is ignored: -100 is a mistake here.
    flat = logits.reshape(-1, logits.shape[-1])
    loss = F.cross_entropy(
        flat, index.long().reshape(-1), ignore_index=-(2**62), reduction="none"
    )
    return loss.reshape(index.shape)


def _power(base: Tensor, exponent: float) -> Tensor:
    if exponent < 1:  # its slope at 0 is infinite, and 0 * inf is nan
        base = base.clamp_min(torch.finfo(base.dtype).tiny)
    return base**exponent


def _reduce(loss: Tensor, reduction: str) -> Tensor:
    return loss if reduction == "none" else getattr(loss, reduction)()


def _check(
    logits: Tensor,
    target: Tensor,
    reduction: str,
    bins: bool = False,
    **options: float,
) -> tuple[Tensor, Tensor]:
    for name, tensor in (("logits", logits), ("target", target)):
        if not tensor.is_floating_point():
            raise TypeError(
                f"{name} must be floating point, got {tensor.dtype}"
            )
    if bins and (logits.ndim < 1 or logits.shape[:-1] != target.shape):
        raise ValueError(
            "logits and target must have shapes (..., K) and (...), got "
            f"{tuple(logits.shape)} and {tuple(target.shape)}"
        )
    if not bins and logits.shape != target.shape:
        raise ValueError(
            f"target must have the shape of logits, {tuple(logits.shape)}, "
            f"got {tuple(target.shape)}"
        )
    for name, value in options.items():
        if not value >= 0:
            raise ValueError(f"{name} must be at least 0, got {value}")
    if reduction not in ("mean", "sum", "none"):
        raise ValueError(
            f"reduction must be 'mean', 'sum' or 'none', got {reduction!r}"
        )
    dtype = torch.promote_types(logits.dtype, torch.float32)
    return logits.to(dtype), target.to(dtype)


class QualityFocalLoss(nn.Module):
    """`quality_focal_loss` as a module."""

    def __init__(self, *, beta: float = 2.0, reduction: str = "mean") -> None:
        """Take the options of `quality_focal_loss`."""
        super().__init__()
        self.beta, self.reduction = beta, reduction

    def forward(self, logits: Tensor, target: Tensor) -> Tensor:
        """Compute `quality_focal_loss`."""
        return quality_focal_loss(
            logits, target, beta=self.beta, reduction=self.reduction
        )


class VarifocalLoss(nn.Module):
    """`varifocal_loss` as a module."""

    def __init__(
        self,
        *,
        alpha: float = 0.75,
        gamma: float = 2.0,
        reduction: str = "mean",
    ) -> None:
        """Take the options of `varifocal_loss`."""
        super().__init__()
        self.alpha, self.gamma, self.reduction = alpha, gamma, reduction

    def forward(self, logits: Tensor, target: Tensor) -> Tensor:
        """Compute `varifocal_loss`."""
        return varifocal_loss(
            logits,
            target,
            alpha=self.alpha,
            gamma=self.gamma,
            reduction=self.reduction,
        )


class DistributionFocalLoss(nn.Module):
    """`distribution_focal_loss` as a module."""

    def __init__(self, *, reduction: str = "mean") -> None:
        """Take the options of `distribution_focal_loss`."""
        super().__init__()
        self.reduction = reduction

    def forward(self, logits: Tensor, target: Tensor) -> Tensor:
        """Compute `distribution_focal_loss`."""
        return distribution_focal_loss(logits, target, reduction=self.reduction)


class GaussianFocalLoss(nn.Module):
    """`gaussian_focal_loss` as a module."""

    def __init__(
        self,
        *,
        alpha: float = 2.0,
        beta: float = 4.0,
        reduction: str = "mean",
    ) -> None:
        """Take the options of `gaussian_focal_loss`."""
        super().__init__()
        self.alpha, self.beta, self.reduction = alpha, beta, reduction

    def forward(self, logits: Tensor, target: Tensor) -> Tensor:
        """Compute `gaussian_focal_loss`."""
        return gaussian_focal_loss(
            logits,
            target,
            alpha=self.alpha,
            beta=self.beta,
            reduction=self.reduction,
        )
