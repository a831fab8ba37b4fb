"""Losses of waveforms: SI-SDR, STFT magnitudes, permutations of sources."""

from itertools import permutations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

Resolutions = tuple[tuple[int, int, int], ...]
RESOLUTIONS = ((1024, 120, 600), (2048, 240, 1200), (512, 50, 240))


def si_sdr_loss(
    input: Tensor,
    target: Tensor,
    mask: Tensor | None = None,
    *,
    zero_mean: bool = True,
    eps: float = 1e-8,
    reduction: str = "mean",
) -> Tensor:
    """Minus the scale-invariant signal-to-distortion ratio, in decibels.

    `-10 * log10(c**2 / (1 - c**2 + eps) + eps)`, where `c` is the cosine
    between the two signals: how much of `input` is `target`, times any
    factor, over all else. Neither loudness nor polarity counts.

    Args:
        input: Shape (..., T), floating point: estimated signals.
        target: Shape of `input`; the true ones.
        mask: Shape of `input`, bool: True for samples that count, False for
            padding, which may be nan. `None` counts all.
        zero_mean: Whether to subtract from each signal its mean.
        eps: Bounds the loss: 1e-8 at 80 dB on either side. Above 0.
        reduction: "mean" is over signals of which some sample counts; "sum";
            "none".

    Returns:
        A scalar, with "none" shape (...), 0 where no sample counts. Good is
        far below 0. A signal that is constant or silent, with a norm below
        1e-12, input or target, costs the most, and has a gradient of 0. Its
        dtype is that of `input`, but float32 for half precision.

    Raises:
        TypeError: A signal is not floating point, or `mask` not bool.
        ValueError: Shapes don't fit; `eps` or `reduction` is out of range.

    Source:
        Le Roux et al., SDR - half-baked or well done?, 2018, its definition of
        SI-SDR, https://arxiv.org/abs/1811.02508, here of unit vectors, so that
        `eps` is no loudness either
    """
    _check(reduction, eps, input=input, target=target, mask=mask)
    dtype = torch.promote_types(input.dtype, torch.float32)
    x, x_norm = _centred(input.to(dtype), mask, zero_mean)
    y, y_norm = _centred(target.to(dtype), mask, zero_mean)
    along = (x * y).sum(-1, keepdim=True) / y_norm
    rest = x - along / y_norm * y
    rest = torch.linalg.vector_norm(rest, dim=-1, keepdim=True) / x_norm
    ratio = (along / x_norm).square() / (rest.square() + eps) + eps
    loss = -10 * torch.log10(ratio.squeeze(-1))
    if mask is None:
        return _reduce(loss, reduction, loss.numel())
    counts = mask.any(-1)
    return _reduce(loss.where(counts, 0), reduction, counts.sum())


def multi_resolution_stft_loss(
    input: Tensor,
    target: Tensor,
    *,
    resolutions: Resolutions = RESOLUTIONS,
    sc_weight: float = 1.0,
    eps: float = 1e-7,
    reduction: str = "mean",
) -> Tensor:
    """Compare magnitudes of spectrograms, of several window lengths.

    Of each resolution the spectral convergence, `norm(X - Y) / norm(Y)`, and
    the mean of `abs(log(X) - log(Y))`, where `X` and `Y` are the magnitudes
    of a signal, at least `sqrt(eps)`. Their sum is averaged over resolutions.
    Phase and polarity don't count.

    Args:
        input: Shape (..., T), floating point: estimated signals, from -1 to
            1. T is above half of the largest `n_fft`.
        target: Shape of `input`; the true ones.
        resolutions: Tuples of `n_fft`, `hop_length` and `win_length`, in
            samples, as `torch.stft` takes them; Hann windows.
        sc_weight: Factor of spectral convergence, at least 0. It divides by
            the target's norm, and is huge where that is silent.
        eps: Least power that counts, above 0; below it nothing has a gradient.
        reduction: "mean" is over signals; "sum"; "none".

    Returns:
        A scalar, with "none" shape (...). At least 0. Its dtype is that of
        `input`, but float32 for half precision.

    Raises:
        TypeError: A signal is not floating point.
        ValueError: Shapes don't fit, or T is too short; `resolutions`,
            `sc_weight`, `eps` or `reduction` is out of range.

    Source:
        Yamamoto et al., Parallel WaveGAN, 2019, equations 3 to 6, with its
        resolutions of 24 kHz, https://arxiv.org/abs/1910.11480
    """
    _check(reduction, eps, input=input, target=target)
    _check_resolutions(resolutions, input.shape[-1])
    if not sc_weight >= 0:
        raise ValueError(f"sc_weight must be at least 0, got {sc_weight}")
    dtype = torch.promote_types(input.dtype, torch.float32)
    rows = [x.to(dtype).reshape(-1, x.shape[-1]) for x in (input, target)]
    loss = 0 * rows[0][:, 0]
    for resolution in resolutions if len(loss) else ():  # FFT wants a signal
        x, y = (_power(x, resolution, eps).flatten(1) for x in rows)
        # Half the logarithm of a power is that of the magnitude.
        loss = loss + (x.log() - y.log()).abs().mean(1) / 2
        if sc_weight:
            x, y = x.sqrt(), y.sqrt()
            # vector_norm has slope 0 at 0, where a square root's is infinite.
            apart = torch.linalg.vector_norm(x - y, dim=1)
            whole = torch.linalg.vector_norm(y, dim=1)
            loss = loss + sc_weight * apart / whole
    loss = (loss / len(resolutions)).reshape(input.shape[:-1])
    return _reduce(loss, reduction, loss.numel())


