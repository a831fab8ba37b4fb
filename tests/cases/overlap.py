"""Arguments of overlap, and what proves it."""

from functools import partial
from unittest import mock

import numpy as np
import torch
from overlap import (
    dice_loss,
    focal_tversky_loss,
    generalized_dice_loss,
    jaccard_loss,
    tversky_loss,
)
from torch import Tensor
from torch.nn import functional

from tests.cases._common import call_known, reduce, slopes
from tests.draws import Arguments, Draw
from tests.oracles import optax, theirs
from tests.proofs import Loss, Pair, Proof, Same


def masks(draw: Draw, pixels: int | None = None, **options: float) -> Arguments:
    """Draw arguments of dice_loss and jaccard_loss, masks empty or full too."""
    shape = (draw.n, draw.c, pixels or draw.choose(1, 3, 4))
    activation = draw.choose("sigmoid", "softmax", None)
    logits = draw.unit(*shape) if activation is None else draw.real(*shape)
    target = draw.choose(draw.unit, draw.binary)(*shape)
    target = draw.choose(target, target, torch.zeros(shape), torch.ones(shape))
    return {
        "logits": logits,
        "target": target.double(),
        **options,
        "activation": activation,
        # The slope of a probability reaches 1 / smooth: float16 ends at 65504.
        "smooth": draw.choose(1.0, 0.1, 1e-5 if activation else 1e-4),
        "batch": draw.choose(False, True),
        "reduction": draw.reduction(),
    }


def weighed(draw: Draw) -> Arguments:
    """Draw arguments of tversky_loss."""
    alpha = draw.choose(0.0, 0.3, 0.5, 1.0)
    return masks(draw, alpha=alpha, beta=draw.choose(0.7, 0.5, 1.0, 0.0))


def sized(draw: Draw) -> Arguments:
    """Draw arguments of generalized_dice_loss, classes absent too."""
    given = masks(draw, power=draw.choose(2.0, 1.0, 0.0))
    absent = torch.rand(draw.c, generator=draw.g) < draw.choose(0.0, 0.4)
    given["target"] = given["target"] * ~absent[:, None]
    return given


def focused(draw: Draw) -> Arguments:
    """Draw arguments of focal_tversky_loss, away from its kink at 0.

    Without alpha, beta and some pixels the loss is 0, where the slope of a
    power isn't finite.
    """
    return masks(
        draw,
        pixels=4,
        alpha=draw.choose(0.3, 0.3, 0.5, 1.0),
        beta=draw.choose(0.7, 0.5, 1.0, 0.7),
        gamma=draw.choose(0.75, 1.0, 4 / 3, 2.0),
    )


def activated(logits: Tensor, activation: str | None) -> Tensor:
    """Make probabilities for oracles that take nothing else."""
    if activation == "sigmoid":
        return logits.sigmoid()
    return logits if activation is None else logits.softmax(1)


def of_monai(
    name: str, logits: Tensor, target: Tensor, smooth: float, **options: object
) -> Tensor:
    """Call a loss of MONAI, which has a flag for each activation."""
    activation = options.pop("activation")
    loss = getattr(theirs("monai.losses"), name)(
        sigmoid=activation == "sigmoid",
        softmax=activation == "softmax",
        smooth_nr=smooth,
        smooth_dr=smooth,
        **options,
    )
    return loss(logits, target)


def jaccard_of_monai(smooth: float, **given: object) -> Tensor:
    """Call MONAI's DiceLoss, whose Jaccard doubles all but the smoothing."""
    return of_monai("DiceLoss", smooth=2 * smooth, jaccard=True, **given)


def generalized_of_monai(
    logits: Tensor,
    target: Tensor,
    power: float,
    activation: str | None,
    smooth: float,
    batch: bool,
    reduction: str,
) -> Tensor:
    """Call MONAI's, whose smoothing is not in pixels but times the weights.

    What has no class at all it gives weights of 0: leave that to its Dice.
    """
    kind = {2.0: "square", 1.0: "simple", 0.0: "uniform"}[power]
    p = activated(logits, activation)
    pairs = (
        [(p, target)]
        if batch
        else [*zip(p.split(1), target.split(1), strict=True)]
    )
    found = []
    for x, y in pairs:
        sizes = y.sum((0, 2))
        if not sizes.any():
            name, more, smoothed = "DiceLoss", {}, smooth
            x, y = (z.reshape(1, 1, -1) for z in (x, y))
        else:
            name, more = "GeneralizedDiceLoss", {"w_type": kind}
            smoothed = smooth / sizes[sizes > 0].min().item() ** power
        with mock.patch.object(Tensor, "float", lambda x: x):  # in float64
            loss = of_monai(
                name, x, y, smoothed, activation=None, batch=batch, **more
            )
        found.append(loss)
    return found[0] if batch else reduce(torch.stack(found), reduction)


