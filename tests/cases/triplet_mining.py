"""Arguments of triplet_mining, and what proves it."""

import torch
from torch import Tensor
from torch.nn import functional
from triplet_mining import (
    batch_hard_triplet_loss,
    contrastive_pair_loss,
    semi_hard_triplet_loss,
)

from tests.cases._common import (
    elements,
    metric_learning,
    reduce,
    slopes,
    unchanged,
)
from tests.draws import Arguments, Draw
from tests.oracles import theirs
from tests.proofs import Loss, Pair, Proof, Same


def labelled(draw: Draw) -> Arguments:
    """Draw a batch without ties: which of two is mined, nobody says."""
    n = max(draw.n, 1) * draw.choose(1, 2)
    d = draw.choose(2, 3, 8)
    draw.scale = min(draw.scale, 50)  # of differences, round-off is theirs
    noise = torch.randn(n, d, dtype=torch.float64, generator=draw.g)
    labels = torch.randint(draw.choose(1, 2, 9), (n,), generator=draw.g)
    if draw.n == 4:  # the everyday size has pairs of both kinds
        labels[:3] = torch.tensor([0, 1, 0])
    return {"embeddings": draw.real(n, d) + noise / 64, "labels": labels}


def hard_arguments(draw: Draw) -> Arguments:
    """Draw arguments of batch_hard_triplet_loss."""
    return labelled(draw) | {
        "margin": draw.choose(None, 0.0, 0.3, 1.0),
        "reduction": draw.reduction(),
    }


def semi_arguments(draw: Draw) -> Arguments:
    """Draw arguments of semi_hard_triplet_loss."""
    return labelled(draw) | {
        "margin": draw.choose(0.0, 0.2, 1.0),
        "reduction": draw.reduction(),
    }


def pair_arguments(draw: Draw) -> Arguments:
    """Draw arguments of contrastive_pair_loss."""
    return labelled(draw) | {
        "margin": draw.choose(0.0, 1.0, 30.0),
        "reduction": draw.reduction(),
    }


def distance(**options: object) -> object:
    """Make their Euclidean distance."""
    module = theirs("pytorch_metric_learning.distances")
    return module.LpDistance(**options)


def mined(name: str, like: object, x: Tensor, y: Tensor, **options: object):
    """Choose triplets by a miner of theirs."""
    module = theirs("pytorch_metric_learning.miners")
    return getattr(module, name)(distance=like, **options)(x, y)


def pairs(labels: Tensor) -> tuple[Tensor, Tensor]:
    """Tell which are alike, and which unlike."""
    same = labels == labels[:, None]
    return same & ~torch.eye(len(labels), dtype=torch.bool), ~same


def hard_of_metric_learning(
    embeddings: Tensor, labels: Tensor, margin: float | None, reduction: str
) -> Tensor:
    """Give what their miner chooses to their triplet loss."""
    like = distance(normalize_embeddings=False)
    chosen = mined("BatchHardMiner", like, embeddings, labels)
    loss = metric_learning(
        "TripletMarginLoss",
        margin=margin or 0.0,
        smooth_loss=margin is None,
        distance=like,
    )
    found = torch.zeros(len(labels), dtype=torch.float64)
    if len(chosen[0]):
        found[chosen[0]] = elements(loss(embeddings, labels, chosen), 0)
    alike, unlike = pairs(labels)
    counts = (alike.any(1) & unlike.any(1)).sum().clamp_min(1)
    return reduce(found, reduction, counts)


def semi_of_metric_learning(
    embeddings: Tensor, labels: Tensor, margin: float, reduction: str
) -> Tensor:
    """Take the worst of a pair's triplets beyond it, else the best before."""
    like = distance(power=2)
    loss = metric_learning("TripletMarginLoss", margin=margin, distance=like)
    n = len(labels)
    found = torch.full((n, n), torch.nan, dtype=torch.float64)
    for kind, best in (("hard", min), ("semihard", max)):
        a, p, _ = chosen = mined(
            "TripletMarginMiner",
            like,
            embeddings,
            labels,
            margin=9.0,  # no two unit vectors are further apart
            type_of_triplets=kind,
        )
        here: dict[tuple[int, int], list[float]] = {}
        losses = elements(loss(embeddings, labels, chosen), 0).tolist()
        for i, j, value in zip(a.tolist(), p.tolist(), losses, strict=True):
            here.setdefault((i, j), []).append(value)
        for (i, j), values in here.items():
            found[i, j] = best(values)
    counts = found.isfinite().sum().clamp_min(1)
    return reduce(found.nan_to_num(), reduction, counts)


