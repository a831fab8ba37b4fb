"""Z-loss: keeps the normalizer of a softmax near 1."""

import torch
from torch import Tensor, nn


def z_loss(
    logits: Tensor,
    target: Tensor | None = None,
    *,
    coefficient: float = 1e-4,
    ignore_index: int = -100,
    reduction: str = "mean",
) -> Tensor:
    """Squared logarithm of the softmax's normalizer, to add to cross entropy.

    `coefficient * log(sum_c exp(x_c))**2`: a pull on the logits towards
    log-probabilities, which cross entropy doesn't have.

    Args:
        logits: Shape (..., C), classes or experts last; any real numbers,
            floating point.
        target: Shape (...), int64: where it is `ignore_index`, the logits
            don't count, else it doesn't matter. `None` counts all.
        coefficient: Factor of the loss, at least 0.
        ignore_index: The target that doesn't count.
        reduction: "mean" divides by the number that count, as
            `cross_entropy` does; "sum"; "none".

    Returns:
        A scalar, with "none" shape (...). At least 0; nan when "mean" has
        nothing to count. Its dtype is that of `logits`, but float32 for half
        precision.

    Raises:
        TypeError: `logits` is not floating point, or `target` not int64.
        ValueError: Shapes don't fit; `coefficient` or `reduction` is out of
            range.

    Source:
        Chowdhery et al., PaLM: Scaling Language Modeling with Pathways, 2022,
        section 5, https://arxiv.org/abs/2204.02311; for routers, Zoph et al.,
        ST-MoE, 2022, equation 5, https://arxiv.org/abs/2202.08906
    """
    if not logits.is_floating_point():
        raise TypeError(f"logits must be floating point, got {logits.dtype}")
    if logits.ndim == 0:
        raise ValueError("logits must have shape (..., C), got ()")
    if target is not None and target.dtype != torch.int64:
        raise TypeError(f"target must be int64, got {target.dtype}")
    if target is not None and target.shape != logits.shape[:-1]:
        raise ValueError(
            "logits and target must have shapes (..., C) and (...), got "
            f"{tuple(logits.shape)} and {tuple(target.shape)}"
        )
    if not coefficient >= 0:
        raise ValueError(f"coefficient must be at least 0, got {coefficient}")
    if reduction not in ("mean", "sum", "none"):
        raise ValueError(
            f"reduction must be 'mean', 'sum' or 'none', got {reduction!r}"
        )
    dtype = torch.promote_types(logits.dtype, torch.float32)
    log_z = logits.to(dtype).logsumexp(-1)
    counts = torch.ones_like(log_z, dtype=torch.bool)
    if target is not None:
        counts = target != ignore_index
    loss = coefficient * log_z.where(counts, 0) ** 2
    if reduction == "none":
        return loss
    return loss.sum() if reduction == "sum" else loss.sum() / counts.sum()


class ZLoss(nn.Module):
    """`z_loss` as a module."""

    def __init__(
        self,
        *,
        coefficient: float = 1e-4,
        ignore_index: int = -100,
        reduction: str = "mean",
    ) -> None:
        """Take the options of `z_loss`."""
        super().__init__()
        self.coefficient, self.ignore_index = coefficient, ignore_index
        self.reduction = reduction

    def forward(self, logits: Tensor, target: Tensor | None = None) -> Tensor:
        """Compute `z_loss`."""
        return z_loss(
            logits,
            target,
            coefficient=self.coefficient,
            ignore_index=self.ignore_index,
            reduction=self.reduction,
        )
