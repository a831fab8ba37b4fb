"""Losses of depth maps: SILog, edge-aware smoothness, MiDaS's."""

import torch
from torch import Tensor, nn


def silog_loss(
    input: Tensor,
    target: Tensor,
    mask: Tensor | None = None,
    *,
    variance_focus: float = 0.5,
    root: bool = False,
    reduction: str = "mean",
) -> Tensor:
    """Scale-invariant log loss of depths, image by image.

    `mean(d**2) - variance_focus * mean(d)**2` with `d = log(input / target)`:
    the variance of d, plus what is left of its squared mean.

    Args:
        input: (N, *), floating point: depths, above 0 where a pixel counts.
        target: Shape of `input`, floating point: depths in the same unit. A
            pixel that is nan, infinite or not above 0 has none, and doesn't
            count. No gradient goes there.
        mask: Shape of `input`, bool: True where a pixel counts, if it has a
            depth. None: wherever it has one.
        variance_focus: From 0, the mean square of d, to 1, its variance: then a
            factor common to the depths of an image costs nothing.
        root: Whether to take the square root of each image's loss.
        reduction: "mean" over images that have a depth; "sum"; "none". For all
            pixels of a batch as one image: `silog_loss(input[None],
            target[None])`.

    Returns:
        A scalar, with "none" (N,). At least 0; 0 without depths. With `root`
        the gradient is 0 where the loss is. Its dtype is that of `input`, but
        float32 for half precision.

    Raises:
        TypeError: `input` or `target` is not floating point, or `mask` not
            bool.
        ValueError: Shapes differ, an option is out of range, or an input is
            not above 0 where it counts; this only on the CPU: elsewhere,
            compiled and under vmap the loss of its image is nan.

    Source:
        Eigen et al., Depth Map Prediction from a Single Image using a
        Multi-Scale Deep Network, 2014, equation 4,
        https://arxiv.org/abs/1406.2283; root and 0.85: Lee et al., From Big to
        Small, 2019, https://arxiv.org/abs/1907.10326
    """
    _within(0, 1, variance_focus=variance_focus)
    x, y, known = _pixels(input, target, mask, reduction, "(N, *)")
    known = known & (y > 0)
    # Before the logarithm: after it a pixel left out would still give nan.
    x, y = (z.where(known, 1).flatten(1) for z in (x, y))
    if _any(~(x > 0)):
        raise ValueError(
            f"input must be above 0 where it counts, got {x.min().item()}"
        )
    # The logarithm of 1 is 0 everywhere, a difference of two not quite.
    known, d = known.flatten(1), (x / y).log()
    pixels = known.sum(1)
    count = pixels.clamp_min(1)
    mean = d.sum(1) / count
    # Around its mean nothing cancels, and no rounding makes a root of less
    # than 0.
    apart = (d - mean.unsqueeze(1)).where(known, 0)
    loss = apart.square().sum(1) / count
    loss = loss + (1 - variance_focus) * mean.square()
    if root:  # its slope at 0 is infinite
        zero = loss == 0
        loss = loss.where(~zero, 1).sqrt().where(~zero, 0)
    return _reduce(loss, pixels > 0, reduction)


