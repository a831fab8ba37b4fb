"""Regression losses for outliers, small errors and quantiles."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn


def log_cosh_loss(
    input: Tensor, target: Tensor, *, reduction: str = "mean"
) -> Tensor:
    """Half the squared error when it is small, the absolute error when large.

    `log(cosh(input - target))`, smooth everywhere.

    Args:
        input: Any shape; any real numbers, floating point.
        target: Shape of `input`; any real numbers, floating point.
        reduction: "mean" and "sum" are over all elements; "none".

    Returns:
        A scalar, with "none" the shape of `input`. At least 0. Its dtype is
        that of `input`, but float32 for half precision.

    Raises:
        TypeError: `input` or `target` is no floating-point tensor.
        ValueError: Shapes differ, or `reduction` is unknown.

    Source:
        Saleh and Saleh, Statistical Properties of the log-cosh Loss Function
        Used in Machine Learning, 2022, https://arxiv.org/abs/2208.04564
    """
    r = _residual(input, target, reduction)
    # The compiler fuses what it sees; it takes no function with a jvp.
    seen = torch.compiler.is_compiling()
    return _reduce(_fusible(r) if seen else _LogCosh.apply(r), reduction)


def charbonnier_loss(
    input: Tensor,
    target: Tensor,
    *,
    eps: float = 1e-3,
    reduction: str = "mean",
) -> Tensor:
    """The absolute error with its kink rounded off.

    `sqrt((input - target)**2 + eps**2)`.

    Args:
        input: Any shape; any real numbers, floating point.
        target: Shape of `input`; any real numbers, floating point.
        eps: Error below which it is round, above 0. It is squared here.
        reduction: "mean" and "sum" are over all elements; "none".

    Returns:
        A scalar, with "none" the shape of `input`. At least `eps`, not 0.
        Its dtype is that of `input`, but float32 for half precision.

    Raises:
        TypeError: `input` or `target` is no floating-point tensor.
        ValueError: Shapes differ, or `eps` or `reduction` is out of range.

    Source:
        Lai et al., Fast and Accurate Image Super-Resolution with Deep
        Laplacian Pyramid Networks, 2018, https://arxiv.org/abs/1710.01992,
        after Charbonnier et al., Two Deterministic Half-Quadratic
        Regularization Algorithms for Computed Imaging, 1994.
    """
    r = _residual(input, target, reduction)
    if not eps > 0:
        raise ValueError(f"eps must be above 0, got {eps}")
    return _reduce(torch.hypot(r, torch.full_like(r, eps)), reduction)


def wing_loss(
    input: Tensor,
    target: Tensor,
    *,
    width: float = 10.0,
    curvature: float = 2.0,
    reduction: str = "mean",
) -> Tensor:
    """A loss that pulls hardest on small errors, on large ones as L1.

    With `r = abs(input - target)`: `width * log(1 + r / curvature)` where
    `r < width`, else `r - width + width * log(1 + width / curvature)`.

    Args:
        input: Any shape; any real numbers, floating point.
        target: Shape of `input`; any real numbers, floating point.
        width: Error where the logarithm becomes a straight line, above 0.
        curvature: Above 0; smaller is steeper near 0.
        reduction: "mean" and "sum" are over all elements; "none".

    Returns:
        A scalar, with "none" the shape of `input`. At least 0. Its dtype is
        that of `input`, but float32 for half precision.

    Raises:
        TypeError: `input` or `target` is no floating-point tensor.
        ValueError: Shapes differ, or `width`, `curvature` or `reduction` is
            out of range.

    Source:
        Feng et al., Wing Loss for Robust Facial Landmark Localisation with
        Convolutional Neural Networks, 2018, equation 5, where they are w and
        epsilon, https://arxiv.org/abs/1711.06753
    """
    r = _residual(input, target, reduction).abs()
    for name, value in (("width", width), ("curvature", curvature)):
        if not value > 0:
            raise ValueError(f"{name} must be above 0, got {value}")
    near = width * torch.log1p(r / curvature)
    far = r - width + width * torch.log1p(r.new_tensor(width / curvature))
    return _reduce(torch.where(r < width, near, far), reduction)


def quantile_loss(
    input: Tensor,
    target: Tensor,
    *,
    q: float | Sequence[float] = 0.5,
    reduction: str = "mean",
) -> Tensor:
    """Absolute error that weighs too low by `q` and too high by `1 - q`.

    `max(q * r, (q - 1) * r)` with `r = target - input`: the pinball loss.
    What has the least loss is the quantile `q` of the target.

    Args:
        input: Any shape; with several quantiles their number is the last
            dimension; any real numbers, floating point.
        target: Shape of `input`, with several quantiles without its last
            dimension; any real numbers, floating point.
        q: Between 0 and 1, or several such; 0.5 is half the absolute error.
        reduction: "mean" and "sum" are over all elements, quantiles too;
            "none".

    Returns:
        A scalar, with "none" the shape of `input`. At least 0. Its dtype is
        that of `input`, but float32 for half precision.

    Raises:
        TypeError: `input` or `target` is no floating-point tensor.
        ValueError: Shapes don't fit, or `q` or `reduction` is out of range.

    Source:
        Koenker and Bassett, Regression Quantiles, 1978,
        https://doi.org/10.2307/1913643
    """
    _check(reduction, input=input, target=target)
    q = q.tolist() if hasattr(q, "tolist") else q  # an array, a tensor
    several = isinstance(q, Sequence)
    if not all(0 < level < 1 for level in (q if several else [q])):
        raise ValueError(f"q must be between 0 and 1, got {q}")
    wanted = (*target.shape, len(q)) if several else target.shape
    if input.shape != wanted:
        raise ValueError(
            f"input must have shape {tuple(wanted)}, for q={q} and a target "
            f"of shape {tuple(target.shape)}, got {tuple(input.shape)}"
        )
    dtype = torch.promote_types(input.dtype, torch.float32)
    level = torch.tensor(q, dtype=dtype, device=input.device)
    target = target.unsqueeze(-1) if several else target
    r = target.to(dtype) - input.to(dtype)
    # Of a residual of 0 the slope is that between both sides.
    slope = level - torch.heaviside(-r.detach(), r.new_tensor(0.5))
    return _reduce((slope * r).add_(0), reduction)  # no -0.0


def general_robust_loss(
    input: Tensor,
    target: Tensor,
    *,
    alpha: float = 1.0,
    scale: float = 1.0,
    reduction: str = "mean",
) -> Tensor:
    """Barron's loss: from L2 to losses that let go of outliers, by one number.

    With `r = (input - target) / scale` and `b = 2 - alpha`: `b / alpha *
    ((r**2 / b + 1)**(alpha / 2) - 1)`, and its limits: `r**2 / 2` for 2,
    `log(1 + r**2 / 2)` for 0 and `1 - exp(-r**2 / 2)` for minus infinity.

    Args:
        input: Any shape; any real numbers, floating point.
        target: Shape of `input`; any real numbers, floating point.
        alpha: A number, at most 2, L2; 1 is Charbonnier (pseudo-Huber), 0
            Cauchy (Lorentzian), -2 Geman-McClure, `-math.inf` Welsch. Lower
            makes outliers count less; below 1 they pull less the farther out
            they are. To learn it, the loss would need its normalizer too:
            without, lower never costs more.
        scale: Error up to which it is about half the square, in the unit of
            the target, above 0.
        reduction: "mean" and "sum" are over all elements; "none".

    Returns:
        A scalar, with "none" the shape of `input`. At least 0; with an
        `alpha` below 0 at most `1 + 2 / abs(alpha)`. From 0 up to below 2 it
        is constant, with a gradient of 0, from about `10**18 * sqrt(2 -
        alpha)` scales on in float32, thus finite. Its dtype is that of
        `input`, but float32 for half precision.

    Raises:
        TypeError: `input` or `target` is no floating-point tensor, or `alpha`
            or `scale` is a tensor.
        ValueError: Shapes differ, or `alpha`, `scale` or `reduction` is out of
            range.

    Source:
        Barron, A General and Adaptive Robust Loss Function, 2019, equation 8,
        https://arxiv.org/abs/1701.03077
    """
    r = _residual(input, target, reduction)
    for name, value in (("alpha", alpha), ("scale", scale)):
        if isinstance(value, Tensor):
            raise TypeError(
                f"{name} must be a number, got a tensor: learned, it would "
                "run away, as the loss has no normalizer"
            )
    if not alpha <= 2:
        raise ValueError(f"alpha must be at most 2, got {alpha}")
    if not 0 < scale < torch.inf:
        raise ValueError(f"scale must be above 0 and finite, got {scale}")
    # The compiler fuses what it sees; it takes no function with a jvp.
    seen = torch.compiler.is_compiling()
    loss = (_general if seen else _General.apply)(r, alpha, scale)
    return _reduce(loss, reduction)


def _log_cosh(r: Tensor) -> Tensor:
    # cosh(x) is 1 + 2 * sinh(x / 2)**2, without a digit lost at 0. From 20 on
    # it grows by the residual: exp(-40) is nothing beside 1.
    x = r.clamp(-20, 20)
    far = (r - x).abs_()
    return x.div_(2).sinh_().pow_(2).mul_(2).log1p_().add_(far)


def _fusible(r: Tensor) -> Tensor:
    # The same: compiled, two exponentials are faster than one sinh.
    x = r.clamp(-20, 20)
    return (x.expm1() * x.neg().expm1() / -2).log1p() + (r - x).abs()


class _LogCosh(torch.autograd.Function):
    """`log(cosh(r))`, whose slope is `tanh(r)`: all that is kept is `r`."""

    generate_vmap_rule = True

    forward = staticmethod(_log_cosh)

    @staticmethod
    def setup_context(ctx, inputs, output):
        ctx.save_for_backward(*inputs)
        ctx.save_for_forward(*inputs)

    @staticmethod
    def backward(ctx, grad):
        return grad * ctx.saved_tensors[0].tanh()

    @staticmethod
    def jvp(ctx, tangent):
        return tangent * ctx.saved_tensors[0].tanh()


def _unit(r: Tensor, alpha: float, scale: float) -> tuple[float, float]:
    # What r is multiplied by before it is squared, and 2 - alpha. Next to its
    # limits the formula would divide by 0; they are as good there.
    b = 1.0 if alpha == 2 else 2.0 if alpha < -1e16 else 2 - alpha
    ends = torch.finfo(r.dtype)
    return max(min(1 / scale / b**0.5, ends.max), ends.tiny), b


def _far(r: Tensor) -> float:
    # Squared it is a number; in float32 about 10**18. From there on all is one.
    return torch.finfo(r.dtype).max ** 0.5 / 18


def _general(r: Tensor, alpha: float, scale: float) -> Tensor:
    unit, b = _unit(r, alpha, scale)
    x = r * unit
    if alpha == 2:
        return x * x / 2
    x = x.clamp(-_far(r), _far(r))
    if alpha < -1e16:
        return -(-x * x).expm1()
    log = (x * x).log1p()
    if abs(alpha) < 1e-16:
        return log
    return (log * (alpha / 2)).expm1() * (b / alpha)


class _General(torch.autograd.Function):
    """Barron's loss of `r`: all that is kept is `r`."""

    generate_vmap_rule = True

    forward = staticmethod(_general)

    @staticmethod
    def setup_context(ctx, inputs, output):
        r, ctx.alpha, ctx.scale = inputs
        ctx.save_for_backward(r)
        ctx.save_for_forward(r)

    @staticmethod
    def slope(ctx):
        (r,), alpha = ctx.saved_tensors, ctx.alpha
        unit, b = _unit(r, alpha, ctx.scale)
        x, times = r * unit, min(b * unit, torch.finfo(r.dtype).max)
        if alpha == 2:
            return x * times
        x = x.masked_fill(x.abs() > _far(r), 0)
        if alpha < -1e16:
            return x * (-x * x).exp() * times
        if alpha < -10:  # 1 + x * x would lose the digits
            return x * ((x * x).log1p() * (alpha / 2 - 1)).exp() * times
        return x * (x * x + 1) ** (alpha / 2 - 1) * times

    @staticmethod
    def backward(ctx, grad):
        return grad * _General.slope(ctx), None, None

    @staticmethod
    def jvp(ctx, tangent, *_):
        return tangent * _General.slope(ctx)


