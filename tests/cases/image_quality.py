"""Arguments of image_quality, and what proves it."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from unittest import mock

import numpy as np
import torch
from image_quality import ms_ssim_loss, ssim_loss, total_variation_loss
from torch import Tensor

from tests.cases._common import reduce, slopes, unchanged
from tests.draws import Arguments, Draw
from tests.oracles import theirs
from tests.proofs import Loss, Pair, Proof, Same


def images(draw: Draw, h: int, w: int, *kinds: str) -> Arguments:
    """Draw two images that are alike in some way."""
    draw.scale = min(draw.scale, 10)
    shape = (draw.n + 1) // 2, draw.choose(1, 3), h, w
    x, other = draw.real(*shape), draw.real(*shape)
    made = {
        "equal": x.clone(),
        "noisy": 0.8 * x + 0.2 * other,
        "brighter": x + 0.1,
        "inverted": -x,
        "another": other,
    }
    return {"input": x, "target": made[draw.choose(*kinds)]}


def ssim_arguments(draw: Draw) -> Arguments:
    """Draw arguments of ssim_loss."""
    window = draw.choose(3, 5)
    kinds = "equal", "noisy", "noisy", "brighter", "inverted", "another"
    h, w = window + draw.c % 3, window + draw.c % 4
    return images(draw, h, w, *kinds) | {
        "data_range": draw.choose(1.0, 2.0, 255.0),
        "window": window,
        "sigma": draw.choose(0.5, 1.5),
        "reduction": draw.reduction(),
    }


def multi_arguments(draw: Draw) -> Arguments:
    """Draw arguments of ms_ssim_loss, whose sizes halve without a rest.

    Images with nothing in common are left out: near 0 a power is too steep.
    """
    kinds = "noisy", "noisy", "equal", "brighter", "inverted"
    return images(draw, 12, 16, *kinds) | {
        "data_range": draw.choose(1.0, 2.0, 255.0),
        "window": draw.choose(1, 3),
        "sigma": draw.choose(0.5, 1.5),
        "weights": draw.choose((1.0,), (0.5, 0.25), (0.25, 0.5, 0.125)),
        "reduction": draw.reduction(),
    }


def variation_arguments(draw: Draw) -> Arguments:
    """Draw arguments of total_variation_loss."""
    return {
        "input": draw.real(draw.n, draw.c, draw.choose(1, 2, 5)),
        "power": draw.choose(1.0, 1.0, 1.5, 2.0),
        "reduction": draw.reduction(),
    }


def of_kornia(
    input: Tensor,
    target: Tensor,
    data_range: float,
    window: int,
    sigma: float,
    reduction: str,
) -> Tensor:
    """Double their loss, which is half of ours, of a Gaussian that is 1.5."""
    module = theirs("kornia.metrics.ssim")
    gaussian = module.get_gaussian_kernel1d
    with mock.patch.object(
        module,
        "get_gaussian_kernel1d",
        lambda size, _, **options: gaussian(size, sigma, **options),
    ):
        loss = theirs("kornia.losses").ssim_loss(
            input,
            target,
            window,
            max_val=data_range,
            eps=0.0,
            reduction="none",
            padding="valid",
        )
    return reduce(2 * loss, reduction)


def msssim(
    name: str,
    input: Tensor,
    target: Tensor,
    window: int,
    sigma: float,
    **options: object,
) -> Tensor:
    """Call pytorch_msssim, which takes the mean of an image's channels.

    With kornia's window, since its own is float32. It refuses what is too
    small for five scales, however many there are: no side is, to its `min`.
    """
    module = theirs("pytorch_msssim.ssim")
    kernel = theirs("kornia.filters").get_gaussian_kernel1d
    taps = kernel(window, sigma, dtype=torch.float64)
    options["win"] = taps.expand(input.shape[1], 1, 1, window)
    large = mock.Mock(return_value=np.inf)
    with mock.patch.object(module, "min", large, create=True):
        loss = getattr(module, name)
        return loss(input, target, size_average=False, **options)


def of_msssim(
    input: Tensor,
    target: Tensor,
    data_range: float,
    window: int,
    sigma: float,
    reduction: str,
) -> Tensor:
    """Call theirs: on images, or for each, on one window at a time."""
    options = {"window": window, "sigma": sigma, "data_range": data_range}
    if reduction == "mean":
        return 1 - msssim("ssim", input, target, **options).mean()
    x, y = (
        z.unfold(2, window, 1).unfold(3, window, 1) for z in (input, target)
    )
    each = (z.flatten(0, 3).unsqueeze(1) for z in (x, y))
    alike = msssim("ssim", *each, **options)
    return reduce(1 - alike.view(x.shape[:4]), reduction)


@contextmanager
def monai() -> Iterator[object]:
    """Keep their arithmetic in float64, which they make float32."""
    module = theirs("monai.metrics.regression")
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    try:
        with mock.patch.object(
            module, "convert_data_type", lambda x, **_: (x,)
        ):
            yield module
    finally:
        torch.set_default_dtype(before)


def of_monai(
    input: Tensor,
    target: Tensor,
    data_range: float,
    window: int,
    sigma: float,
    reduction: str,
) -> Tensor:
    """Call what their SSIMLoss calls, before it takes the mean."""
    with monai() as module:
        alike, _ = module.compute_ssim_and_cs(
            input,
            target,
            2,
            [window] * 2,
            [sigma] * 2,
            data_range=data_range,
        )
    return reduce(1 - alike, reduction)


def apart(z: Tensor) -> Tensor:
    """Make an image of each channel."""
    return z.flatten(0, 1).unsqueeze(1)


def multi_of_monai(
    input: Tensor,
    target: Tensor,
    data_range: float,
    window: int,
    sigma: float,
    weights: tuple[float, ...],
    reduction: str,
) -> Tensor:
    """Call theirs on each channel, since they average before the powers."""
    with monai() as module:
        alike = module.compute_ms_ssim(
            *map(apart, (input, target)),
            2,
            data_range=data_range,
            kernel_size=window,
            kernel_sigma=sigma,
            weights=weights,
        )
    return reduce(1 - alike.view(input.shape[:2]), reduction)


def multi_of_msssim(
    input: Tensor,
    target: Tensor,
    data_range: float,
    window: int,
    sigma: float,
    weights: tuple[float, ...],
    reduction: str,
) -> Tensor:
    """Call theirs: on all channels, or for each, on one at a time."""
    options = {"window": window, "sigma": sigma, "data_range": data_range}
    options["weights"] = weights
    if reduction == "mean":
        return 1 - msssim("ms_ssim", input, target, **options).mean()
    alike = msssim("ms_ssim", *map(apart, (input, target)), **options)
    return reduce(1 - alike.view(input.shape[:2]), reduction)


def halved(x: np.ndarray, axis: int) -> np.ndarray:
    """Average each two rows or columns; the last of an odd number stays."""
    starts = np.arange(0, x.shape[axis], 2)
    counts = np.diff([*starts, x.shape[axis]])
    counts = np.expand_dims(counts, [i for i in range(4) if i != axis])
    return np.add.reduceat(x, starts, axis) / counts


def of_numpy(
    input: Tensor,
    target: Tensor,
    data_range: float,
    window: int,
    sigma: float,
    weights: tuple[float, ...],
    reduction: str,
) -> Tensor:
    """Write down Wang's pyramid: l, c and s of each window, weighted sums."""
    x, y = input.numpy(), target.numpy()
    away = np.arange(window) - (window - 1) / 2
    bell = np.exp(-((away[:, None] ** 2 + away**2) / (2 * sigma**2)))
    bell /= bell.sum()
    c1, c2 = (0.01 * data_range) ** 2, (0.03 * data_range) ** 2
    alike = np.ones(input.shape[:2])
    for scale, weight in enumerate(weights, 1):
        a, b = (
            np.lib.stride_tricks.sliding_window_view(
                z, (window, window), axis=(2, 3)
            )
            for z in (x, y)
        )
        mean_a, mean_b = ((bell * z).sum((4, 5)) for z in (a, b))
        off_a = a - mean_a[..., None, None]
        off_b = b - mean_b[..., None, None]
        std_a = np.sqrt((bell * off_a**2).sum((4, 5)))
        std_b = np.sqrt((bell * off_b**2).sum((4, 5)))
        both = (bell * off_a * off_b).sum((4, 5))
        contrast = (2 * std_a * std_b + c2) / (std_a**2 + std_b**2 + c2)
        found = contrast * (both + c2 / 2) / (std_a * std_b + c2 / 2)
        if scale == len(weights):
            top = 2 * mean_a * mean_b + c1
            found = found * top / (mean_a**2 + mean_b**2 + c1)
        alike *= np.maximum(found.mean((2, 3)), 0) ** weight
        x, y = (halved(halved(z, 2), 3) for z in (x, y))
    return reduce(torch.from_numpy(1 - alike), reduction)


