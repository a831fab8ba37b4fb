"""Losses of overlapping masks: Dice, generalized too, Jaccard, Tversky."""

import torch
from torch import Tensor, nn


def dice_loss(
    logits: Tensor,
    target: Tensor,
    *,
    activation: str | None = "sigmoid",
    smooth: float = 1.0,
    batch: bool = False,
    reduction: str = "mean",
) -> Tensor:
    """One minus the Dice coefficient (F1) of two soft masks.

    `1 - (2 * tp + smooth) / (2 * tp + fp + fn + smooth)`, where `tp` is the
    sum of `p * target` over the pixels of a mask, `fp` that of
    `p * (1 - target)` and `fn` that of `(1 - p) * target`.

    Args:
        logits: Shape (N, C, d1, ...); any real numbers, floating point.
        target: Shape of `logits`, floating point; from 0 to 1 (of classes:
            one-hot along C).
        activation: What makes `p` of `logits`: "sigmoid" for masks that may
            overlap or a single one, "softmax" over C for classes, `None` if
            they are probabilities already.
        smooth: Added above and below, at least 0: what an empty mask costs.
        batch: Whether one mask spans the pixels of the whole batch.
        reduction: "mean" and "sum" are over the N * C masks, or C with
            `batch`; "none".

    Returns:
        A scalar, with "none" shape (N, C), or (C) with `batch`. From 0 to 1;
        nan when `smooth` is 0 and both masks are empty. Its dtype is that of
        `logits`, but float32 for half precision.

    Raises:
        TypeError: `logits` or `target` is not floating point.
        ValueError: Shapes don't fit; an option is out of range. Values of
            `target`, or of `logits` without activation, are not checked.

    Source:
        Milletari et al., V-Net: Fully Convolutional Neural Networks for
        Volumetric Medical Image Segmentation, 2016, section 3,
        https://arxiv.org/abs/1606.04797 , here without the squares below
    """
    tp, fp, fn = _count(logits, target, activation, batch, smooth=smooth)
    return _reduce((fp + fn) / (2 * tp + fp + fn + smooth), reduction)


def generalized_dice_loss(
    logits: Tensor,
    target: Tensor,
    *,
    activation: str | None = "sigmoid",
    power: float = 2.0,
    smooth: float = 1.0,
    batch: bool = False,
    reduction: str = "mean",
) -> Tensor:
    """One Dice loss of all classes, each weighed against its size.

    `1 - (2 * sum(w * tp) + smooth) / (sum(w * (2 * tp + fp + fn)) + smooth)`,
    summed over the classes of a sample, where `tp`, `fp` and `fn` are those of
    `dice_loss`, and `w` is `(r / size) ** power` of a class whose target has
    this size, `r` being the smallest size above 0. So the rarest class
    weighs 1, as does one that is absent; the ratio is that of the paper's
    weights, `1 / size ** 2`. The weights have no gradient.

    Args:
        logits: Shape (N, C, d1, ...); any real numbers, floating point.
        target: Shape of `logits`, floating point; from 0 to 1 (of classes:
            one-hot along C).
        activation: "sigmoid", "softmax" over C, or `None`.
        power: How much small classes gain, at least 0: 0 weighs all pixels
            alike, 1 is by size, 2 by its square.
        smooth: Added above and below, at least 0; in pixels of the rarest
            class.
        batch: Whether sizes and counts span the whole batch.
        reduction: "mean" and "sum" are over the N samples, one with `batch`;
            "none".

    Returns:
        A scalar, with "none" shape (N), or () with `batch`. From 0 to 1; nan
        when `smooth` is 0 and all masks are empty. Its dtype is that of
        `logits`, but float32 for half precision.

    Raises:
        TypeError: `logits` or `target` is not floating point.
        ValueError: Shapes don't fit; an option is out of range. Values of
            `target`, or of `logits` without activation, are not checked.

    Source:
        Sudre et al., Generalised Dice overlap as a deep learning loss
        function for highly unbalanced segmentations, 2017, section 2,
        https://arxiv.org/abs/1707.03237 ; absent classes as in the authors'
        code in NiftyNet
    """
    factors = {"power": power, "smooth": smooth}
    tp, fp, fn = _count(logits, target, activation, batch, **factors)
    size = (tp + fn).detach()
    rarest = size.where(size > 0, torch.inf).amin(-1, keepdim=True)
    weight = torch.where(size > 0, rarest / size, 1.0) ** power
    right, wrong = (weight * tp).sum(-1), (weight * (fp + fn)).sum(-1)
    return _reduce(wrong / (2 * right + wrong + smooth), reduction)


