"""PolyLoss in its Poly-1 form: cross entropy and one more term."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F


def poly1_cross_entropy(
    logits: Tensor,
    target: Tensor,
    *,
    epsilon: float = 1.0,
    weight: Tensor | None = None,
    ignore_index: int = -100,
    label_smoothing: float = 0.0,
    reduction: str = "mean",
) -> Tensor:
    """Cross entropy, and `epsilon` times the probability of being wrong.

    `weight[y] * (-log(p_y) + epsilon * (1 - p_y))`, where `p` is the softmax
    of the logits and `y` the target. With label smoothing, the mean of this
    over the smoothed target.

    Args:
        logits: Shape (N, C) or (N, C, d1, ...); any real numbers, floating
            point.
        target: Shape (N) or (N, d1, ...), int64; from 0 to C - 1, or
            `ignore_index`.
        epsilon: Weight of the new term, at least -1; 0 is cross entropy.
        weight: Shape (C), one factor a class; `None` weighs nothing.
        ignore_index: The target that doesn't count.
        label_smoothing: Share of the target that all classes get, 0 to 1.
        reduction: "mean" divides by the weights of the targets that count,
            as `cross_entropy` does; "sum"; "none".

    Returns:
        A scalar, with "none" the shape of `target`. At least 0; nan when
        "mean" has nothing to count. Its dtype is that of `logits`, but
        float32 for half precision.

    Raises:
        IndexError: A target is out of range (on the CPU).
        TypeError: `logits` is not floating point, or `target` not int64.
        ValueError: Shapes don't fit; `epsilon`, `label_smoothing` or
            `reduction` is out of range.

    Source:
        Leng et al., PolyLoss: A Polynomial Expansion Perspective of
        Classification Loss Functions, 2022, the Poly-1 form,
        https://arxiv.org/abs/2204.12511
    """
    _check(logits, target, weight)
    if not epsilon >= -1:
        raise ValueError(f"epsilon must be at least -1, got {epsilon}")
    if not 0 <= label_smoothing <= 1:
        raise ValueError(
            f"label_smoothing must be from 0 to 1, got {label_smoothing}"
        )
    if reduction not in ("mean", "sum", "none"):
        raise ValueError(
            f"reduction must be 'mean', 'sum' or 'none', got {reduction!r}"
        )
    dtype = torch.promote_types(logits.dtype, torch.float32)
    log_p, counts = logits.to(dtype).log_softmax(1), target != ignore_index
    # What is ignored has an nll of 0, and so a loss of 0.
    nll = F.nll_loss(log_p, target, ignore_index=ignore_index, reduction="none")
    loss = torch.sub(nll + 0, torch.expm1(-nll), alpha=epsilon)  # no -0.0
    total = counts.sum()
    if weight is not None:
        w = weight.to(dtype)[target.where(counts, 0)]
        loss, total = w * loss, (w * counts).sum()
    if label_smoothing:  # the mean of all classes' losses
        uniform = epsilon * (1 - 1 / logits.shape[1]) - log_p.mean(1)
        if weight is not None:
            weight = weight.to(dtype).view(-1, *[1] * (logits.ndim - 2))
            uniform = -(weight * (log_p + epsilon * log_p.expm1())).mean(1)
        loss = torch.lerp(loss, uniform.where(counts, 0), label_smoothing)
    if reduction == "none":
        return loss
    return loss.sum() if reduction == "sum" else loss.sum() / total


def _check(logits: Tensor, target: Tensor, weight: Tensor | None) -> None:
    if not logits.is_floating_point():
        raise TypeError(f"logits must be floating point, got {logits.dtype}")
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


class Poly1CrossEntropy(nn.Module):
    """`poly1_cross_entropy` as a module; `weight` moves with it."""

    def __init__(
        self,
        *,
        epsilon: float = 1.0,
        weight: Tensor | None = None,
        ignore_index: int = -100,
        label_smoothing: float = 0.0,
        reduction: str = "mean",
    ) -> None:
        """Take the options of `poly1_cross_entropy`."""
        super().__init__()
        self.register_buffer("weight", weight)
        self.epsilon, self.ignore_index = epsilon, ignore_index
        self.label_smoothing, self.reduction = label_smoothing, reduction

    def forward(self, logits: Tensor, target: Tensor) -> Tensor:
        """Compute `poly1_cross_entropy`."""
        return poly1_cross_entropy(
            logits,
            target,
            epsilon=self.epsilon,
            weight=self.weight,
            ignore_index=self.ignore_index,
            label_smoothing=self.label_smoothing,
            reduction=self.reduction,
        )
