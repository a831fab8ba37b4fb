"""Arguments of multi_label, and what proves it."""

from unittest import mock

import torch
from multi_label import zlpr_loss
from torch import Tensor
from torch.nn import functional

from tests.cases._common import BAD_BINARY, reduce, slopes, unchanged
from tests.draws import Arguments, Draw
from tests.oracles import theirs
from tests.proofs import Pair, Proof


def hard(draw: Draw) -> Arguments:
    """Draw arguments with targets of 0 and 1, as all implementations take."""
    return {
        "logits": draw.real(draw.n, draw.c),
        "target": draw.binary(draw.n, draw.c),
        "reduction": draw.reduction(),
    }


def soft(draw: Draw) -> Arguments:
    """Draw targets between 0 and 1 too."""
    given = hard(draw)
    if draw.choose(False, True):
        given["target"] = draw.unit(draw.n, draw.c)
    return given


def of_timm(logits: Tensor, target: Tensor, reduction: str) -> Tensor:
    """Call timm's row by row, in the dtype given, where it takes float32."""
    loss = theirs("timm.loss").ZlprLoss()
    with mock.patch.object(Tensor, "float", lambda x: x):
        rows = zip(logits.split(1), target.split(1), strict=True)
        found = torch.stack([loss(x, y) for x, y in rows])
    return reduce(found, reduction)


def of_torch(logits: Tensor, target: Tensor, reduction: str) -> Tensor:
    """Let torch find a class of logit 0 among the zeros, and the ones."""
    found, first = [], torch.zeros(1, dtype=torch.int64)
    for x, y in zip(logits, target, strict=True):
        found.append(
            sum(
                functional.cross_entropy(
                    functional.pad(some, (1, 0)).unsqueeze(0), first
                )
                for some in (x[y == 0], -x[y == 1])
            )
        )
    return reduce(torch.stack(found), reduction)


def one_label(given: Arguments) -> Pair:
    """Take each label for a row of its own."""
    x, y = given["logits"].unsqueeze(-1), given["target"].unsqueeze(-1)
    return (
        zlpr_loss(x, y),
        functional.binary_cross_entropy_with_logits(x, y),
    )


def left_out(given: Arguments) -> Pair:
    """Leave the second label out, whatever its target: value and gradient."""
    x, y = given["logits"].clone(), given["target"].clone()
    rest = [0, *range(2, x.shape[1])]
    targets = torch.tensor([1.0, torch.nan, -100.0, 0.5, 0.0]).double()
    x[:, 1], y[:, 1] = -torch.inf, targets[: len(y)]

    def both(x: Tensor, y: Tensor, *columns: int) -> Tensor:
        given = {"logits": x, "target": y, "reduction": "none"}
        slope = slopes(zlpr_loss, given, "logits").view_as(x)[:, columns]
        return torch.cat([zlpr_loss(**given), slope.flatten()])

    some = range(len(rest))
    return both(x, y, *rest), both(x[:, rest], y[:, rest], *some)


def between(given: Arguments) -> Pair:
    """Count a label of a quarter as a quarter of one, the rest of none."""
    x = given["logits"].clamp(-20, 20)
    y = (given["target"] + 0.5) / 2
    zeros = ((1 - y) * x.exp()).sum(1).log1p()
    ones = (y * (-x).exp()).sum(1).log1p()
    return zlpr_loss(x, y, reduction="none"), zeros + ones


def at_chance(given: Arguments) -> Pair:
    """Make all logits 0."""
    y = given["target"]
    ours = zlpr_loss(torch.zeros_like(y), y, reduction="none")
    return ours, y.sum(1).log1p() + (1 - y).sum(1).log1p()


CASES = {"by_hand": (zlpr_loss, soft)}
PROOFS = {
    "zlpr_loss": Proof(
        draw=hard,
        oracles={
            "timm.loss.ZlprLoss": of_timm,
            "torch.nn.functional.cross_entropy": of_torch,
        },
        same={
            "one label is binary cross entropy": one_label,
            "minus infinity leaves a label out": left_out,
            "a target between 0 and 1 weighs the exponentials": between,
            "logits of 0: the logarithms of the counts": at_chance,
            "yes and no may be exchanged": unchanged(
                zlpr_loss,
                lambda given: {
                    "logits": -given["logits"],
                    "target": 1 - given["target"],
                },
            ),
            "the order of the labels counts for nothing": unchanged(
                zlpr_loss,
                lambda given: {
                    "logits": given["logits"].flip(1),
                    "target": given["target"].flip(1),
                },
            ),
        },
        bad=[
            *BAD_BINARY,
            (
                {"logits": torch.tensor(0.0), "target": torch.tensor(0.0)},
                ValueError,
                "logits must have shape (*, C), got ()",
            ),
        ],
    ),
}