def variation_of_kornia(input: Tensor, power: float, reduction: str) -> Tensor:
    """Take theirs of each two neighbours, as if an image of two pixels."""
    loss = torch.zeros_like(input)
    for axis in (-2, -1):
        n = input.shape[axis] - 1
        two = [input.narrow(axis, start, n) for start in (0, 1)]
        pixels = torch.stack(two, -1).unsqueeze(-2)
        found = theirs("kornia.losses").total_variation(pixels)
        loss.narrow(axis, 0, n).add_(found**power)
    return reduce(loss, reduction)


def variation_of_numpy(input: Tensor, power: float, reduction: str) -> Tensor:
    """Repeat the last row and column, and take differences."""
    x = np.pad(input.numpy(), [(0, 0), (0, 1), (0, 1)], "edge")
    down, right = np.diff(x, axis=1)[..., :-1], np.diff(x, axis=2)[:, :-1]
    loss = np.abs(down) ** power + np.abs(right) ** power
    return reduce(torch.from_numpy(loss), reduction)


def equal(loss: Loss) -> Same:
    """Compare an image with itself: no loss, no gradient."""

    def same(given: Arguments) -> Pair:
        given = given | {"target": given["input"], "reduction": "sum"}
        both = slopes(loss, given, "input", "target")
        return torch.cat([loss(**given).view(1), both]), 0 * both.new_ones(
            1 + both.numel()
        )

    return same


