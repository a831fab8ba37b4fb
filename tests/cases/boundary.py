"""Arguments of boundary, and what proves it."""

import importlib

import numpy as np
import torch
from boundary import boundary_loss, cldice_loss
from torch import Tensor

from tests.cases._common import reduce, slopes, unchanged
from tests.draws import Arguments, Draw
from tests.oracles import theirs
from tests.proofs import Pair, Proof


def shape(draw: Draw, planes: bool) -> tuple[int, ...]:
    """Draw a shape of few pixels, in two dimensions or three."""
    sides = draw.choose((1, 6), (4, 5), (7, 7), (3, 2, 4))
    return (draw.n, draw.c, *(sides[:2] if planes else sides))


def lines(draw: Draw, planes: bool = False) -> Arguments:
    """Draw arguments of cldice_loss, masks empty or full too."""
    size = shape(draw, planes)
    activation = draw.choose("sigmoid", "softmax", None)
    logits = draw.unit(*size) if activation is None else draw.real(*size)
    if activation is None and not draw.ties:  # 0 and 1 are kinks
        logits = 0.05 + 0.9 * torch.rand(size, generator=draw.g).double()
    target = draw.binary(*size)
    return {
        "logits": logits,
        "target": draw.choose(
            target, target, torch.zeros(size), torch.ones(size)
        ).double(),
        "activation": activation,
        "iterations": draw.choose(0, 1, 3),
        "smooth": draw.choose(1.0, 0.1, 1e-3),
        "reduction": draw.reduction(),
    }


def planes(draw: Draw) -> Arguments:
    """Draw arguments of cldice_loss in two dimensions."""
    return lines(draw, planes=True)


def signed(target: Tensor) -> Tensor:
    """Make signed distances as the boundary loss's authors do, by scipy."""
    edt = importlib.import_module("scipy.ndimage").distance_transform_edt
    found = np.zeros(target.shape)
    for i in np.ndindex(*target.shape[:2]):
        mask = target[i].bool().numpy()
        if mask.any() and not mask.all():
            found[i] = np.where(mask, 1 - edt(mask), edt(~mask))
    return torch.from_numpy(found)


def distances(draw: Draw) -> Arguments:
    """Draw arguments of boundary_loss, the distances those of a mask."""
    size = shape(draw, planes=False)
    activation = draw.choose("sigmoid", "softmax", None)
    logits = draw.unit(*size) if activation is None else draw.real(*size)
    target = draw.binary(*size)
    target = draw.choose(target, target, torch.zeros(size), torch.ones(size))
    return {
        "logits": logits,
        "distance": signed(target),
        "activation": activation,
        "reduction": draw.reduction(),
    }


def activated(logits: Tensor, activation: str | None) -> Tensor:
    """Make probabilities for oracles that take nothing else."""
    if activation == "sigmoid":
        return logits.sigmoid()
    return logits if activation is None else logits.softmax(1)


def cldice_of_monai(
    logits: Tensor,
    target: Tensor,
    activation: str | None,
    iterations: int,
    smooth: float,
    reduction: str,
) -> Tensor:
    """Call MONAI's clDice, which sums over the masks of a sample: one each."""
    each = theirs("monai.losses").SoftclDiceLoss(
        iter_=iterations,
        smooth_nr=smooth,
        smooth_dr=smooth,
        smooth=1e-30,  # a third one, of the harmonic mean
        reduction="none",
    )
    p = activated(logits, activation)
    loss = each(*(x.flatten(0, 1)[:, None] for x in (p, target)))
    return reduce(loss.unflatten(0, p.shape[:2]), reduction)


def by_scipy(x: np.ndarray, iterations: int) -> np.ndarray:
    """Skeletonize by grey morphology, a mask at a time."""
    scipy = importlib.import_module("scipy.ndimage")
    cross = scipy.generate_binary_structure(x.ndim, 1)
    square = np.ones_like(cross)
    rest = np.ones_like(x)  # what is in no ridge so far
    for _ in range(iterations + 1):
        thin = scipy.grey_erosion(
            x, footprint=cross, mode="constant", cval=np.inf
        )
        opened = scipy.grey_dilation(
            thin, footprint=square, mode="constant", cval=-np.inf
        )
        rest = rest * (1 - np.maximum(x - opened, 0))
        x = thin
    return 1 - rest


