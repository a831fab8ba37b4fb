"""Losses of a predicted distribution: normal, Student's t, a mixture."""

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
        TypeError: `mean`, `std` or `target` is no floating-point tensor.
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
        TypeError: `mean`, `var` or `target` is no floating-point tensor.
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
    dtype = torch.promote_types(mean.dtype, torch.float32)
    r = target.to(dtype) - mean.to(dtype)
    var = _at_least(eps, var.to(dtype))
    loss = var.detach() ** beta / 2 * (var.log() + r * r / var)
    return _reduce(loss, reduction)


def student_t_nll(
    df: Tensor,
    loc: Tensor,
    scale: Tensor,
    target: Tensor,
    *,
    eps: float = 1e-6,
    reduction: str = "mean",
) -> Tensor:
    """Negative log-likelihood of Student's t: heavy tails, and how heavy.

    `log(scale) + (df + 1) / 2 * log(1 + z**2 / df) + log(sqrt(df * pi) *
    Gamma(df / 2) / Gamma((df + 1) / 2))` with `z = (target - loc) / scale`.

    Args:
        df: Shape of `loc`, or one that broadcasts to it, such as one number
            for all; degrees of freedom, above 0, floating point. 1 is a Cauchy
            distribution, infinity a normal one, which it tends to without
            losing digits. The variance is finite only above 2. Below about
            10**-19 its float32 gradient is infinite; `2 + softplus` stays
            clear. One number for all is a tensor of one number.
        loc: Any shape; any real numbers, floating point: the median, and the
            mean if `df` is above 1.
        scale: Shape of `loc`; at least 0, finite, floating point. The standard
            deviation is `scale * sqrt(df / (df - 2))`, thus larger.
        target: Shape of `loc`; any real numbers, floating point. In float32
            what is beyond about 10**15 scales from `loc` counts as that.
        eps: Least scale, above 0; what is below counts as this, and keeps its
            gradient.
        reduction: "mean" and "sum" are over all elements; "none".

    Returns:
        A scalar, with "none" the shape of `loc`; it may be negative. Its dtype
        is that of `loc`, but float32 for half precision. The mean of nothing is
        nan.

    Raises:
        TypeError: `df`, `loc`, `scale` or `target` is no floating-point tensor.
        ValueError: Shapes don't fit, `eps` or `reduction` is out of range, a
            `df` is not above 0 or a `scale` negative; the last two only on the
            CPU: elsewhere, compiled and under vmap nobody looks at values.

    Source:
        The density of torch.distributions.StudentT, as GluonTS has it by
        default for DeepAR, https://github.com/awslabs/gluonts/blob/dev/src/
        gluonts/torch/distributions/studentT.py
    """
    _check(reduction, loc=loc, scale=scale, target=target)
    _check_floats(df=df)
    _check_broadcast("df", df, "loc", loc)
    _check_values("df", df, above=True)
    _check_values("scale", scale)
    dtype = torch.promote_types(loc.dtype, torch.float32)
    h = df.to(dtype).clamp_max(1e18) / 2  # as good as infinity
    # The compiler fuses what it sees; it takes no function with a jvp.
    seen = torch.compiler.is_compiling()
    loss = (_log_norm if seen else _LogNorm.apply)(h)
    scale = _at_least(eps, scale.to(dtype))
    loss = loss + scale.log()
    z = _within((target.to(dtype) - loc.to(dtype)) / scale)
    tail = (z * z / h / 2).log1p()
    loss = torch.addcmul(loss, h, tail).add(tail, alpha=0.5)
    return _reduce(loss, reduction)