def changed(loss: Loss, **by: object) -> Same:
    """Say that a loss is the same after a change of both images."""

    def change(given: Arguments) -> Arguments:
        both = {k: by["images"](given[k]) for k in ("input", "target")}
        return both | {"reduction": "mean"}

    return lambda given: (
        loss(**given | {"reduction": "mean"}),
        loss(**given | change(given)),
    )


def swapped(given: Arguments) -> Arguments:
    """Exchange the two images."""
    return {"input": given["target"], "target": given["input"]}


def scaled(given: Arguments) -> Arguments:
    """Take three times the pixels, and the range."""
    return {k: 3 * given[k] for k in ("input", "target", "data_range")}


def flat(given: Arguments) -> Pair:
    """Compare flat images: the means are all that is left."""
    x, y = (z[:, :, :1, :1] for z in (given["input"], given["target"]))
    c = (0.01 * given["data_range"]) ** 2
    ours = ssim_loss(
        *(z.expand_as(given["input"]) for z in (x, y)),
        data_range=given["data_range"],
        window=given["window"],
        sigma=given["sigma"],
        reduction="none",
    )
    return ours, ((x - y) ** 2 / (x**2 + y**2 + c)).expand_as(ours)


def one_pixel(given: Arguments) -> Pair:
    """Look through a window of one pixel: it has a mean and nothing else."""
    given = given | {"window": 1, "reduction": "none"}
    x, y, c = given["input"], given["target"], 0.01 * given["data_range"]
    return ssim_loss(**given), (x - y) ** 2 / (x**2 + y**2 + c**2)


