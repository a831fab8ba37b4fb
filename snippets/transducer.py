"""RNN transducer loss: labels in order, any number of them in a frame."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

_NEVER = -1e30  # a log-probability; -inf would make gradients nan


def rnnt_loss(
    logits: Tensor,
    target: Tensor,
    input_lengths: Tensor,
    target_lengths: Tensor,
    *,
    blank: int = 0,
    reduction: str = "mean",
) -> Tensor:
    """Negative log-likelihood of the labels, over all their alignments.

    `-log(sum of the products along all paths)`. A path starts at frame 0
    before label 0; a label steps to the next label in the same frame, a blank
    to the next frame, and the last step is the blank of the last frame.

    Args:
        logits: Shape (N, T, U + 1, C), floating point, finite: scores of the
            classes in frame t after u labels; no softmax before.
        target: Shape (N, U), int64; from 0 to C - 1, without blanks.
        input_lengths: Shape (N), int64; frames of each sample, from 1 to T.
        target_lengths: Shape (N), int64; labels of each sample, from 0 to U.
            What lies beyond the lengths does not count.
        blank: Class that steps to the next frame, from 0 to C - 1.
        reduction: "mean" and "sum" are over samples; "none".

    Returns:
        A scalar, with "none" shape (N). At least 0, but for round-off;
        infinite where there are labels but no frames. Its dtype is that of
        `logits`, but float32 for half precision.

    Raises:
        RuntimeError: A target or a length is out of range (on the CPU).
        TypeError: `logits` is not floating point, or another not int64.
        ValueError: Shapes don't fit; `blank` or `reduction` is out of range.

    Source:
        Graves, Sequence Transduction with Recurrent Neural Networks, 2012,
        section 2.4, https://arxiv.org/abs/1211.3711
    """
    lengths = {"input_lengths": input_lengths, "target_lengths": target_lengths}
    _check(logits, blank, reduction, target=target, **lengths)
    logits = logits.to(torch.promote_types(logits.dtype, torch.float32))
    _, frames, rows, _ = logits.shape
    steps = torch.arange(rows, device=logits.device)
    inside = steps[:-1] < target_lengths[:, None]
    label = F.pad(target.where(inside, 0), (0, 1))
    both = torch.stack([torch.full_like(label, blank), label], 2)
    # Only two classes matter at a node: one gather, one gradient of its size.
    both = both[:, None].expand(-1, frames, -1, -1)
    stay, move = logits.log_softmax(3).gather(3, both).unbind(3)
    stay = _skew(stay)
    move = _skew(F.pad(move[:, :, :-1], (0, 1), value=_NEVER))
    # A diagonal of the lattice, frame + label = d, needs only the one before.
    alpha = (_NEVER * (steps > 0)).to(stay.dtype).expand_as(stay[:, 0])
    alphas = [alpha]
    scan = zip(stay[:, :-1].unbind(1), move[:, :-1].unbind(1), strict=True)
    for stays, moves in scan:
        come = F.pad((alpha + moves)[:, :-1], (1, 0), value=_NEVER)
        # Not logaddexp, whose second derivative is nan beside what is never.
        alpha = torch.stack([alpha + stays, come]).logsumexp(0)
        alphas.append(alpha)
    ends = torch.stack(alphas, 1) + stay  # by the blank of the last frame
    row = target_lengths[:, None, None].expand(-1, ends.shape[1], -1)
    known = (input_lengths >= 0) & (input_lengths <= frames)
    last = input_lengths - 1 + target_lengths
    last = last.where(known, ends.shape[1])[:, None]  # gather raises
    loss = -ends.gather(2, row).squeeze(2).gather(1, last).squeeze(1)
    loss = loss.masked_fill(loss > -_NEVER / 2, torch.inf)
    return loss if reduction == "none" else getattr(loss, reduction)()


def _skew(x: Tensor) -> Tensor:
    # (N, T, W) to (N, T + W - 1, W): what was at t, u comes to t + u, u.
    _, frames, rows = x.shape
    x = F.pad(x, (0, 0, 0, rows), value=_NEVER).mT.flatten(1)
    return x[:, :-rows].unflatten(1, (rows, frames + rows - 1)).mT


def _check(logits: Tensor, blank: int, reduction: str, **given: Tensor) -> None:
    if not logits.is_floating_point():
        raise TypeError(f"logits must be floating point, got {logits.dtype}")
    sizes = tuple(logits.shape)
    if len(sizes) != 4 or 0 in sizes[1:]:
        raise ValueError(f"logits must be (N, T, U + 1, C), got {sizes}")
    for name, tensor in given.items():
        shape = sizes[:1] + (sizes[2] - 1,) * (name == "target")
        if tensor.dtype != torch.int64:
            raise TypeError(f"{name} must be int64, got {tensor.dtype}")
        if tensor.shape != shape:
            raise ValueError(
                f"{name} must have shape {shape} for logits of shape {sizes}, "
                f"got {tuple(tensor.shape)}"
            )
    if not 0 <= blank < sizes[3]:
        raise ValueError(f"blank must be from 0 to {sizes[3] - 1}, got {blank}")
    if reduction not in ("mean", "sum", "none"):
        raise ValueError(
            f"reduction must be 'mean', 'sum' or 'none', got {reduction!r}"
        )


class RNNTLoss(nn.Module):
    """`rnnt_loss` as a module."""

    def __init__(self, *, blank: int = 0, reduction: str = "mean") -> None:
        """Take the options of `rnnt_loss`."""
        super().__init__()
        self.blank, self.reduction = blank, reduction

    def forward(
        self,
        logits: Tensor,
        target: Tensor,
        input_lengths: Tensor,
        target_lengths: Tensor,
    ) -> Tensor:
        """Compute `rnnt_loss`."""
        lengths = input_lengths, target_lengths
        return rnnt_loss(
            logits, target, *lengths, blank=self.blank, reduction=self.reduction
        )
