"""Asymmetric loss (ASL) for multi-label classification."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F


def asymmetric_loss(
    logits: Tensor,
    target: Tensor,
    *,
    gamma_neg: float = 4.0,
    gamma_pos: float = 1.0,
    clip: float = 0.05,
    reduction: str = "mean",
) -> Tensor:
    """Binary cross entropy with a focus of its own for the zeros.

    `-(1 - p)**gamma_pos * log(p)` for a target of 1, and
    `-p_m**gamma_neg * log(1 - p_m)` with `p_m = max(p - clip, 0)` for a
    target of 0, where `p` is the sigmoid of the logit; a target between them
    mixes the two.

    Args:
        logits: Any shape; any real numbers, floating point.
        target: Shape of `logits`, floating point; from 0 to 1.
        gamma_neg: Focus on the hard zeros, at least 0; 0 is none.
        gamma_pos: Focus on the hard ones, at least 0; 0 is none.
        clip: The probability that a zero may have for free, at least 0 and
            less than 1; 0 is none.
        reduction: "mean" and "sum" are over all elements; "none".

    Returns:
        A scalar, with "none" the shape of `logits`. At least 0. Its dtype is
        that of `logits`, but float32 for half precision.

    Raises:
        TypeError: `logits` or `target` is not floating point.
        ValueError: Shapes differ; `gamma_neg`, `gamma_pos`, `clip` or
            `reduction` is out of range. Values of `target` are not checked.

    Source:
        Ridnik et al., Asymmetric Loss For Multi-Label Classification, 2021,
        section 2, https://arxiv.org/abs/2009.14119
    """
    _check(logits, target, gamma_neg, gamma_pos, clip, reduction)
    dtype = torch.promote_types(logits.dtype, torch.float32)
    logits, target = logits.to(dtype), target.to(dtype)
    ones = -_power((-logits).sigmoid(), gamma_pos) * F.logsigmoid(logits)
    p_m = (logits.sigmoid() - clip).clamp_min(0)
    # With a clip 1 - p_m is never near 0; without, log(1 - p) needs care.
    log_no = torch.log1p(-p_m) if clip else F.logsigmoid(-logits)
    zeros = -_power(p_m, gamma_neg) * log_no
    loss = target * ones + (1 - target) * zeros
    return loss if reduction == "none" else getattr(loss, reduction)()


def _power(miss: Tensor, gamma: float) -> Tensor:
    # At 0 the slope of a power below 1 is infinite, and 0 * inf is nan.
    return miss.clamp_min(torch.finfo(miss.dtype).tiny) ** gamma


def _check(
    logits: Tensor,
    target: Tensor,
    gamma_neg: float,
    gamma_pos: float,
    clip: float,
    reduction: str,
) -> None:
    for name, tensor in (("logits", logits), ("target", target)):
        if not tensor.is_floating_point():
            raise TypeError(
                f"{name} must be floating point, got {tensor.dtype}"
            )
    if logits.shape != target.shape:
        raise ValueError(
            f"target must have the shape of logits, {tuple(logits.shape)}, "
            f"got {tuple(target.shape)}"
        )
    for name, gamma in (("gamma_neg", gamma_neg), ("gamma_pos", gamma_pos)):
        if not gamma >= 0:
            raise ValueError(f"{name} must be at least 0, got {gamma}")
    if not 0 <= clip < 1:
        raise ValueError(f"clip must be from 0 to less than 1, got {clip}")
    if reduction not in ("mean", "sum", "none"):
        raise ValueError(
            f"reduction must be 'mean', 'sum' or 'none', got {reduction!r}"
        )


class AsymmetricLoss(nn.Module):
    """`asymmetric_loss` as a module."""

    def __init__(
        self,
        *,
        gamma_neg: float = 4.0,
        gamma_pos: float = 1.0,
        clip: float = 0.05,
        reduction: str = "mean",
    ) -> None:
        """Take the options of `asymmetric_loss`."""
        super().__init__()
        self.gamma_neg, self.gamma_pos, self.clip = gamma_neg, gamma_pos, clip
        self.reduction = reduction

    def forward(self, logits: Tensor, target: Tensor) -> Tensor:
        """Compute `asymmetric_loss`."""
        return asymmetric_loss(
            logits,
            target,
            gamma_neg=self.gamma_neg,
            gamma_pos=self.gamma_pos,
            clip=self.clip,
            reduction=self.reduction,
        )
