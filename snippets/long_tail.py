"""Losses for classes of very unequal size, and a weight for each class."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F


def ldam_loss(
    logits: Tensor,
    target: Tensor,
    *,
    class_counts: Tensor,
    max_margin: float = 0.5,
    scale: float = 30.0,
    weight: Tensor | None = None,
    ignore_index: int = -100,
    reduction: str = "mean",
) -> Tensor:
    """Cross entropy with a larger margin for rarer classes.

    The cross entropy of `scale * (logits - margin)`, where only the target's
    logit has a margin: `max_margin * (min(n) / n[y])**0.25` for `n[y]`
    samples of its class. The rarest class has `max_margin`.

    Args:
        logits: Shape (N, C) or (N, C, d1, ...), floating point; cosines from
            -1 to 1, of a classifier whose inputs and weights have length 1.
        target: Shape (N) or (N, d1, ...), int64; from 0 to C - 1, or
            `ignore_index`.
        class_counts: Shape (C), samples of each class in the training set,
            at least 1.
        max_margin: Margin of the rarest class, at least 0.
        scale: Factor of the logits after the margin, above 0.
        weight: Shape (C), one factor a class; `None` weighs nothing.
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
        ValueError: Shapes don't fit; `max_margin`, `scale` or `reduction` is
            out of range. Values of `class_counts` are not checked.

    Source:
        Cao et al., Learning Imbalanced Datasets with
        Label-Distribution-Aware Margin Loss, 2019, section 3,
        https://arxiv.org/abs/1906.07413; `scale` is that of its code,
        https://github.com/kaidic/LDAM-DRW
    """
    _check(logits, target, class_counts, weight, reduction)
    if not max_margin >= 0:
        raise ValueError(f"max_margin must be at least 0, got {max_margin}")
    if not scale > 0:
        raise ValueError(f"scale must be above 0, got {scale}")
    dtype = torch.promote_types(logits.dtype, torch.float32)
    n = class_counts.to(dtype)
    margin = scale * max_margin * (n.min() / n) ** 0.25
    margin = margin + 0 * margin.sum()  # a count of 0 stays a loud nan
    # What is ignored may have any; what is out of range, cross_entropy tells.
    own = target.clamp(0, len(n) - 1).unsqueeze(1)
    logits = scale * logits.to(dtype)
    return F.cross_entropy(
        logits.scatter_add(1, own, -margin[own]),
        target,
        None if weight is None else weight.to(dtype),
        ignore_index=ignore_index,
        reduction=reduction,
    )


def logit_adjusted_cross_entropy(
    logits: Tensor,
    target: Tensor,
    *,
    class_counts: Tensor,
    tau: float = 1.0,
    weight: Tensor | None = None,
    ignore_index: int = -100,
    reduction: str = "mean",
) -> Tensor:
    """Cross entropy that leaves the frequency of the classes to a constant.

    The cross entropy of `logits + tau * log(prior)`, where `prior` is the
    share of each class. With `tau=1` it is known as balanced softmax. Predict
    with `logits`, without the prior.

    Args:
        logits: Shape (N, C) or (N, C, d1, ...); any real numbers, floating
            point.
        target: Shape (N) or (N, d1, ...), int64; from 0 to C - 1, or
            `ignore_index`.
        class_counts: Shape (C), samples of each class in the training set,
            or shares: only their ratios matter. A 0 leaves its class out.
        tau: How much of the prior to take, at least 0; 0 is cross entropy.
        weight: Shape (C), one factor a class; `None` weighs nothing.
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
        ValueError: Shapes don't fit; `tau` or `reduction` is out of range.
            Values of `class_counts` are not checked.

    Source:
        Menon et al., Long-tail learning via logit adjustment, 2021,
        section 5, https://arxiv.org/abs/2007.07314
    """
    shape = _check(logits, target, class_counts, weight, reduction)
    if not tau >= 0:
        raise ValueError(f"tau must be at least 0, got {tau}")
    dtype = torch.promote_types(logits.dtype, torch.float32)
    n = class_counts.to(dtype)
    shift = torch.xlogy(tau, n / n.sum())  # 0 for a tau of 0
    return F.cross_entropy(
        logits.to(dtype) + shift.view(shape),
        target,
        None if weight is None else weight.to(dtype),
        ignore_index=ignore_index,
        reduction=reduction,
    )


def class_balanced_weight(
    class_counts: Tensor, *, beta: float = 0.9999
) -> Tensor:
    """Weight classes by the inverse of their effective number of samples.

    `(1 - beta) / (1 - beta**n)`, scaled so that the mean over classes is 1:
    a `weight` for `cross_entropy`, and for the losses of this file.

    Args:
        class_counts: Shape (C), samples of each class in the training set,
            at least 1.
        beta: From 0, which weighs all alike, to below 1, where the weight
            becomes the inverse count.

    Returns:
        Shape (C), positive, of mean 1. Its dtype is that of `class_counts`,
        but float32 for integers and half precision.

    Raises:
        TypeError: `class_counts` is bool or complex.
        ValueError: `class_counts` is not one number a class; `beta` is out
            of range. Values of `class_counts` are not checked.

    Source:
        Cui et al., Class-Balanced Loss Based on Effective Number of Samples,
        2019, section 4, https://arxiv.org/abs/1901.05555
    """
    if class_counts.dtype == torch.bool or class_counts.is_complex():
        raise TypeError(
            f"class_counts must be real numbers, got {class_counts.dtype}"
        )
    if class_counts.ndim != 1 or len(class_counts) == 0:
        raise ValueError(
            "class_counts must have shape (C,), one count a class, got "
            f"{tuple(class_counts.shape)}"
        )
    if not 0 <= beta < 1:
        raise ValueError(f"beta must be from 0 to below 1, got {beta}")
    dtype = torch.promote_types(class_counts.dtype, torch.float32)
    n = class_counts.to(dtype)
    # beta**n as exp(n * log(beta)), exact where both are close to 1.
    log_beta = torch.full_like(n, beta - 1).log1p()
    log_beta = log_beta.clamp_min(torch.finfo(dtype).min)
    w = -1 / torch.expm1(n * log_beta)
    return w / w.mean()


def _check(
    logits: Tensor,
    target: Tensor,
    class_counts: Tensor,
    weight: Tensor | None,
    reduction: str,
) -> tuple[int, ...]:
    if not logits.is_floating_point():
        raise TypeError(f"logits must be floating point, got {logits.dtype}")
    if target.dtype != torch.int64:
        raise TypeError(f"target must be int64, got {target.dtype}")
    if logits.ndim < 2 or target.shape != logits.shape[:1] + logits.shape[2:]:
        raise ValueError(
            "logits and target must have shapes (N, C, ...) and (N, ...), "
            f"got {tuple(logits.shape)} and {tuple(target.shape)}"
        )
    for name, x in (("class_counts", class_counts), ("weight", weight)):
        if x is not None and x.shape != logits.shape[1:2]:
            raise ValueError(
                f"{name} must have shape ({logits.shape[1]},), one number a "
                f"class, got {tuple(x.shape)}"
            )
    if reduction not in ("mean", "sum", "none"):
        raise ValueError(
            f"reduction must be 'mean', 'sum' or 'none', got {reduction!r}"
        )
    return (-1,) + (1,) * (logits.ndim - 2)


class LDAMLoss(nn.Module):
    """`ldam_loss` as a module; `class_counts` and `weight` move with it."""

    def __init__(
        self,
        *,
        class_counts: Tensor,
        max_margin: float = 0.5,
        scale: float = 30.0,
        weight: Tensor | None = None,
        ignore_index: int = -100,
        reduction: str = "mean",
    ) -> None:
        """Take the options of `ldam_loss`."""
        super().__init__()
        self.register_buffer("class_counts", class_counts)
        self.register_buffer("weight", weight)
        self.max_margin, self.scale = max_margin, scale
        self.ignore_index, self.reduction = ignore_index, reduction

    def forward(self, logits: Tensor, target: Tensor) -> Tensor:
        """Compute `ldam_loss`."""
        return ldam_loss(
            logits,
            target,
            class_counts=self.class_counts,
            max_margin=self.max_margin,
            scale=self.scale,
            weight=self.weight,
            ignore_index=self.ignore_index,
            reduction=self.reduction,
        )


class LogitAdjustedCrossEntropy(nn.Module):
    """`logit_adjusted_cross_entropy` as a module; its tensors move with it."""

    def __init__(
        self,
        *,
        class_counts: Tensor,
        tau: float = 1.0,
        weight: Tensor | None = None,
        ignore_index: int = -100,
        reduction: str = "mean",
    ) -> None:
        """Take the options of `logit_adjusted_cross_entropy`."""
        super().__init__()
        self.register_buffer("class_counts", class_counts)
        self.register_buffer("weight", weight)
        self.tau, self.ignore_index = tau, ignore_index
        self.reduction = reduction

    def forward(self, logits: Tensor, target: Tensor) -> Tensor:
        """Compute `logit_adjusted_cross_entropy`."""
        return logit_adjusted_cross_entropy(
            logits,
            target,
            class_counts=self.class_counts,
            tau=self.tau,
            weight=self.weight,
            ignore_index=self.ignore_index,
            reduction=self.reduction,
        )