def edge_aware_smoothness_loss(
    disparity: Tensor,
    image: Tensor,
    *,
    edge_weight: float = 1.0,
    normalize: bool = True,
    reduction: str = "mean",
) -> Tensor:
    """Differences of neighbouring disparities, but less at an image's edges.

    `abs(x[i + 1] - x[i]) * exp(-edge_weight * mean(abs(image[i + 1] -
    image[i])))`, the mean of it along rows plus that along columns.

    Args:
        disparity: (N, 1, H, W), floating point: disparities or inverse depths.
        image: (N, C, H, W), floating point, mostly from 0 to 1. No gradient
            goes there.
        edge_weight: At least 0: how much an edge counts; with 0 none does.
        normalize: Whether to divide by the mean disparity of the image, so
            that small disparities are no way out. A mean below 1e-7 is taken as
            1e-7.
        reduction: "mean" over images; "sum"; "none".

    Returns:
        A scalar, with "none" (N,). At least 0; 0 where a map is flat, and for
        no images. Its dtype is that of `disparity`, but float32 for half
        precision.

    Raises:
        TypeError: `disparity` or `image` is not floating point.
        ValueError: Shapes don't fit, or an option is out of range.

    Source:
        Godard et al., Unsupervised Monocular Depth Estimation with Left-Right
        Consistency, 2017, equation 3, https://arxiv.org/abs/1609.03677; the
        mean: Wang et al., Learning Depth from Monocular Videos using Direct
        Methods, 2018, https://arxiv.org/abs/1712.00175
    """
    _check(reduction, disparity=disparity, image=image)
    size, other = tuple(disparity.shape), tuple(image.shape)
    fits = len(size) == 4 and size[1] == 1 and 0 not in size[2:] + other[1:2]
    if not fits or other != (size[0], *other[1:2], *size[2:]):
        raise ValueError(
            "disparity and image must be (N, 1, H, W) and (N, C, H, W), and "
            f"only N may be 0, got {size} and {other}"
        )
    _within(0, torch.inf, edge_weight=edge_weight)
    x = _wide(disparity)
    image, loss = image.detach().to(x.dtype), 0.0
    for dim in (-2, -1):
        edge = image.diff(dim=dim).abs().mean(1, keepdim=True)
        rough = x.diff(dim=dim).abs() * (-edge_weight * edge).exp()
        pairs = max(1, rough.shape[-2] * rough.shape[-1])
        loss = loss + rough.flatten(1).sum(1) / pairs
    if normalize:  # as good as the map itself, and one number an image
        loss = loss / x.flatten(1).mean(1).clamp_min(1e-7)
    return _reduce(loss, torch.ones_like(loss), reduction)


def scale_shift_invariant_loss(
    input: Tensor,
    target: Tensor,
    mask: Tensor | None = None,
    *,
    align: str = "least_squares",
    trim: float = 0.0,
    alpha: float = 0.5,
    scales: int = 4,
    reduction: str = "mean",
) -> Tensor:
    """MiDaS's loss: errors that no scale and shift of an image can mend.

    Half the mean error after the alignment, plus `alpha` times the differences
    of neighbouring errors, the same of every second pixel, every fourth...

    Args:
        input: (N, *, H, W), floating point, any real numbers: disparities up to
            a scale and a shift for each image.
        target: Shape of `input`, floating point: disparities in any unit. A
            pixel that is nan or infinite doesn't count; 0 does. No gradient
            goes there.
        mask: Shape of `input`, bool: True where a pixel counts. None:
            everywhere.
        align: "least_squares" takes the scale, of either sign, and the shift
            of the input that fit best, and squares errors. "median" takes the
            median, the lower of two, from input and target, divides each by its
            mean distance from it, and takes absolute errors.
        trim: From 0 to 1: the share of each image's pixels, those with the
            largest errors, that cost only their differences. MiDaS has
            "median" with 0.2.
        alpha: At least 0: weight of the differences.
        scales: At least 0: how many scales they are taken at.
        reduction: "mean" over images that have a pixel; "sum"; "none".

    Returns:
        A scalar, with "none" (N,). At least 0; 0 without pixels. An input with
        one number for all is not scaled, and has no gradient by
        "least_squares". Its dtype is that of `input`, but float32 for half
        precision.

    Raises:
        TypeError: `input` or `target` is not floating point, `mask` not bool,
            or `scales` no int.
        ValueError: Shapes differ, or an option is out of range.

    Source:
        Ranftl et al., Towards Robust Monocular Depth Estimation: Mixing
        Datasets for Zero-shot Cross-dataset Transfer, 2020, section 5,
        https://arxiv.org/abs/1907.01341
    """
    if align not in ("least_squares", "median"):
        raise ValueError(
            f"align must be 'least_squares' or 'median', got {align!r}"
        )
    _within(0, 1, trim=trim)
    _within(0, torch.inf, alpha=alpha, scales=scales)
    if not isinstance(scales, int):
        raise TypeError(f"scales must be an int, got {scales}")
    x, y, known = _pixels(input, target, mask, reduction, "(N, *, H, W)")
    size, (x, y, seen) = x.shape, (z.flatten(1) for z in (x, y, known))
    one, square = seen.to(x.dtype), align == "least_squares"
    pixels = one.sum(1, keepdim=True)
    count = pixels.clamp_min(1)
    error = (_by_least_squares if square else _by_median)(
        x, y, seen, one, count
    )
    each = error.square() if square else error.abs()
    if trim:
        each = each.where(seen, torch.inf).sort(1).values
        rank = torch.arange(each.shape[1], device=each.device)
        # Rounding must not make it one less.
        kept = (pixels * (1 - trim) * (1 + 1e-6)).floor()
        each = each.where(rank < kept, 0)
    loss = each.sum(1) / (2 * count).squeeze(1)
    if alpha:
        rough = _roughness(error.view(size), one.view(size), scales)
        loss = loss + alpha * rough
    return _reduce(loss, pixels > 0, reduction)