def of_sudre(
    logits: Tensor,
    target: Tensor,
    power: float,
    activation: str | None,
    smooth: float,
    batch: bool,
    reduction: str,
) -> Tensor:
    """Compute the paper's ratio, a class at a time, over those present."""
    p = activated(logits, activation)
    p, y = p.numpy(), target.numpy()
    if batch:  # one image of all
        p, y = (np.concatenate(x, axis=1)[None] for x in (p, y))
    found = []
    for mine, its in zip(p, y, strict=True):
        sizes = its.sum(1)
        least = min((size for size in sizes if size > 0), default=1.0)
        above, below = smooth, smooth
        for c, size in enumerate(sizes):
            w = (least / (size or least)) ** power
            above += 2 * w * mine[c] @ its[c]
            below += w * (mine[c].sum() + its[c].sum())
        found.append(1 - above / below)
    loss = torch.tensor(found, dtype=torch.float64)
    return loss[0] if batch else reduce(loss, reduction)


def of_toolbelt(
    name: str,
    logits: Tensor,
    target: Tensor,
    activation: str | None,
    smooth: float,
    batch: bool,
    reduction: str,
) -> Tensor:
    """Call a score of pytorch_toolbelt, given probabilities."""
    score = getattr(theirs("pytorch_toolbelt.losses.functional"), name)
    p, dims = activated(logits, activation), (0, 2) if batch else 2
    loss = 1 - score(p, target, smooth=smooth, eps=0, dims=dims)
    return reduce(loss, reduction)


def of_optax(
    logits: Tensor,
    target: Tensor,
    activation: str | None,
    batch: bool,
    reduction: str,
    gamma: float = 1.0,
    **options: float,
) -> Tensor:
    """Call optax's dice_loss, a Tversky loss with its classes last."""
    n, c, _ = logits.shape
    if activation == "sigmoid":  # of one class: each mask by itself
        logits = logits.transpose(0, 1)[..., None]
        target = target.transpose(0, 1)[..., None]
    elif activation is None:  # probabilities must sum to 1
        logits = torch.stack([logits, 1 - logits], -1).transpose(0, 1)
        target = torch.stack([target, 1 - target], -1).transpose(0, 1)
    else:
        logits = logits.transpose(1, 2)[None]
        target = target.transpose(1, 2)[None]
    loss = optax(
        "dice_loss",
        logits.contiguous(),
        target.contiguous(),
        apply_softmax=activation is not None,
        reduction="none",
        axis=(1, 2) if batch else 2,
        **options,
    )
    if activation == "softmax":
        loss = loss[0]
    else:
        loss = loss[..., 0]
        loss = loss if batch else loss.T
    assert loss.shape == ((c,) if batch else (n, c))
    return reduce(loss**gamma, reduction)


def dice_of_optax(smooth: float, **given: object) -> Tensor:
    """Call optax's, which halves all of Dice but the smoothing."""
    return of_optax(alpha=0.5, beta=0.5, smooth=smooth / 2, **given)


def jaccard_of_optax(**given: object) -> Tensor:
    """Call optax's with the weights that make it a Jaccard loss."""
    return of_optax(alpha=1.0, beta=1.0, **given)


def focal_of_monai(gamma: float, reduction: str, **given: object) -> Tensor:
    """Call MONAI's TverskyLoss and take the power of each mask."""
    loss = of_monai("TverskyLoss", reduction="none", **given)
    return reduce(loss**gamma, reduction)


def present_mean(loss: Tensor, target: Tensor) -> Tensor:
    """Average over the classes that a sample has, then over samples."""
    has = target.flatten(2).sum(2) > 0
    return ((loss * has).sum(1) / has.sum(1)).mean()


def is_kornias(loss: Loss, *options: object, **weights: float) -> Same:
    """Compare with kornia's, which smooths only below: here not at all."""

    def pair(given: Arguments) -> Pair:
        x = given["logits"].unsqueeze(-1)
        y = given["target"].argmax(1).unsqueeze(-1)
        one_hot = functional.one_hot(y, x.shape[1]).movedim(-1, 1).double()
        ours = {"activation": "softmax", "smooth": 0.0, "reduction": "none"}
        each = loss(x, one_hot, **ours, **weights)
        its = getattr(theirs("kornia.losses"), loss.__name__)
        kornias = its(x, y, *options, **weights, eps=0.0)
        return present_mean(each, one_hot), kornias

    return pair


