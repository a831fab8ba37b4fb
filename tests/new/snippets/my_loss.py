"""WRITE: what it is, in one line."""

import torch
from torch import Tensor, nn


def my_loss(
    input: Tensor,
    target: Tensor,
    *,
    scale: float = 1.0,
    reduction: str = "mean",
) -> Tensor:
    """WRITE: what it measures, in one line.

    `scale * (x - y)**2`: WRITE: when somebody wants that.

    Args:
        input: Any shape, floating point, any real numbers.
        target: The same shape, floating point.
        scale: Factor of the loss, at least 0.
        reduction: "mean" over elements; "sum"; "none".

    Returns:
        A scalar, with "none" the shape of `input`. At least 0. Its dtype is
        that of `input`, but float32 for half precision.

    Raises:
        TypeError: `input` is not floating point.
        ValueError: Shapes differ; `scale` or `reduction` is out of range.

    Source:
        WRITE: authors, title, year, equation, https://arxiv.org/abs/NUMBER
    """
    if not input.is_floating_point():
        raise TypeError(f"input must be floating point, got {input.dtype}")
    if input.shape != target.shape:
        raise ValueError(
            "input and target must have one shape, got "
            f"{tuple(input.shape)} and {tuple(target.shape)}"
        )
    if not scale >= 0:
        raise ValueError(f"scale must be at least 0, got {scale}")
    if reduction not in ("mean", "sum", "none"):
        raise ValueError(
            f"reduction must be 'mean', 'sum' or 'none', got {reduction!r}"
        )
    dtype = torch.promote_types(input.dtype, torch.float32)
    loss = scale * (input.to(dtype) - target.to(dtype)) ** 2
    if reduction == "none":
        return loss
    return loss.sum() if reduction == "sum" else loss.mean()


class MyLoss(nn.Module):
    """`my_loss` as a module."""

    def __init__(self, *, scale: float = 1.0, reduction: str = "mean") -> None:
        """Take the options of `my_loss`."""
        super().__init__()
        self.scale, self.reduction = scale, reduction

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """Compute `my_loss`."""
        return my_loss(
            input, target, scale=self.scale, reduction=self.reduction
        )