def pit_loss(pairwise: Tensor, *, reduction: str = "mean") -> Tensor:
    """Permutation-invariant training: the least cost of any assignment.

    Each estimate is given a target of its own, so that the mean of their
    costs is least. From 5 on found by dynamic programming over sets of
    targets, in about `S * 2**S` steps, where all permutations would be `S!`.

    Args:
        pairwise: Shape (..., S, S), floating point: costs of estimate (row)
            and target (column), any real numbers, such as `si_sdr_loss` gives
            with "none".
        reduction: "mean" and "sum" are over mixtures; "none".

    Returns:
        A scalar, with "none" shape (...): the mean over S of the best
        assignment. Its gradient is that assignment, divided by S. Its dtype
        is that of `pairwise`, but float32 for half precision.

    Raises:
        TypeError: `pairwise` is not floating point.
        ValueError: `pairwise` is not square, or `reduction` is unknown.

    Source:
        Yu et al., Permutation Invariant Training of Deep Models for
        Speaker-Independent Multi-talker Speech Separation, 2016,
        https://arxiv.org/abs/1607.00325, one permutation a signal as in
        Kolbæk et al., 2017, https://arxiv.org/abs/1703.06284
    """
    _check(reduction, pairwise=pairwise)
    s = pairwise.shape[-1]
    if not s or pairwise.shape[-2:] != (s, s):
        raise ValueError(
            "pairwise must have shape (..., S, S), S at least 1, "
            f"got {tuple(pairwise.shape)}"
        )
    costs = pairwise.to(torch.promote_types(pairwise.dtype, torch.float32))
    if s < 5:  # of so few trying all is quicker
        orders = [*permutations(range(s))]
        best = costs[..., range(s), orders].sum(-1).min(-1).values
        return _reduce(best / s, reduction, best.numel())
    # Least costs of the first estimates on each set of as many targets; the
    # bits of a number say which targets are in the set.
    best, sets = torch.zeros_like(costs[..., 0, :1]), [0]
    for k, row in enumerate(costs.unbind(-2), 1):
        at = {taken: i for i, taken in enumerate(sets)}
        sets = [taken for taken in range(2**s) if taken.bit_count() == k]
        last = [[t for t in range(s) if x >> t & 1] for x in sets]
        old = [[at[x ^ 1 << t] for t in range(s) if x >> t & 1] for x in sets]
        best = (best[..., old] + row[..., last]).min(-1).values
    return _reduce(best.squeeze(-1) / s, reduction, best.numel())


def _centred(x: Tensor, mask: Tensor | None, zero: bool) -> list[Tensor]:
    # With the norm, infinite if silent: divided by that, all is 0.
    x = x if mask is None else x.where(mask, 0)
    least = 1e-12
    if zero:
        n = x.shape[-1] if mask is None else mask.sum(-1, keepdim=True)
        mean = x.sum(-1, keepdim=True) / (n + (n == 0))
        # What rounding leaves of a constant is silence.
        least = least + 10 * torch.finfo(x.dtype).eps * mean.abs() * n**0.5
        x = x - mean if mask is None else (x - mean).where(mask, 0)
    norm = torch.linalg.vector_norm(x, dim=-1, keepdim=True)
    return [x, norm.where(norm > least, torch.inf)]


