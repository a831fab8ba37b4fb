"""Arguments of poly_loss, and what proves it."""

from unittest import mock

import torch
from poly_loss import poly1_cross_entropy
from torch import Tensor
from torch.nn import functional

from tests.cases._common import (
    BAD_CLASSES,
    call_known,
    reduce,
    reduce_counted,
    shifted,
    unchanged,
)
from tests.draws import Arguments, Draw
from tests.oracles import optax, theirs
from tests.proofs import Pair, Proof


def weighted(draw: Draw) -> Arguments:
    """Draw arguments of poly1_cross_entropy."""
    ignore = draw.choose(-100, 0)
    return {
        "logits": draw.real(draw.n, draw.c),
        "target": draw.classes(ignore),
        "epsilon": draw.choose(-1.0, -0.4, 0.0, 1.0, 2.0),
        "weight": draw.weight(draw.c),
        "ignore_index": ignore,
        "label_smoothing": draw.choose(0.0, 0.1, 1.0),
        "reduction": draw.reduction(),
    }


def any_weight(draw: Draw) -> Arguments:
    """Draw arguments, with weights and without."""
    given = weighted(draw)
    return given | {"weight": draw.choose(None, given["weight"])}


def of_timm(
    logits: Tensor, target: Tensor, epsilon: float, **options: object
) -> Tensor:
    """Call timm's in the dtype given, where it would take float32.

    It weighs no class: give it each class as the target, and sum those.
    """
    smoothing, y = options["label_smoothing"], target.clamp_min(0)
    make = theirs("timm.loss").PolyCrossEntropy
    with mock.patch.object(Tensor, "float", lambda x: x.to(logits)):
        if options["weight"] is None and smoothing < 1:
            loss = make(epsilon, smoothing, "none")(logits, y)
            return call_known(reduce_counted, options, loss=loss, target=target)
        n, c = logits.shape
        loss = make(epsilon, reduction="none")(
            logits.repeat_interleave(c, 0), torch.arange(c).repeat(n)
        )
    return combine(loss.view(n, c), target, **options)


def of_optax(
    logits: Tensor, target: Tensor, epsilon: float, **options: object
) -> Tensor:
    """Call optax's with each class as the target, and sum those."""
    name, classes = "poly_loss_cross_entropy", torch.eye(logits.shape[1])
    loss = optax(name, logits[:, None], classes.to(logits), epsilon=epsilon)
    return combine(loss, target, **options)


def combine(
    loss: Tensor,
    target: Tensor,
    weight: Tensor | None,
    ignore_index: int,
    label_smoothing: float,
    reduction: str,
) -> Tensor:
    """Weigh an oracle's losses of each class with the smoothed target."""
    c, y, counts = loss.shape[1], target.clamp_min(0), target != ignore_index
    weight = loss.new_ones(c) if weight is None else weight
    one_hot = functional.one_hot(y, c).to(loss)
    smooth = (1 - label_smoothing) * one_hot + label_smoothing / c
    each = (smooth * weight * loss).sum(1) * counts
    return reduce(each, reduction, (weight[y] * counts).sum())


def smoothed(given: Arguments) -> Pair:
    """Compare label smoothing with a mixture of all targets."""
    x, y = given["logits"], given["target"]
    counts = y != given["ignore_index"]
    options = given | {"label_smoothing": 0.0, "reduction": "none"}
    one = poly1_cross_entropy(**options)
    options["ignore_index"] = -100
    each = [
        poly1_cross_entropy(**options | {"target": torch.full_like(y, i)})
        for i in range(x.shape[1])
    ]
    every = torch.stack(each).mean(0) * counts
    options = given | {"label_smoothing": 0.3, "reduction": "none"}
    return poly1_cross_entropy(**options), 0.7 * one + 0.3 * every


CASES = {"by_hand": (poly1_cross_entropy, weighted)}
PROOFS = {
    "poly1_cross_entropy": Proof(
        draw=any_weight,
        oracles={
            "timm.loss.PolyCrossEntropy": of_timm,
            "optax.losses.poly_loss_cross_entropy": of_optax,
        },
        same={
            "epsilon=0 is cross entropy": lambda given: (
                poly1_cross_entropy(**given | {"epsilon": 0.0}),
                call_known(functional.cross_entropy, given),
            ),
            "label smoothing is a mixture of all targets": smoothed,
            "a constant added to the logits changes nothing": unchanged(
                poly1_cross_entropy, shifted
            ),
        },
        bad=[
            *BAD_CLASSES,
            ({"weight": torch.ones(4)}, ValueError, "weight must have shape"),
            ({"epsilon": -2.0}, ValueError, "at least -1, got -2.0"),
            ({"label_smoothing": 1.5}, ValueError, "from 0 to 1, got 1.5"),
        ],
    ),
}
