"""Losses of two views without negatives: Barlow Twins and VICReg."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F


def barlow_twins_loss(
    z_a: Tensor,
    z_b: Tensor,
    *,
    lambd: float = 5e-3,
    eps: float = 1e-5,
    correction: int = 0,
) -> Tensor:
    """Make the correlation of two views the identity.

    `((1 - c[i, i])**2).sum() + lambd * (c[i, j]**2).sum()`, where `c` is the
    correlation over the batch of dimension i of one view and j of the other:
    `c = a.T @ b / N`, with `a` and `b` less their mean, divided by
    `sqrt(var + eps)`.

    Args:
        z_a: Shape (N, D), N at least 2; any real numbers, floating point:
            embeddings of one view, not normalized.
        z_b: Shape of `z_a`: the same samples seen otherwise.
        lambd: Weight of the D * (D - 1) redundancy terms, at least 0.
        eps: Added to the variance, above 0; the default is BatchNorm's.
        correction: 0 divides the variance by N, as the paper; 1 by N - 1, as
            `torch.std`, so that equal views don't reach 1.

    Returns:
        A scalar, at least 0. Its dtype is that of `z_a`, but float32 for half
        precision.

    Raises:
        TypeError: `z_a` or `z_b` is not floating point.
        ValueError: Shapes don't fit; `lambd`, `eps` or `correction` is out of
            range.

    Source:
        Zbontar et al., Barlow Twins: Self-Supervised Learning via Redundancy
        Reduction, 2021, equations 1 and 2, https://arxiv.org/abs/2103.03230
    """
    z_a, z_b = _check(z_a, z_b, eps, lambd=lambd)
    if correction not in (0, 1):
        raise ValueError(f"correction must be 0 or 1, got {correction}")
    a, b = ((z - z.mean(0)) * _rstd(z, eps, correction) for z in (z_a, z_b))
    c = _product(a, b) / len(a)
    same, other = c.diagonal().clone(), _others(c)
    return (same - 1).square().sum() + lambd * other.square().sum()


def vicreg_loss(
    z_a: Tensor,
    z_b: Tensor,
    *,
    invariance: float = 25.0,
    variance: float = 25.0,
    covariance: float = 1.0,
    gamma: float = 1.0,
    eps: float = 1e-4,
) -> Tensor:
    """Keep two views near, each dimension spread, and no two alike.

    `invariance * mse(z_a, z_b) + variance * (v(z_a) + v(z_b)) / 2 +
    covariance * (c(z_a) + c(z_b))`, with `v(z) = relu(gamma - sqrt(var(z) +
    eps)).mean()` and `c(z) = (cov(z)[i, j]**2).sum() / D` over i != j. The
    means of the first two terms are those of the authors' code.

    Args:
        z_a: Shape (N, D), N at least 2; any real numbers, floating point:
            embeddings of one view, not normalized.
        z_b: Shape of `z_a`: the same samples seen otherwise.
        invariance: Weight of the distance of the views, at least 0.
        variance: Weight of the spread, at least 0.
        covariance: Weight of the redundancy, at least 0.
        gamma: Standard deviation that is enough, at least 0.
        eps: Added to the variance, above 0.

    Returns:
        A scalar, at least 0. Its dtype is that of `z_a`, but float32 for half
        precision.

    Raises:
        TypeError: `z_a` or `z_b` is not floating point.
        ValueError: Shapes don't fit, or an option is out of range.

    Source:
        Bardes et al., VICReg: Variance-Invariance-Covariance Regularization
        for Self-Supervised Learning, 2022, section 4.1,
        https://arxiv.org/abs/2105.04906
    """
    z_a, z_b = _check(
        z_a,
        z_b,
        eps,
        invariance=invariance,
        variance=variance,
        covariance=covariance,
        gamma=gamma,
    )
    spread = sum(
        F.relu(gamma - (z.var(0) + eps).sqrt()).mean() for z in (z_a, z_b)
    )
    return (
        invariance * F.mse_loss(z_a, z_b)
        + variance * spread / 2
        + covariance * (_covariance(z_a) + _covariance(z_b))
    )


def _rstd(z: Tensor, eps: float, correction: int) -> Tensor:
    return (z.var(0, correction=correction) + eps).rsqrt()


def _covariance(z: Tensor) -> Tensor:
    n, d = z.shape
    z = z - z.mean(0)
    return _others(_product(z, z / (n - 1))).square().sum() / d


def _others(c: Tensor) -> Tensor:
    eye = torch.eye(len(c), dtype=torch.bool, device=c.device)
    return c.masked_fill_(eye, 0)


def _product(a: Tensor, b: Tensor) -> Tensor:
    kind = "cpu" if a.is_meta else a.device.type
    with torch.autocast(kind, enabled=False):  # sums of N products overflow
        return a.T @ b


def _check(
    z_a: Tensor, z_b: Tensor, eps: float, **weights: float
) -> tuple[Tensor, Tensor]:
    for name, tensor in (("z_a", z_a), ("z_b", z_b)):
        if not tensor.is_floating_point():
            raise TypeError(
                f"{name} must be floating point, got {tensor.dtype}"
            )
    if z_a.ndim != 2 or z_a.shape != z_b.shape or len(z_a) < 2:
        raise ValueError(
            "z_a and z_b must have the same shape (N, D), N at least 2, got "
            f"{tuple(z_a.shape)} and {tuple(z_b.shape)}"
        )
    for name, value in weights.items():
        if not value >= 0:
            raise ValueError(f"{name} must be at least 0, got {value}")
    if not eps > 0:
        raise ValueError(f"eps must be above 0, got {eps}")
    dtype = torch.promote_types(z_a.dtype, torch.float32)
    return z_a.to(dtype), z_b.to(dtype)


class BarlowTwinsLoss(nn.Module):
    """`barlow_twins_loss` as a module."""

    def __init__(
        self, *, lambd: float = 5e-3, eps: float = 1e-5, correction: int = 0
    ) -> None:
        """Take the options of `barlow_twins_loss`."""
        super().__init__()
        self.lambd, self.eps, self.correction = lambd, eps, correction

    def forward(self, z_a: Tensor, z_b: Tensor) -> Tensor:
        """Compute `barlow_twins_loss`."""
        return barlow_twins_loss(
            z_a,
            z_b,
            lambd=self.lambd,
            eps=self.eps,
            correction=self.correction,
        )


class VICRegLoss(nn.Module):
    """`vicreg_loss` as a module."""

    def __init__(
        self,
        *,
        invariance: float = 25.0,
        variance: float = 25.0,
        covariance: float = 1.0,
        gamma: float = 1.0,
        eps: float = 1e-4,
    ) -> None:
        """Take the options of `vicreg_loss`."""
        super().__init__()
        self.invariance, self.variance = invariance, variance
        self.covariance, self.gamma, self.eps = covariance, gamma, eps

    def forward(self, z_a: Tensor, z_b: Tensor) -> Tensor:
        """Compute `vicreg_loss`."""
        return vicreg_loss(
            z_a,
            z_b,
            invariance=self.invariance,
            variance=self.variance,
            covariance=self.covariance,
            gamma=self.gamma,
            eps=self.eps,
        )
