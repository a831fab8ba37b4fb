"""Cross entropy of the hardest pixels alone: top-k, and OHEM."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

_ONE = 2**30  # shares in whole numbers: round-off takes no pixel away


def topk_cross_entropy(
    logits: Tensor,
    target: Tensor,
    *,
    fraction: float = 0.1,
    ignore_index: int = -100,
) -> Tensor:
    """Mean cross entropy of that share of the pixels that costs most.

    Of all pixels of the batch that count, `fraction`, rounded down, but at
    least one; the others get no gradient.

    Args:
        logits: Shape (N, C) or (N, C, d1, ...); any real numbers, floating
            point.
        target: Shape (N) or (N, d1, ...), int64; from 0 to C - 1, or
            `ignore_index`.
        fraction: Share of the pixels to keep, above 0, at most 1, which is
            cross entropy.
        ignore_index: The target that doesn't count; logits there may be nan.

    Returns:
        A scalar. At least 0; 0 when no pixel counts. Which pixels are kept
        depends on all others, so there is no `reduction`. Its dtype is that of
        `logits`, but float32 for half precision.

    Raises:
        IndexError: A target is out of range (on the CPU).
        TypeError: `logits` is not floating point, or `target` not int64.
        ValueError: Shapes don't fit, or `fraction` is out of range.

    Source:
        Wu et al., Bridging Category-level and Instance-level Semantic Image
        Segmentation, 2016, its online bootstrapping,
        https://arxiv.org/abs/1605.06885; as a share, as in `TopKLoss` of
        nnU-Net
    """
    if not 0 < fraction <= 1:
        raise ValueError(f"fraction must be in (0, 1], got {fraction}")
    _check(logits, target)
    counts = target != ignore_index
    # All others need no gradient, and no memory for one.
    loss = _losses(logits.detach(), target, ignore_index)
    top, kept, k = _hardest(loss, counts, fraction)
    top, order = top.sort()  # memory is faster in order
    kept = kept[order]
    x = logits.unsqueeze(-1).flatten(2)
    sample, pixel = top // x.shape[2], top % x.shape[2]
    x = x[sample, :, pixel].where(kept.unsqueeze(1), 0)
    loss = _losses(x, target.flatten()[top], ignore_index)
    return loss.where(kept, 0).sum() / k.clamp_min(1)


def ohem_cross_entropy(
    logits: Tensor,
    target: Tensor,
    *,
    threshold: float = 0.7,
    min_fraction: float = 0.0625,
    ignore_index: int = -100,
) -> Tensor:
    """Mean cross entropy of pixels whose true class has a low probability.

    Below `threshold` it is low. Where this holds of fewer than `min_fraction`
    of the pixels that count, that share of them, the hardest, is kept.

    Args:
        logits: Shape (N, C) or (N, C, d1, ...); any real numbers, floating
            point.
        target: Shape (N) or (N, d1, ...), int64; from 0 to C - 1, or
            `ignore_index`.
        threshold: Probability of the true class from which on a pixel is
            easy, from 0 to 1; 0 makes it `topk_cross_entropy`.
        min_fraction: Share of the pixels to keep at least, above 0, at most 1;
            rounded down, but at least one.
        ignore_index: The target that doesn't count; logits there may be nan.

    Returns:
        A scalar. At least 0; 0 when no pixel counts. Which pixels are kept
        depends on all others, so there is no `reduction`. Its dtype is that of
        `logits`, but float32 for half precision.

    Raises:
        IndexError: A target is out of range (on the CPU).
        TypeError: `logits` is not floating point, or `target` not int64.
        ValueError: Shapes don't fit; `threshold` or `min_fraction` is out of
            range.

    Source:
        Shrivastava et al., Training Region-based Object Detectors with Online
        Hard Example Mining, 2016, https://arxiv.org/abs/1604.03540; of pixels,
        as `OHEMPixelSampler` of mmsegmentation
    """
    if not 0 <= threshold <= 1:
        raise ValueError(f"threshold must be in [0, 1], got {threshold}")
    if not 0 < min_fraction <= 1:
        raise ValueError(f"min_fraction must be in (0, 1], got {min_fraction}")
    _check(logits, target)
    counts = target != ignore_index
    # Not after the loss: a nan there would have a gradient of nan.
    x = logits.where(counts.unsqueeze(1), 0)
    loss = _losses(x, target, ignore_index)
    top, kept, k = _hardest(loss, counts, min_fraction)
    least = loss[top].where(kept, 0).sum() / k.clamp_min(1)
    hard = counts.flatten() & ~(torch.exp(-loss) >= threshold)  # nan is hard
    n = hard.sum()
    mean = loss.where(hard, 0).sum() / n.clamp_min(1)
    return torch.where(n < k, least, mean)


def _hardest(
    loss: Tensor, counts: Tensor, fraction: float
) -> tuple[Tensor, Tensor, Tensor]:
    # Where the hardest are, which of these are kept, and how many that is: no
    # number leaves the GPU for it.
    share = int(fraction * _ONE) + 1
    most = max(loss.numel() * share // _ONE, 1)
    loss = loss.where(counts.flatten(), -1)
    top = loss.topk(min(most, loss.numel())).indices
    n = counts.sum()
    k = (n * share // _ONE).clamp_min(1).minimum(n)
    return top, torch.arange(len(top), device=top.device) < k, k


def _losses(logits: Tensor, target: Tensor, ignore_index: int) -> Tensor:
    # Cross entropy of each pixel.
    x = logits.to(torch.promote_types(logits.dtype, torch.float32))
    options = {"ignore_index": ignore_index, "reduction": "none"}
    return F.cross_entropy(x, target, **options).flatten()


def _check(logits: Tensor, target: Tensor) -> None:
    if not logits.is_floating_point():
        raise TypeError(f"logits must be floating point, got {logits.dtype}")
    if target.dtype != torch.int64:
        raise TypeError(f"target must be int64, got {target.dtype}")
    if logits.ndim < 2 or target.shape != logits.shape[:1] + logits.shape[2:]:
        raise ValueError(
            "logits and target must have shapes (N, C, ...) and (N, ...), "
            f"got {tuple(logits.shape)} and {tuple(target.shape)}"
        )


class TopkCrossEntropy(nn.Module):
    """`topk_cross_entropy` as a module."""

    def __init__(
        self, *, fraction: float = 0.1, ignore_index: int = -100
    ) -> None:
        """Take the options of `topk_cross_entropy`."""
        super().__init__()
        self.fraction, self.ignore_index = fraction, ignore_index

    def forward(self, logits: Tensor, target: Tensor) -> Tensor:
        """Compute `topk_cross_entropy`."""
        return topk_cross_entropy(
            logits,
            target,
            fraction=self.fraction,
            ignore_index=self.ignore_index,
        )


class OHEMCrossEntropy(nn.Module):
    """`ohem_cross_entropy` as a module."""

    def __init__(
        self,
        *,
        threshold: float = 0.7,
        min_fraction: float = 0.0625,
        ignore_index: int = -100,
    ) -> None:
        """Take the options of `ohem_cross_entropy`."""
        super().__init__()
        self.threshold, self.min_fraction = threshold, min_fraction
        self.ignore_index = ignore_index

    def forward(self, logits: Tensor, target: Tensor) -> Tensor:
        """Compute `ohem_cross_entropy`."""
        return ohem_cross_entropy(
            logits,
            target,
            threshold=self.threshold,
            min_fraction=self.min_fraction,
            ignore_index=self.ignore_index,
        )
