"""Arguments of focal_loss, and what proves it."""

import torch
from focal_loss import sigmoid_focal_loss, softmax_focal_loss
from torch import Tensor
from torch.nn import functional

from tests.cases._common import (
    BAD_BINARY,
    BAD_CLASSES,
    call_known,
    reduce,
    shifted,
    unchanged,
)
from tests.draws import Arguments, Draw
from tests.oracles import optax, theirs
from tests.proofs import Proof


def sigmoid_arguments(draw: Draw) -> Arguments:
    """Draw arguments of sigmoid_focal_loss."""
    return {
        "logits": draw.real(draw.n, draw.c),
        "target": draw.binary(draw.n, draw.c),
        "alpha": draw.choose(None, 0.0, 0.25, 1.0),
        "gamma": draw.choose(0.0, 0.5, 1.0, 2.0),
        "reduction": draw.reduction(),
    }


def soft(draw: Draw) -> Arguments:
    """Draw arguments of sigmoid_focal_loss, targets between 0 and 1 too."""
    target = draw.choose(draw.unit, draw.binary)
    return sigmoid_arguments(draw) | {"target": target(draw.n, draw.c)}


def softmax_arguments(draw: Draw) -> Arguments:
    """Draw arguments of softmax_focal_loss."""
    ignore = draw.choose(-100, 0)
    return {
        "logits": draw.real(draw.n, draw.c),
        "target": draw.classes(ignore),
        "weight": draw.weight(draw.c),
        "gamma": draw.choose(0.0, 0.5, 1.0, 2.0),
        "ignore_index": ignore,
        "reduction": draw.reduction(),
    }


def of_torchvision(
    logits: Tensor, target: Tensor, alpha: float | None, **options: object
) -> Tensor:
    """Call torchvision's, which weighs nothing when alpha is negative."""
    loss = theirs("torchvision.ops").sigmoid_focal_loss
    return loss(logits, target, -1 if alpha is None else alpha, **options)


def of_optax(
    logits: Tensor, target: Tensor, reduction: str, **options: object
) -> Tensor:
    """Call optax's, which gives each element."""
    loss = optax("sigmoid_focal_loss", logits, target, **options)
    return reduce(loss, reduction)


def of_kornia(
    logits: Tensor, target: Tensor, reduction: str, **options: object
) -> Tensor:
    """Call kornia's, which gives each class and divides by nothing else."""
    loss = theirs("kornia.losses").focal_loss
    each = loss(logits, target, None, reduction="none", **options).sum(1)
    counts = target != options["ignore_index"]
    return reduce(each, reduction, options["weight"][target[counts]].sum())


CASES = {
    "by_hand": (sigmoid_focal_loss, sigmoid_arguments),
    "by_hand_softmax": (softmax_focal_loss, softmax_arguments),
}
PROOFS = {
    "sigmoid_focal_loss": Proof(
        draw=soft,
        oracles={
            "torchvision.ops.sigmoid_focal_loss": of_torchvision,
            "optax.losses.sigmoid_focal_loss": of_optax,
        },
        same={
            "gamma=0 without alpha is binary cross entropy": lambda given: (
                sigmoid_focal_loss(
                    given["logits"], given["target"], alpha=None, gamma=0.0
                ),
                functional.binary_cross_entropy_with_logits(
                    given["logits"], given["target"]
                ),
            ),
            "yes and no are mirror images": lambda given: (
                sigmoid_focal_loss(given["logits"], given["target"], alpha=0.3),
                sigmoid_focal_loss(
                    -given["logits"], 1 - given["target"], alpha=0.7
                ),
            ),
        },
        bad=[
            *BAD_BINARY,
            ({"alpha": 1.5}, ValueError, "from 0 to 1, got 1.5"),
            ({"gamma": -1.0}, ValueError, "at least 0, got -1.0"),
        ],
    ),
    "softmax_focal_loss": Proof(
        draw=softmax_arguments,
        oracles={"kornia.losses.focal_loss": of_kornia},
        same={
            "gamma=0 is cross entropy": lambda given: (
                softmax_focal_loss(**given | {"gamma": 0.0}),
                call_known(functional.cross_entropy, given),
            ),
            "a constant added to the logits changes nothing": unchanged(
                softmax_focal_loss, shifted
            ),
            "a sure, right answer costs 0.0, not -0.0": lambda given: (
                1
                / softmax_focal_loss(
                    torch.tensor([[200.0, 0.0]]),
                    torch.tensor([0]),
                    gamma=given["gamma"],
                    reduction="none",
                ),
                torch.tensor(torch.inf),
            ),
        },
        bad=[
            *BAD_CLASSES,
            ({"weight": torch.ones(4)}, ValueError, "weight must have shape"),
            ({"gamma": float("nan")}, ValueError, "at least 0, got nan"),
        ],
    ),
}
