"""Arguments of audio, and what proves it."""

from itertools import permutations

import numpy as np
import torch
from audio import multi_resolution_stft_loss, pit_loss, si_sdr_loss
from torch import Tensor

from tests.cases._common import reduce, row_by_row, slopes, unchanged
from tests.draws import Arguments, Draw
from tests.oracles import theirs
from tests.proofs import Loss, Pair, Proof, Same

SMALL = ((16, 3, 12), (8, 2, 8), (7, 5, 4))


def sdr_arguments(draw: Draw) -> Arguments:
    """Draw arguments of si_sdr_loss, of one signal or of several sources.

    No estimate is perfect: a gradient there is round-off over eps.
    """
    shape = draw.choose((draw.n, 8), (draw.n, draw.c, 5), (9,))
    p = torch.rand(shape, generator=draw.g)
    whole = torch.ones(shape, dtype=torch.bool)
    some = p < draw.choose(0.0, 0.8, 0.8, 0.8)
    apart = torch.randn(shape, dtype=torch.float64, generator=draw.g) / 64
    return {
        "input": draw.real(*shape) + apart,
        "target": draw.real(*shape),
        "mask": draw.choose(whole, some),
        "zero_mean": draw.choose(True, False),
        "eps": draw.choose(1e-8, 1e-3),
        "reduction": draw.reduction(),
    }


def stft_arguments(draw: Draw) -> Arguments:
    """Draw arguments of multi_resolution_stft_loss.

    There is a signal at least: torch.stft, by hand, takes no empty batch.
    """
    n = max(draw.n, 1)
    shape = draw.choose((n, 20), (n, 2, 17))
    return {
        "input": draw.real(*shape),
        "target": draw.real(*shape),
        "resolutions": draw.choose(SMALL, SMALL[:1], SMALL[1:]),
        "sc_weight": draw.choose(1.0, 0.5, 0.0),
        "eps": draw.choose(1e-7, 1e-2),
        "reduction": draw.reduction(),
    }


def pit_arguments(draw: Draw) -> Arguments:
    """Draw arguments of pit_loss."""
    s = draw.choose(1, 2, 3, 4, 5)
    shape = draw.choose((draw.n,), (draw.n, 2), ())
    return {
        "pairwise": draw.real(*shape, s, s),
        "reduction": draw.reduction(),
    }


def signals(
    input: Tensor, target: Tensor, mask: Tensor
) -> list[tuple[Tensor, Tensor]]:
    """List pairs of signals without their padding."""
    rows = (x.reshape(-1, x.shape[-1]) for x in (input, target, mask))
    return [(x[keep], y[keep]) for x, y, keep in zip(*rows, strict=True)]


def reduced(losses: list[Tensor], mask: Tensor, reduction: str) -> Tensor:
    """Put together what was computed signal by signal."""
    each = torch.stack(losses).reshape(mask.shape[:-1])
    return reduce(each, reduction, mask.any(-1).sum().clamp_min(1))


def long_as_1(x: Tensor, zero_mean: bool) -> Tensor:
    """Divide by the norm, so that auraloss's eps is as ours."""
    centred = x - x.mean() if zero_mean else x
    norm = centred.norm()
    return centred / norm if norm > 1e-12 * x.norm() else 0 * x


def of_auraloss(
    input: Tensor,
    target: Tensor,
    mask: Tensor,
    zero_mean: bool,
    eps: float,
    reduction: str,
) -> Tensor:
    """Call auraloss's SISDRLoss, signal by signal, without padding."""
    loss = theirs("auraloss.time").SISDRLoss(zero_mean, eps)
    losses = []
    for x, y in signals(input, target, mask):
        x, y = (long_as_1(z, zero_mean) for z in (x, y))
        # It adds eps to the target's energy, too: made long, it counts not.
        losses.append(loss(x, 1e6 * y) if len(x) else input.new_zeros(()))
    return reduced(losses, mask, reduction)


def of_numpy(
    input: Tensor,
    target: Tensor,
    mask: Tensor,
    zero_mean: bool,
    eps: float,
    reduction: str,
) -> Tensor:
    """Project on the target, and compare energies, in numpy."""
    losses = []
    for pair in signals(input, target, mask):
        x, y = (long_as_1(z, zero_mean).numpy() for z in pair)
        energy = y @ y
        along = (x @ y / energy if energy else 0) * y
        rest = x - along
        ratio = along @ along / (rest @ rest + eps) + eps
        loss = -10 * np.log10(ratio) if len(x) else 0.0
        losses.append(torch.tensor(loss, dtype=torch.float64))
    return reduced(losses, mask, reduction)