def gaussian_mixture_nll(
    logits: Tensor,
    mean: Tensor,
    std: Tensor,
    target: Tensor,
    *,
    eps: float = 1e-6,
    reduction: str = "mean",
) -> Tensor:
    """Negative log-likelihood of a mixture: a mixture density network's loss.

    `-log(sum(softmax(logits) * normal_density(target, mean, std)))`, over K
    components.

    Args:
        logits: (*, K), floating point: of each component's weight. Minus
            infinity: none of it; all of them so: the loss is nan.
        mean: (*, K), floating point; of vectors (*, K, D).
        std: Shape of `mean`, or one that broadcasts to it, such as (*, K, 1)
            for one deviation in all D directions; at least 0, finite, floating
            point.
        target: (*), floating point; of vectors (*, D), whose numbers are
            independent within a component. In float32 what is beyond about
            10**15 deviations from a mean counts as that.
        eps: Least deviation, above 0, in the unit of the target; what is below
            counts as this, and keeps its gradient. It bounds the loss, which
            else falls without end on targets that repeat.
        reduction: "mean" and "sum" are over (*), a vector counting once;
            "none".

    Returns:
        A scalar, with "none" (*); it may be negative. Its dtype is that of
        `mean`, but float32 for half precision. The mean of nothing is nan.

    Raises:
        TypeError: `logits`, `mean`, `std` or `target` is no floating-point
            tensor.
        ValueError: Shapes don't fit, `eps` or `reduction` is out of range, or a
            `std` is negative; this only on the CPU: elsewhere, compiled and
            under vmap it counts as `eps`.

    Source:
        Bishop, Mixture Density Networks, 1994,
        https://publications.aston.ac.uk/373/1/NCRG_94_004.pdf; also Pattern
        Recognition and Machine Learning, 2006, equation 5.153
    """
    _check_floats(logits=logits, mean=mean, std=std, target=target)
    _check_reduction(reduction)
    vectors = mean.ndim > logits.ndim
    _check_mixture(logits, mean, target, vectors)
    _check_broadcast("std", std, "mean", mean)
    _check_values("std", std)
    dtype = torch.promote_types(mean.dtype, torch.float32)
    y = target.to(dtype).unsqueeze(-2 if vectors else -1)
    std = _at_least(eps, std.to(dtype))
    z = _within((y - mean.to(dtype)) / std)
    log_density = -z.square() / 2 - std.log()
    if vectors:
        log_density = log_density.sum(-1)
    log_weight = logits.to(dtype).log_softmax(-1)
    sizes = mean.shape[-1] if vectors else 1
    loss = sizes * _HALF_LOG_2_PI - (log_weight + log_density).logsumexp(-1)
    return _reduce(loss, reduction)


_HALF_LOG_2_PI = 0.9189385332046727


def _log_norm(h: Tensor) -> Tensor:
    # log(sqrt(2 pi h) * Gamma(h) / Gamma(h + 1/2)): a series in 1 / (h + 6),
    # and the six factors from there down to h, two by two. Logarithms of Gamma
    # would cancel.
    w, over, t = h * (h + 5), h + 2.75, 1 / (h + 6)
    factors = (1 + over / w) * (1 + over / (w + 4)) * (1 + over / (w + 6))
    loss = (factors * (2 * torch.pi * h * t).sqrt()).log()
    t2 = t * t
    series = 17 / 14336 - t2 * (31 / 18432 - t2 * (691 / 180224))
    series = 1 / 8 - t2 * (1 / 192 - t2 * (1 / 640 - t2 * series))
    return loss + t * series


class _LogNorm(torch.autograd.Function):
    """`_log_norm`, whose slope keeps its digits: all that is kept is `h`."""

    generate_vmap_rule = True

    forward = staticmethod(_log_norm)

    @staticmethod
    def setup_context(ctx, inputs, output):
        ctx.save_for_backward(*inputs)
        ctx.save_for_forward(*inputs)

    @staticmethod
    def slope(ctx):
        (h,) = ctx.saved_tensors
        w = h * (h + 5)
        over, slope = w + h / 2 + 13.75, 3 / h / (h + 6)
        for k in (0, 4, 6):
            slope = slope - (over - k) / (w + k) / (w + h + (2.75 + k))
        del w, over  # the memory
        t2 = (h + 6) ** -2
        series = 119 / 14336 - t2 * (279 / 18432 - t2 * (7601 / 180224))
        series = 1 / 8 - t2 * (3 / 192 - t2 * (5 / 640 - t2 * series))
        return slope - t2 * series

    @staticmethod
    def backward(ctx, grad):
        return grad * _LogNorm.slope(ctx)

    @staticmethod
    def jvp(ctx, tangent):
        return tangent * _LogNorm.slope(ctx)


def _within(z: Tensor) -> Tensor:
    # Squared it stays a number, in float32 up to about 10**15.
    far = torch.finfo(z.dtype).max ** 0.4
    return z.clamp(-far, far)


