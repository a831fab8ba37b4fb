"""Losses of times to an event, which for some was not seen: right-censored."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F


def cox_ph_loss(
    log_hazard: Tensor,
    time: Tensor,
    event: Tensor,
    *,
    ties: str = "efron",
    reduction: str = "mean",
) -> Tensor:
    """Negative log partial likelihood of Cox's proportional hazards.

    Each event is a softmax over its risk set, all whose time is not earlier:
    `logsumexp(log_hazard of the risk set) - log_hazard`. The order of the
    batch doesn't matter, and only differences of `log_hazard` do.

    Args:
        log_hazard: (N,), floating point, any real numbers: the higher, the
            sooner.
        time: (N,), when the event happened, or when it was last known not to
            have happened; any real numbers, integer or floating point. No
            gradient goes there.
        event: (N,), bool: True where the event was seen, False where censored.
        ties: What to do where several events have the same time: "efron" takes
            their mean out of the risk set one after the other, "breslow" keeps
            the whole risk set for each.
        reduction: "mean" divides by the number of events, "sum" adds.

    Returns:
        A scalar, at least 0 but for rounding; 0 without events. Its dtype is
        that of `log_hazard`, but float32 for half precision.

    Raises:
        TypeError: `log_hazard` is not floating point, `time` is complex or
            bool, or `event` is not bool.
        ValueError: A shape is not (N,), an option is unknown, or a time is nan;
            this only on the CPU: elsewhere, compiled and under vmap the loss is
            nan.

    Source:
        Cox, Regression Models and Life-Tables, 1972,
        https://doi.org/10.1111/j.2517-6161.1972.tb00899.x; Breslow, Covariance
        Analysis of Censored Survival Data, 1974,
        https://doi.org/10.2307/2529620; Efron, The Efficiency of Cox's
        Likelihood Function for Censored Data, 1977,
        https://doi.org/10.1080/01621459.1977.10480613
    """
    if ties not in ("efron", "breslow"):
        raise ValueError(f"ties must be 'efron' or 'breslow', got {ties!r}")
    _check(("mean", "sum"), reduction, event, log_hazard=log_hazard)
    if log_hazard.ndim != 1:
        got = tuple(log_hazard.shape)
        raise ValueError(f"log_hazard must be (N,), got {got}")
    _check_time("log_hazard", log_hazard, time, event)
    if _any(time != time):
        raise ValueError("time must not be nan, got nan")
    # Sums over thousands of ties want digits; there is one number a sample.
    exact = torch.float32 if log_hazard.device.type == "mps" else torch.float64
    x, (t, order) = log_hazard.to(exact), time.detach().sort()
    # As good, and large numbers are gone.
    x = x - x.detach().amax() if len(x) else x
    x, seen = x[order], event[order]
    # Where those of the same time begin: the risk set is from there on.
    first = torch.searchsorted(t, t).clamp_max(len(t) - 1)
    one, none = seen.to(x.dtype), torch.zeros_like(x)
    whole = x.flip(0).logcumsumexp(0).flip(0)
    # Where no event needs it its slope is 0, of which the next one is nan.
    needed = none.index_add(0, first, one) > 0
    whole = torch.where(needed, whole, whole.detach())[first]
    loss = whole - x
    if ties == "efron":
        after = torch.searchsorted(t, t, right=True)
        before = torch.cat([0 * one[:1], one.cumsum(0)])  # events
        which, many = before[:-1] - before[first], before[after] - before[first]
        part = none.index_add(0, first, one * (x - whole).exp()).clamp_max(1)
        share = one * which / many.clamp_min(1) * part[first]
        loss = loss + (-share).log1p()
    loss = torch.where(seen, loss, 0).sum()
    loss = loss / seen.sum().clamp_min(1) if reduction == "mean" else loss
    loss = loss * torch.where((t == t).all(), 1, torch.nan)
    return loss.to(torch.promote_types(log_hazard.dtype, torch.float32))


def discrete_hazard_nll(
    logits: Tensor, interval: Tensor, event: Tensor, *, reduction: str = "mean"
) -> Tensor:
    """Negative log-likelihood of the interval in which an event happened.

    `sigmoid(logits)` is the hazard of each interval: how likely the event
    happens there, if it hasn't before. A sample costs the binary cross entropy
    of each interval up to its own, of which the last is yes if it was seen.

    Args:
        logits: (N, K), floating point, any real numbers.
        interval: (N,), int64, from 0 to K - 1: where the event happened, or,
            where censored, the last interval that is known to have passed
            without it.
        event: (N,), bool: True where the event was seen, False where censored.
        reduction: "mean" and "sum" are over samples; "none".

    Returns:
        A scalar, with "none" (N,). At least 0. Its dtype is that of `logits`,
        but float32 for half precision. The mean of nothing is nan.

    Raises:
        TypeError: `logits` is not floating point, `interval` is not int64, or
            `event` is not bool.
        ValueError: Shapes don't fit, `reduction` is unknown, or an interval is
            out of range; this only on the CPU: elsewhere, compiled and under
            vmap its loss is nan.

    Source:
        Gensheimer and Narasimhan, A Scalable Discrete-Time Survival Model for
        Neural Networks, 2019, https://arxiv.org/abs/1805.00917; Kvamme and
        Borgan, Continuous and Discrete-Time Survival Prediction with Neural
        Networks, 2019, https://arxiv.org/abs/1910.06724
    """
    _check(("mean", "sum", "none"), reduction, event, logits=logits)
    if interval.dtype != torch.int64:
        raise TypeError(f"interval must be int64, got {interval.dtype}")
    if logits.ndim != 2 or not (
        interval.shape == event.shape == logits.shape[:1]
    ):
        raise ValueError(
            "logits, interval and event must be (N, K), (N,) and (N,), got "
            f"{tuple(logits.shape)}, {tuple(interval.shape)} and "
            f"{tuple(event.shape)}"
        )
    x, last = _wide(logits), logits.shape[1] - 1
    own, beyond = interval.clamp(0, last), (interval < 0) | (interval > last)
    if _any(beyond):
        raise ValueError(
            f"interval must be from 0 to {last}, got from "
            f"{interval.min().item()} to {interval.max().item()}"
        )
    yes = torch.where(beyond, torch.nan, event.to(x.dtype))
    happened = torch.zeros_like(x).scatter(1, own[:, None], yes[:, None])
    # 1 up to its own, then 0: sums of numbers are faster than comparisons.
    step = torch.arange(last + 1, dtype=x.dtype, device=x.device)
    counts = (own[:, None] + 1 - step).clamp(0, 1)
    bce = F.binary_cross_entropy_with_logits
    loss = bce(x, happened, counts, reduction="none").sum(1)
    return _reduce(loss, reduction)


def weibull_nll(
    log_scale: Tensor,
    log_shape: Tensor,
    time: Tensor,
    event: Tensor,
    *,
    reduction: str = "mean",
) -> Tensor:
    """Negative log-likelihood of times that follow a Weibull distribution.

    `-log(density)` where the event was seen, else `-log` of the probability
    that it comes later: `(time / scale)**shape` with `scale = exp(log_scale)`
    and `shape = exp(log_shape)`.

    Args:
        log_scale: Any shape, floating point, any real numbers; at the scale
            the probability that nothing has happened is 1 / e.
        log_shape: Shape of `log_scale`, or one that broadcasts to it, such as
            one number for all; floating point, any real numbers. Above 0 the
            hazard grows with time, below 0 it falls. Above 20 it counts as
            20, below -20 as -20.
        time: Shape of `log_scale`; above 0 and finite, integer or floating
            point. No gradient goes there.
        event: Shape of `log_scale`, bool: True where the event was seen, False
            where censored.
        reduction: "mean" and "sum" are over all elements; "none".

    Returns:
        A scalar, with "none" the shape of `log_scale`; below 0 where a density
        is above 1. Where an exponent is above 40, `exp` goes on as its tangent
        there. Its dtype is that of `log_scale`, but float32 for half
        precision. The mean of nothing is nan.

    Raises:
        TypeError: `log_scale` or `log_shape` is not floating point, `time` is
            complex or bool, or `event` is not bool.
        ValueError: Shapes don't fit, `reduction` is unknown, or a time is not
            above 0 and finite, in the dtype of the loss; this only on the CPU:
            elsewhere, compiled and under vmap its loss is nan.

    Source:
        Weibull, A Statistical Distribution Function of Wide Applicability,
        1951, https://doi.org/10.1115/1.4010337; censored and as the output of
        a network in Martinsson, WTTE-RNN, 2016,
        https://publications.lib.chalmers.se/records/fulltext/253611/253611.pdf
    """
    inputs = {"log_scale": log_scale, "log_shape": log_shape}
    _check(("mean", "sum", "none"), reduction, event, **inputs)
    _check_time("log_scale", log_scale, time, event)
    ends = zip(log_shape.shape[::-1], log_scale.shape[::-1], strict=False)
    if log_shape.ndim > log_scale.ndim or any(a not in (1, b) for a, b in ends):
        raise ValueError(
            f"log_shape must have the shape of log_scale, "
            f"{tuple(log_scale.shape)}, or broadcast to it, got "
            f"{tuple(log_shape.shape)}"
        )
    x = _wide(log_scale)
    a, t = log_shape.to(x.dtype).clamp(-20, 20), time.detach().to(x.dtype)
    bad = ~((t > 0) & t.isfinite())
    if _any(bad):
        raise ValueError(f"time must be above 0 and finite, got {t[bad][0]:g}")
    log_t = torch.where(bad, torch.nan, t).log()
    z = a.exp() * (log_t - x)
    beyond = (z - 40).relu()  # exp would overflow: here it is its tangent
    passed = (z - beyond).exp() + beyond * torch.e**40
    loss = passed - torch.where(event, a + z - log_t, 0)
    return _reduce(loss, reduction)


def _wide(x: Tensor) -> Tensor:
    return x.to(torch.promote_types(x.dtype, torch.float32))


def _reduce(loss: Tensor, reduction: str) -> Tensor:
    return loss if reduction == "none" else getattr(loss, reduction)()


def _any(bad: Tensor) -> bool:
    # On other devices who looks at values waits for them.
    if torch.compiler.is_compiling() or bad.device.type != "cpu":
        return False
    try:
        return bool(bad.any())
    except RuntimeError:  # vmap shows no values
        return False


def _check(
    reductions: tuple[str, ...], reduction: str, event: Tensor, **inputs: Tensor
) -> None:
    for name, tensor in inputs.items():
        if not tensor.is_floating_point():
            raise TypeError(
                f"{name} must be floating point, got {tensor.dtype}"
            )
    if event.dtype != torch.bool:
        raise TypeError(
            f"event must be bool, True where it was seen, got {event.dtype}"
        )
    if reduction not in reductions:
        raise ValueError(
            f"reduction must be one of {reductions}, got {reduction!r}"
        )


def _check_time(name: str, x: Tensor, time: Tensor, event: Tensor) -> None:
    if time.is_complex() or time.dtype == torch.bool:
        raise TypeError(f"time must be real numbers, got {time.dtype}")
    if not time.shape == event.shape == x.shape:
        raise ValueError(
            f"time and event must have the shape of {name}, {tuple(x.shape)}, "
            f"got {tuple(time.shape)} and {tuple(event.shape)}"
        )


class CoxPHLoss(nn.Module):
    """`cox_ph_loss` as a module."""

    def __init__(self, *, ties: str = "efron", reduction: str = "mean") -> None:
        """Take the options of `cox_ph_loss`."""
        super().__init__()
        self.ties, self.reduction = ties, reduction

    def forward(
        self, log_hazard: Tensor, time: Tensor, event: Tensor
    ) -> Tensor:
        """Compute `cox_ph_loss`."""
        return cox_ph_loss(
            log_hazard, time, event, ties=self.ties, reduction=self.reduction
        )


class DiscreteHazardNLL(nn.Module):
    """`discrete_hazard_nll` as a module."""

    def __init__(self, *, reduction: str = "mean") -> None:
        """Take the options of `discrete_hazard_nll`."""
        super().__init__()
        self.reduction = reduction

    def forward(
        self, logits: Tensor, interval: Tensor, event: Tensor
    ) -> Tensor:
        """Compute `discrete_hazard_nll`."""
        return discrete_hazard_nll(
            logits, interval, event, reduction=self.reduction
        )


class WeibullNLL(nn.Module):
    """`weibull_nll` as a module."""

    def __init__(self, *, reduction: str = "mean") -> None:
        """Take the options of `weibull_nll`."""
        super().__init__()
        self.reduction = reduction

    def forward(
        self, log_scale: Tensor, log_shape: Tensor, time: Tensor, event: Tensor
    ) -> Tensor:
        """Compute `weibull_nll`."""
        return weibull_nll(
            log_scale, log_shape, time, event, reduction=self.reduction
        )
