"""Focal loss, with a sigmoid for each label or a softmax over classes."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F


def sigmoid_focal_loss(
    logits: Tensor,
    target: Tensor,
    *,
    alpha: float | None = 0.25,
    gamma: float = 2.0,
    reduction: str = "mean",
) -> Tensor:
    """Binary cross entropy that counts less where the model is right.

    `-alpha_t * (1 - p_t)**gamma * log(p_t)`, where `p_t` is the probability
    that the model gives to the truth, and `alpha_t` is `alpha` for a target
    of 1 and `1 - alpha` for a target of 0.

    Args:
        logits: Any shape; any real numbers, floating point.
        target: Shape and dtype of `logits`; from 0 to 1.
        alpha: Weight of the ones, from 0 to 1; `None` weighs nothing.
        gamma: Focus on what is hard, at least 0; 0 is cross entropy.
        reduction: "mean" and "sum" are over all elements; "none".

    Returns:
        A scalar, with "none" the shape of `logits`. At least 0. Its dtype is
        that of `logits`, but float32 for half precision.

    Raises:
        TypeError: `logits` or `target` is not floating point.
        ValueError: Shapes differ; `alpha`, `gamma` or `reduction` is out of
            range. Values of `target` are not checked.

    Source:
        Lin et al., Focal Loss for Dense Object Detection, 2017, equation 5,
        https://arxiv.org/abs/1708.02002
    """
    _check(gamma, reduction, logits=logits, target=target)
    if logits.shape != target.shape:
        raise ValueError(
            f"target must have the shape of logits, {tuple(logits.shape)}, "
            f"got {tuple(target.shape)}"
        )
    if alpha is not None and not 0 <= alpha <= 1:
        raise ValueError(f"alpha must be from 0 to 1, got {alpha}")
    dtype = torch.promote_types(logits.dtype, torch.float32)
    logits, target = logits.to(dtype), target.to(dtype)
    loss = F.binary_cross_entropy_with_logits(logits, target, reduction="none")
    # 1 - p_t without the cancellation that comes when p_t is near 1.
    miss = torch.lerp(logits.sigmoid(), (-logits).sigmoid(), target)
    loss = _power(miss, gamma) * loss
    if alpha is not None:
        loss = (target * (2 * alpha - 1) + (1 - alpha)) * loss
    return loss if reduction == "none" else getattr(loss, reduction)()


def softmax_focal_loss(
    logits: Tensor,
    target: Tensor,
    *,
    weight: Tensor | None = None,
    gamma: float = 2.0,
    ignore_index: int = -100,
    reduction: str = "mean",
) -> Tensor:
    """Cross entropy that counts less where the model is right.

    `-weight[y] * (1 - p_y)**gamma * log(p_y)`, where `p` is the softmax of
    the logits and `y` the target.

    Args:
        logits: Shape (N, C) or (N, C, d1, ...); any real numbers, floating
            point.
        target: Shape (N) or (N, d1, ...), int64; from 0 to C - 1, or
            `ignore_index`.
        weight: Shape (C), one factor a class; `None` weighs nothing.
        gamma: Focus on what is hard, at least 0; 0 is cross entropy.
        ignore_index: The target that doesn't count.
        reduction: "mean" divides by the weights of the targets that count,
            as `cross_entropy` does; "sum"; "none".

    Returns:
        A scalar, with "none" the shape of `target`. At least 0; nan when
        "mean" has nothing to count. Its dtype is that of `logits`, but
        float32 for half precision.

    Raises:
        IndexError: A target is out of range (on the CPU).
        TypeError: `logits` is not floating point, or `target` not int64.
        ValueError: Shapes don't fit; `gamma` or `reduction` is out of range.

    Source:
        Lin et al., Focal Loss for Dense Object Detection, 2017, equation 4,
        with the softmax in place of the sigmoid,
        https://arxiv.org/abs/1708.02002
    """
    _check(gamma, reduction, logits=logits)
    if target.dtype != torch.int64:
        raise TypeError(f"target must be int64, got {target.dtype}")
    if logits.ndim < 2 or target.shape != logits.shape[:1] + logits.shape[2:]:
        raise ValueError(
            "logits and target must have shapes (N, C, ...) and (N, ...), "
            f"got {tuple(logits.shape)} and {tuple(target.shape)}"
        )
    if weight is not None and weight.shape != logits.shape[1:2]:
        raise ValueError(
            f"weight must have shape ({logits.shape[1]},), one factor a "
            f"class, got {tuple(weight.shape)}"
        )
    dtype = torch.promote_types(logits.dtype, torch.float32)
    log_p = logits.to(dtype).log_softmax(1)
    # What is ignored has an nll of 0, and so a loss of 0.
    nll = F.nll_loss(log_p, target, ignore_index=ignore_index, reduction="none")
    nll = nll + 0  # no -0.0
    loss = _power(-torch.expm1(-nll), gamma) * nll
    counts = target != ignore_index
    total = counts.sum()
    if weight is not None:
        w = weight.to(dtype)[target.where(counts, 0)]
        loss, total = w * loss, (w * counts).sum()
    if reduction == "none":
        return loss
    return loss.sum() if reduction == "sum" else loss.sum() / total


def _power(miss: Tensor, gamma: float) -> Tensor:
    if gamma < 1:
        # At 0 the slope of a power is infinite, and 0 * inf is nan.
        miss = miss.clamp_min(torch.finfo(miss.dtype).tiny)
    return miss**gamma


def _check(gamma: float, reduction: str, **inputs: Tensor) -> None:
    for name, tensor in inputs.items():
        if not tensor.is_floating_point():
            raise TypeError(
                f"{name} must be floating point, got {tensor.dtype}"
            )
    if not gamma >= 0:
        raise ValueError(f"gamma must be at least 0, got {gamma}")
    if reduction not in ("mean", "sum", "none"):
        raise ValueError(
            f"reduction must be 'mean', 'sum' or 'none', got {reduction!r}"
        )


class SigmoidFocalLoss(nn.Module):
    """`sigmoid_focal_loss` as a module."""

    def __init__(
        self,
        *,
        alpha: float | None = 0.25,
        gamma: float = 2.0,
        reduction: str = "mean",
    ) -> None:
        """Take the options of `sigmoid_focal_loss`."""
        super().__init__()
        self.alpha, self.gamma, self.reduction = alpha, gamma, reduction

    def forward(self, logits: Tensor, target: Tensor) -> Tensor:
        """Compute `sigmoid_focal_loss`."""
        return sigmoid_focal_loss(
            logits,
            target,
            alpha=self.alpha,
            gamma=self.gamma,
            reduction=self.reduction,
        )


class SoftmaxFocalLoss(nn.Module):
    """`softmax_focal_loss` as a module; `weight` moves with it."""

    def __init__(
        self,
        *,
        weight: Tensor | None = None,
        gamma: float = 2.0,
        ignore_index: int = -100,
        reduction: str = "mean",
    ) -> None:
        """Take the options of `softmax_focal_loss`."""
        super().__init__()
        self.register_buffer("weight", weight)
        self.gamma, self.ignore_index = gamma, ignore_index
        self.reduction = reduction

    def forward(self, logits: Tensor, target: Tensor) -> Tensor:
        """Compute `softmax_focal_loss`."""
        return softmax_focal_loss(
            logits,
            target,
            weight=self.weight,
            gamma=self.gamma,
            ignore_index=self.ignore_index,
            reduction=self.reduction,
        )
