"""Arguments of hard_mining, and what proves it."""

from fractions import Fraction

import numpy as np
import torch
from hard_mining import ohem_cross_entropy, topk_cross_entropy
from torch import Tensor
from torch.nn import functional

from tests.cases._common import shifted, slopes, unchanged
from tests.draws import Arguments, Draw
from tests.proofs import Loss, Pair, Proof, Same


def pixels(draw: Draw) -> Arguments:
    """Draw logits and targets; losses that tie nowhere, some ignored."""
    n, side = max(draw.n, 1), draw.choose(1, 3, 4)
    ignore = draw.choose(-100, 0)
    shape = (n, draw.c, side)
    apart = torch.rand(shape, dtype=torch.float64, generator=draw.g) / 8
    y = torch.randint(draw.c, (n, side), generator=draw.g)
    left_out = torch.rand(n, side, generator=draw.g) < draw.choose(0, 0.3, 1)
    return {
        "logits": draw.real(*shape) + apart,
        "target": y.masked_fill(left_out, ignore),
        "ignore_index": ignore,
    }


def shares(draw: Draw) -> Arguments:
    """Draw arguments of topk_cross_entropy."""
    return pixels(draw) | {"fraction": draw.choose(0.1, 0.24, 0.29, 1.0)}


def limits(draw: Draw) -> Arguments:
    """Draw arguments of ohem_cross_entropy."""
    return pixels(draw) | {
        # At 1 a probability is easy if it rounds to 1, by dtype.
        "threshold": draw.choose(0.0, 0.3, 0.7, 0.9),
        "min_fraction": draw.choose(0.0625, 0.29, 0.5, 1.0),
    }


def kept(n: int, fraction: float) -> int:
    """Count what a share of n is, at least 1; exactly, of its decimals."""
    return min(max(int(n * Fraction(str(fraction))), 1), n)


def each(logits: Tensor, target: Tensor, ignore_index: int) -> Tensor:
    """Take cross entropies of the pixels that count."""
    keep = target != ignore_index
    return functional.cross_entropy(
        logits.movedim(1, -1)[keep], target[keep], reduction="none"
    )


def of_topk(
    logits: Tensor, target: Tensor, fraction: float, ignore_index: int
) -> Tensor:
    """Do as nnU-Net's TopKLoss does, with what counts alone."""
    loss = each(logits, target, ignore_index)
    k = kept(len(loss), fraction)
    return loss.topk(k, sorted=False).values.mean() if k else 0 * logits.sum()


def of_numpy(
    logits: Tensor, target: Tensor, fraction: float, ignore_index: int
) -> Tensor:
    """Sort probabilities, and take the lowest."""
    return of_sampler(logits, target, 0.0, fraction, ignore_index)


def of_sampler(
    logits: Tensor,
    target: Tensor,
    threshold: float,
    min_fraction: float,
    ignore_index: int,
) -> Tensor:
    """Do as mmsegmentation's OHEMPixelSampler, then average what it keeps.

    It keeps what is below the higher one of two thresholds; here by the
    negative logarithm, since a probability may be 0.
    """
    x = logits.movedim(1, -1).reshape(-1, logits.shape[1]).numpy()
    y = target.numpy().ravel()
    x, y = x[y != ignore_index], y[y != ignore_index]
    if not len(y):
        return torch.zeros((), dtype=torch.float64)
    x = x - x.max(1, keepdims=True)
    log_p = x[np.arange(len(y)), y] - np.log(np.exp(x).sum(1))
    log_p.sort()
    k = kept(len(y), min_fraction)
    chosen = max((log_p < np.log(max(threshold, 1e-320))).sum(), k)
    return torch.tensor(-log_p[:chosen].mean())


def of_bisenet(
    logits: Tensor,
    target: Tensor,
    threshold: float,
    min_fraction: float,
    ignore_index: int,
) -> Tensor:
    """Do as BiSeNet's: a threshold on the loss, else torch.topk."""
    loss = each(logits, target, ignore_index)
    hard = loss[loss > -torch.tensor(threshold, dtype=torch.float64).log()]
    k = kept(len(loss), min_fraction)
    chosen = loss.topk(k).values if len(hard) < k else hard
    return chosen.mean() if k else 0 * logits.sum()