def pairs_of_metric_learning(
    embeddings: Tensor, labels: Tensor, margin: float, reduction: str
) -> Tensor:
    """Square theirs, which are as in HingeEmbeddingLoss."""
    loss = metric_learning(
        "ContrastiveLoss",
        neg_margin=margin,
        distance=distance(normalize_embeddings=False),
    )
    found = torch.zeros(len(labels), len(labels), dtype=torch.float64)
    for part in loss(embeddings, labels).values():
        if isinstance(part["losses"], Tensor):  # else there is no such pair
            found[part["indices"]] = part["losses"].reshape(-1) ** 2 / 2
    return reduce(found, reduction, of_pairs(labels))


def pairs_of_torch(
    embeddings: Tensor, labels: Tensor, margin: float, reduction: str
) -> Tensor:
    """Square torch's loss of distances."""
    apart = (embeddings[:, None] - embeddings).norm(dim=2)
    alike, unlike = pairs(labels)
    sign = alike.double() - unlike.double()
    each = functional.hinge_embedding_loss(
        apart, sign.where(sign != 0, 1), margin=margin, reduction="none"
    )
    return reduce(each**2 / 2, reduction, of_pairs(labels))


def of_pairs(labels: Tensor) -> Tensor:
    """Count the pairs, in both orders."""
    return torch.tensor(len(labels) * (len(labels) - 1)).clamp_min(1)


def other_order(loss: Loss) -> Same:
    """Turn the batch round, and name the labels anew."""
    return lambda given: (
        loss(**given | {"reduction": "mean"}),
        loss(
            **given
            | {
                "embeddings": given["embeddings"].flip(0),
                "labels": 5 - 3 * given["labels"].flip(0),
                "reduction": "mean",
            }
        ),
    )


def moved(given: Arguments) -> Arguments:
    """Move all embeddings by the same."""
    return {"embeddings": given["embeddings"] + 3}


def every_triplet(given: Arguments) -> Pair:
    """Take the greatest of torch's losses of all triplets of an anchor."""
    x, margin = given["embeddings"], given["margin"] or 1.0
    ours = batch_hard_triplet_loss(
        x, given["labels"], margin=margin, reduction="none"
    )
    i, p, n = torch.meshgrid(*[torch.arange(len(x))] * 3, indexing="ij")
    each = functional.triplet_margin_loss(
        x[i], x[p], x[n], margin=margin, eps=0.0, reduction="none"
    )
    alike, unlike = pairs(given["labels"])
    each = each * (alike[:, :, None] & unlike[:, None])
    return ours, each.flatten(1).amax(1)


def doubled(loss: Loss, power: int) -> Same:
    """Double distances and margin."""

    def same(given: Arguments) -> Pair:
        margin = given["margin"] or 0.3
        x = given["embeddings"]
        return (
            loss(**given | {"embeddings": 2 * x, "margin": 2 * margin}),
            2**power * loss(**given | {"margin": margin}),
        )

    return same


def cosines(given: Arguments) -> Pair:
    """Take an anchor, its positive, and one negative: twice the cosines."""
    x = functional.pad(given["embeddings"], (0, 1), value=1.0)
    x = torch.cat([x, torch.eye(3, x.shape[1])])[:3]
    a, p, n = functional.normalize(x, dim=1)
    ours = semi_hard_triplet_loss(
        x, torch.tensor([0, 0, 1]), margin=0.7, reduction="none"
    )
    return ours[0, 1], (2 * (a @ n - a @ p) + 0.7).clamp_min(0)


