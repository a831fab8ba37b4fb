"""Arguments of angular_margin, and what proves it."""

import math
from functools import partial

import torch
from angular_margin import arcface_loss, cosface_loss
from torch import Tensor
from torch.nn import functional

from tests.cases._common import call_known, metric_learning, reduce, unchanged
from tests.draws import Arguments, Draw
from tests.proofs import Proof


def cosface_arguments(draw: Draw) -> Arguments:
    """Draw arguments of cosface_loss, now and then along a class."""
    d, ignore = draw.choose(1, 2, 8), draw.choose(-100, 0)
    target, weight = draw.classes(ignore), draw.real(draw.c, d)
    embeddings = draw.real(draw.n, d)
    if draw.n < 4:  # everyday sizes are differentiated: no kink
        along = draw.choose(0, 0, 3, -3) * weight[target.clamp_min(0)]
        embeddings = torch.where(along == 0, embeddings, along)
    return {
        "embeddings": embeddings,
        "weight": weight,
        "target": target,
        "margin": draw.choose(0.0, 0.2, 0.35, 1.0),
        "scale": draw.choose(1.0, 16.0, 64.0),
        "ignore_index": ignore,
        "reduction": draw.reduction(),
    }


def arcface_arguments(draw: Draw) -> Arguments:
    """Draw arguments of arcface_loss."""
    return cosface_arguments(draw) | {
        "margin": draw.choose(0.0, 0.2, 0.5, 1.0, 2.5)
    }


def of_metric_learning(
    name: str,
    embeddings: Tensor,
    weight: Tensor,
    target: Tensor,
    ignore_index: int,
    reduction: str,
    **options: float,
) -> Tensor:
    """Give theirs our weight, and only the targets that count."""
    module = metric_learning(name, *weight.shape, **options)
    module.W.data = weight.mT
    counts = target != ignore_index
    found = module(embeddings[counts], target[counts])["loss"]["losses"]
    if reduction != "none":
        return reduce(found, reduction)
    return torch.zeros(len(target)).double().masked_scatter(counts, found)


def arcface_of_metric_learning(margin: float, **given: object) -> Tensor:
    """Call theirs, whose margin is in degrees."""
    return of_metric_learning(
        "ArcFaceLoss", margin=math.degrees(margin), **given
    )


def softmax_of_cosines(given: Arguments) -> Tensor:
    """Compute what a margin of 0 leaves."""
    x, w = (
        functional.normalize(given[name], dim=1)
        for name in ("embeddings", "weight")
    )
    logits = given["scale"] * x @ w.mT
    return call_known(
        functional.cross_entropy, given, input=logits, weight=None
    )


def longer(given: Arguments) -> Arguments:
    """Make the embeddings and the weight longer."""
    return given | {
        "embeddings": 7 * given["embeddings"],
        "weight": 0.3 * given["weight"],
    }


def other_order(given: Arguments) -> Arguments:
    """Count the classes from the end; leave the ignored alone."""
    last = len(given["weight"]) - 1
    target = given["target"]
    counts = target != given["ignore_index"]
    return given | {
        "weight": given["weight"].flip(0),
        "target": torch.where(counts, last - target, -100),
        "ignore_index": -100,
    }


def opposite(given: Arguments) -> Arguments:
    """Point all embeddings away from their classes, and ignore none."""
    weight = given["weight"] + 0.25  # never 0
    target = given["target"].clamp_min(0)
    return given | {
        "weight": weight,
        "target": target,
        "embeddings": -2 * weight[target],
        "margin": 0.5,
        "ignore_index": -100,
    }


BAD = [
    ({"embeddings": torch.zeros(4, 3).int()}, TypeError, "torch.int32"),
    ({"embeddings": torch.zeros(4)}, ValueError, "got (4,)"),
    ({"weight": torch.zeros(5, 99)}, ValueError, "(5, 99)"),
    ({"weight": torch.zeros(5)}, ValueError, "(4, 8), (5,) and"),
    ({"weight": torch.zeros(5, 8).int()}, TypeError, "torch.int32"),
    ({"target": torch.zeros(3).long()}, ValueError, "and (3,)"),
    ({"target": torch.zeros(4)}, TypeError, "got torch.float32"),
    ({"target": torch.full((4,), 5)}, IndexError, "out of bounds"),
    ({"target": torch.full((4,), -1)}, IndexError, "out of bounds"),
    ({"scale": 0.0}, ValueError, "must be above 0, got 0.0"),
    ({"margin": -0.1}, ValueError, "got -0.1"),
]
CASES = {
    "by_hand": (cosface_loss, cosface_arguments),
    "by_hand_arcface": (arcface_loss, arcface_arguments),
}
PROOFS = {
    "cosface_loss": Proof(
        draw=cosface_arguments,
        oracles={
            "pytorch_metric_learning.losses.CosFaceLoss": partial(
                of_metric_learning, "CosFaceLoss"
            )
        },
        same={
            "margin=0 is a softmax over cosines": lambda given: (
                cosface_loss(**given | {"margin": 0.0}),
                softmax_of_cosines(given),
            ),
            "length counts for nothing": unchanged(cosface_loss, longer),
            "the order of classes counts for nothing": unchanged(
                cosface_loss, other_order
            ),
        },
        bad=BAD,
        autocast=0.5,  # the product is rounded to bfloat16, times the scale
    ),
    "arcface_loss": Proof(
        draw=arcface_arguments,
        oracles={
            "pytorch_metric_learning.losses.ArcFaceLoss": (
                arcface_of_metric_learning
            )
        },
        same={
            "margin=0 is a softmax over cosines": lambda given: (
                arcface_loss(**given | {"margin": 0.0}),
                softmax_of_cosines(given),
            ),
            "length counts for nothing": unchanged(arcface_loss, longer),
            "the order of classes counts for nothing": unchanged(
                arcface_loss, other_order
            ),
            "beyond pi - m it is CosFace": lambda given: (
                arcface_loss(**opposite(given)),
                cosface_loss(
                    **opposite(given) | {"margin": 0.5 * math.sin(0.5)}
                ),
            ),
        },
        bad=[*BAD, ({"margin": 28.6}, ValueError, "to pi, got 28.6")],
        tolerance=3e-6,  # acos of float64 has 8 digits where it is near 0
        autocast=0.5,  # the product is rounded to bfloat16, times the scale
    ),
}
