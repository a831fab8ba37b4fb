"""ZLPR: labels that compete, and a threshold of 0, for multi-label."""

import torch
from torch import Tensor, nn


def zlpr_loss(
    logits: Tensor, target: Tensor, *, reduction: str = "mean"
) -> Tensor:
    """ZLPR: a softmax for many labels, of which any number is true.

    `log(1 + sum((1 - y) * exp(x))) + log(1 + sum(y * exp(-x)))` over the
    labels of a row. It wants each true label above 0 and above each other
    one, and those below 0: what is true is `logits > 0`.

    Args:
        logits: Shape (*, C), the labels last; any real numbers, floating
            point. Minus infinity leaves a label out, whatever its target.
        target: Shape of `logits`, floating point; 0 or 1 for each label, or
            between them. No gradient goes there.
        reduction: "mean" and "sum" are over rows, not over labels; "none".

    Returns:
        A scalar, with "none" shape (*), one for each row. At least 0. Its
        dtype is that of `logits`, but float32 for half precision.

    Raises:
        TypeError: `logits` or `target` is not floating point.
        ValueError: Shapes differ, or there is no label axis; `reduction` is
            unknown. Values of `target` are not checked.

    Source:
        Su et al., ZLPR: A Novel Loss for Multi-label Classification, 2022,
        https://arxiv.org/abs/2208.02955; with targets between 0 and 1 as
        `multilabel_categorical_crossentropy` in the author's
        https://github.com/bojone/bert4keras
    """
    for name, x in (("logits", logits), ("target", target)):
        if not x.is_floating_point():
            raise TypeError(f"{name} must be floating point, got {x.dtype}")
    if not logits.ndim:
        raise ValueError("logits must have shape (*, C), got ()")
    if target.shape != logits.shape:
        raise ValueError(
            f"target must have the shape of logits, {tuple(logits.shape)}, "
            f"got {tuple(target.shape)}"
        )
    if reduction not in ("mean", "sum", "none"):
        raise ValueError(
            f"reduction must be 'mean', 'sum' or 'none', got {reduction!r}"
        )
    dtype = torch.promote_types(logits.dtype, torch.float32)
    logits, target = logits.to(dtype), target.detach().to(dtype)
    out = logits.isneginf()
    target = target.masked_fill(out, 0)  # it may be nan there
    # The logarithm of a weight of 0 is -inf, and adds nothing to the sum.
    loss = _grown(logits + torch.log1p(-target))
    # That of 0 is written in: on a CPU log itself takes long to find it.
    none = target == 0
    log = (target + none).log_().masked_fill_(none, -torch.inf)
    loss = loss + _grown(torch.where(out, logits, -logits) + log)
    return loss if reduction == "none" else getattr(loss, reduction)()


def _grown(x: Tensor) -> Tensor:
    # log(1 + sum(exp(x))), also where all are -inf.
    top = x.detach().amax(-1, keepdim=True).clamp_min(0)
    total = (x - top).exp_().sum(-1)
    top = top.squeeze(-1)
    return top + torch.log1p(total + torch.expm1(-top))


class ZLPRLoss(nn.Module):
    """`zlpr_loss` as a module."""

    def __init__(self, *, reduction: str = "mean") -> None:
        """Take the options of `zlpr_loss`."""
        super().__init__()
        self.reduction = reduction

    def forward(self, logits: Tensor, target: Tensor) -> Tensor:
        """Compute `zlpr_loss`."""
        return zlpr_loss(logits, target, reduction=self.reduction)