def within(loss: Loss, most: float) -> Same:
    """Say that a loss is never below 0 nor above its most."""

    def same(given: Arguments) -> Pair:
        found = loss(**given | {"reduction": "none"})
        return found, found.clamp(0, most)

    return same


def one_scale(given: Arguments) -> Pair:
    """Take the power 1 of a single scale: the mean of SSIM, at least 0."""
    ours = ms_ssim_loss(**given | {"weights": (1.0,), "reduction": "none"})
    known = {k: v for k, v in given.items() if k != "weights"}
    each = ssim_loss(**known | {"reduction": "none"})
    return ours, each.mean((2, 3)).clamp_max(1)


def squared(given: Arguments) -> Pair:
    """Double the weights."""
    given = given | {"reduction": "none"}
    twice = {"weights": [2 * weight for weight in given["weights"]]}
    once = ms_ssim_loss(**given)
    return ms_ssim_loss(**given | twice), 1 - (1 - once) ** 2


def odd(given: Arguments) -> Pair:
    """Take images that have a row and column left over when halved."""
    cut = {k: given[k][..., :-1, :-1] for k in ("input", "target")}
    given = given | cut
    return ms_ssim_loss(**given), of_numpy(**given)


@cache
def five_scales() -> Pair:
    """Take the weights of the paper, at the least size."""
    g = torch.Generator().manual_seed(0)
    shape = (1, 1, 161, 170)
    x, noise = torch.rand(2, *shape, dtype=torch.float64, generator=g)
    y = 0.7 * x + 0.3 * noise
    weights = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)
    return ms_ssim_loss(x, y), of_numpy(x, y, 1.0, 11, 1.5, weights, "mean")


def opposite(given: Arguments) -> Pair:
    """Invert an image: it costs 1, and there is no gradient."""
    x = given["input"] - given["input"].mean((2, 3), keepdim=True)
    x = x + torch.arange(x.shape[-1]) % 2  # nowhere flat
    given = given | {"input": x, "target": -x, "reduction": "none"}
    given |= {"window": 3, "data_range": 0.01, "weights": (0.5, 0.25)}
    found = slopes(ms_ssim_loss, given, "input", "target")
    loss = ms_ssim_loss(**given).flatten()
    return torch.cat([loss, found]), torch.cat([loss * 0 + 1, found * 0])


def whole(given: Arguments) -> Pair:
    """Take the sum that kornia takes."""
    x = given["input"]
    ours = total_variation_loss(x, reduction="sum")
    return ours, theirs("kornia.losses").total_variation(x).sum()


def ramp(given: Arguments) -> Pair:
    """Go up all the way: only the ends count."""
    x = given["input"].sort(-1).values[:, :1]
    ours = total_variation_loss(x, reduction="sum")
    return ours, (x[..., -1] - x[..., 0]).sum()


def variation(given: Arguments, **images: Tensor) -> Pair:
    """Take the mean before and after a change of the image."""
    given = given | {"reduction": "mean"}
    return total_variation_loss(**given), total_variation_loss(**given | images)


def bad_images(**options: object) -> list:
    """List what both losses of two images refuse."""
    x = torch.zeros(1, 1, 8, 8)
    pair = {"input": x, "target": x} | options
    least = "9" if not options else "17"
    return [
        ({"input": x[0], "target": x[0]}, ValueError, "(N, C, H, W), got (1"),
        (pair | {"target": x[..., :2]}, ValueError, "and (1, 1, 8, 2)"),
        (pair | {"window": 9}, ValueError, f"{least} pixels a side (window=9"),
        (pair | {"input": x.long(), "window": 1}, TypeError, "int64"),
        (pair | {"target": x.int(), "window": 1}, TypeError, "int32"),
        ({"data_range": 0.0}, ValueError, "above 0, got 0.0"),
        ({"sigma": -1.0}, ValueError, "above 0, got -1.0"),
        ({"window": 4}, ValueError, "odd, above 0, got 4"),
        ({"window": -1}, ValueError, "got -1"),
    ]