def stft_of_auraloss(
    input: Tensor,
    target: Tensor,
    resolutions: tuple,
    sc_weight: float,
    eps: float,
    reduction: str,
) -> Tensor:
    """Call auraloss's, whose norm is of the batch, a signal at a time."""
    loss = theirs("auraloss.freq").MultiResolutionSTFTLoss(
        *zip(*resolutions, strict=True), w_sc=sc_weight, eps=eps
    )
    for each in loss.stft_losses:  # its windows are float32
        n = len(each.window)
        each.window = torch.hann_window(n, dtype=torch.float64)
    rows = (x.reshape(-1, 1, x.shape[-1]) for x in (input, target))
    each = row_by_row(loss, *rows)
    return reduce(each.reshape(input.shape[:-1]), reduction)


def stft_of_numpy(
    input: Tensor,
    target: Tensor,
    resolutions: tuple,
    sc_weight: float,
    eps: float,
    reduction: str,
) -> Tensor:
    """Compute the paper's equations 3 to 6 frame by frame."""

    def magnitude(x: np.ndarray, n: int, hop: int, long: int) -> np.ndarray:
        window = np.zeros(n)
        left = (n - long) // 2
        turn = 2 * np.pi * np.arange(long) / long
        window[left : left + long] = 0.5 - 0.5 * np.cos(turn)
        x = np.pad(x, n // 2, mode="reflect")
        starts = range(0, len(x) - n + 1, hop)
        frames = [np.fft.rfft(x[i : i + n] * window) for i in starts]
        return np.sqrt(np.maximum(np.abs(frames) ** 2, eps))

    losses = []
    rows = (x.reshape(-1, x.shape[-1]).numpy() for x in (input, target))
    for x, y in zip(*rows, strict=True):
        loss = 0.0
        for resolution in resolutions:
            a, b = (magnitude(z, *resolution) for z in (x, y))
            loss += sc_weight * np.linalg.norm(b - a) / np.linalg.norm(b)
            loss += np.abs(np.log(b) - np.log(a)).mean()
        losses.append(loss / len(resolutions))
    each = torch.tensor(losses, dtype=torch.float64)
    return reduce(each.reshape(input.shape[:-1]), reduction)


def of_scipy(pairwise: Tensor, reduction: str) -> Tensor:
    """Call scipy's assignment, mixture by mixture."""
    assign = theirs("scipy.optimize").linear_sum_assignment
    s = pairwise.shape[-1]
    each = [x[assign(x)].mean() for x in pairwise.reshape(-1, s, s).numpy()]
    each = torch.tensor(np.array(each)).reshape(pairwise.shape[:-2])
    return reduce(each, reduction)


def of_permutations(pairwise: Tensor, reduction: str) -> Tensor:
    """Take the least of all permutations, as the paper does."""
    rows = range(pairwise.shape[-1])
    each = [pairwise[..., rows, p].mean(-1) for p in permutations(rows)]
    return reduce(torch.stack(each).amin(0), reduction)


def hidden(given: Arguments) -> Pair:
    """Make nan and inf of padding: value and gradient."""
    padding = ~given["mask"]
    changed = {
        "input": given["input"].masked_fill(padding, torch.nan),
        "target": given["target"].masked_fill(padding, torch.inf),
    }

    def both(given: Arguments) -> Tensor:
        slope = slopes(si_sdr_loss, given, "input", "target")
        return torch.cat([si_sdr_loss(**given).flatten(), slope])

    return both(given | changed), both(given)


def padded(given: Arguments) -> Arguments:
    """Add samples that don't count."""
    x, y, mask = given["input"], given["target"], given["mask"]
    return {
        "input": torch.cat([x, 3 * x], -1),
        "target": torch.cat([y, 0 * y], -1),
        "mask": torch.cat([mask, torch.zeros_like(mask)], -1),
    }


def bound(given: Arguments, change: Loss) -> Pair:
    """Compare with the most that it can cost, a signal with samples."""
    given = given | {"reduction": "none"}
    loss = si_sdr_loss(**given | change(given))
    most = -10 * torch.log10(torch.tensor(given["eps"], dtype=loss.dtype))
    return loss, most * given["mask"].any(-1)


def silent(name: str) -> Same:
    """Say that silence, or a constant, costs the most."""
    return lambda given: bound(
        given | {"zero_mean": True},
        lambda x: {name: torch.full_like(x[name], 0.1)},
    )


def still(given: Arguments) -> Pair:
    """Say that silence has no gradient, whichever signal it is."""
    loud = given["input"]
    found = []
    for x, y in ((0 * loud, loud), (loud, 0 * loud), (0 * loud, 0 * loud)):
        now = given | {"input": x, "target": y}
        found.append(slopes(si_sdr_loss, now, "input", "target"))
    found = torch.cat(found)
    return found, torch.zeros_like(found)


def perfect(given: Arguments) -> Pair:
    """Say that a target upside down, at any volume, is perfect."""
    g = torch.Generator().manual_seed(0)
    y = torch.randn(given["input"].shape, generator=g).double()
    whole = torch.ones_like(given["mask"])
    given = given | {"target": y, "input": -3 * y, "mask": whole}
    loss = si_sdr_loss(**given | {"reduction": "none"})
    eps = given["eps"]
    ratio = torch.tensor(1 / eps + eps, dtype=torch.float64)
    return loss, -10 * torch.log10(ratio).expand_as(loss)


def sdr_gradient(given: Arguments) -> Pair:
    """Compare the gradient with its closed form, for an eps of nothing."""
    given = given | {"eps": 1e-30, "reduction": "sum"}
    g = torch.Generator().manual_seed(given["input"].numel())
    x, y = (torch.randn(3, 8, generator=g).double() for _ in range(2))
    given |= {"input": x, "target": y, "mask": None}
    if given["zero_mean"]:
        x, y = x - x.mean(-1, keepdim=True), y - y.mean(-1, keepdim=True)
    norm = x.norm(dim=-1, keepdim=True)
    x, y = x / norm, y / y.norm(dim=-1, keepdim=True)
    c = (x * y).sum(-1, keepdim=True)
    factor = 20 / torch.log(torch.tensor(10.0).double())
    slope = -factor * (y - c * x) / (norm * c * (1 - c * c))
    return slopes(si_sdr_loss, given, "input"), slope.flatten()


def louder(given: Arguments) -> Pair:
    """Say what a factor costs, where nothing is below eps."""
    g = torch.Generator().manual_seed(given["input"].numel())
    y = torch.randn(given["target"].shape, generator=g).double()
    given = given | {"eps": 1e-30, "reduction": "none"}
    loss = multi_resolution_stft_loss(**given | {"input": 3 * y, "target": y})
    wanted = 2 * given["sc_weight"] + torch.log(torch.tensor(3.0).double())
    return loss, wanted.expand_as(loss)


def alone(given: Arguments) -> Pair:
    """Compare a batch with its signals, one at a time."""
    given = given | {"reduction": "none"}
    one = [
        multi_resolution_stft_loss(**given | {"input": x, "target": y})
        for x, y in zip(given["input"], given["target"], strict=True)
    ]
    return multi_resolution_stft_loss(**given), torch.stack(one)


def quiet(given: Arguments) -> Pair:
    """Say that below eps nothing counts: two silences are alike."""
    x, y = (1e-9 * given[name].sign() for name in ("input", "target"))
    loss = multi_resolution_stft_loss(**given | {"input": x, "target": y})
    return loss, torch.zeros_like(loss)


def turned(dim: int) -> Loss:
    """Rotate estimates or targets."""
    return lambda given: {"pairwise": given["pairwise"].roll(1, dim)}


def constant(given: Arguments) -> Pair:
    """Say that a target that costs all the same decides nothing."""
    x = given["pairwise"]
    s = x.shape[-1]
    added = torch.arange(s).double()
    given = given | {"reduction": "none"}
    loss = pit_loss(**given | {"pairwise": x + added})
    return loss, pit_loss(**given) + added.mean()


def assignment(given: Arguments) -> Pair:
    """Say that the gradient times S has a single 1 in each row and column."""
    x = given["pairwise"]
    slope = slopes(pit_loss, {"pairwise": x, "reduction": "sum"}, "pairwise")
    slope = slope.view_as(x) * x.shape[-1]
    again = (slope * x).sum((-2, -1)) / x.shape[-1]
    ones = torch.ones_like(slope[..., 0])
    loss = pit_loss(x, reduction="none")
    found = [slope.sum(-1), slope.sum(-2), slope.square().sum(-1)]
    return (
        torch.cat([again.flatten(), *(y.flatten() for y in found)]),
        torch.cat([loss.flatten(), *[ones.flatten()] * 3]),
    )


PROOFS = {
    "si_sdr_loss": Proof(
        draw=sdr_arguments,
        oracles={"auraloss.time.SISDRLoss": of_auraloss, "numpy": of_numpy},
        same={
            "a factor counts for nothing, nor does its sign": unchanged(
                si_sdr_loss,
                lambda given: {
                    "input": -1e-3 * given["input"],
                    "target": 1e6 * given["target"],
                },
            ),
            "estimate and target may change places": unchanged(
                si_sdr_loss,
                lambda given: {
                    "input": given["target"],
                    "target": given["input"],
                },
            ),
            "a constant added counts for nothing, of zero mean": lambda x: (
                si_sdr_loss(**x | {"zero_mean": True}),
                si_sdr_loss(**x | {"zero_mean": True, "input": x["input"] + 8}),
            ),
            "padding changes nothing": unchanged(si_sdr_loss, padded),
            "padding may be nan": hidden,
            "a silent estimate costs the most": silent("input"),
            "a silent target costs the most": silent("target"),
            "silence has a gradient of 0": still,
            "the target, louder and upside down, is perfect": perfect,
            "its gradient is the closed form": sdr_gradient,
        },
        bad=[
            ({"input": torch.zeros(4, 8).int()}, TypeError, "torch.int32"),
            ({"target": torch.zeros(4, 8).long()}, TypeError, "torch.int64"),
            (
                {"target": torch.zeros(4, 1, 8), "mask": None},
                ValueError,
                "(4, 1, 8)]",
            ),
            (
                {
                    "input": torch.zeros(()),
                    "target": torch.zeros(()),
                    "mask": None,
                },
                ValueError,
                "(..., T), got [(), ()]",
            ),
            ({"mask": torch.ones(4, 8)}, TypeError, "mask.bool()"),
            ({"mask": torch.ones(3).bool()}, ValueError, "(3,)]"),
            ({"eps": 0.0}, ValueError, "above 0, got 0.0"),
        ],
    ),
    "multi_resolution_stft_loss": Proof(
        draw=stft_arguments,
        oracles={
            "auraloss.freq.MultiResolutionSTFTLoss": stft_of_auraloss,
            "numpy": stft_of_numpy,
        },
        same={
            "polarity counts for nothing": unchanged(
                multi_resolution_stft_loss,
                lambda given: {"input": -given["input"]},
            ),
            "equal signals cost nothing": lambda given: (
                multi_resolution_stft_loss(
                    **given | {"input": given["target"]}
                ),
                multi_resolution_stft_loss(**given) * 0,
            ),
            "three times as loud costs 2 and ln 3": louder,
            "a signal doesn't depend on its batch": alone,
            "below eps nothing counts": quiet,
        },
        bad=[
            ({"input": torch.zeros(4, 20).int()}, TypeError, "torch.int32"),
            (
                {"target": torch.zeros(4, 1)},
                ValueError,
                "got [(4, 20), (4, 1)]",
            ),
            (
                {"input": torch.zeros(4, 8), "target": torch.zeros(4, 8)},
                ValueError,
                "n_fft / 2 = 8 samples, got 8",
            ),
            ({"resolutions": ()}, ValueError, "got ()"),
            ({"resolutions": ((8, 4),)}, ValueError, "got ((8, 4),)"),
            ({"resolutions": ((8, 0, 8),)}, ValueError, "at least 1"),
            ({"resolutions": ((8, 4, 9),)}, ValueError, "at most n_fft"),
            ({"sc_weight": -1.0}, ValueError, "at least 0, got -1.0"),
            ({"eps": 0.0}, ValueError, "above 0, got 0.0"),
        ],
    ),
    "pit_loss": Proof(
        draw=pit_arguments,
        oracles={
            "scipy.optimize.linear_sum_assignment": of_scipy,
            "itertools.permutations": of_permutations,
        },
        same={
            "the order of estimates changes nothing": unchanged(
                pit_loss, turned(-2)
            ),
            "the order of targets changes nothing": unchanged(
                pit_loss, turned(-1)
            ),
            "what a target costs everyone decides nothing": constant,
            "its gradient is the assignment, over S": assignment,
        },
        bad=[
            ({"pairwise": torch.zeros(4, 2, 2).int()}, TypeError, "int32"),
            ({"pairwise": torch.zeros(4, 2, 3)}, ValueError, "(4, 2, 3)"),
            ({"pairwise": torch.zeros(2, 0, 0)}, ValueError, "at least 1"),
            ({"pairwise": torch.zeros(4)}, ValueError, "got (4,)"),
            ({"pairwise": torch.zeros(())}, ValueError, "got [()]"),
        ],
    ),
}
CASES = {
    "by_hand": (si_sdr_loss, sdr_arguments),
    "by_hand_stft": (multi_resolution_stft_loss, stft_arguments),
    "by_hand_pit": (pit_loss, pit_arguments),
}