def is_detrs(given: Arguments) -> Pair:
    """Compare with the Dice loss of DETR's masks, one mask a row."""
    x, y = given["logits"], given["target"]
    detr = theirs("transformers.loss.loss_for_object_detection").dice_loss
    rows = x.flatten(0, 1).flatten(1), y.flatten(0, 1).flatten(1)
    return dice_loss(x, y), detr(*rows, num_boxes=len(rows[0]))


def is_unified(given: Arguments) -> Pair:
    """Compare with MONAI's asymmetric loss: its second channel is focal.

    It clamps probabilities by what it smooths with, so both are tiny.
    """
    p = 0.05 + 0.9 * given["logits"].sigmoid().flatten(0, 1).flatten(1)[:, None]
    y = given["target"].flatten(0, 1).flatten(1)[:, None]
    loss = theirs("monai.losses.unified_focal_loss")
    loss = loss.AsymmetricFocalTverskyLoss(
        delta=0.7, gamma=0.25, epsilon=1e-14, reduction="none"
    )
    both = loss(p.expand(-1, 2, -1), y.expand(-1, 2, -1))
    options = {"activation": None, "smooth": 1e-14, "reduction": "none"}
    return focal_tversky_loss(p, y, **options)[:, 0], both[:, 1]


def bad(**options: float) -> list[tuple[Arguments, type[Exception], str]]:
    """List what each of the losses must refuse, and some options of one."""
    shape = "shape of logits, (4, 5, 4), got (4, 5)"
    return [
        (
            {"target": torch.zeros(4, 5), "logits": torch.zeros(4, 5, 4)},
            ValueError,
            shape,
        ),
        (
            {"target": torch.zeros(4, 5), "logits": torch.zeros(4, 5)},
            ValueError,
            "logits must have shape (N, C, d1, ...), got (4, 5)",
        ),
        ({"target": torch.zeros(4, 4).long()}, TypeError, "got torch.int64"),
        ({"logits": torch.zeros(4, 5, 4).int()}, TypeError, "torch.int32"),
        ({"activation": "relu"}, ValueError, "or None, got 'relu'"),
        ({"smooth": -1.0}, ValueError, "at least 0, got -1.0"),
        *(({key: value}, ValueError, key) for key, value in options.items()),
    ]


def pooled(given: Arguments) -> Pair:
    """Compare without weights with Dice of all classes in one mask."""
    changed = given | {"power": 0.0, "reduction": "sum", "batch": False}
    p = activated(given["logits"], given["activation"])
    one = (x.flatten(1)[:, None] for x in (p, given["target"]))
    options = {"activation": None, "smooth": given["smooth"]}
    return (
        generalized_dice_loss(**changed),
        dice_loss(*one, **options, reduction="sum"),
    )


def alone(given: Arguments) -> Pair:
    """Compare one class with its Dice loss, whose weight cancels."""
    given = given | {k: given[k][:, :1] for k in ("logits", "target")}
    if given["activation"] == "softmax":
        given["activation"] = "sigmoid"
    given["reduction"] = "sum"
    return generalized_dice_loss(**given), call_known(dice_loss, given)


def enlarged(given: Arguments) -> Pair:
    """Compare an image with one whose pixels are each repeated."""
    changed = {k: given[k].repeat(1, 1, 3) for k in ("logits", "target")}
    return (
        generalized_dice_loss(**given),
        generalized_dice_loss(
            **given | changed | {"smooth": 3 * given["smooth"]}
        ),
    )


def generalized_slope(given: Arguments) -> Pair:
    """Write the slope of the sum, through each activation."""
    y, s, activation = (given[k] for k in ("target", "smooth", "activation"))
    p, pixels = activated(given["logits"], activation), (2,)
    if given["batch"]:
        pixels = (0, 2)
    size = y.sum(pixels, keepdim=True)
    rarest = size.where(size > 0, torch.inf).amin(1, keepdim=True)
    w = torch.where(size > 0, rarest / size, 1) ** given["power"]
    below = (w * (p + y)).sum((*pixels, 1), keepdim=True) + s
    score = ((w * 2 * p * y).sum((*pixels, 1), keepdim=True) + s) / below
    slope = w * (score - 2 * y) / below
    if activation == "sigmoid":
        slope = p * (1 - p) * slope
    elif activation == "softmax":
        slope = p * (slope - (p * slope).sum(1, keepdim=True))
    given = given | {"reduction": "sum"}
    return slopes(generalized_dice_loss, given, "logits"), slope.flatten()