def semi_hard_slope(given: Arguments) -> Pair:
    """Write the slope of the sum: by squared distances, then by embeddings."""
    given = given | {"reduction": "sum"}
    x = given["embeddings"]
    norm = x.norm(dim=1, keepdim=True)
    x = x / norm
    apart = (x[:, None] - x).square().sum(2)
    alike, unlike = pairs(given["labels"])
    beyond = unlike[:, None] & (apart[:, None] > apart[:, :, None])
    nearest = apart[:, None].where(beyond, torch.inf).argmin(2)
    furthest = apart.where(unlike, -1).argmax(1, keepdim=True)
    n = nearest.where(beyond.any(2), furthest)
    loss = apart - apart.gather(1, n) + given["margin"]
    each = ((loss > 0) & alike & unlike.any(1, keepdim=True)).double()
    by = each - torch.zeros_like(each).scatter_add(1, n, each)
    by = by + by.T
    slope = (by * (x @ x.T)).sum(1, keepdim=True) * x - by @ x
    slope = 2 / norm * slope
    return slopes(semi_hard_triplet_loss, given, "embeddings"), slope.flatten()


def spread(given: Arguments) -> Pair:
    """Draw alike examples together: the variance of each label, by pairs."""
    x = given["embeddings"]
    loss = contrastive_pair_loss(
        x, torch.zeros_like(given["labels"]), reduction="sum"
    )
    return loss, len(x) * (x - x.mean(0)).square().sum()


BAD = [
    ({"embeddings": torch.zeros(4, 3).int()}, TypeError, "torch.int32"),
    ({"embeddings": torch.zeros(4)}, ValueError, "got (4,)"),
    (
        {"embeddings": torch.zeros(0, 2), "labels": torch.zeros(0).long()},
        ValueError,
        "got (0, 2) and (0,)",
    ),
    ({"labels": torch.zeros(99).long()}, ValueError, "and (99,)"),
    ({"labels": torch.zeros(4)}, TypeError, "got torch.float32"),
    ({"margin": -0.5}, ValueError, "at least 0, got -0.5"),
]
CASES = {
    "by_hand": (batch_hard_triplet_loss, hard_arguments),
    "by_hand_semi_hard": (semi_hard_triplet_loss, semi_arguments),
    "by_hand_pairs": (contrastive_pair_loss, pair_arguments),
}
PROOFS = {
    "batch_hard_triplet_loss": Proof(
        draw=hard_arguments,
        oracles={
            "pytorch_metric_learning.miners.BatchHardMiner": (
                hard_of_metric_learning
            )
        },
        same={
            "it is the worst of all triplets of an anchor": every_triplet,
            "the order of the batch counts for nothing": other_order(
                batch_hard_triplet_loss
            ),
            "where the origin is counts for nothing": unchanged(
                batch_hard_triplet_loss, moved
            ),
            "twice the distances and margin, twice the loss": doubled(
                batch_hard_triplet_loss, 1
            ),
        },
        bad=BAD,
    ),
    "semi_hard_triplet_loss": Proof(
        draw=semi_arguments,
        oracles={
            "pytorch_metric_learning.miners.TripletMarginMiner": (
                semi_of_metric_learning
            )
        },
        same={
            "one negative: twice the difference of cosines": cosines,
            "the order of the batch counts for nothing": other_order(
                semi_hard_triplet_loss
            ),
            "length counts for nothing": unchanged(
                semi_hard_triplet_loss,
                lambda given: {"embeddings": 8 * given["embeddings"]},
            ),
            "its slope is that of its formula": semi_hard_slope,
        },
        bad=BAD,
    ),
    "contrastive_pair_loss": Proof(
        draw=pair_arguments,
        oracles={
            "pytorch_metric_learning.losses.ContrastiveLoss": (
                pairs_of_metric_learning
            ),
            "torch.nn.functional.hinge_embedding_loss": pairs_of_torch,
        },
        same={
            "one label: the variance of the batch": spread,
            "the order of the batch counts for nothing": other_order(
                contrastive_pair_loss
            ),
            "where the origin is counts for nothing": unchanged(
                contrastive_pair_loss, moved
            ),
            "twice the distances and margin, four times the loss": doubled(
                contrastive_pair_loss, 2
            ),
        },
        bad=BAD,
    ),
}