def jaccard_loss(
    logits: Tensor,
    target: Tensor,
    *,
    activation: str | None = "sigmoid",
    smooth: float = 1.0,
    batch: bool = False,
    reduction: str = "mean",
) -> Tensor:
    """One minus the Jaccard index (intersection over union) of soft masks.

    `1 - (tp + smooth) / (tp + fp + fn + smooth)`, where `tp`, `fp` and `fn`
    are those of `dice_loss`.

    Args:
        logits: Shape (N, C, d1, ...); any real numbers, floating point.
        target: Shape of `logits`, floating point; from 0 to 1.
        activation: "sigmoid", "softmax" over C, or `None`.
        smooth: Added above and below, at least 0.
        batch: Whether one mask spans the pixels of the whole batch.
        reduction: "mean" and "sum" are over the N * C masks, or C with
            `batch`; "none".

    Returns:
        As `dice_loss`.

    Raises:
        TypeError: `logits` or `target` is not floating point.
        ValueError: Shapes don't fit; an option is out of range. Values of
            `target`, or of `logits` without activation, are not checked.

    Source:
        Rahman and Wang, Optimizing Intersection-Over-Union in Deep Neural
        Networks for Image Segmentation, 2016,
        https://doi.org/10.1007/978-3-319-50835-1_22
    """
    tp, fp, fn = _count(logits, target, activation, batch, smooth=smooth)
    return _reduce((fp + fn) / (tp + fp + fn + smooth), reduction)


def tversky_loss(
    logits: Tensor,
    target: Tensor,
    *,
    alpha: float = 0.3,
    beta: float = 0.7,
    activation: str | None = "sigmoid",
    smooth: float = 1.0,
    batch: bool = False,
    reduction: str = "mean",
) -> Tensor:
    """One minus the Tversky index: misses and false alarms weigh differently.

    `1 - (tp + smooth) / (tp + alpha * fp + beta * fn + smooth)`, where `tp`,
    `fp` and `fn` are those of `dice_loss`.

    Args:
        logits: Shape (N, C, d1, ...); any real numbers, floating point.
        target: Shape of `logits`, floating point; from 0 to 1.
        alpha: Weight of false positives, at least 0.
        beta: Weight of false negatives, at least 0.
        activation: "sigmoid", "softmax" over C, or `None`.
        smooth: Added above and below, at least 0.
        batch: Whether one mask spans the pixels of the whole batch.
        reduction: "mean" and "sum" are over the N * C masks, or C with
            `batch`; "none".

    Returns:
        As `dice_loss`.

    Raises:
        TypeError: `logits` or `target` is not floating point.
        ValueError: Shapes don't fit; an option is out of range. Values of
            `target`, or of `logits` without activation, are not checked.

    Source:
        Salehi et al., Tversky loss function for image segmentation using 3D
        fully convolutional deep networks, 2017, equations 2 and 3,
        https://arxiv.org/abs/1706.05721
    """
    factors = {"alpha": alpha, "beta": beta, "smooth": smooth}
    tp, fp, fn = _count(logits, target, activation, batch, **factors)
    wrong = alpha * fp + beta * fn
    return _reduce(wrong / (tp + wrong + smooth), reduction)