def hidden(function: Loss) -> Same:
    """Make nan of what is ignored: value and gradient."""

    def both(given: Arguments) -> Tensor:
        value = function(**given).reshape(1)
        return torch.cat([value, slopes(function, given, "logits")])

    def same(given: Arguments) -> Pair:
        ignored = given["target"] == given["ignore_index"]
        x = given["logits"].masked_fill(ignored.unsqueeze(1), torch.nan)
        return both(given | {"logits": x}), both(given)

    return same


def mean(given: Arguments) -> Tensor:
    """Take cross entropy, 0 where nothing counts."""
    names = "logits", "target", "ignore_index"
    loss = each(*(given[name] for name in names))
    return loss.sum() / max(len(loss), 1)


def padded(given: Arguments) -> Arguments:
    """Add as many pixels that are ignored, wrong and sure."""
    x, y = given["logits"], given["target"]
    return {
        "logits": torch.cat([x, 9 * x.flip(1)], 2),
        "target": torch.cat([y, 0 * y + given["ignore_index"]], 1),
    }


ONE = torch.tensor([4])
NOTHING = torch.zeros(0, 3, dtype=torch.float64), torch.zeros(0).long()
BAD = [
    ({"logits": torch.zeros(4)}, ValueError, "(N, C, ...)"),
    ({"logits": torch.zeros(4, 5, 4).int()}, TypeError, "int32"),
    ({"target": torch.zeros(4, 4)}, TypeError, "int64, got torch.float32"),
    ({"target": torch.zeros(3).long()}, ValueError, "(4, 5, 4) and (3,)"),
    ({"target": torch.full((4, 4), 5)}, IndexError, "out of bounds"),
    ({"target": torch.full((4, 4), -1)}, IndexError, "out of bounds"),
]
CASES = {
    "by_hand": (topk_cross_entropy, shares),
    "by_hand_ohem": (ohem_cross_entropy, limits),
}
PROOFS = {
    "topk_cross_entropy": Proof(
        draw=shares,
        oracles={"torch.topk": of_topk, "numpy": of_numpy},
        same={
            "fraction=1 is cross entropy": lambda given: (
                topk_cross_entropy(**given | {"fraction": 1.0}),
                mean(given),
            ),
            "what is ignored may be nan": hidden(topk_cross_entropy),
            "ignored pixels change nothing": unchanged(
                topk_cross_entropy, padded
            ),
            "a constant added to the logits changes nothing": unchanged(
                topk_cross_entropy, shifted
            ),
            "of nothing it is 0": lambda given: (
                topk_cross_entropy(*NOTHING),
                torch.zeros(()),
            ),
        },
        bad=[
            *BAD,
            ({"fraction": 0.0}, ValueError, "got 0.0"),
            ({"fraction": 10}, ValueError, "got 10"),
        ],
    ),
    "ohem_cross_entropy": Proof(
        draw=limits,
        oracles={"torch.topk": of_bisenet, "numpy": of_sampler},
        same={
            "threshold=0 is top-k": lambda given: (
                ohem_cross_entropy(**given | {"threshold": 0.0}),
                topk_cross_entropy(
                    given["logits"],
                    given["target"],
                    fraction=given["min_fraction"],
                    ignore_index=given["ignore_index"],
                ),
            ),
            "min_fraction=1 is cross entropy": lambda given: (
                ohem_cross_entropy(**given | {"min_fraction": 1.0}),
                mean(given),
            ),
            "what is ignored may be nan": hidden(ohem_cross_entropy),
            "ignored pixels change nothing": unchanged(
                ohem_cross_entropy, padded
            ),
            "nan that counts is nan": lambda given: (
                ohem_cross_entropy(
                    torch.eye(3)[[0] * 9].index_fill(0, ONE, torch.nan),
                    torch.arange(9) % 3,
                ),
                torch.tensor(torch.nan),
            ),
            "of nothing it is 0": lambda given: (
                ohem_cross_entropy(*NOTHING),
                torch.zeros(()),
            ),
        },
        bad=[
            *BAD,
            ({"threshold": 70}, ValueError, "got 70"),
            ({"threshold": -0.1}, ValueError, "got -0.1"),
            ({"min_fraction": 0.0}, ValueError, "got 0.0"),
            ({"min_fraction": 100_000}, ValueError, "got 100000"),
        ],
    ),
}
