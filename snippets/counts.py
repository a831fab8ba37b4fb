"""Losses of counts and of sums with many zeros: spread, and zeros, learned."""

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional as F


def negative_binomial_nll(
    log_mean: Tensor,
    log_dispersion: Tensor,
    target: Tensor,
    *,
    reduction: str = "mean",
) -> Tensor:
    """Negative log-likelihood of counts that vary more than Poisson's.

    Their mean is `exp(log_mean)`, their variance `mean + dispersion * mean**2`
    with `dispersion = exp(log_dispersion)`: 0 would be a Poisson distribution,
    which it tends to without losing digits.

    Args:
        log_mean: Any shape; any real numbers, floating point.
        log_dispersion: Shape of `log_mean`, or one that broadcasts to it, such
            as one number for all; any real numbers, floating point. Above 40 it
            counts as 40, below -40 as -40: a Poisson distribution.
        target: Shape of `log_mean`; counts, at least 0, integer or floating
            point. No gradient goes there.
        reduction: "mean" and "sum" are over all elements; "none".

    Returns:
        A scalar, with "none" the shape of `log_mean`. At least 0 for whole
        counts. Its dtype is that of `log_mean`, but float32 for half
        precision. The mean of nothing is nan.

    Raises:
        TypeError: `log_mean` or `log_dispersion` is not floating point, or
            `target` is complex or bool.
        ValueError: Shapes don't fit, `reduction` is unknown, or a target is
            negative; this only on the CPU: elsewhere, compiled and under vmap
            its loss is nan.

    Source:
        Salinas et al., DeepAR, 2017, section 3.1,
        https://arxiv.org/abs/1704.04110; computed around the count itself, as
        in Loader, Fast and Accurate Computation of Binomial Probabilities,
        2000, https://www.r-project.org/doc/reports/CLoader-dbinom-2002.pdf
    """
    _check(reduction, target, log_mean=log_mean, log_dispersion=log_dispersion)
    m, y = _numbers(log_mean, target)
    a = log_dispersion.to(m.dtype).clamp(-40, 40)
    size = (-a).exp()  # 1 / dispersion
    none = y == 0
    count = y + none
    log_y = count.log()
    # Half the deviance, 0 where the mean is the count. Of count and size the
    # smaller one stands before what is subtracted.
    near = a + log_y
    side = 1 - 2 * (near > 0).to(m.dtype)
    small = (side * near).exp()
    p, x = small / (1 + small), side * (m - log_y)
    beyond = (x - 80).relu()  # there log(1 + p * exp(x)) is a straight line
    grown = (p * (x - beyond).expm1()).log1p() + beyond
    loss = (count + size) * (grown - p * x)
    # Less the log-probability of the count, if it were the mean.
    spread = near.relu() + small.log1p()  # log(1 + dispersion * count)
    loss = loss + (log_y + spread) / 2 + _HALF_LOG_2_PI
    loss = loss + _stirling(count) + _stirling(size) - _stirling(count + size)
    zero = size * F.softplus(a + m, threshold=40)
    return _reduce(torch.where(none, zero, loss), reduction)


def tweedie_loss(
    log_mean: Tensor,
    target: Tensor,
    *,
    power: float = 1.5,
    reduction: str = "mean",
) -> Tensor:
    """Half the deviance of Tweedie's distributions: sums with many zeros.

    `y**(2 - p) / ((1 - p) * (2 - p)) - y * mean**(1 - p) / (1 - p) + mean**(2
    - p) / (2 - p)` with `mean = exp(log_mean)`, and its limits at 1 and 2. The
    variance is taken to grow as `mean**p`.

    Args:
        log_mean: Any shape; any real numbers, floating point.
        target: Shape of `log_mean`; at least 0, above 0 with `power=2`,
            integer or floating point. No gradient goes there.
        power: The power p, from 1, Poisson, to 2, gamma; between them a sum
            of gamma numbers, as many as a Poisson count says, perhaps none.
        reduction: "mean" and "sum" are over all elements; "none".

    Returns:
        A scalar, with "none" the shape of `log_mean`. At least 0 but for
        rounding, and 0 where the mean is the target. Where an exponent is
        above 40, `exp` goes on as its tangent there. Its dtype is that of
        `log_mean`, but float32 for half precision. The mean of nothing is nan.

    Raises:
        TypeError: `log_mean` is not floating point, or `target` is complex or
            bool.
        ValueError: Shapes differ, an option is out of range, or a target is;
            this only on the CPU: elsewhere, compiled and under vmap its loss
            is not finite.

    Source:
        Jorgensen, Exponential Dispersion Models, 1987,
        https://doi.org/10.1111/j.2517-6161.1987.tb01685.x; with a logarithm,
        as in Zhou et al., Tweedie Gradient Boosting for Extremely Unbalanced
        Zero-inflated Data, 2018, https://arxiv.org/abs/1811.10192
    """
    if not 1 <= power <= 2:
        raise ValueError(f"power must be from 1 to 2, got {power}")
    _check(reduction, target, power == 2, log_mean=log_mean)
    m, y = _numbers(log_mean, target)
    none = y == 0
    count = y + none
    x = m - count.log()  # of nothing, and less 1 / (2 - power), as of a 1
    grown = _power(x, 2 - power)
    loss = count ** (2 - power) * (grown - _power(x, 1 - power))
    zero = grown + (1 / (2 - power) if power < 2 else torch.inf)
    return _reduce(torch.where(none, zero, loss), reduction)