def focal_tversky_loss(
    logits: Tensor,
    target: Tensor,
    *,
    alpha: float = 0.3,
    beta: float = 0.7,
    gamma: float = 0.75,
    activation: str | None = "sigmoid",
    smooth: float = 1.0,
    batch: bool = False,
    reduction: str = "mean",
) -> Tensor:
    """A power of the Tversky loss of each mask.

    `tversky_loss ** gamma`, mask by mask, before the reduction.

    Args:
        logits: Shape (N, C, d1, ...); any real numbers, floating point.
        target: Shape of `logits`, floating point; from 0 to 1.
        alpha: Weight of false positives, at least 0.
        beta: Weight of false negatives, at least 0.
        gamma: The power, above 0; 1 is `tversky_loss`. The paper's gamma is
            1 / `gamma`: its 4/3 is 0.75 here.
        activation: "sigmoid", "softmax" over C, or `None`.
        smooth: Added above and below, at least 0.
        batch: Whether one mask spans the pixels of the whole batch.
        reduction: "mean" and "sum" are over the N * C masks, or C with
            `batch`; "none".

    Returns:
        As `dice_loss`.

    Raises:
        TypeError: `logits` or `target` is not floating point.
        ValueError: Shapes don't fit; an option is out of range. Values of
            `target`, or of `logits` without activation, are not checked.

    Source:
        Abraham and Khan, A Novel Focal Tversky loss function with improved
        Attention U-Net for lesion segmentation, 2018, equation 4,
        https://arxiv.org/abs/1810.07842; in the authors' code alpha weighs
        the misses, false negatives
    """
    if not gamma > 0:
        raise ValueError(f"gamma must be above 0, got {gamma}")
    factors = {"alpha": alpha, "beta": beta, "smooth": smooth}
    mask = {"activation": activation, "batch": batch}
    loss = tversky_loss(logits, target, **factors, **mask, reduction="none")
    # At 0 the slope of a power below 1 is infinite, and 0 * inf is nan.
    loss = loss.clamp_min(torch.finfo(loss.dtype).tiny) ** gamma
    return _reduce(loss, reduction)


def _count(
    logits: Tensor,
    target: Tensor,
    activation: str | None,
    batch: bool,
    **factors: float,
) -> tuple[Tensor, Tensor, Tensor]:
    # Soft counts of true positives, false positives and false negatives.
    _check(logits, target, activation, factors)
    dtype = torch.promote_types(logits.dtype, torch.float32)
    p, target = logits.to(dtype), target.to(dtype)
    if activation:
        p = p.sigmoid() if activation == "sigmoid" else p.softmax(1)
    axes = (0, 2) if batch else 2
    # The product last: backward, its gradient comes first, and takes the
    # other's in place.
    of_p, of_target = (x.flatten(2).sum(axes) for x in (p, target))
    tp = (p * target).flatten(2).sum(axes)
    return tp, of_p - tp, of_target - tp


def _reduce(loss: Tensor, reduction: str) -> Tensor:
    if reduction not in ("mean", "sum", "none"):
        raise ValueError(
            f"reduction must be 'mean', 'sum' or 'none', got {reduction!r}"
        )
    # Where sums differ in their last bits only, the loss is 0, not below.
    loss = loss - loss.detach().clamp(-16 * torch.finfo(loss.dtype).eps, 0)
    return loss if reduction == "none" else getattr(loss, reduction)()


def _check(
    logits: Tensor, target: Tensor, activation: str | None, factors: dict
) -> None:
    for name, x in {"logits": logits, "target": target}.items():
        if not x.is_floating_point():
            raise TypeError(f"{name} must be floating point, got {x.dtype}")
    if logits.ndim < 3:
        raise ValueError(
            f"logits must have shape (N, C, d1, ...), got {tuple(logits.shape)}"
        )
    if logits.shape != target.shape:
        raise ValueError(
            f"target must have the shape of logits, {tuple(logits.shape)}, "
            f"got {tuple(target.shape)}"
        )
    if activation not in ("sigmoid", "softmax", None):
        raise ValueError(
            "activation must be 'sigmoid', 'softmax' or None, "
            f"got {activation!r}"
        )
    for name, value in factors.items():
        if not value >= 0:
            raise ValueError(f"{name} must be at least 0, got {value}")


