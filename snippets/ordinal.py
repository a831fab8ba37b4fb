"""Losses for classes that have an order: CORAL and CORN."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F


def coral_loss(
    logits: Tensor,
    target: Tensor,
    *,
    weight: Tensor | None = None,
    reduction: str = "mean",
) -> Tensor:
    """Binary cross entropy of each question "is it above class k?".

    `(weight * bce(logits, target > k)).sum(-1)` for k from 0 to K - 2, where
    K classes have K - 1 logits: one number a sample, plus K - 1 biases. Their
    probabilities are in order if the biases descend, as they do at the minimum
    of the loss (theorem 1).

    Args:
        logits: Shape (*, K - 1); any real numbers, floating point.
        target: Shape (*), int64; from 0 to K - 1.
        weight: Shape (K - 1), one factor a question; `None` weighs nothing.
        reduction: "mean" is over the samples, not over the questions; "sum";
            "none".

    Returns:
        A scalar, with "none" the shape of `target`. At least 0. Its dtype is
        that of `logits`, but float32 for half precision.

    Raises:
        IndexError: A target is out of range (on the CPU).
        TypeError: `logits` is not floating point, or `target` not int64.
        ValueError: Shapes don't fit, or `reduction` is unknown.

    Source:
        Cao et al., Rank Consistent Ordinal Regression for Neural Networks
        with Application to Age Estimation, 2020, equation 4,
        https://arxiv.org/abs/1901.07884
    """
    _check(logits, target, reduction)
    if weight is not None and weight.shape != logits.shape[-1:]:
        raise ValueError(
            f"weight must have shape ({logits.shape[-1]},), one factor a "
            f"logit, got {tuple(weight.shape)}"
        )
    logits, above, _ = _questions(logits, target)
    loss = F.binary_cross_entropy_with_logits(
        logits,
        above,
        None if weight is None else weight.to(logits.dtype),
        reduction="none",
    ).sum(-1)
    return loss if reduction == "none" else getattr(loss, reduction)()


def corn_loss(
    logits: Tensor, target: Tensor, *, reduction: str = "mean"
) -> Tensor:
    """Binary cross entropy of "is it above class k?", if it is not below k.

    `bce(logits, target > k)` where `target >= k`, for k from 0 to K - 2.
    Logit k stands for P(target > k | target >= k), so the products of the
    sigmoids are P(target > k), in order for any last layer.

    Args:
        logits: Shape (*, K - 1); any real numbers, floating point.
        target: Shape (*), int64; from 0 to K - 1.
        reduction: "mean" divides by the number of questions that were asked,
            min(target + 1, K - 1) of a sample; "sum"; "none".

    Returns:
        A scalar, with "none" the shape of `target`: the negative log
        probability of its class. At least 0; nan when "mean" has no
        question, as of a single class (K = 1). Its dtype is that of
        `logits`, but float32 for half precision.

    Raises:
        IndexError: A target is out of range (on the CPU).
        TypeError: `logits` is not floating point, or `target` not int64.
        ValueError: Shapes don't fit, or `reduction` is unknown.

    Source:
        Shi et al., Deep Neural Networks for Rank-Consistent Ordinal
        Regression Based On Conditional Probabilities, 2021, equation 5,
        https://arxiv.org/abs/2111.08851
    """
    _check(logits, target, reduction)
    logits, above, asked = _questions(logits, target)
    loss = F.binary_cross_entropy_with_logits(logits, above, reduction="none")
    loss = (asked * loss).sum(-1)
    if reduction == "none":
        return loss
    return loss.sum() if reduction == "sum" else loss.sum() / asked.sum()


def _questions(logits: Tensor, target: Tensor) -> tuple[Tensor, ...]:
    dtype = torch.promote_types(logits.dtype, torch.float32)
    k = logits.shape[-1]
    # Row y is 1 for each question below y. The lookup checks the range.
    ones = torch.ones(k + 1, k, dtype=dtype, device=logits.device)
    above, asked = (F.embedding(target, ones.tril(i)) for i in (-1, 0))
    return logits.to(dtype), above, asked


def _check(logits: Tensor, target: Tensor, reduction: str) -> None:
    if not logits.is_floating_point():
        raise TypeError(f"logits must be floating point, got {logits.dtype}")
    if target.dtype != torch.int64:
        raise TypeError(f"target must be int64, got {target.dtype}")
    if not logits.ndim or target.shape != logits.shape[:-1]:
        raise ValueError(
            "logits and target must have shapes (*, K - 1) and (*), got "
            f"{tuple(logits.shape)} and {tuple(target.shape)}"
        )
    if reduction not in ("mean", "sum", "none"):
        raise ValueError(
            f"reduction must be 'mean', 'sum' or 'none', got {reduction!r}"
        )


class CoralLoss(nn.Module):
    """`coral_loss` as a module; `weight` moves with it."""

    def __init__(
        self, *, weight: Tensor | None = None, reduction: str = "mean"
    ) -> None:
        """Take the options of `coral_loss`."""
        super().__init__()
        self.register_buffer("weight", weight)
        self.reduction = reduction

    def forward(self, logits: Tensor, target: Tensor) -> Tensor:
        """Compute `coral_loss`."""
        return coral_loss(
            logits, target, weight=self.weight, reduction=self.reduction
        )


class CornLoss(nn.Module):
    """`corn_loss` as a module."""

    def __init__(self, *, reduction: str = "mean") -> None:
        """Take the options of `corn_loss`."""
        super().__init__()
        self.reduction = reduction

    def forward(self, logits: Tensor, target: Tensor) -> Tensor:
        """Compute `corn_loss`."""
        return corn_loss(logits, target, reduction=self.reduction)
