"""Arguments of pair_metric, and what proves it."""

import torch
from pair_metric import circle_loss, multi_similarity_loss
from torch import Tensor
from torch.nn import functional

from tests.cases._common import (
    elements,
    metric_learning,
    reduce,
    slopes,
    unchanged,
)
from tests.draws import Arguments, Draw
from tests.proofs import Pair, Proof


def labelled(draw: Draw) -> Arguments:
    """Draw a batch, often with anchors without a positive or a negative."""
    n = draw.n * draw.choose(1, 2)
    labels = torch.randint(draw.choose(1, 2, 9), (n,), generator=draw.g)
    if draw.n == 4:  # the everyday size has pairs of both kinds
        labels[:3] = torch.tensor([0, 1, 0])
    return {
        "embeddings": draw.real(n, draw.choose(2, 3, 8)),
        "labels": labels,
    }


def circle_arguments(draw: Draw) -> Arguments:
    """Draw arguments of circle_loss."""
    return labelled(draw) | {
        "margin": draw.choose(0.0, 0.25, 0.4, 1.0),
        "gamma": draw.choose(1.0, 80.0, 256.0),
        "reduction": draw.reduction(),
    }


def multi_arguments(draw: Draw) -> Arguments:
    """Draw arguments of multi_similarity_loss."""
    return labelled(draw) | {
        "alpha": draw.choose(0.5, 2.0, 10.0),
        "beta": draw.choose(2.0, 40.0, 50.0),
        "base": draw.choose(-0.25, 0.5, 1.0),
        "reduction": draw.reduction(),
    }


def circle_of_metric_learning(
    embeddings: Tensor,
    labels: Tensor,
    margin: float,
    gamma: float,
    reduction: str,
) -> Tensor:
    """Take theirs before it leaves out losses of 0."""
    loss = metric_learning("CircleLoss", m=margin, gamma=gamma)
    # Above 20 torch's is a straight line, whose slope is 2e-9 too steep.
    loss.soft_plus.threshold = 700
    loss = elements(loss(embeddings, labels), len(labels))
    same = labels == labels[:, None]
    counts = (same.sum(1) > 1) & ~same.all(1)
    return reduce(loss, reduction, counts.sum().clamp_min(1))


def multi_of_metric_learning(
    embeddings: Tensor, labels: Tensor, reduction: str, **options: float
) -> Tensor:
    """Call theirs, a mean over all anchors."""
    loss = metric_learning("MultiSimilarityLoss", **options)
    return reduce(elements(loss(embeddings, labels), len(labels)), reduction)


def other_order(given: Arguments) -> Arguments:
    """Turn the batch round, and name the labels anew."""
    return given | {
        "embeddings": given["embeddings"].flip(0),
        "labels": 5 - 3 * given["labels"].flip(0),
        "reduction": "mean",
    }


def longer(given: Arguments) -> Arguments:
    """Make the embeddings longer."""
    return given | {"embeddings": 7 * given["embeddings"]}


def detached(given: Arguments) -> Pair:
    """Differentiate theirs, which detaches the weights too."""
    x = given["embeddings"]
    given = given | {"embeddings": x.where(x.any(1, keepdim=True), 1)}

    def its(**given: object) -> Tensor:  # without a pair it has no gradient
        loss = circle_of_metric_learning(**given)
        return loss + 0 * given["embeddings"].sum()

    return tuple(slopes(f, given, "embeddings") for f in (circle_loss, its))


def pair(given: Arguments) -> Pair:
    """Compare two alike examples and a third with the paper's formula."""
    x = given["embeddings"]
    x = torch.cat([functional.pad(x, (0, 8 - x.shape[1])), torch.eye(3, 8)])[:3]
    a, p, n = functional.normalize(x, dim=1)
    m, gamma = given["margin"], given["gamma"]
    s_p, s_n = a @ p, a @ n
    far = gamma * (s_n + m).relu() * (s_n - m)
    near = gamma * (1 + m - s_p).relu() * (s_p - 1 + m)
    loss = circle_loss(
        x, torch.tensor([0, 0, 1]), margin=m, gamma=gamma, reduction="none"
    )
    return loss[0], functional.softplus(far - near)


def halves(given: Arguments) -> Pair:
    """Add what a batch of one label gives to what all labels unlike give."""
    x, labels = given["embeddings"], given["labels"]

    def each(z: Tensor, top: int) -> Tensor:
        labels = torch.arange(len(z)).clamp_max(top)
        changes = {"embeddings": z, "labels": labels, "reduction": "none"}
        return multi_similarity_loss(**given | changes)

    alike = sum(each(x[labels == label], 0).sum() for label in labels.unique())
    unlike = [torch.cat([x[[i]], x[y != labels]]) for i, y in enumerate(labels)]
    return (
        multi_similarity_loss(**given | {"reduction": "sum"}),
        alike + sum(each(z, 1)[0] for z in unlike),
    )


BAD = [
    ({"embeddings": torch.zeros(4, 3).int()}, TypeError, "torch.int32"),
    ({"embeddings": torch.zeros(4)}, ValueError, "got (4,)"),
    ({"labels": torch.zeros(99).long()}, ValueError, "and (99,)"),
    ({"labels": torch.zeros(4)}, TypeError, "got torch.float32"),
]
CASES = {
    "by_hand": (circle_loss, circle_arguments),
    "by_hand_multi_similarity": (multi_similarity_loss, multi_arguments),
}
PROOFS = {
    "circle_loss": Proof(
        draw=circle_arguments,
        oracles={
            "pytorch_metric_learning.losses.CircleLoss": (
                circle_of_metric_learning
            )
        },
        same={
            "the order of the batch counts for nothing": lambda given: (
                circle_loss(**given | {"reduction": "mean"}),
                circle_loss(**other_order(given)),
            ),
            "length counts for nothing": unchanged(circle_loss, longer),
            "the weights are not differentiated": detached,
            "one pair of each is the paper's formula": pair,
        },
        bad=[
            *BAD,
            ({"margin": 1.5}, ValueError, "from 0 to 1, got 1.5"),
            ({"gamma": 0.0}, ValueError, "must be above 0, got 0.0"),
        ],
        autocast=0.5,  # the product is rounded to bfloat16, times gamma
        gradcheck="the paper does not differentiate the weights of pairs",
    ),
    "multi_similarity_loss": Proof(
        draw=multi_arguments,
        oracles={
            "pytorch_metric_learning.losses.MultiSimilarityLoss": (
                multi_of_metric_learning
            )
        },
        same={
            "the order of the batch counts for nothing": lambda given: (
                multi_similarity_loss(**given | {"reduction": "mean"}),
                multi_similarity_loss(**other_order(given)),
            ),
            "length counts for nothing": unchanged(
                multi_similarity_loss, longer
            ),
            "positives and negatives add up": halves,
        },
        bad=[
            *BAD,
            ({"alpha": 0.0}, ValueError, "must be above 0, got 0.0"),
            ({"beta": -1.0}, ValueError, "must be above 0, got -1.0"),
        ],
        autocast=0.1,  # the product is rounded to bfloat16
    ),
}
