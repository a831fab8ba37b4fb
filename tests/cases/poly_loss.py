"""Arguments of poly_loss, and what proves it."""

from unittest import mock

import torch
from poly_loss import poly1_cross_entropy
from torch import Tensor
from torch.nn import functional

from tests.draws import Arguments, Draw
from tests.oracles import optax, theirs
from tests.proofs import Proof


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
    logits: Tensor,
    target: Tensor,
    epsilon: float,
    weight: Tensor | None,
    ignore_index: int,
    label_smoothing: float,
    reduction: str,
) -> Tensor:
    """Call timm's in the dtype given, where it would take float32.

    It weighs no class: give it each class as the target, and sum those.
    """
    counts = target != ignore_index
    y = target.where(counts, 0)
    make = theirs("timm.loss").PolyCrossEntropy
    with mock.patch.object(Tensor, "float", lambda x: x.to(logits)):
        if weight is None and label_smoothing < 1:
            return reduce(
                make(epsilon, label_smoothing, "none")(logits, y),
                counts.to(logits),
                reduction,
            )
        n, c = logits.shape
        loss = make(epsilon, reduction="none")(
            logits.repeat_interleave(c, 0), torch.arange(c).repeat(n)
        )
    return combine(
        loss.view(n, c), y, counts, weight, label_smoothing, reduction
    )


def of_optax(
    logits: Tensor,
    target: Tensor,
    epsilon: float,
    weight: Tensor | None,
    ignore_index: int,
    label_smoothing: float,
    reduction: str,
) -> Tensor:
    """Call optax's with each class as the target, and sum those."""
    classes = torch.eye(logits.shape[1], dtype=logits.dtype)
    loss = optax(
        "poly_loss_cross_entropy", logits[:, None], classes, epsilon=epsilon
    )
    counts = target != ignore_index
    y = target.where(counts, 0)
    return combine(loss, y, counts, weight, label_smoothing, reduction)


def combine(
    loss: Tensor,
    y: Tensor,
    counts: Tensor,
    weight: Tensor | None,
    label_smoothing: float,
    reduction: str,
) -> Tensor:
    """Weigh an oracle's losses of each class with the smoothed target."""
    c = loss.shape[1]
    weight = loss.new_ones(c) if weight is None else weight
    one_hot = functional.one_hot(y, c).to(loss)
    smooth = (1 - label_smoothing) * one_hot + label_smoothing / c
    return reduce(
        (smooth * weight * loss).sum(1), weight[y] * counts, reduction
    )


def reduce(loss: Tensor, w: Tensor, reduction: str) -> Tensor:
    """Reduce what an oracle gives sample by sample."""
    loss = loss * (w > 0)
    if reduction == "none":
        return loss
    return loss.sum() if reduction == "sum" else loss.sum() / w.sum()


def cross_entropy(given: Arguments) -> tuple[Tensor, Tensor]:
    """Compare with torch's cross entropy, all options included."""
    options = given | {"epsilon": 0.0}
    ours = poly1_cross_entropy(**options)
    del options["epsilon"]
    options["input"] = options.pop("logits")
    return ours, functional.cross_entropy(**options)


def smoothed(given: Arguments) -> tuple[Tensor, Tensor]:
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
            "epsilon=0 is cross entropy": cross_entropy,
            "label smoothing is a mixture of all targets": smoothed,
            "a constant added to the logits changes nothing": lambda given: (
                poly1_cross_entropy(**given),
                poly1_cross_entropy(**given | {"logits": given["logits"] + 3}),
            ),
        },
        bad=[
            ({"target": torch.zeros(4)}, TypeError, "int64, got torch.float32"),
            ({"logits": torch.zeros(4, 5).int()}, TypeError, "int32"),
            ({"logits": torch.zeros(4)}, ValueError, "(N, C, ...)"),
            ({"target": torch.zeros(3).long()}, ValueError, "(4, 5) and (3,)"),
            ({"target": torch.full((4,), 5)}, IndexError, "out of bounds"),
            ({"target": torch.full((4,), -1)}, IndexError, "out of bounds"),
            ({"weight": torch.ones(4)}, ValueError, "weight must have shape"),
            ({"epsilon": -2.0}, ValueError, "at least -1, got -2.0"),
            ({"label_smoothing": 1.5}, ValueError, "from 0 to 1, got 1.5"),
        ],
    ),
}