class DiceLoss(nn.Module):
    """`dice_loss` as a module."""

    def __init__(
        self,
        *,
        activation: str | None = "sigmoid",
        smooth: float = 1.0,
        batch: bool = False,
        reduction: str = "mean",
    ) -> None:
        """Take the options of `dice_loss`."""
        super().__init__()
        self.activation, self.smooth, self.batch = activation, smooth, batch
        self.reduction = reduction

    def forward(self, logits: Tensor, target: Tensor) -> Tensor:
        """Compute `dice_loss`."""
        return dice_loss(
            logits,
            target,
            activation=self.activation,
            smooth=self.smooth,
            batch=self.batch,
            reduction=self.reduction,
        )


class GeneralizedDiceLoss(nn.Module):
    """`generalized_dice_loss` as a module."""

    def __init__(
        self,
        *,
        activation: str | None = "sigmoid",
        power: float = 2.0,
        smooth: float = 1.0,
        batch: bool = False,
        reduction: str = "mean",
    ) -> None:
        """Take the options of `generalized_dice_loss`."""
        super().__init__()
        self.activation, self.power, self.smooth = activation, power, smooth
        self.batch, self.reduction = batch, reduction

    def forward(self, logits: Tensor, target: Tensor) -> Tensor:
        """Compute `generalized_dice_loss`."""
        return generalized_dice_loss(
            logits,
            target,
            activation=self.activation,
            power=self.power,
            smooth=self.smooth,
            batch=self.batch,
            reduction=self.reduction,
        )


class JaccardLoss(nn.Module):
    """`jaccard_loss` as a module."""

    def __init__(
        self,
        *,
        activation: str | None = "sigmoid",
        smooth: float = 1.0,
        batch: bool = False,
        reduction: str = "mean",
    ) -> None:
        """Take the options of `jaccard_loss`."""
        super().__init__()
        self.activation, self.smooth, self.batch = activation, smooth, batch
        self.reduction = reduction

    def forward(self, logits: Tensor, target: Tensor) -> Tensor:
        """Compute `jaccard_loss`."""
        return jaccard_loss(
            logits,
            target,
            activation=self.activation,
            smooth=self.smooth,
            batch=self.batch,
            reduction=self.reduction,
        )


class TverskyLoss(nn.Module):
    """`tversky_loss` as a module."""

    def __init__(
        self,
        *,
        alpha: float = 0.3,
        beta: float = 0.7,
        activation: str | None = "sigmoid",
        smooth: float = 1.0,
        batch: bool = False,
        reduction: str = "mean",
    ) -> None:
        """Take the options of `tversky_loss`."""
        super().__init__()
        self.alpha, self.beta, self.activation = alpha, beta, activation
        self.smooth, self.batch, self.reduction = smooth, batch, reduction

    def forward(self, logits: Tensor, target: Tensor) -> Tensor:
        """Compute `tversky_loss`."""
        return tversky_loss(
            logits,
            target,
            alpha=self.alpha,
            beta=self.beta,
            activation=self.activation,
            smooth=self.smooth,
            batch=self.batch,
            reduction=self.reduction,
        )


class FocalTverskyLoss(nn.Module):
    """`focal_tversky_loss` as a module."""

    def __init__(
        self,
        *,
        alpha: float = 0.3,
        beta: float = 0.7,
        gamma: float = 0.75,
        activation: str | None = "sigmoid",
        smooth: float = 1.0,
        batch: bool = False,
        reduction: str = "mean",
    ) -> None:
        """Take the options of `focal_tversky_loss`."""
        super().__init__()
        self.alpha, self.beta, self.gamma = alpha, beta, gamma
        self.activation, self.smooth, self.batch = activation, smooth, batch
        self.reduction = reduction

    def forward(self, logits: Tensor, target: Tensor) -> Tensor:
        """Compute `focal_tversky_loss`."""
        return focal_tversky_loss(
            logits,
            target,
            alpha=self.alpha,
            beta=self.beta,
            gamma=self.gamma,
            activation=self.activation,
            smooth=self.smooth,
            batch=self.batch,
            reduction=self.reduction,
        )
