"""One answer whatever noise is added: R-Drop, and the JSD of AugMix."""

import torch
from torch import Tensor, nn


def r_drop_loss(
    logits: Tensor,
    other: Tensor,
    mask: Tensor | None = None,
    *,
    reduction: str = "mean",
) -> Tensor:
    """Half the symmetric KL divergence of two passes with dropout.

    `((p - q) * (log(p) - log(q))).sum(-1) / 2`, where `p` and `q` are the
    softmax of both: the mean of `KL(p || q)` and `KL(q || p)`. Add it times
    a weight to the cross entropy of both; both have a gradient.

    Args:
        logits: Shape (..., C), floating point: of one pass; -inf excludes a
            class.
        other: Shape of `logits`, floating point: of another pass of the same
            samples.
        mask: Shape (...), bool: True for what counts, False for padding.
            `None` counts all.
        reduction: "mean" and "sum" are over what counts, never over classes;
            "none" is one number a sample.

    Returns:
        A scalar, with "none" shape (...), 0 where `mask` is False. At least
        0; inf where one excludes what the other does not; "mean" is 0 when
        nothing counts. Its dtype is that of `logits`, but float32 for half
        precision.

    Raises:
        TypeError: Logits are not floating point, or `mask` is not bool.
        ValueError: Shapes don't fit; `reduction` is unknown.

    Source:
        Liang et al., R-Drop: Regularized Dropout for Neural Networks, 2021,
        section 2.1, https://arxiv.org/abs/2106.14448
    """
    _check(logits, 1, mask, reduction, other)
    x = _kept(_wide(logits), mask)
    log_p = x.log_softmax(-1)
    log_q = _kept(other.to(x.dtype), mask).log_softmax(-1)
    # What both exclude is alike, though the difference is nan.
    apart = (log_p - log_q).masked_fill(log_p.maximum(log_q).isneginf(), 0)
    loss = ((log_p.exp() - log_q.exp()) * apart).sum(-1) / 2
    return _reduce(loss, mask, reduction)


def jsd_consistency(
    logits: Tensor,
    mask: Tensor | None = None,
    *,
    reduction: str = "mean",
) -> Tensor:
    """Jensen-Shannon divergence of any number of views, at most log(V).

    `KL(p[v] || m)`, averaged over views, where `p` is the softmax of `logits`
    and `m` its mean over views. Add it times a weight to the cross entropy of
    the clean view; all have a gradient.

    Args:
        logits: Shape (V, ..., C), floating point, view by view; -inf excludes
            a class.
        mask: Shape (...), without V, bool: True for what counts. `None`
            counts all.
        reduction: "mean" and "sum" are over what counts, never over classes;
            "none" is one number a sample. Over views it is always the mean.

    Returns:
        A scalar, with "none" shape (...), 0 where `mask` is False. From 0 to
        log(V), but for round-off; "mean" is 0 when nothing counts. Its dtype
        is that of `logits`, but float32 for half precision.

    Raises:
        TypeError: `logits` is not floating point, or `mask` is not bool.
        ValueError: Shapes don't fit; `reduction` is unknown.

    Source:
        Hendrycks et al., AugMix: A Simple Data Processing Method to Improve
        Robustness and Uncertainty, 2019, section 3,
        https://arxiv.org/abs/1912.02781
    """
    _check(logits, 2, mask, reduction)
    log_p = _kept(_wide(logits), mask).log_softmax(-1)
    # 0 * log(0) is 0: no logarithm is -inf, the mixture's neither. Equal
    # views cost 0 exactly, as logsumexp less log(V) would not.
    log_p = log_p.clamp_min(torch.finfo(log_p.dtype).min / 2)
    top = log_p.detach().amax(0)
    log_m = top + (log_p - top).exp().mean(0).log()
    loss = (log_p.exp() * (log_p - log_m)).sum(-1).mean(0)
    return _reduce(loss, mask, reduction)


def _kept(x: Tensor, mask: Tensor | None) -> Tensor:
    # What doesn't count may be nan, and after the softmax its gradient would.
    return x if mask is None else x.where(mask.unsqueeze(-1), 0)


def _wide(x: Tensor) -> Tensor:
    return x.to(torch.promote_types(x.dtype, torch.float32))


def _reduce(loss: Tensor, mask: Tensor | None, reduction: str) -> Tensor:
    if reduction == "none":
        return loss
    if reduction == "sum":
        return loss.sum()
    if mask is None:
        return loss.sum() / max(loss.numel(), 1)
    return loss.sum() / mask.sum().clamp_min(1)


def _check(
    logits: Tensor,
    least: int,
    mask: Tensor | None,
    reduction: str,
    other: Tensor | None = None,
) -> None:
    for name, x in (("logits", logits), ("other", other)):
        if x is not None and not x.is_floating_point():
            raise TypeError(f"{name} must be floating point, got {x.dtype}")
    shape = tuple(logits.shape)
    if len(shape) < least or (least == 2 and not shape[0]):
        wanted = "(..., C)" if least == 1 else "(V, ..., C), V at least 1"
        raise ValueError(f"logits must have shape {wanted}, got {shape}")
    if other is not None and other.shape != logits.shape:
        raise ValueError(
            f"other must have the shape of logits, {shape}, got "
            f"{tuple(other.shape)}"
        )
    if mask is not None and mask.dtype != torch.bool:
        raise TypeError(f"mask must be bool, got {mask.dtype}: mask.bool()")
    if mask is not None and mask.shape != shape[least - 1 : -1]:
        raise ValueError(
            f"mask must have the shape of the samples, "
            f"{shape[least - 1 : -1]}, got {tuple(mask.shape)}"
        )
    if reduction not in ("mean", "sum", "none"):
        raise ValueError(
            f"reduction must be 'mean', 'sum' or 'none', got {reduction!r}"
        )


class RDropLoss(nn.Module):
    """`r_drop_loss` as a module."""

    def __init__(self, *, reduction: str = "mean") -> None:
        """Take the options of `r_drop_loss`."""
        super().__init__()
        self.reduction = reduction

    def forward(
        self, logits: Tensor, other: Tensor, mask: Tensor | None = None
    ) -> Tensor:
        """Compute `r_drop_loss`."""
        return r_drop_loss(logits, other, mask, reduction=self.reduction)


class JSDConsistency(nn.Module):
    """`jsd_consistency` as a module."""

    def __init__(self, *, reduction: str = "mean") -> None:
        """Take the options of `jsd_consistency`."""
        super().__init__()
        self.reduction = reduction

    def forward(self, logits: Tensor, mask: Tensor | None = None) -> Tensor:
        """Compute `jsd_consistency`."""
        return jsd_consistency(logits, mask, reduction=self.reduction)
