"""Losses between clouds of points, samples of distributions, and series."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F


def chamfer_loss(
    input: Tensor,
    target: Tensor,
    input_mask: Tensor | None = None,
    target_mask: Tensor | None = None,
    *,
    squared: bool = True,
    reduction: str = "mean",
) -> Tensor:
    """Distance of each point to the nearest of the other cloud, both ways.

    The mean over the points of `input`, plus the mean over those of `target`.
    The order of points doesn't matter. Which point is nearest is no part of
    the gradient.

    Args:
        input: (..., N, D), floating point, any finite real numbers: clouds of
            N points each.
        target: (..., M, D), floating point, as many clouds, of M points each.
        input_mask: (..., N), bool: True where a point counts, False where it
            is padding; None: all count.
        target_mask: (..., M), bool, the same of `target`.
        squared: Take squared distances; if not, distances, whose slope at 0
            is taken as 0.
        reduction: "mean" and "sum" are over clouds; "none".

    Returns:
        A scalar, with "none" of shape (...); at least 0, and 0 where a cloud
        has no point that counts. Its dtype is that of `input` and `target`
        together, but float32 for half precision. The mean of nothing is nan.

    Raises:
        TypeError: `input` or `target` is not floating point, or a mask is not
            bool.
        ValueError: Shapes don't fit, there is no point, or `reduction` is
            unknown.

    Source:
        Fan et al., A Point Set Generation Network for 3D Object Reconstruction
        from a Single Image, 2017, section 4.3,
        https://arxiv.org/abs/1612.00603, there with sums in place of means
    """
    x, y = _check(input, target, reduction)
    x, x_counts = _blank("input_mask", x, input_mask)
    y, y_counts = _blank("target_mask", y, target_mask)
    far = [  # padding, so that it is nobody's nearest
        torch.where(counts.unsqueeze(-1), z.detach(), torch.inf)
        for z, counts in ((x, x_counts), (y, y_counts))
    ]
    # Not by products, which lose the digits of points that nearly meet.
    apart = torch.cdist(*far, compute_mode="donot_use_mm_for_euclid_dist")
    some = x_counts.any(-1) & y_counts.any(-1)
    loss = _to_nearest(x, y, apart.argmin(-1), x_counts, squared)
    loss = loss + _to_nearest(y, x, apart.argmin(-2), y_counts, squared)
    return _reduce(torch.where(some, loss, 0), reduction)


def sinkhorn_loss(
    input: Tensor,
    target: Tensor,
    *,
    blur: float = 0.05,
    iterations: int = 50,
    debiased: bool = True,
    reduction: str = "mean",
) -> Tensor:
    """Optimal transport from one cloud to another, blurred by an entropy.

    The Sinkhorn divergence: the cost of moving `input` onto `target`, less
    half of what it costs to move each onto itself. A move of a point costs
    half its squared distance; all points of a cloud weigh the same.

    Args:
        input: (..., N, D), floating point, any finite real numbers: clouds of
            N points each.
        target: (..., M, D), floating point, as many clouds, of M points each.
        blur: Above 0, a distance in the unit of the points: what is nearer is
            not told apart. The entropy counts `blur**2`.
        iterations: At least 1; the first halve what the entropy counts, from
            the largest cost down to `blur**2`.
        debiased: Take what each cloud costs itself off. If not, the loss is
            not least where both are the same.
        reduction: "mean" and "sum" are over clouds; "none".

    Returns:
        A scalar, with "none" of shape (...). At least 0 if debiased, up to
        rounding and what the iterations have left over. Its dtype is that of
        `input` and `target` together, but float32 for half precision. The mean
        of nothing is nan. Its gradient takes the plan, as far as the iterations
        found it, for a constant: second derivatives leave its change out.

    Raises:
        TypeError: `input` or `target` is not floating point.
        ValueError: Shapes don't fit, there is no point, or an option is out of
            range or unknown.

    Source:
        Cuturi, Sinkhorn Distances, 2013, https://arxiv.org/abs/1306.0895;
        Feydy et al., Interpolating between Optimal Transport and MMD using
        Sinkhorn Divergences, 2019, https://arxiv.org/abs/1810.08278
    """
    if not isinstance(iterations, int) or iterations < 1:
        raise ValueError(
            f"iterations must be an int, at least 1, got {iterations}"
        )
    _check_positive("blur", blur)
    x, y = _check(input, target, reduction)
    loss = _entropic(_squares(x, y) / 2, blur, iterations)
    if debiased:
        own = [_entropic(_squares(z, z) / 2, blur, iterations) for z in (x, y)]
        loss = loss - (own[0] + own[1]) / 2
    return _reduce(loss, reduction)


def mmd_loss(
    input: Tensor,
    target: Tensor,
    *,
    bandwidths: tuple[float, ...] = (1.0, 2.0, 4.0, 8.0, 16.0),
    unbiased: bool = False,
    reduction: str = "mean",
) -> Tensor:
    """Squared maximum mean discrepancy of two samples, by Gaussian kernels.

    How alike the samples are to themselves, less how alike to each other. The
    kernel is the mean of `exp(-distance**2 / (2 * bandwidth**2))`.

    Args:
        input: (..., N, D), floating point, any finite real numbers: samples of
            N each.
        target: (..., M, D), floating point, as many samples, of M each.
        bandwidths: Above 0, distances in the unit of the data: those of the
            kernels, whose mean is taken.
        unbiased: Leave each one's likeness to itself out, so that the loss of
            two samples of one distribution is 0 on average.
        reduction: "mean" and "sum" are over pairs of samples; "none".

    Returns:
        A scalar, with "none" of shape (...). From 0 to 2, but for rounding; if
        unbiased also below 0. Its dtype is that of `input` and `target`
        together, but float32 for half precision. The mean of nothing is nan.

    Raises:
        TypeError: `input` or `target` is not floating point, or `bandwidths`
            no tuple.
        ValueError: Shapes don't fit, a sample is empty, or of one if unbiased,
            a bandwidth is not above 0 or there is none, or `reduction` is
            unknown.

    Source:
        Gretton et al., A Kernel Two-Sample Test, 2012, equations 3 and 5,
        https://jmlr.org/papers/v13/gretton12a.html; several bandwidths in Long
        et al., Learning Transferable Features with Deep Adaptation Networks,
        2015, https://arxiv.org/abs/1502.02791
    """
    if not isinstance(bandwidths, (tuple, list)):
        raise TypeError(f"bandwidths must be a tuple, got {bandwidths!r}")
    _check_positive("bandwidths", *bandwidths)
    x, y = _check(input, target, reduction)
    n, m = x.shape[-2], y.shape[-2]
    if unbiased and min(n, m) < 2:
        raise ValueError(
            "input and target must have at least 2 points each if unbiased, "
            f"got {n} and {m}"
        )

    def alike(a: Tensor, b: Tensor) -> Tensor:
        apart = _squares(a, b)
        each = [(apart / (-2 * h * h)).exp().sum((-2, -1)) for h in bandwidths]
        return sum(each) / len(each)

    loss = alike(x, y) * (-2 / (n * m))
    for z, k in ((x, n), (y, m)):
        own = (alike(z, z) - k) / (k - 1) if unbiased else alike(z, z) / k
        loss = loss + own / k
    return _reduce(loss, reduction)


def soft_dtw_loss(
    input: Tensor,
    target: Tensor,
    *,
    gamma: float = 1.0,
    divergence: bool = True,
    reduction: str = "mean",
) -> Tensor:
    """Soft dynamic time warping: series compared at any speed.

    The soft minimum, over all alignments, of the sum of squared distances of
    what they align: each step goes on in one series, or in the other, or in
    both. The divergence takes half of what each series costs itself off.

    Args:
        input: (..., N, D), floating point, any finite real numbers: series of
            N steps each.
        target: (..., M, D), floating point, as many series, of M steps each.
        gamma: Above 0, in the unit of a squared distance: how much the minimum
            is smoothed. Near 0 the best alignment alone counts.
        divergence: Make it 0 where both series are the same. If not, the loss
            may be below 0, and is not least there.
        reduction: "mean" and "sum" are over series, whose own loss is a sum
            over steps; "none".

    Returns:
        A scalar, with "none" of shape (...). The divergence is at least 0, as
        far as is known: proven is that of a cost with one more logarithm. Its
        dtype is that of `input` and `target` together, but float32 for half
        precision. The mean of nothing is nan.

    Raises:
        TypeError: `input` or `target` is not floating point.
        ValueError: Shapes don't fit, a series is empty, `gamma` is not above
            0, or `reduction` is unknown.

    Source:
        Cuturi and Blondel, Soft-DTW, 2017, https://arxiv.org/abs/1703.01541,
        algorithm 1; Blondel et al., Differentiable Divergences Between Time
        Series, 2021, https://arxiv.org/abs/2010.08354
    """
    _check_positive("gamma", gamma)
    x, y = _check(input, target, reduction)
    loss = _align(_squares(x, y), gamma)
    if divergence:
        own = _align(_squares(x, x), gamma) + _align(_squares(y, y), gamma)
        loss = loss - own / 2
    return _reduce(loss, reduction)


def _squares(x: Tensor, y: Tensor) -> Tensor:
    if x.shape[-1] <= 8:  # as fast as products, and no digits are lost
        return (x.unsqueeze(-2) - y.unsqueeze(-3)).square().sum(-1)
    # Around their middle, since products of what is far away lose digits.
    x, y = (z - y.detach().mean(-2, keepdim=True) for z in (x, y))
    kind = "cpu" if x.is_meta else x.device.type
    with torch.autocast(kind, enabled=False):  # it would round the products
        cross = x @ y.mT
    x, y = x.square().sum(-1).unsqueeze(-1), y.square().sum(-1).unsqueeze(-2)
    apart = x + y - 2 * cross
    return apart + (-apart).relu().detach()  # below 0 is rounding


def _to_nearest(
    x: Tensor, y: Tensor, nearest: Tensor, counts: Tensor, squared: bool
) -> Tensor:
    index = nearest.unsqueeze(-1).expand_as(x)
    apart = (x - y.gather(-2, index)).square().sum(-1)
    if not squared:  # the slope of a root at 0 is infinite
        apart = apart.where(apart > 0, 1).sqrt().where(apart > 0, 0)
    apart = torch.where(counts, apart, 0)
    return apart.sum(-1) / counts.sum(-1).clamp_min(1)


def _entropic(cost: Tensor, blur: float, iterations: int) -> Tensor:
    fixed = cost.detach()

    def fit(other: Tensor, e: Tensor | float, side: int) -> Tensor:
        # Of a mean, where logsumexp is of a sum.
        sums = ((other - fixed) / e).logsumexp(side, keepdim=True)
        return e * (fixed.new_full((), fixed.shape[side]).log() - sums)

    most, g = fixed.amax((-2, -1), keepdim=True), fixed.new_zeros(1)
    for i in range(iterations):
        e = (most * 0.5**i).clamp_min(blur**2)
        f = fit(g, e, -1)
        g = fit(f, e, -2)
    g = fit(f, blur**2, -2)
    # What is moved where is the slope by the costs: no others are needed.
    plan = ((f - fixed) / blur**2).softmax(-2) / cost.shape[-1]
    moved = (plan * (cost - fixed)).sum((-2, -1))  # 0, but for its slope
    return f.mean((-2, -1)) + g.mean((-2, -1)) + moved


def _align(cost: Tensor, gamma: float) -> Tensor:
    n, m = cost.shape[-2:]
    # Row k holds the cells (i, k - i): those that don't wait for each other.
    i, k = (torch.arange(z, device=cost.device) for z in (n, n + m - 1))
    cells = i * m + (k.unsqueeze(-1) - i).clamp(0, m - 1)
    end = F.pad(torch.zeros_like(cost[..., 0, :1]), (0, n), value=torch.inf)
    before, last = end, torch.full_like(end, torch.inf)
    for k, row in enumerate(cost.flatten(-2)[..., cells].unbind(-2)):
        low, high = max(0, k - m + 1), min(n, k + 1)
        ways = [last[..., low + 1 : high + 1]]
        ways += [x[..., low:high] for x in (last, before)]
        least = -gamma * (torch.stack(ways) / -gamma).logsumexp(0)
        found = row[..., low:high] + least
        before, last = last, F.pad(found, (1 + low, n - high), value=torch.inf)
    return last[..., -1]


def _reduce(loss: Tensor, reduction: str) -> Tensor:
    return loss if reduction == "none" else getattr(loss, reduction)()


def _check_positive(name: str, *values: float) -> None:
    if not values or not all(0 < value < torch.inf for value in values):
        got = ", ".join(map(str, values)) or "none"
        raise ValueError(f"{name} must be above 0 and finite, got {got}")


def _check(input: Tensor, target: Tensor, reduction: str) -> tuple[Tensor, ...]:
    for name, x in (("input", input), ("target", target)):
        if not x.is_floating_point():
            raise TypeError(f"{name} must be floating point, got {x.dtype}")
    a, b = tuple(input.shape), tuple(target.shape)
    same = len(a) > 1 and a[:-2] + a[-1:] == b[:-2] + b[-1:]
    if not same or 0 in a[-2:] + b[-2:]:
        raise ValueError(
            "input and target must be (..., N, D) and (..., M, D), and N, M "
            f"and D not 0, got {a} and {b}"
        )
    if reduction not in ("mean", "sum", "none"):
        raise ValueError(
            f"reduction must be 'mean', 'sum' or 'none', got {reduction!r}"
        )
    dtype = torch.promote_types(input.dtype, target.dtype)
    dtype = torch.promote_types(dtype, torch.float32)
    return input.to(dtype), target.to(dtype)


def _blank(name: str, x: Tensor, mask: Tensor | None) -> tuple[Tensor, Tensor]:
    if mask is None:
        return x, torch.ones_like(x[..., 0], dtype=torch.bool)
    if mask.dtype != torch.bool:
        raise TypeError(f"{name} must be bool, True counts, got {mask.dtype}")
    if mask.shape != x.shape[:-1]:
        wants, got = tuple(x.shape[:-1]), tuple(mask.shape)
        raise ValueError(f"{name} must be of shape {wants}, got {got}")
    return x.where(mask.unsqueeze(-1), 0), mask


class ChamferLoss(nn.Module):
    """`chamfer_loss` as a module."""

    def __init__(
        self, *, squared: bool = True, reduction: str = "mean"
    ) -> None:
        """Take the options of `chamfer_loss`."""
        super().__init__()
        self.squared, self.reduction = squared, reduction

    def forward(
        self,
        input: Tensor,
        target: Tensor,
        input_mask: Tensor | None = None,
        target_mask: Tensor | None = None,
    ) -> Tensor:
        """Compute `chamfer_loss`."""
        return chamfer_loss(
            input,
            target,
            input_mask,
            target_mask,
            squared=self.squared,
            reduction=self.reduction,
        )


class SinkhornLoss(nn.Module):
    """`sinkhorn_loss` as a module."""

    def __init__(
        self,
        *,
        blur: float = 0.05,
        iterations: int = 50,
        debiased: bool = True,
        reduction: str = "mean",
    ) -> None:
        """Take the options of `sinkhorn_loss`."""
        super().__init__()
        self.blur, self.iterations = blur, iterations
        self.debiased, self.reduction = debiased, reduction

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """Compute `sinkhorn_loss`."""
        return sinkhorn_loss(
            input,
            target,
            blur=self.blur,
            iterations=self.iterations,
            debiased=self.debiased,
            reduction=self.reduction,
        )


class MMDLoss(nn.Module):
    """`mmd_loss` as a module."""

    def __init__(
        self,
        *,
        bandwidths: tuple[float, ...] = (1.0, 2.0, 4.0, 8.0, 16.0),
        unbiased: bool = False,
        reduction: str = "mean",
    ) -> None:
        """Take the options of `mmd_loss`."""
        super().__init__()
        self.bandwidths, self.unbiased = bandwidths, unbiased
        self.reduction = reduction

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """Compute `mmd_loss`."""
        return mmd_loss(
            input,
            target,
            bandwidths=self.bandwidths,
            unbiased=self.unbiased,
            reduction=self.reduction,
        )


class SoftDTWLoss(nn.Module):
    """`soft_dtw_loss` as a module."""

    def __init__(
        self,
        *,
        gamma: float = 1.0,
        divergence: bool = True,
        reduction: str = "mean",
    ) -> None:
        """Take the options of `soft_dtw_loss`."""
        super().__init__()
        self.gamma, self.divergence = gamma, divergence
        self.reduction = reduction

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """Compute `soft_dtw_loss`."""
        return soft_dtw_loss(
            input,
            target,
            gamma=self.gamma,
            divergence=self.divergence,
            reduction=self.reduction,
        )
