"""Losses of images: SSIM, MS-SSIM, total variation."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

# How much each scale counts: Wang et al., 2003.
SCALES = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)


def ssim_loss(
    input: Tensor,
    target: Tensor,
    *,
    data_range: float = 1.0,
    window: int = 11,
    sigma: float = 1.5,
    reduction: str = "mean",
) -> Tensor:
    """One minus SSIM: how unlike two images are in each small window.

    SSIM compares mean, contrast and structure under a Gaussian window, which
    moves over each channel and stays within the image.

    Args:
        input: Shape (N, C, H, W), floating point: the network's images.
        target: Shape of `input`: the images that are wanted.
        data_range: Above 0: the largest pixel that there may be, minus the
            smallest: 1 for pixels from 0 to 1, 255 for 0 to 255.
        window: Side of the window, odd, at most H and W.
        sigma: Above 0: the Gaussian's standard deviation, in pixels.
        reduction: "mean" and "sum" are over all windows; "none".

    Returns:
        A scalar, with "none" shape (N, C, H - window + 1, W - window + 1).
        From 0, for equal images, to 2. Its dtype is that of `input`, but
        float32 for half precision. The mean of no images is nan.

    Raises:
        TypeError: `input` or `target` is not floating point.
        ValueError: Shapes differ or are smaller than the window, or an option
            is out of range.

    Source:
        Wang et al., Image Quality Assessment: From Error Visibility to
        Structural Similarity, 2004, equation 13,
        https://doi.org/10.1109/TIP.2003.819861
    """
    x, y = _images(input, target, reduction, data_range, window, sigma)
    return _reduce(_unlikeness(x, y, data_range, window, sigma)[0], reduction)


def ms_ssim_loss(
    input: Tensor,
    target: Tensor,
    *,
    data_range: float = 1.0,
    window: int = 11,
    sigma: float = 1.5,
    weights: Sequence[float] = SCALES,
    reduction: str = "mean",
) -> Tensor:
    """One minus MS-SSIM: SSIM of images that are halved again and again.

    The product of contrast and structure at each scale and of the mean at the
    last one, to the power of `weights`.

    Args:
        input: Shape (N, C, H, W), floating point: the network's images.
        target: Shape of `input`: the images that are wanted.
        data_range: Above 0: the largest pixel that there may be, minus the
            smallest: 1 for pixels from 0 to 1, 255 for 0 to 255.
        window: Side of the window, odd. H and W must be above (window - 1)
            * 2**(scales - 1): above 160 by default.
        sigma: Above 0: the Gaussian's standard deviation, in pixels.
        weights: Above 0, one for each scale, the finest first.
        reduction: "mean" and "sum" are over images and channels; "none".

    Returns:
        A scalar, with "none" shape (N, C). From 0, for equal images, to 1: a
        channel that is alike in no way at some scale, so that the average
        there is at most 0, costs 1 and has no gradient. Its dtype is that of
        `input`, but float32 for half precision. The mean of no images is nan.

    Raises:
        TypeError: `input` or `target` is not floating point.
        ValueError: Shapes differ or are too small for the window at the last
            scale, or an option is out of range.

    Source:
        Wang et al., Multiscale Structural Similarity for Image Quality
        Assessment, 2003, equation 7,
        https://doi.org/10.1109/ACSSC.2003.1292216; as a loss: Zhao et al.,
        Loss Functions for Image Restoration with Neural Networks, 2015,
        https://arxiv.org/abs/1511.08861
    """
    if not weights or not all(weight > 0 for weight in weights):
        raise ValueError(f"weights must be some, above 0, got {weights}")
    last, alike = len(weights) - 1, 1.0
    x, y = _images(input, target, reduction, data_range, window, sigma, last)
    halve = nn.AvgPool2d(2, ceil_mode=True)  # an odd row at the end stays
    for scale, weight in enumerate(weights):
        if scale:
            x, y = halve(x), halve(y)
        both, structure = _unlikeness(x, y, data_range, window, sigma)
        mean = 1 - (both if scale == last else structure).mean((-2, -1))
        # Below 0 there is no power, and at 0 its slope is infinite.
        power = mean.where(mean > 0, 1) ** weight
        alike = alike * power.where(mean > 0, 0)
    return _reduce(1 - alike, reduction)


def total_variation_loss(
    input: Tensor, *, power: float = 1.0, reduction: str = "mean"
) -> Tensor:
    """Differences of neighbouring pixels: small where an image is smooth.

    `abs(x[i + 1, j] - x[i, j])**power + abs(x[i, j + 1] - x[i, j])**power`.

    Args:
        input: Shape (*, H, W), floating point: images, or maps of anything.
        power: At least 1. 1 leaves edges sharp; 2 smooths them.
        reduction: "mean" and "sum" are over pixels; "none".

    Returns:
        A scalar, with "none" the shape of `input`: beyond the last row and
        column there is nothing to differ from. At least 0; 0 for a flat
        image. Its dtype is that of `input`, but float32 for half precision.
        The mean of no pixels is nan.

    Raises:
        TypeError: `input` is not floating point.
        ValueError: `input` has no rows, or an option is out of range.

    Source:
        Rudin et al., Nonlinear total variation based noise removal
        algorithms, 1992, https://doi.org/10.1016/0167-2789(92)90242-F; powers:
        Mahendran and Vedaldi, Understanding Deep Image Representations by
        Inverting Them, 2014, https://arxiv.org/abs/1412.0035
    """
    (x,) = _wide(reduction, input=input)
    if x.ndim < 2:
        raise ValueError(f"input must be (*, H, W), got {tuple(x.shape)}")
    if not power >= 1:
        raise ValueError(f"power must be at least 1, got {power}")
    down, right = (x.diff(dim=dim).abs() for dim in (-2, -1))
    if power != 1:
        down, right = down**power, right**power
    if reduction == "none":
        down = nn.functional.pad(down, (0, 0, 0, 1))
        return down + nn.functional.pad(right, (0, 1))
    total = down.sum() + right.sum()
    return total / x.numel() if reduction == "mean" else total


def _unlikeness(
    x: Tensor, y: Tensor, data_range: float, window: int, sigma: float
) -> tuple[Tensor, Tensor]:
    # 1 - SSIM, and 1 - its contrast and structure, of sum and difference:
    # what two images share cancels before it is squared, not after.
    total, total_var = _moments(x + y, window, sigma)
    apart, apart_var = _moments(x - y, window, sigma)
    c1, c2 = (0.01 * data_range) ** 2, (0.03 * data_range) ** 2
    mean = apart**2 / ((total**2 + apart**2) / 2 + c1)
    structure = apart_var / ((total_var + apart_var) / 2 + c2)
    return mean + structure - mean * structure, structure


def _moments(x: Tensor, window: int, sigma: float) -> tuple[Tensor, Tensor]:
    # Mean and variance in each window; around the image's mean, which may be
    # large beside what varies.
    centre = x.detach().mean((-2, -1), keepdim=True)
    x = x - centre
    away = [(i - window // 2) / sigma for i in range(window)]
    taps = [torch.e ** (-(z**2) / 2) for z in away]
    taps = [tap / sum(taps) for tap in taps]
    mean, square = _Blur.apply(x, taps), _Blur.apply(x.square(), taps)
    return mean + centre, (square - mean.square()).relu()


class _Blur(torch.autograd.Function):
    """Blur rows, then columns; its gradient is blurred in the same way."""

    generate_vmap_rule = True

    @staticmethod
    def forward(x, taps):
        # No convolution: autocast would make its pixels half precision.
        for dim in (-1, -2):
            size = x.shape[dim] - len(taps) + 1
            blurred = taps[0] * x.narrow(dim, 0, size)
            for i, tap in enumerate(taps[1:], 1):
                blurred.add_(x.narrow(dim, i, size), alpha=tap)
            x = blurred
        return x

    @staticmethod
    def setup_context(ctx, inputs, output):
        ctx.taps = inputs[1]

    @staticmethod
    def backward(ctx, grad):
        around = (len(ctx.taps) - 1,) * 4
        return _Blur.apply(nn.functional.pad(grad, around), ctx.taps), None

    @staticmethod
    def jvp(ctx, tangent, _):
        return _Blur.apply(tangent, ctx.taps)


def _reduce(loss: Tensor, reduction: str) -> Tensor:
    return loss if reduction == "none" else getattr(loss, reduction)()


def _wide(reduction: str, **inputs: Tensor) -> list[Tensor]:
    for name, x in inputs.items():
        if not x.is_floating_point():
            raise TypeError(f"{name} must be floating point, got {x.dtype}")
    if reduction not in ("mean", "sum", "none"):
        raise ValueError(
            f"reduction must be 'mean', 'sum' or 'none', got {reduction!r}"
        )
    dtype = torch.promote_types(inputs["input"].dtype, torch.float32)
    return [x.to(dtype) for x in inputs.values()]


def _images(
    input: Tensor,
    target: Tensor,
    reduction: str,
    data_range: float,
    window: int,
    sigma: float,
    halved: int = 0,
) -> list[Tensor]:
    if input.ndim != 4 or target.shape != input.shape:
        raise ValueError(
            "input and target must have one shape (N, C, H, W), got "
            f"{tuple(input.shape)} and {tuple(target.shape)}"
        )
    for name, value in {"data_range": data_range, "sigma": sigma}.items():
        if not value > 0:
            raise ValueError(f"{name} must be above 0, got {value}")
    if window < 1 or window % 2 == 0:
        raise ValueError(f"window must be odd, above 0, got {window}")
    least = (window - 1) * 2**halved + 1
    if min(input.shape[-2:]) < least:
        raise ValueError(
            f"input needs {least} pixels a side (window={window}, halved "
            f"{halved} times), got {tuple(input.shape[-2:])}"
        )
    return _wide(reduction, input=input, target=target)


class SSIMLoss(nn.Module):
    """`ssim_loss` as a module."""

    def __init__(
        self,
        *,
        data_range: float = 1.0,
        window: int = 11,
        sigma: float = 1.5,
        reduction: str = "mean",
    ) -> None:
        """Take the options of `ssim_loss`."""
        super().__init__()
        self.data_range, self.window, self.sigma = data_range, window, sigma
        self.reduction = reduction

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """Compute `ssim_loss`."""
        return ssim_loss(
            input,
            target,
            data_range=self.data_range,
            window=self.window,
            sigma=self.sigma,
            reduction=self.reduction,
        )


class MSSSIMLoss(nn.Module):
    """`ms_ssim_loss` as a module."""

    def __init__(
        self,
        *,
        data_range: float = 1.0,
        window: int = 11,
        sigma: float = 1.5,
        weights: Sequence[float] = SCALES,
        reduction: str = "mean",
    ) -> None:
        """Take the options of `ms_ssim_loss`."""
        super().__init__()
        self.data_range, self.window, self.sigma = data_range, window, sigma
        self.weights, self.reduction = weights, reduction

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """Compute `ms_ssim_loss`."""
        return ms_ssim_loss(
            input,
            target,
            data_range=self.data_range,
            window=self.window,
            sigma=self.sigma,
            weights=self.weights,
            reduction=self.reduction,
        )


class TotalVariationLoss(nn.Module):
    """`total_variation_loss` as a module."""

    def __init__(self, *, power: float = 1.0, reduction: str = "mean") -> None:
        """Take the options of `total_variation_loss`."""
        super().__init__()
        self.power, self.reduction = power, reduction

    def forward(self, input: Tensor) -> Tensor:
        """Compute `total_variation_loss`."""
        return total_variation_loss(
            input, power=self.power, reduction=self.reduction
        )