def _residual(input: Tensor, target: Tensor, reduction: str) -> Tensor:
    _check(reduction, input=input, target=target)
    if input.shape != target.shape:
        raise ValueError(
            f"target must have the shape of input, {tuple(input.shape)}, "
            f"got {tuple(target.shape)}"
        )
    dtype = torch.promote_types(input.dtype, torch.float32)
    return input.to(dtype) - target.to(dtype)


def _reduce(loss: Tensor, reduction: str) -> Tensor:
    return loss if reduction == "none" else getattr(loss, reduction)()


def _check(reduction: str, **inputs: Tensor) -> None:
    for name, tensor in inputs.items():
        if not isinstance(tensor, Tensor):
            got = type(tensor).__name__
            raise TypeError(f"{name} must be a tensor, got {got}")
        if not tensor.is_floating_point():
            raise TypeError(
                f"{name} must be floating point, got {tensor.dtype}"
            )
    if reduction not in ("mean", "sum", "none"):
        raise ValueError(
            f"reduction must be 'mean', 'sum' or 'none', got {reduction!r}"
        )


class LogCoshLoss(nn.Module):
    """`log_cosh_loss` as a module."""

    def __init__(self, *, reduction: str = "mean") -> None:
        """Take the options of `log_cosh_loss`."""
        super().__init__()
        self.reduction = reduction

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """Compute `log_cosh_loss`."""
        return log_cosh_loss(input, target, reduction=self.reduction)


