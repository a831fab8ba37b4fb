"""Regression metrics as losses: RMSE, MSLE, MAPE, sMAPE, concordance."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F


def rmse_loss(
    input: Tensor,
    target: Tensor,
    *,
    dim: int | None = None,
    eps: float = 0.0,
    reduction: str = "mean",
) -> Tensor:
    """The root of the mean squared error: RMSE.

    `sqrt(mean((input - target)**2) + eps**2)`. RMSLE is that of both
    `log1p`.

    Args:
        input: Any shape; any real numbers, floating point.
        target: Shape of `input`; any real numbers, floating point.
        dim: Dimension of the mean below the root; None: of all elements.
        eps: Error below which the tip is round, at least 0, in the unit of
            `target`.
        reduction: "mean" and "sum" are over the roots, one without `dim`;
            "none".

    Returns:
        A scalar, with "none" the shape of `input` without `dim`. At least
        `eps`. nan if there is nothing to take a mean of. Its dtype is that of
        `input`, but float32 for half precision. Where the error is 0, so is
        the gradient.

    Raises:
        TypeError: `input` or `target` is not floating point.
        ValueError: Shapes differ, or `eps` or `reduction` is out of range.
        IndexError: There is no dimension `dim`.

    Source:
        Hyndman and Koehler, Another Look at Measures of Forecast Accuracy,
        2006, https://doi.org/10.1016/j.ijforecast.2006.03.001
    """
    x, y = _floats(input, target, reduction)
    if not eps >= 0:
        raise ValueError(f"eps must be at least 0, got {eps}")
    if dim is None:
        loss = F.mse_loss(x, y)
    else:
        loss = F.mse_loss(x, y, reduction="none").mean(dim)
    # The slope of a root is infinite at 0, and 0 * inf is nan.
    none = loss == 0
    loss = (loss + none).sqrt().masked_fill(none, 0)
    if eps:
        loss = torch.hypot(loss, torch.full_like(loss, eps))
    return _reduce(loss, reduction)


def msle_loss(
    input: Tensor, target: Tensor, *, reduction: str = "mean"
) -> Tensor:
    """The squared difference of logarithms: MSLE.

    `(log(1 + input) - log(1 + target))**2`.

    Args:
        input: Any shape; above -1, floating point. Below it is nan, at -1 inf.
        target: Shape of `input`; above -1, floating point.
        reduction: "mean" and "sum" are over all elements; "none".

    Returns:
        A scalar, with "none" the shape of `input`. At least 0. Its dtype is
        that of `input`, but float32 for half precision.

    Raises:
        TypeError: `input` or `target` is not floating point.
        ValueError: Shapes differ, or `reduction` is unknown.

    Source:
        scikit-learn's user guide, Mean squared logarithmic error,
        https://scikit-learn.org/stable/modules/model_evaluation.html
    """
    x, y = _floats(input, target, reduction)
    return F.mse_loss(x.log1p(), y.log1p(), reduction=reduction)


def mape_loss(
    input: Tensor,
    target: Tensor,
    *,
    eps: float = 1e-6,
    reduction: str = "mean",
) -> Tensor:
    """The absolute error relative to the target: MAPE.

    `abs(input - target) / max(abs(target), eps)`, 0.1 for 10 %.

    Args:
        input: Any shape; any real numbers, floating point.
        target: Shape of `input`; any real numbers, floating point.
        eps: The least target to divide by, above 0, in its unit: below it
            errors are absolute ones, divided by `eps`. Set it where targets
            can be near 0.
        reduction: "mean" and "sum" are over all elements; "none".

    Returns:
        A scalar, with "none" the shape of `input`. At least 0. Its dtype is
        that of `input`, but float32 for half precision.

    Raises:
        TypeError: `input` or `target` is not floating point.
        ValueError: Shapes differ, or `eps` or `reduction` is out of range.

    Source:
        Hyndman and Koehler, Another Look at Measures of Forecast Accuracy,
        2006, https://doi.org/10.1016/j.ijforecast.2006.03.001
    """
    x, y = _floats(input, target, reduction)
    if not eps > 0:
        raise ValueError(f"eps must be above 0, got {eps}")
    return _reduce((x - y).abs() / y.abs().clamp_min(eps), reduction)


def smape_loss(
    input: Tensor, target: Tensor, *, reduction: str = "mean"
) -> Tensor:
    """The absolute error relative to both numbers' mean size: sMAPE.

    `2 * abs(input - target) / (abs(input) + abs(target))`, 0 where both are 0.

    Args:
        input: Any shape; any real numbers, floating point.
        target: Shape of `input`; any real numbers, floating point.
        reduction: "mean" and "sum" are over all elements; "none".

    Returns:
        A scalar, with "none" the shape of `input`. From 0 to 2, which it is,
        without gradient, where signs differ or the target is 0. Its dtype is
        that of `input`, but float32 for half precision.

    Raises:
        TypeError: `input` or `target` is not floating point.
        ValueError: Shapes differ, or `reduction` is unknown.

    Source:
        Makridakis, Accuracy Measures: Theoretical and Practical Concerns,
        1993, https://doi.org/10.1016/0169-2070(93)90079-3, as in Makridakis
        et al., The M4 Competition, 2020,
        https://doi.org/10.1016/j.ijforecast.2019.04.014
    """
    x, y = _floats(input, target, reduction)
    # Of two zeros it is 0, and so is its slope.
    size = x.abs() + y.abs()
    size.add_(size == 0)
    apart = F.l1_loss(x, y, reduction="none")
    return 2 * _reduce(apart / size, reduction)


def ccc_loss(
    input: Tensor,
    target: Tensor,
    *,
    dim: int = 0,
    reduction: str = "mean",
) -> Tensor:
    """One less the concordance correlation coefficient: CCC.

    `1 - 2 * cov / (var(input) + var(target) + (difference of means)**2)`,
    which is the mean squared error divided by the same; all divide by N.

    Args:
        input: Any shape; any real numbers, floating point.
        target: Shape of `input`; any real numbers, floating point.
        dim: Dimension to correlate along: 0 is the batch.
        reduction: "mean" and "sum" are over the coefficients; "none".

    Returns:
        A scalar, with "none" the shape of `input` without `dim`. From 0 to 2;
        1 if either is constant, without gradient where the target is; 0 if
        both are, and equal. nan if there is nothing to take a mean of. Its
        dtype is that of `input`, but float32 for half precision.

    Raises:
        TypeError: `input` or `target` is not floating point.
        ValueError: Shapes differ, or `reduction` is unknown.
        IndexError: There is no dimension `dim`.

    Source:
        Lin, A Concordance Correlation Coefficient to Evaluate
        Reproducibility, 1989, https://doi.org/10.2307/2532051
    """
    x, y = _floats(input, target, reduction)
    above = F.mse_loss(x, y, reduction="none").mean(dim)
    x, y = (z - z.mean(dim, keepdim=True) for z in (x, y))
    below = above + 2 * (x * y).mean(dim)  # with the same rounding
    none = below == 0
    return _reduce((above / (below + none)).masked_fill(none, 0), reduction)


def _floats(
    input: Tensor, target: Tensor, reduction: str
) -> tuple[Tensor, Tensor]:
    for name, tensor in (("input", input), ("target", target)):
        if not tensor.is_floating_point():
            raise TypeError(
                f"{name} must be floating point, got {tensor.dtype}"
            )
    if input.shape != target.shape:
        raise ValueError(
            f"target must have the shape of input, {tuple(input.shape)}, "
            f"got {tuple(target.shape)}"
        )
    if reduction not in ("mean", "sum", "none"):
        raise ValueError(
            f"reduction must be 'mean', 'sum' or 'none', got {reduction!r}"
        )
    dtype = torch.promote_types(input.dtype, torch.float32)
    return input.to(dtype), target.to(dtype)


def _reduce(loss: Tensor, reduction: str) -> Tensor:
    return loss if reduction == "none" else getattr(loss, reduction)()


class RMSELoss(nn.Module):
    """`rmse_loss` as a module."""

    def __init__(
        self,
        *,
        dim: int | None = None,
        eps: float = 0.0,
        reduction: str = "mean",
    ) -> None:
        """Take the options of `rmse_loss`."""
        super().__init__()
        self.dim, self.eps, self.reduction = dim, eps, reduction

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """Compute `rmse_loss`."""
        return rmse_loss(
            input,
            target,
            dim=self.dim,
            eps=self.eps,
            reduction=self.reduction,
        )


class MSLELoss(nn.Module):
    """`msle_loss` as a module."""

    def __init__(self, *, reduction: str = "mean") -> None:
        """Take the options of `msle_loss`."""
        super().__init__()
        self.reduction = reduction

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """Compute `msle_loss`."""
        return msle_loss(input, target, reduction=self.reduction)


class MAPELoss(nn.Module):
    """`mape_loss` as a module."""

    def __init__(self, *, eps: float = 1e-6, reduction: str = "mean") -> None:
        """Take the options of `mape_loss`."""
        super().__init__()
        self.eps, self.reduction = eps, reduction

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """Compute `mape_loss`."""
        return mape_loss(input, target, eps=self.eps, reduction=self.reduction)


class SMAPELoss(nn.Module):
    """`smape_loss` as a module."""

    def __init__(self, *, reduction: str = "mean") -> None:
        """Take the options of `smape_loss`."""
        super().__init__()
        self.reduction = reduction

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """Compute `smape_loss`."""
        return smape_loss(input, target, reduction=self.reduction)


class CCCLoss(nn.Module):
    """`ccc_loss` as a module."""

    def __init__(self, *, dim: int = 0, reduction: str = "mean") -> None:
        """Take the options of `ccc_loss`."""
        super().__init__()
        self.dim, self.reduction = dim, reduction

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """Compute `ccc_loss`."""
        return ccc_loss(input, target, dim=self.dim, reduction=self.reduction)