def _at_least(eps: float, x: Tensor) -> Tensor:
    if not eps > 0:
        raise ValueError(f"eps must be above 0, got {eps}")
    # What is below keeps its gradient, or it would stay there.
    return x.detach().clamp_min(eps) + (x - x.detach())


def _reduce(loss: Tensor, reduction: str) -> Tensor:
    return loss if reduction == "none" else getattr(loss, reduction)()


def _check(reduction: str, **inputs: Tensor) -> None:
    _check_floats(**inputs)
    (first, x), *others = inputs.items()
    for name, tensor in others:
        if tensor.shape != x.shape:
            raise ValueError(
                f"{name} must have the shape of {first}, {tuple(x.shape)}, "
                f"got {tuple(tensor.shape)}"
            )
    _check_reduction(reduction)


def _check_floats(**inputs: Tensor) -> None:
    for name, tensor in inputs.items():
        if not isinstance(tensor, Tensor):
            got = type(tensor).__name__
            raise TypeError(f"{name} must be a tensor, got {got}")
        if not tensor.is_floating_point():
            raise TypeError(
                f"{name} must be floating point, got {tensor.dtype}"
            )


def _check_reduction(reduction: str) -> None:
    if reduction not in ("mean", "sum", "none"):
        raise ValueError(
            f"reduction must be 'mean', 'sum' or 'none', got {reduction!r}"
        )


def _check_broadcast(name: str, x: Tensor, other: str, to: Tensor) -> None:
    ends = zip(x.shape[::-1], to.shape[::-1], strict=False)
    if x.ndim > to.ndim or any(a not in (1, b) for a, b in ends):
        raise ValueError(
            f"{name} must have the shape of {other}, {tuple(to.shape)}, or "
            f"broadcast to it, got {tuple(x.shape)}"
        )


def _check_mixture(
    logits: Tensor, mean: Tensor, target: Tensor, vectors: bool
) -> None:
    size, got = tuple(logits.shape), tuple(mean.shape)
    if not size or 0 in size[-1:]:
        raise ValueError(f"logits must be (*, K) with K above 0, got {size}")
    wanted = size + got[-1:] if vectors else size
    if got != wanted:
        raise ValueError(
            f"mean must have the shape of logits, {size}, and of vectors a "
            f"last dimension D more, got {got}"
        )
    wanted = size[:-1] + wanted[len(size) :]
    if target.shape != wanted:
        raise ValueError(
            f"target must have shape {wanted}, that of mean without K, got "
            f"{tuple(target.shape)}"
        )


def _check_values(name: str, x: Tensor, above: bool = False) -> None:
    # On other devices who looks at values waits for them.
    if torch.compiler.is_compiling() or x.device.type != "cpu":
        return
    bad = x <= 0 if above else x < 0
    try:
        some = bool(bad.any())
    except RuntimeError:  # vmap shows no values
        return
    if some:
        least = "above 0, such as 2 + " if above else "at least 0, such as "
        raise ValueError(
            f"{name} must be {least}softplus gives, got {x.min().item()}"
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


class StudentTNLL(nn.Module):
    """`student_t_nll` as a module."""

    def __init__(self, *, eps: float = 1e-6, reduction: str = "mean") -> None:
        """Take the options of `student_t_nll`."""
        super().__init__()
        self.eps, self.reduction = eps, reduction

    def forward(
        self, df: Tensor, loc: Tensor, scale: Tensor, target: Tensor
    ) -> Tensor:
        """Compute `student_t_nll`."""
        return student_t_nll(
            df, loc, scale, target, eps=self.eps, reduction=self.reduction
        )


class GaussianMixtureNLL(nn.Module):
    """`gaussian_mixture_nll` as a module."""

    def __init__(self, *, eps: float = 1e-6, reduction: str = "mean") -> None:
        """Take the options of `gaussian_mixture_nll`."""
        super().__init__()
        self.eps, self.reduction = eps, reduction

    def forward(
        self, logits: Tensor, mean: Tensor, std: Tensor, target: Tensor
    ) -> Tensor:
        """Compute `gaussian_mixture_nll`."""
        return gaussian_mixture_nll(
            logits,
            mean,
            std,
            target,
            eps=self.eps,
            reduction=self.reduction,
        )