TURNED = {"images": lambda x: x.flip(-1).mT}
CASES = {
    "by_hand": (ssim_loss, ssim_arguments),
    "by_hand_ms_ssim": (ms_ssim_loss, multi_arguments),
    "by_hand_variation": (total_variation_loss, variation_arguments),
}
PROOFS = {
    "ssim_loss": Proof(
        draw=ssim_arguments,
        oracles={
            "kornia.losses.ssim_loss": of_kornia,
            "monai.losses.SSIMLoss": of_monai,
            "pytorch_msssim.ssim": of_msssim,
        },
        same={
            "an image costs nothing beside itself": equal(ssim_loss),
            "the order of the two counts for nothing": unchanged(
                ssim_loss, swapped
            ),
            "three times the pixels and their range: the same": unchanged(
                ssim_loss, scaled
            ),
            "turned images cost the same": changed(ssim_loss, **TURNED),
            "flat images: the means are all that counts": flat,
            "so are they in a window of one pixel": one_pixel,
            "it is from 0 to 2": within(ssim_loss, 2),
        },
        bad=bad_images(),
    ),
    "ms_ssim_loss": Proof(
        draw=multi_arguments,
        oracles={
            "monai.metrics.MultiScaleSSIMMetric": multi_of_monai,
            "pytorch_msssim.ms_ssim": multi_of_msssim,
            "numpy": of_numpy,
        },
        same={
            "an image costs nothing beside itself": equal(ms_ssim_loss),
            "the order of the two counts for nothing": unchanged(
                ms_ssim_loss, swapped
            ),
            "three times the pixels and their range: the same": unchanged(
                ms_ssim_loss, scaled
            ),
            "turned images cost the same": changed(ms_ssim_loss, **TURNED),
            "one scale: the mean of SSIM": one_scale,
            "twice the weights: the square": squared,
            "odd sizes: the last row and column twice": odd,
            "five scales, 11 pixels": lambda _: five_scales(),
            "an inverted image costs 1, without a gradient": opposite,
            "it is from 0 to 1": within(ms_ssim_loss, 1),
        },
        bad=[
            *bad_images(weights=(0.5, 0.5)),
            ({"weights": ()}, ValueError, "got ()"),
            ({"weights": (1.0, -0.5)}, ValueError, "got (1.0, -0.5)"),
        ],
    ),
    "total_variation_loss": Proof(
        draw=variation_arguments,
        oracles={
            "kornia.losses.total_variation": variation_of_kornia,
            "numpy": variation_of_numpy,
        },
        same={
            "its sum is kornia's": whole,
            "a ramp costs what is between its ends": ramp,
            "a constant counts for nothing": lambda given: variation(
                given, input=given["input"] + 3
            ),
            "mirrored images cost the same": lambda given: variation(
                given, input=given["input"].flip(-1, -2)
            ),
            "turned images cost the same": lambda given: variation(
                given, input=given["input"].mT
            ),
            "three times the pixels: 3 to the power": lambda given: (
                total_variation_loss(**given | {"input": 3 * given["input"]}),
                3 ** given["power"] * total_variation_loss(**given),
            ),
        },
        bad=[
            ({"input": torch.zeros(4, 5).int()}, TypeError, "int32"),
            ({"input": torch.zeros(4)}, ValueError, "(*, H, W), got (4,)"),
            ({"power": 0.5}, ValueError, "at least 1, got 0.5"),
        ],
    ),
}