def cldice_of_scipy(
    logits: Tensor,
    target: Tensor,
    activation: str | None,
    iterations: int,
    smooth: float,
    reduction: str,
) -> Tensor:
    """Compute the paper's equations 1 and 2 over scipy's morphology."""
    p = activated(logits, activation).numpy()
    y, found = target.numpy(), np.zeros(logits.shape[:2])
    for i in np.ndindex(*found.shape):
        mine, its = by_scipy(p[i], iterations), by_scipy(y[i], iterations)
        precision = ((mine * y[i]).sum() + smooth) / (mine.sum() + smooth)
        recall = ((its * p[i]).sum() + smooth) / (its.sum() + smooth)
        found[i] = 1 - 2 * precision * recall / (precision + recall)
    return reduce(torch.from_numpy(found), reduction)


def boundary_of_monai(
    logits: Tensor, distance: Tensor, activation: str | None, reduction: str
) -> Tensor:
    """Call MONAI's, which makes the distances itself: give it the mask.

    A mask that is empty or full has distances of 0, by theirs and by ours.
    """
    target = (
        (distance <= 0)
        & (distance != 0)
        .flatten(2)
        .any(2)
        .view(*distance.shape[:2], *[1] * (distance.ndim - 2))
    ).to(distance.dtype)
    loss = theirs("monai.losses").BoundaryLoss(reduction=reduction)
    return loss(activated(logits, activation), target)


def boundary_of_numpy(
    logits: Tensor, distance: Tensor, activation: str | None, reduction: str
) -> Tensor:
    """Compute the authors' einsum, multiplied and averaged, in numpy."""
    p = activated(logits, activation)
    p, phi = (x.flatten(2).numpy() for x in (p, distance))
    found = np.einsum("bki,bki->bk", p, phi) / p.shape[2]
    return reduce(torch.from_numpy(found), reduction)


def thin(given: Arguments) -> Pair:
    """Compare with Dice: lines one pixel wide are their own skeletons."""
    x = given["logits"]
    p, y = (torch.zeros(*x.shape[:2], 5, 9).double() for _ in range(2))
    p[..., 2, :4], y[..., 2, 2:7] = 1.0, 1.0
    options = {"activation": None, "iterations": given["iterations"]}
    loss = cldice_loss(p, y, smooth=1e-12, **options, reduction="none")
    return loss, torch.full_like(loss, 1 - 2 * 2 / (4 + 5))


def swapped(given: Arguments) -> Pair:
    """Exchange prediction and target."""
    options = {k: given[k] for k in ("iterations", "smooth", "reduction")}
    p = activated(given["logits"], given["activation"])
    y = given["target"]
    return (
        cldice_loss(p, y, activation=None, **options),
        cldice_loss(y, p, activation=None, **options),
    )


def flat(given: Arguments) -> Pair:
    """Compare planes with volumes of one slice."""
    if given["logits"].ndim == 5:
        return torch.zeros(()), torch.zeros(())
    deep = {k: given[k].unsqueeze(2) for k in ("logits", "target")}
    return cldice_loss(**given), cldice_loss(**given | deep)


def thick(given: Arguments) -> Pair:
    """Find a square of 9 pixels missed: its skeleton needs 4 erosions."""
    y = torch.zeros(1, 1, 15, 15).double()
    y[..., 3:12, 3:12] = 1.0
    options = {"activation": None, "smooth": given["smooth"]}
    p = torch.zeros_like(y)
    found = [
        cldice_loss(p, y, iterations=i, **options).clamp(0, 1) for i in (3, 4)
    ]
    empty = given["smooth"] / (1 + given["smooth"])  # one pixel, missed
    return torch.stack(found), torch.tensor(
        [0.0, 1 - 2 * empty / (1 + empty)], dtype=torch.float64
    )