def _by_least_squares(
    x: Tensor, y: Tensor, seen: Tensor, known: Tensor, count: Tensor
) -> Tensor:
    # First around one of its pixels: what is constant is 0, not almost.
    one = seen.byte().argmax(1, keepdim=True)
    x, y = ((z - z.detach().gather(1, one)).where(seen, 0) for z in (x, y))
    x, y = (z - z.sum(1, keepdim=True) / count * known for z in (x, y))
    size = x.detach().abs().amax(1, keepdim=True)  # or squares overflow
    x = x / size.where(size > 0, 1)
    spread = x.square().sum(1, keepdim=True)
    scale = (x * y).sum(1, keepdim=True) / spread.where(spread > 0, 1)
    return scale * x - y


def _by_median(
    x: Tensor, y: Tensor, seen: Tensor, known: Tensor, count: Tensor
) -> Tensor:
    x, y = (z.where(seen, torch.nan) for z in (x, y))
    x, y = ((z - z.nanmedian(1, True)[0]).where(seen, 0) for z in (x, y))
    spreads = (z.abs().sum(1, keepdim=True) / count for z in (x, y))
    a, b = (spread.where(spread != 0, 1) for spread in spreads)
    return x / a - y / b


def _roughness(error: Tensor, known: Tensor, scales: int) -> Tensor:
    total = 0.0
    for _ in range(scales):
        pixels = known.flatten(1).sum(1).clamp_min(1)
        for dim in (-2, -1):
            pairs, step = known.shape[dim] - 1, error.diff(dim=dim)
            both = known.narrow(dim, 0, pairs) * known.narrow(dim, 1, pairs)
            rough = step * (step.detach().sign() * both)  # abs, one pass less
            total = total + rough.flatten(1).sum(1) / pixels
        error, known = (z[..., ::2, ::2].contiguous() for z in (error, known))
    return total


def _wide(x: Tensor) -> Tensor:
    return x.to(torch.promote_types(x.dtype, torch.float32))


def _reduce(loss: Tensor, counts: Tensor, reduction: str) -> Tensor:
    if reduction == "none":
        return loss
    mean = reduction == "mean"
    return loss.sum() / counts.sum().clamp_min(1) if mean else loss.sum()


def _any(bad: Tensor) -> bool:
    # On other devices who looks at values waits for them.
    if torch.compiler.is_compiling() or bad.device.type != "cpu":
        return False
    try:
        return bool(bad.any())
    except RuntimeError:  # vmap shows no values
        return False