def zero_inflated_poisson_nll(
    log_rate: Tensor,
    zero_logit: Tensor,
    target: Tensor,
    *,
    reduction: str = "mean",
) -> Tensor:
    """Negative log-likelihood of a Poisson count, or of nothing to count.

    With the probability `q = sigmoid(zero_logit)` the count is 0 whatever the
    rate, else Poisson's: `-log(q + (1 - q) * exp(-rate))` for 0, for others
    `-log(1 - q)` and Poisson's, all its constants included.

    Args:
        log_rate: Any shape; any real numbers, floating point: the logarithm
            of Poisson's rate, which is the mean of those that do count.
        zero_logit: Shape of `log_rate`, or one that broadcasts to it; any real
            numbers, floating point: the logit of "always 0".
        target: Shape of `log_rate`; counts, at least 0, integer or floating
            point. No gradient goes there.
        reduction: "mean" and "sum" are over all elements; "none".

    Returns:
        A scalar, with "none" the shape of `log_rate`. At least 0 for whole
        counts. Where an exponent is above 40, `exp` goes on as its tangent
        there. Its dtype is that of `log_rate`, but float32 for half precision.
        The mean of nothing is nan.

    Raises:
        TypeError: `log_rate` or `zero_logit` is not floating point, or
            `target` is complex or bool.
        ValueError: Shapes don't fit, `reduction` is unknown, or a target is
            negative; this only on the CPU: elsewhere, compiled and under vmap
            its loss is nan.

    Source:
        Lambert, Zero-Inflated Poisson Regression, 1992,
        https://doi.org/10.2307/1269547
    """
    _check(reduction, target, log_rate=log_rate, zero_logit=zero_logit)
    m, y = _numbers(log_rate, target)
    z = zero_logit.to(m.dtype)
    none = y == 0
    count = y + none
    log_y = count.log()
    x, denied = m - log_y, F.softplus(z, threshold=40)  # -log(1 - q)
    loss = count * (_power(x, 1) - x) + log_y / 2 + _HALF_LOG_2_PI
    loss = loss + _stirling(count) + denied
    # Of the two sums for 0 each has all digits where the other has not.
    rate = _grow(torch.exp, m)
    other = z.neg().sigmoid() * (-rate).expm1()  # less what is not 0
    # Not logaddexp: its second derivative is nan where one is far larger.
    rare = denied - torch.stack(torch.broadcast_tensors(z, -rate)).logsumexp(0)
    zero = -(other + (-0.5 - other).relu()).log1p()
    zero = torch.where(other > -0.5, zero, rare)
    return _reduce(torch.where(none, zero, loss), reduction)


_HALF_LOG_2_PI = 0.9189385332046727


def _stirling(x: Tensor) -> Tensor:
    # What Stirling's formula leaves out of lgamma(x): a series, which wants x
    # to be large. Else it is that of x + 8, and x * (x + 1) * ... * (x + 7)
    # is taken back, written so that no large logarithms are subtracted.
    few = (x < 8).to(x.dtype)
    t = (x + 8 * few).reciprocal()
    t2 = t * t
    series = 1 / 1260 - t2 * (1 / 1680 - t2 / 1188)
    series = t * (1 / 12 - t2 * (1 / 360 - t2 * series))
    x = x.clamp_max(8)
    v, w = x + 8, x * (x + 7)
    v2 = v * v
    ratio = v * v2 * v2 * v2 / ((x + 7) * (w + 6) * (w + 10) * (w + 12))
    back = (x + 0.5) * (8 / x).log1p() - 8 + ratio.log()
    return series + few * back


