"""Arguments of ordinal, and what proves it."""

import torch
from ordinal import coral_loss, corn_loss
from torch import Tensor
from torch.nn import functional

from tests.cases._common import row_by_row, unchanged
from tests.draws import Arguments, Draw
from tests.oracles import theirs
from tests.proofs import Loss, Pair, Proof, Same


def corn_arguments(draw: Draw) -> Arguments:
    """Draw arguments of corn_loss, now and then all of one class."""
    target = draw.classes()
    return {
        "logits": draw.real(draw.n, draw.c - 1),
        "target": draw.choose(target, 0 * target, 0 * target + draw.c - 1),
        "reduction": draw.reduction(),
    }


def coral_arguments(draw: Draw) -> Arguments:
    """Draw arguments of coral_loss."""
    given = corn_arguments(draw)
    weight = draw.choose(None, draw.weight(draw.c - 1))
    reduction = given.pop("reduction")
    return given | {"weight": weight, "reduction": reduction}


def of_coral_pytorch(
    logits: Tensor, target: Tensor, weight: Tensor | None, reduction: str
) -> Tensor:
    """Call coral_pytorch's, which takes levels: is it above class k?"""
    levels = theirs("coral_pytorch.dataset").levels_from_labelbatch(
        target, logits.shape[1] + 1, logits.dtype
    )
    return theirs("coral_pytorch.losses").coral_loss(
        logits, levels, weight, None if reduction == "none" else reduction
    )


def corn_of_coral_pytorch(
    logits: Tensor, target: Tensor, reduction: str
) -> Tensor:
    """Call coral_pytorch's, which only takes the mean over questions."""
    its = theirs("coral_pytorch.losses").corn_loss
    classes = logits.shape[1] + 1
    if reduction == "mean":
        return its(logits, target, classes)
    asked = (target + 1).clamp_max(classes - 1)
    if reduction == "sum":
        return its(logits, target, classes) * asked.sum()
    return asked * row_by_row(lambda x, y: its(x, y, classes), logits, target)


def mirrored(given: Arguments) -> Arguments:
    """Turn the order of the classes round."""
    weight = given["weight"]
    return {
        "logits": -given["logits"].flip(1),
        "target": given["logits"].shape[1] - given["target"],
        "weight": weight if weight is None else weight.flip(0),
    }


def likelihood(given: Arguments) -> Pair:
    """Give the probabilities that CORN stands for to torch's nll_loss."""
    x = given["logits"]
    zero = x.new_zeros(len(x), 1)
    reached = torch.cat([zero, functional.logsigmoid(x).cumsum(1)], 1)
    stopped = torch.cat([functional.logsigmoid(-x), zero], 1)
    return (
        corn_loss(x, given["target"], reduction="none"),
        functional.nll_loss(
            reached + stopped, given["target"], reduction="none"
        ),
    )


def binary(function: Loss) -> dict[str, Same]:
    """Say what holds of two classes."""
    return {
        "two classes are binary cross entropy": lambda given: (
            function(given["logits"][:, :1], given["target"].clamp_max(1)),
            functional.binary_cross_entropy_with_logits(
                given["logits"][:, 0], given["target"].clamp_max(1).double()
            ),
        )
    }


CASES = {
    "by_hand": (coral_loss, coral_arguments),
    "by_hand_corn": (corn_loss, corn_arguments),
}
BAD = [
    ({"logits": torch.zeros(4, 4).int()}, TypeError, "int32"),
    ({"target": torch.zeros(4)}, TypeError, "int64, got torch.float32"),
    ({"target": torch.zeros(3).long()}, ValueError, "(4, 4) and (3,)"),
    ({"target": torch.zeros(4, 4).long()}, ValueError, "(4, 4) and (4, 4)"),
]
PROOFS = {
    "coral_loss": Proof(
        draw=coral_arguments,
        oracles={"coral_pytorch.losses.coral_loss": of_coral_pytorch},
        same=binary(coral_loss)
        | {
            "turned round, the loss is the same": unchanged(
                coral_loss, mirrored
            )
        },
        bad=[
            *BAD,
            ({"weight": torch.ones(5)}, ValueError, "shape (4,)"),
        ],
        differentiable=("logits",),
    ),
    "corn_loss": Proof(
        draw=corn_arguments,
        oracles={"coral_pytorch.losses.corn_loss": corn_of_coral_pytorch},
        same=binary(corn_loss)
        | {"it is the likelihood of the class": likelihood},
        bad=BAD,
    ),
}