def _within(low: float, high: float, **options: float) -> None:
    wants = f"from {low} to {high}"
    if high == torch.inf:
        wants = f"at least {low} and finite"
    for name, value in options.items():
        if not low <= value <= high or value == torch.inf:
            raise ValueError(f"{name} must be {wants}, got {value}")


def _check(reduction: str, **inputs: Tensor) -> None:
    for name, tensor in inputs.items():
        if not tensor.is_floating_point():
            raise TypeError(
                f"{name} must be floating point, got {tensor.dtype}"
            )
    if reduction not in ("mean", "sum", "none"):
        raise ValueError(
            f"reduction must be 'mean', 'sum' or 'none', got {reduction!r}"
        )


def _pixels(
    input: Tensor,
    target: Tensor,
    mask: Tensor | None,
    reduction: str,
    shape: str,
) -> tuple[Tensor, Tensor, Tensor]:
    _check(reduction, input=input, target=target)
    if mask is None:
        mask = torch.ones_like(input, dtype=torch.bool)
    if mask.dtype != torch.bool:
        raise TypeError(f"mask must be bool, True: counts, got {mask.dtype}")
    got = [tuple(x.shape) for x in (input, target, mask)]
    least = 3 if "H" in shape else 2
    if input.ndim < least or 0 in got[0][1:] or got.count(got[0]) < 3:
        raise ValueError(
            f"input, target and mask must have one shape {shape} with pixels, "
            f"got {', '.join(map(str, got))}"
        )
    x = _wide(input)
    y = target.detach().to(x.dtype)
    return x, y, mask & (y - y == 0)  # finite, in half of the time


class SILogLoss(nn.Module):
    """`silog_loss` as a module."""

    def __init__(
        self,
        *,
        variance_focus: float = 0.5,
        root: bool = False,
        reduction: str = "mean",
    ) -> None:
        """Take the options of `silog_loss`."""
        super().__init__()
        self.variance_focus, self.root = variance_focus, root
        self.reduction = reduction

    def forward(
        self, input: Tensor, target: Tensor, mask: Tensor | None = None
    ) -> Tensor:
        """Compute `silog_loss`."""
        return silog_loss(
            input,
            target,
            mask,
            variance_focus=self.variance_focus,
            root=self.root,
            reduction=self.reduction,
        )


class EdgeAwareSmoothnessLoss(nn.Module):
    """`edge_aware_smoothness_loss` as a module."""

    def __init__(
        self,
        *,
        edge_weight: float = 1.0,
        normalize: bool = True,
        reduction: str = "mean",
    ) -> None:
        """Take the options of `edge_aware_smoothness_loss`."""
        super().__init__()
        self.edge_weight, self.normalize = edge_weight, normalize
        self.reduction = reduction

    def forward(self, disparity: Tensor, image: Tensor) -> Tensor:
        """Compute `edge_aware_smoothness_loss`."""
        return edge_aware_smoothness_loss(
            disparity,
            image,
            edge_weight=self.edge_weight,
            normalize=self.normalize,
            reduction=self.reduction,
        )


class ScaleShiftInvariantLoss(nn.Module):
    """`scale_shift_invariant_loss` as a module."""

    def __init__(
        self,
        *,
        align: str = "least_squares",
        trim: float = 0.0,
        alpha: float = 0.5,
        scales: int = 4,
        reduction: str = "mean",
    ) -> None:
        """Take the options of `scale_shift_invariant_loss`."""
        super().__init__()
        self.align, self.trim, self.alpha = align, trim, alpha
        self.scales, self.reduction = scales, reduction

    def forward(
        self, input: Tensor, target: Tensor, mask: Tensor | None = None
    ) -> Tensor:
        """Compute `scale_shift_invariant_loss`."""
        return scale_shift_invariant_loss(
            input,
            target,
            mask,
            align=self.align,
            trim=self.trim,
            alpha=self.alpha,
            scales=self.scales,
            reduction=self.reduction,
        )