def _power(x: Tensor, p: float) -> Tensor:
    # (exp(p * x) - 1) / p
    return _grow(torch.expm1, p * x) / p if p else x


def _grow(function: Callable[[Tensor], Tensor], x: Tensor) -> Tensor:
    # An exponential would overflow: from 40 on it is its tangent.
    beyond = (x - 40).relu()
    return function(x - beyond) + beyond * torch.e**40


def _numbers(first: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
    dtype = torch.promote_types(first.dtype, torch.float32)
    return first.to(dtype), target.detach().to(dtype)


def _reduce(loss: Tensor, reduction: str) -> Tensor:
    return loss if reduction == "none" else getattr(loss, reduction)()


def _check(
    reduction: str, target: Tensor, above: bool = False, **inputs: Tensor
) -> None:
    (first, x), *others = inputs.items()
    for name, tensor in inputs.items():
        if not tensor.is_floating_point():
            raise TypeError(
                f"{name} must be floating point, got {tensor.dtype}"
            )
    if target.is_complex() or target.dtype == torch.bool:
        raise TypeError(f"target must be real numbers, got {target.dtype}")
    if target.shape != x.shape:
        raise ValueError(
            f"target must have the shape of {first}, {tuple(x.shape)}, got "
            f"{tuple(target.shape)}"
        )
    for name, tensor in others:
        ends = zip(tensor.shape[::-1], x.shape[::-1], strict=False)
        if tensor.ndim > x.ndim or any(a not in (1, b) for a, b in ends):
            raise ValueError(
                f"{name} must have the shape of {first}, {tuple(x.shape)}, or "
                f"broadcast to it, got {tuple(tensor.shape)}"
            )
    if reduction not in ("mean", "sum", "none"):
        raise ValueError(
            f"reduction must be 'mean', 'sum' or 'none', got {reduction!r}"
        )
    _check_values(target, above)


def _check_values(target: Tensor, above: bool) -> None:
    # On other devices who looks at values waits for them.
    if torch.compiler.is_compiling() or target.device.type != "cpu":
        return
    bad = target <= 0 if above else target < 0
    try:
        some = bool(bad.any())
    except RuntimeError:  # vmap shows no values
        return
    if some:
        least = "above 0 with power=2" if above else "at least 0"
        raise ValueError(f"target must be {least}, got {target.min().item()}")


class NegativeBinomialNLL(nn.Module):
    """`negative_binomial_nll` as a module."""

    def __init__(self, *, reduction: str = "mean") -> None:
        """Take the options of `negative_binomial_nll`."""
        super().__init__()
        self.reduction = reduction

    def forward(
        self, log_mean: Tensor, log_dispersion: Tensor, target: Tensor
    ) -> Tensor:
        """Compute `negative_binomial_nll`."""
        return negative_binomial_nll(
            log_mean, log_dispersion, target, reduction=self.reduction
        )


class TweedieLoss(nn.Module):
    """`tweedie_loss` as a module."""

    def __init__(self, *, power: float = 1.5, reduction: str = "mean") -> None:
        """Take the options of `tweedie_loss`."""
        super().__init__()
        self.power, self.reduction = power, reduction

    def forward(self, log_mean: Tensor, target: Tensor) -> Tensor:
        """Compute `tweedie_loss`."""
        return tweedie_loss(
            log_mean, target, power=self.power, reduction=self.reduction
        )


class ZeroInflatedPoissonNLL(nn.Module):
    """`zero_inflated_poisson_nll` as a module."""

    def __init__(self, *, reduction: str = "mean") -> None:
        """Take the options of `zero_inflated_poisson_nll`."""
        super().__init__()
        self.reduction = reduction

    def forward(
        self, log_rate: Tensor, zero_logit: Tensor, target: Tensor
    ) -> Tensor:
        """Compute `zero_inflated_poisson_nll`."""
        return zero_inflated_poisson_nll(
            log_rate, zero_logit, target, reduction=self.reduction
        )
