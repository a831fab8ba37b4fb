"""Cross entropies that bear wrong labels: generalized, and symmetric."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F


def generalized_cross_entropy(
    logits: Tensor,
    target: Tensor,
    *,
    q: float = 0.7,
    ignore_index: int = -100,
    reduction: str = "mean",
) -> Tensor:
    """Something between cross entropy and the absolute error.

    `(1 - p_y**q) / q`, where `p` is the softmax of the logits and `y` the
    target.

    Args:
        logits: Shape (N, C) or (N, C, d1, ...); any real numbers, floating
            point.
        target: Shape (N) or (N, d1, ...), int64; from 0 to C - 1, or
            `ignore_index`.
        q: From 0, which is cross entropy, to 1, which is half the absolute
            error between `p` and the one-hot target.
        ignore_index: The target that doesn't count.
        reduction: "mean" is over the targets that count; "sum"; "none".

    Returns:
        A scalar, with "none" the shape of `target`. From 0 to 1 / q; nan when
        "mean" has nothing to count. Its dtype is that of `logits`, but
        float32 for half precision.

    Raises:
        IndexError: A target is out of range (on the CPU).
        TypeError: `logits` is not floating point, or `target` not int64.
        ValueError: Shapes don't fit; `q` or `reduction` is out of range.

    Source:
        Zhang and Sabuncu, Generalized Cross Entropy Loss for Training Deep
        Neural Networks with Noisy Labels, 2018, the L_q loss,
        https://arxiv.org/abs/1805.07836
    """
    if not 0 <= q <= 1:
        raise ValueError(f"q must be from 0 to 1, got {q}")
    nll = _nll(logits, target, ignore_index, reduction)
    loss = torch.expm1(-q * nll) / -q if q else nll
    return _reduce(loss, target != ignore_index, reduction)


def symmetric_cross_entropy(
    logits: Tensor,
    target: Tensor,
    *,
    alpha: float = 0.1,
    beta: float = 1.0,
    log_zero: float = -4.0,
    ignore_index: int = -100,
    reduction: str = "mean",
) -> Tensor:
    """Cross entropy, and the same with target and prediction exchanged.

    `-alpha * log(p_y) - beta * log_zero * (1 - p_y)`, where `p` is the softmax
    of the logits and `y` the target. The second term is the cross entropy of
    `p` to the one-hot target, whose zeros have the logarithm `log_zero`.

    Args:
        logits: Shape (N, C) or (N, C, d1, ...); any real numbers, floating
            point.
        target: Shape (N) or (N, d1, ...), int64; from 0 to C - 1, or
            `ignore_index`.
        alpha: Weight of cross entropy, at least 0.
        beta: Weight of the reverse, which bears wrong labels, at least 0.
        log_zero: Taken for the logarithm of 0, at most 0.
        ignore_index: The target that doesn't count.
        reduction: "mean" is over the targets that count; "sum"; "none".

    Returns:
        A scalar, with "none" the shape of `target`. At least 0; nan when
        "mean" has nothing to count. Its dtype is that of `logits`, but
        float32 for half precision.

    Raises:
        IndexError: A target is out of range (on the CPU).
        TypeError: `logits` is not floating point, or `target` not int64.
        ValueError: Shapes don't fit; `alpha`, `beta`, `log_zero` or
            `reduction` is out of range.

    Source:
        Wang et al., Symmetric Cross Entropy for Robust Learning with Noisy
        Labels, 2019, the loss SL with A = log_zero,
        https://arxiv.org/abs/1908.06112
    """
    for name, factor in (("alpha", alpha), ("beta", beta)):
        if not factor >= 0:
            raise ValueError(f"{name} must be at least 0, got {factor}")
    if not log_zero <= 0:
        raise ValueError(f"log_zero must be at most 0, got {log_zero}")
    nll = _nll(logits, target, ignore_index, reduction)
    wrong = torch.expm1(-nll)
    loss = torch.add(alpha * nll, wrong, alpha=beta * log_zero)
    return _reduce(loss, target != ignore_index, reduction)


def _nll(
    logits: Tensor, target: Tensor, ignore_index: int, reduction: str
) -> Tensor:
    if not logits.is_floating_point():
        raise TypeError(f"logits must be floating point, got {logits.dtype}")
    if target.dtype != torch.int64:
        raise TypeError(f"target must be int64, got {target.dtype}")
    if logits.ndim < 2 or target.shape != logits.shape[:1] + logits.shape[2:]:
        raise ValueError(
            "logits and target must have shapes (N, C, ...) and (N, ...), "
            f"got {tuple(logits.shape)} and {tuple(target.shape)}"
        )
    if reduction not in ("mean", "sum", "none"):
        raise ValueError(
            f"reduction must be 'mean', 'sum' or 'none', got {reduction!r}"
        )
    dtype = torch.promote_types(logits.dtype, torch.float32)
    return F.cross_entropy(
        logits.to(dtype), target, ignore_index=ignore_index, reduction="none"
    )


def _reduce(loss: Tensor, counts: Tensor, reduction: str) -> Tensor:
    # Both losses of an nll of 0 are 0: what is ignored needs no mask.
    if reduction == "none":
        return loss
    return loss.sum() if reduction == "sum" else loss.sum() / counts.sum()


class GeneralizedCrossEntropy(nn.Module):
    """`generalized_cross_entropy` as a module."""

    def __init__(
        self,
        *,
        q: float = 0.7,
        ignore_index: int = -100,
        reduction: str = "mean",
    ) -> None:
        """Take the options of `generalized_cross_entropy`."""
        super().__init__()
        self.q, self.ignore_index, self.reduction = q, ignore_index, reduction

    def forward(self, logits: Tensor, target: Tensor) -> Tensor:
        """Compute `generalized_cross_entropy`."""
        return generalized_cross_entropy(
            logits,
            target,
            q=self.q,
            ignore_index=self.ignore_index,
            reduction=self.reduction,
        )


class SymmetricCrossEntropy(nn.Module):
    """`symmetric_cross_entropy` as a module."""

    def __init__(
        self,
        *,
        alpha: float = 0.1,
        beta: float = 1.0,
        log_zero: float = -4.0,
        ignore_index: int = -100,
        reduction: str = "mean",
    ) -> None:
        """Take the options of `symmetric_cross_entropy`."""
        super().__init__()
        self.alpha, self.beta, self.log_zero = alpha, beta, log_zero
        self.ignore_index, self.reduction = ignore_index, reduction

    def forward(self, logits: Tensor, target: Tensor) -> Tensor:
        """Compute `symmetric_cross_entropy`."""
        return symmetric_cross_entropy(
            logits,
            target,
            alpha=self.alpha,
            beta=self.beta,
            log_zero=self.log_zero,
            ignore_index=self.ignore_index,
            reduction=self.reduction,
        )