class CharbonnierLoss(nn.Module):
    """`charbonnier_loss` as a module."""

    def __init__(self, *, eps: float = 1e-3, reduction: str = "mean") -> None:
        """Take the options of `charbonnier_loss`."""
        super().__init__()
        self.eps, self.reduction = eps, reduction

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """Compute `charbonnier_loss`."""
        return charbonnier_loss(
            input, target, eps=self.eps, reduction=self.reduction
        )


class WingLoss(nn.Module):
    """`wing_loss` as a module."""

    def __init__(
        self,
        *,
        width: float = 10.0,
        curvature: float = 2.0,
        reduction: str = "mean",
    ) -> None:
        """Take the options of `wing_loss`."""
        super().__init__()
        self.width, self.curvature = width, curvature
        self.reduction = reduction

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """Compute `wing_loss`."""
        return wing_loss(
            input,
            target,
            width=self.width,
            curvature=self.curvature,
            reduction=self.reduction,
        )


class QuantileLoss(nn.Module):
    """`quantile_loss` as a module."""

    def __init__(
        self, *, q: float | Sequence[float] = 0.5, reduction: str = "mean"
    ) -> None:
        """Take the options of `quantile_loss`."""
        super().__init__()
        self.q, self.reduction = q, reduction

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """Compute `quantile_loss`."""
        return quantile_loss(input, target, q=self.q, reduction=self.reduction)


class GeneralRobustLoss(nn.Module):
    """`general_robust_loss` as a module."""

    def __init__(
        self,
        *,
        alpha: float = 1.0,
        scale: float = 1.0,
        reduction: str = "mean",
    ) -> None:
        """Take the options of `general_robust_loss`."""
        super().__init__()
        self.alpha, self.scale, self.reduction = alpha, scale, reduction

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """Compute `general_robust_loss`."""
        return general_robust_loss(
            input,
            target,
            alpha=self.alpha,
            scale=self.scale,
            reduction=self.reduction,
        )