def from_best(given: Arguments) -> Pair:
    """Measure from the right masks: each wrong pixel costs its distance."""
    p = activated(given["logits"], given["activation"])
    phi = given["distance"]
    right = (phi < 0).double()
    options = {"activation": None, "reduction": given["reduction"]}
    apart = boundary_loss(p, phi, **options)
    apart = apart - boundary_loss(right, phi, **options)
    wrong = (phi.abs() * (p - right).abs()).flatten(2).mean(2)
    return apart, reduce(wrong, given["reduction"])


def blanked(given: Arguments) -> Pair:
    """Take the gradient where the distance is 0: there is none."""
    slope = slopes(boundary_loss, given, "logits")
    if given["activation"] == "softmax":  # neighbours on the channels share it
        return slope.sum(), torch.zeros_like(slope.sum())
    at = given["distance"].flatten() == 0
    return slope[at], torch.zeros_like(slope[at])


def bad(name: str, *more: tuple) -> list:
    """List what each of the losses must refuse, and more of one."""
    return [
        ({name: torch.zeros(4, 5)}, ValueError, f"{name} must have the shape"),
        (
            {name: torch.zeros(4, 5), "logits": torch.zeros(4, 5)},
            ValueError,
            "logits must have shape (N, C, d1, ...), got (4, 5)",
        ),
        ({name: torch.zeros(4, 5, 6, 6).long()}, TypeError, "torch.int64"),
        ({"logits": torch.zeros(4, 5, 6, 6).int()}, TypeError, "torch.int32"),
        ({"activation": "relu"}, ValueError, "or None, got 'relu'"),
        *more,
    ]


CASES = {
    "by_hand": (boundary_loss, distances),
    "by_hand_cldice": (cldice_loss, planes),
}
PROOFS = {
    "cldice_loss": Proof(
        draw=lines,
        oracles={
            "monai.losses.SoftclDiceLoss": cldice_of_monai,
            "scipy.ndimage": cldice_of_scipy,
        },
        same={
            "lines one pixel wide cost their Dice loss": thin,
            "a mask and a prediction swapped cost the same": swapped,
            "a volume of one slice costs what the plane does": flat,
            "what is too thick for its iterations costs nothing": thick,
            "the order of rows changes nothing": unchanged(
                cldice_loss,
                lambda x: {k: x[k].flip(2) for k in ("logits", "target")},
            ),
            "right masks cost nothing": lambda given: (
                cldice_loss(
                    given["target"],
                    given["target"],
                    activation=None,
                    iterations=given["iterations"],
                ),
                torch.zeros((), dtype=torch.float64),
            ),
        },
        bad=bad(
            "target",
            (
                {k: torch.zeros(4, 5, 6) for k in ("logits", "target")},
                ValueError,
                "(N, C, H, W) or (N, C, D, H, W), got (4, 5, 6)",
            ),
            ({"iterations": -1}, ValueError, "int >= 0, got -1"),
            ({"iterations": 1.5}, ValueError, "int >= 0, got 1.5"),
            ({"smooth": 0.0}, ValueError, "above 0, got 0.0"),
            ({"smooth": float("nan")}, ValueError, "above 0, got nan"),
        ),
        # A target of 0 and 1 is on the kinks of minima and maxima.
        differentiable=("logits",),
    ),
    "boundary_loss": Proof(
        draw=distances,
        oracles={
            "monai.losses.BoundaryLoss": boundary_of_monai,
            "numpy": boundary_of_numpy,
        },
        tolerance=1e-6,  # MONAI's distances are float32
        same={
            "each wrong pixel costs its distance": from_best,
            "no gradient at the boundary": blanked,
            "twice the distances cost twice": lambda given: (
                boundary_loss(**given | {"distance": 2 * given["distance"]}),
                2 * boundary_loss(**given),
            ),
        },
        bad=bad("distance"),
    ),
}