def relate(smooth: float, reduction: str, **given: object):
    """Compare a Jaccard loss with the Dice loss of the same masks."""
    jaccard = jaccard_loss(smooth=smooth, reduction="none", **given)
    dice = dice_loss(smooth=2 * smooth, reduction="none", **given)
    return jaccard, 2 * dice / (1 + dice)


CASES = {
    "by_hand": (dice_loss, masks),
    "by_hand_generalized": (generalized_dice_loss, sized),
    "by_hand_jaccard": (jaccard_loss, masks),
    "by_hand_tversky": (tversky_loss, weighed),
    "by_hand_focal_tversky": (focal_tversky_loss, focused),
}
PROOFS = {
    "dice_loss": Proof(
        draw=masks,
        oracles={
            "monai.losses.DiceLoss": partial(of_monai, "DiceLoss"),
            "pytorch_toolbelt.losses.functional.soft_dice_score": partial(
                of_toolbelt, "soft_dice_score"
            ),
            "optax.losses.dice_loss": dice_of_optax,
        },
        same={
            "smooth=1 is the Dice loss of DETR in transformers": is_detrs,
            "smooth=0 over the classes present is kornia's": is_kornias(
                dice_loss, "macro"
            ),
            "the order of pixels changes nothing": lambda given: (
                dice_loss(given["logits"], given["target"]),
                dice_loss(given["logits"].flip(2), given["target"].flip(2)),
            ),
        },
        bad=bad(),
    ),
    "generalized_dice_loss": Proof(
        draw=sized,
        oracles={
            "monai.losses.GeneralizedDiceLoss": generalized_of_monai,
            "numpy": of_sudre,
        },
        same={
            "power=0 is the Dice loss of all classes in one mask": pooled,
            "of one class it is the Dice loss": alone,
            "a larger image costs the same, if smoothed as much": enlarged,
            "the order of classes changes nothing": lambda given: (
                generalized_dice_loss(**given),
                generalized_dice_loss(
                    **given
                    | {k: given[k].flip(1) for k in ("logits", "target")}
                ),
            ),
            "its slope is that of its formula": generalized_slope,
        },
        bad=bad(power=-1.0),
        # The weights are made of the target, and have no gradient.
        differentiable=("logits",),
    ),
    "jaccard_loss": Proof(
        draw=masks,
        oracles={
            "monai.losses.DiceLoss": jaccard_of_monai,
            "pytorch_toolbelt.losses.functional.soft_jaccard_score": (
                partial(of_toolbelt, "soft_jaccard_score")
            ),
            "optax.losses.dice_loss": jaccard_of_optax,
        },
        same={
            "is 2 d / (1 + d) of a Dice loss d that smooths twice as much": (
                lambda given: relate(**given)
            ),
            "masks swapped cost the same": lambda given: (
                jaccard_loss(
                    activated(given["logits"], given["activation"]),
                    given["target"],
                    activation=None,
                ),
                jaccard_loss(
                    given["target"],
                    activated(given["logits"], given["activation"]),
                    activation=None,
                ),
            ),
        },
        bad=bad(),
    ),
    "tversky_loss": Proof(
        draw=weighed,
        oracles={
            "monai.losses.TverskyLoss": partial(of_monai, "TverskyLoss"),
            "optax.losses.dice_loss": of_optax,
        },
        same={
            "alpha=beta=1 is the Jaccard loss": lambda given: (
                tversky_loss(**given | {"alpha": 1.0, "beta": 1.0}),
                call_known(jaccard_loss, given),
            ),
            "alpha=beta=0.5 is Dice that smooths twice as much": lambda given: (
                tversky_loss(**given | {"alpha": 0.5, "beta": 0.5}),
                call_known(dice_loss, given, smooth=2 * given["smooth"]),
            ),
            "smooth=0 over the classes present is kornia's": is_kornias(
                tversky_loss, alpha=0.2, beta=0.9
            ),
        },
        bad=bad(alpha=-0.1, beta=float("nan")),
    ),
    "focal_tversky_loss": Proof(
        draw=focused,
        oracles={
            "monai.losses.TverskyLoss": focal_of_monai,
            "optax.losses.dice_loss": of_optax,
        },
        same={
            "gamma=1 is the Tversky loss": lambda given: (
                focal_tversky_loss(**given | {"gamma": 1.0}),
                call_known(tversky_loss, given),
            ),
            "is a channel of MONAI's AsymmetricFocalTverskyLoss": is_unified,
        },
        bad=bad(alpha=-0.1, beta=-1.0, gamma=0.0),
    ),
}
