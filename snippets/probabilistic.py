"""Regression losses for a predicted normal distribution: CRPS and beta-NLL."""

import torch
from torch import Tensor, nn


def gaussian_crps(
    mean: Tensor, std: Tensor, target: Tensor, *, reduction: str = "mean"
) -> Tensor:
    """Distance of a normal distribution from the one value that came true.

    `std * (z * (2 * Phi(z) - 1) + 2 * phi(z) - 1 / sqrt(pi))` with
    `z = (target - mean) / std`: the continuous ranked probability score, the
    integral of `(F(x) - (x >= target))**2` over x, where F is the normal
    distribution.

    Args:
        mean: Any shape; any real numbers, floating point.
        std: Shape of `mean`; the standard deviation, above 0, floating point.
        target: Shape of `mean`; any real numbers, floating point.
        reduction: "mean" and "sum" are over all elements; "none".

    Returns:
        A scalar, with "none" the shape of `mean`. At least 0, in the unit of
        the target. Its dtype is that of `mean`, but float32 for half
        precision.

    Raises:
        TypeError: `mean`, `std` or `target` is not floating point.
        ValueError: Shapes differ, or `reduction` is unknown. Values of `std`
            are not checked.

    Source:
        Gneiting and Raftery, Strictly Proper Scoring Rules, Prediction, and
        Estimation, 2007, section 4.2, with the sign of a loss,
        https://doi.org/10.1198/016214506000001437
    """
    _check(reduction, mean=mean, std=std, target=target)
    dtype = torch.promote_types(mean.dtype, torch.float32)
    std, r = std.to(dtype), target.to(dtype) - mean.to(dtype)
    # With z = r / std, 2 Phi(z) - 1 is erf(z / sqrt(2)), and std * z is r.
    w = r / std * 0.5**0.5
    spread = std * (torch.exp(-w * w) * 2**0.5 - 1)
    loss = torch.add(r * torch.erf(w), spread, alpha=torch.pi**-0.5)
    return _reduce(loss, reduction)


def beta_nll_loss(
    mean: Tensor,
    var: Tensor,
    target: Tensor,
    *,
    beta: float = 0.5,
    eps: float = 1e-6,
    reduction: str = "mean",
) -> Tensor:
    """Gaussian negative log-likelihood that hard samples don't drop out of.

    `var**beta * (log(var) + (target - mean)**2 / var) / 2`, where `var**beta`
    is a weight without gradient.

    Args:
        mean: Any shape; any real numbers, floating point.
        var: Shape of `mean`; the variance, above 0, floating point.
        target: Shape of `mean`; any real numbers, floating point.
        beta: From 0, `gaussian_nll_loss`, to 1, whose gradient for `mean` is
            that of half the squared error.
        eps: Least variance, above 0; what is below counts as this, and keeps
            its gradient.
        reduction: "mean" and "sum" are over all elements; "none".

    Returns:
        A scalar, with "none" the shape of `mean`; it may be negative. Its
        dtype is that of `mean`, but float32 for half precision.

    Raises:
        TypeError: `mean`, `var` or `target` is not floating point.
        ValueError: Shapes differ, or `beta`, `eps` or `reduction` is out of
            range. Values of `var` are not checked.

    Source:
        Seitzer et al., On the Pitfalls of Heteroscedastic Uncertainty
        Estimation with Probabilistic Neural Networks, 2022,
        https://arxiv.org/abs/2203.09168
    """
    _check(reduction, mean=mean, var=var, target=target)
    if not 0 <= beta <= 1:
        raise ValueError(f"beta must be from 0 to 1, got {beta}")
    if not eps > 0:
        raise ValueError(f"eps must be above 0, got {eps}")
    dtype = torch.promote_types(mean.dtype, torch.float32)
    var, r = var.to(dtype), target.to(dtype) - mean.to(dtype)
    floor = var.detach().clamp_min(eps)
    var = floor + (var - var.detach())  # gradient of var below, too
    loss = floor**beta / 2 * (var.log() + r * r / var)
    return _reduce(loss, reduction)


def _reduce(loss: Tensor, reduction: str) -> Tensor:
    return loss if reduction == "none" else getattr(loss, reduction)()


def _check(reduction: str, **inputs: Tensor) -> None:
    mean = inputs["mean"]
    for name, tensor in inputs.items():
        if not tensor.is_floating_point():
            raise TypeError(
                f"{name} must be floating point, got {tensor.dtype}"
            )
        if tensor.shape != mean.shape:
            raise ValueError(
                f"{name} must have the shape of mean, {tuple(mean.shape)}, "
                f"got {tuple(tensor.shape)}"
            )
    if reduction not in ("mean", "sum", "none"):
        raise ValueError(
            f"reduction must be 'mean', 'sum' or 'none', got {reduction!r}"
        )


class GaussianCRPS(nn.Module):
    """`gaussian_crps` as a module."""

    def __init__(self, *, reduction: str = "mean") -> None:
        """Take the options of `gaussian_crps`."""
        super().__init__()
        self.reduction = reduction

    def forward(self, mean: Tensor, std: Tensor, target: Tensor) -> Tensor:
        """Compute `gaussian_crps`."""
        return gaussian_crps(mean, std, target, reduction=self.reduction)


class BetaNLLLoss(nn.Module):
    """`beta_nll_loss` as a module."""

    def __init__(
        self,
        *,
        beta: float = 0.5,
        eps: float = 1e-6,
        reduction: str = "mean",
    ) -> None:
        """Take the options of `beta_nll_loss`."""
        super().__init__()
        self.beta, self.eps, self.reduction = beta, eps, reduction

    def forward(self, mean: Tensor, var: Tensor, target: Tensor) -> Tensor:
        """Compute `beta_nll_loss`."""
        return beta_nll_loss(
            mean,
            var,
            target,
            beta=self.beta,
            eps=self.eps,
            reduction=self.reduction,
        )