def _power(x: Tensor, resolution: tuple[int, int, int], eps: float) -> Tensor:
    # Of torch.stft, as (..., frames, bins); zeros around the window change
    # only phases, so that frames are as long as the window.
    n_fft, hop_length, win_length = resolution
    x = F.pad(x, (n_fft // 2, n_fft // 2), mode="reflect")
    around = n_fft - win_length
    x = x[..., around // 2 : x.shape[-1] - (around + 1) // 2]
    window = torch.hann_window(win_length, dtype=x.dtype, device=x.device)
    z = torch.fft.rfft(x.unfold(-1, win_length, hop_length) * window, n_fft)
    return (z.real.square() + z.imag.square()).clamp_min(eps)


def _reduce(loss: Tensor, reduction: str, n: int | Tensor) -> Tensor:
    if reduction == "none":
        return loss
    return loss.sum() / (n + (n == 0) if reduction == "mean" else 1)


def _check(reduction: str, eps: float = 1.0, **given: Tensor | None) -> None:
    inputs = {name: x for name, x in given.items() if x is not None}
    for name, x in inputs.items():
        if name == "mask" and x.dtype != torch.bool:
            raise TypeError(f"mask must be bool, got {x.dtype}: mask.bool()")
        if name != "mask" and not x.is_floating_point():
            raise TypeError(f"{name} must be floating point, got {x.dtype}")
    names, shapes = [*inputs], [tuple(x.shape) for x in inputs.values()]
    if len({*shapes}) > 1 or not shapes[0]:
        raise ValueError(f"{names} must have one shape, (..., T), got {shapes}")
    if not eps > 0:
        raise ValueError(f"eps must be above 0, got {eps}")
    if reduction not in ("mean", "sum", "none"):
        raise ValueError(
            f"reduction must be 'mean', 'sum' or 'none', got {reduction!r}"
        )


def _check_resolutions(resolutions: Resolutions, samples: int) -> None:
    good = [len(x) == 3 and 1 <= min(x) and x[2] <= x[0] for x in resolutions]
    if not good or not all(good):
        raise ValueError(
            "resolutions must be tuples (n_fft, hop_length, win_length), at "
            f"least 1, win_length at most n_fft, got {resolutions}"
        )
    half = max(x[0] for x in resolutions) // 2
    if samples <= half:
        raise ValueError(
            f"input must have more than n_fft / 2 = {half} samples, got "
            f"{samples}: pad it, or pass other resolutions"
        )


class SISDRLoss(nn.Module):
    """`si_sdr_loss` as a module."""

    def __init__(
        self,
        *,
        zero_mean: bool = True,
        eps: float = 1e-8,
        reduction: str = "mean",
    ) -> None:
        """Take the options of `si_sdr_loss`."""
        super().__init__()
        self.zero_mean, self.eps, self.reduction = zero_mean, eps, reduction

    def forward(
        self, input: Tensor, target: Tensor, mask: Tensor | None = None
    ) -> Tensor:
        """Compute `si_sdr_loss`."""
        options = {"zero_mean": self.zero_mean, "eps": self.eps}
        options["reduction"] = self.reduction
        return si_sdr_loss(input, target, mask, **options)


class MultiResolutionSTFTLoss(nn.Module):
    """`multi_resolution_stft_loss` as a module."""

    def __init__(
        self,
        *,
        resolutions: Resolutions = RESOLUTIONS,
        sc_weight: float = 1.0,
        eps: float = 1e-7,
        reduction: str = "mean",
    ) -> None:
        """Take the options of `multi_resolution_stft_loss`."""
        super().__init__()
        self.resolutions, self.sc_weight = resolutions, sc_weight
        self.eps, self.reduction = eps, reduction

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """Compute `multi_resolution_stft_loss`."""
        options = {"resolutions": self.resolutions, "eps": self.eps}
        options |= {"sc_weight": self.sc_weight, "reduction": self.reduction}
        return multi_resolution_stft_loss(input, target, **options)


class PITLoss(nn.Module):
    """`pit_loss` as a module."""

    def __init__(self, *, reduction: str = "mean") -> None:
        """Take the option of `pit_loss`."""
        super().__init__()
        self.reduction = reduction

    def forward(self, pairwise: Tensor) -> Tensor:
        """Compute `pit_loss`."""
        return pit_loss(pairwise, reduction=self.reduction)
