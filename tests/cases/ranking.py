"""Arguments of ranking, and what proves it."""

import importlib
from collections.abc import Callable

import torch
from ranking import bpr_loss, lambdarank_loss, listnet_loss, ranknet_loss
from torch import Tensor
from torch.nn import functional

from tests.cases._common import call_known, reduce, row_by_row, unchanged
from tests.draws import Arguments, Draw
from tests.oracles import optax, theirs
from tests.proofs import Loss, Pair, Proof, Same

PADDED = -1  # allRank's relevance of what is no item


def lists(draw: Draw) -> Arguments:
    """Draw lists, some padded, some empty, some all equally relevant."""
    relevance = (draw.unit(draw.n, draw.c) * 5).floor()
    share = draw.choose(0.0, 0.3, 1.0)
    return {
        "scores": draw.real(draw.n, draw.c),
        "target": draw.choose(
            relevance,
            relevance.long(),
            draw.unit(draw.n, draw.c),
            0 * relevance,
        ),
        "mask": draw.unit(draw.n, draw.c) >= share,
    }


def ranknet_arguments(draw: Draw) -> Arguments:
    """Draw arguments of ranknet_loss."""
    sigma = draw.choose(0.5, 1.0, 2.0)
    return lists(draw) | {"sigma": sigma, "reduction": draw.reduction()}


def listnet_arguments(draw: Draw) -> Arguments:
    """Draw arguments of listnet_loss."""
    return lists(draw) | {"reduction": draw.reduction()}


def lambdarank_arguments(draw: Draw) -> Arguments:
    """Draw arguments of lambdarank_loss; equal scores would have no order."""
    given = lists(draw)
    apart = torch.arange(draw.c, dtype=torch.float64) / 64
    return given | {
        "scores": given["scores"] + apart,
        "k": draw.choose(None, 1, 2, 10),
        "sigma": draw.choose(0.5, 1.0, 2.0),
        "reduction": draw.reduction(),
    }


def bpr_arguments(draw: Draw) -> Arguments:
    """Draw arguments of bpr_loss."""
    return {
        "positive": draw.real(draw.n, draw.c),
        "negative": draw.real(draw.n, draw.c),
        "reduction": draw.reduction(),
    }


def ranknet_of_allrank(
    scores: Tensor,
    target: Tensor,
    mask: Tensor,
    sigma: float,
    reduction: str,
) -> Tensor:
    """Call allRank's, the mean over pairs; it is nan without a pair."""
    loss = theirs("allrank.models.losses").rankNet
    target = target.to(scores.dtype).masked_fill(~mask, PADDED)
    more = target.unsqueeze(-1) > target.unsqueeze(-2)
    more = more & mask.unsqueeze(-1) & mask.unsqueeze(-2)
    scores = sigma * scores
    if reduction == "none":
        each = torch.zeros(more.shape, dtype=scores.dtype)
        for n, i, j in more.nonzero().tolist():
            each[n, i, j] = loss(
                scores[n : n + 1, [i, j]], target[[n]][:, [i, j]]
            )
        return each
    if not more.any():
        return scores.new_zeros(())
    mean = loss(scores, target)
    return mean * more.sum() if reduction == "sum" else mean


def listnet_of_allrank(
    scores: Tensor, target: Tensor, mask: Tensor, reduction: str
) -> Tensor:
    """Call allRank's on each list that has an item: nan if it has none."""
    loss = theirs("allrank.models.losses").listNet
    target = target.to(scores.dtype).masked_fill(~mask, PADDED)
    each = torch.stack(
        [
            loss(scores[[n]], target[[n]], eps=1e-300)
            if mask[n].any()
            else scores.new_zeros(())
            for n in range(len(scores))
        ]
    )
    return by_list(each, mask, reduction)


def listnet_of_optax(
    scores: Tensor, target: Tensor, mask: Tensor, reduction: str
) -> Tensor:
    """Call optax's, whose labels are weights: give it probabilities."""
    numpy = importlib.import_module("jax.numpy")
    filled = target.to(scores.dtype).masked_fill(~mask, -torch.inf)
    return optax(
        "ranking_softmax_loss",
        scores,
        filled.softmax(-1).nan_to_num(),
        where=mask.numpy(),
        reduce_fn=getattr(numpy, reduction, None),  # jax has no "none"
    )


def lambdarank_of_allrank(
    scores: Tensor,
    target: Tensor,
    mask: Tensor,
    k: int | None,
    sigma: float,
    reduction: str,
) -> Tensor:
    """Call allRank's on each list; with a k it means something else."""
    if k is not None and k < scores.shape[1]:
        return lambdarank_of_sklearn(scores, target, mask, k, sigma, reduction)
    loss = theirs("allrank.models.losses").lambdaLoss
    target = target.to(scores.dtype).masked_fill(~mask, PADDED)
    each = [
        loss(
            scores[[n]],
            target[[n]],
            eps=1e-300,
            weighing_scheme="lambdaRank_scheme",
            sigma=sigma,
            reduction_log="natural",
        )
        for n in range(len(scores))
    ]
    return by_list(torch.stack(each), mask, reduction)


def lambdarank_of_sklearn(
    scores: Tensor,
    target: Tensor,
    mask: Tensor,
    k: int | None,
    sigma: float,
    reduction: str,
) -> Tensor:
    """Swap the scores of each pair, and ask sklearn what NDCG becomes."""
    ndcg = theirs("sklearn.metrics").ndcg_score
    each = scores.new_zeros(len(scores))
    for n in range(len(scores)):
        s, y = scores[n][mask[n]], target[n][mask[n]].to(scores.dtype)
        gain = (2**y - 1).numpy()[None]
        for i, j in (y[:, None] > y).nonzero().tolist():
            swapped = s.clone()
            swapped[[i, j]] = s[[j, i]]
            before, after = (
                ndcg(gain, x.numpy()[None], k=k, ignore_ties=True)
                for x in (s, swapped)
            )
            pair = functional.soft_margin_loss(
                sigma * (s[i] - s[j]), torch.ones_like(s[i])
            )
            each[n] += abs(after - before) * pair
    return by_list(each, mask, reduction)


def by_list(loss: Tensor, mask: Tensor, reduction: str) -> Tensor:
    """Reduce the losses of lists; those without an item don't count."""
    return reduce(loss, reduction, mask.any(-1).sum().clamp_min(1))


def bpr_of_allrank(
    positive: Tensor, negative: Tensor, reduction: str
) -> Tensor:
    """Call allRank's RankNet on lists of two, the first of them chosen."""
    loss = theirs("allrank.models.losses").rankNet
    pairs = torch.stack([positive, negative], -1).reshape(-1, 2)
    target = torch.tensor([[1.0, 0.0]], dtype=pairs.dtype)
    if reduction == "mean":
        return loss(pairs, target.expand_as(pairs))
    each = row_by_row(lambda pair: loss(pair, target), pairs)
    return each.sum() if reduction == "sum" else each.reshape(positive.shape)


def shuffled(given: Arguments) -> Arguments:
    """Turn the order of the items of all lists round."""
    return given | {
        name: given[name].flip(-1) for name in ("scores", "target", "mask")
    }


def padded(given: Arguments) -> Arguments:
    """Add items that are none, with scores and targets of any kind."""
    n = len(given["scores"])
    return given | {
        "scores": torch.cat(
            [given["scores"], torch.full((n, 2), torch.nan)], -1
        ),
        "target": torch.cat([given["target"], given["target"][:, :1] + 9], -1)[
            :, [*range(given["target"].shape[1]), -1, -1]
        ],
        "mask": torch.cat([given["mask"], torch.zeros(n, 2).bool()], -1),
    }


def both(function: Loss, by: Callable[[Arguments], Arguments]) -> Same:
    """Compare a loss, summed, before and after a change of its arguments."""
    return lambda given: unchanged(function, by)(given | {"reduction": "sum"})


def same(function: Loss) -> dict[str, Same]:
    """Say what holds of all losses of lists."""
    return {
        "the order in which items are given doesn't matter": both(
            function, shuffled
        ),
        "padding changes nothing": both(function, padded),
        "a constant added to the scores changes nothing": both(
            function, lambda given: given | {"scores": given["scores"] + 1}
        ),
        "no mask is a mask of ones": lambda given: (
            function(**given | {"mask": None}),
            function(**given | {"mask": torch.ones_like(given["mask"])}),
        ),
    }


def pairwise(given: Arguments) -> Pair:
    """Take torch's logistic loss of the differences, pair by pair."""
    s, y, mask = given["scores"], given["target"], given["mask"]
    pair = (y.unsqueeze(2) > y.unsqueeze(1)) & mask.unsqueeze(2)
    pair = pair & mask.unsqueeze(1)
    x = given["sigma"] * (s.unsqueeze(2) - s.unsqueeze(1))[pair]
    return (
        ranknet_loss(**given | {"reduction": "sum"}),
        functional.soft_margin_loss(x, torch.ones_like(x), reduction="sum"),
    )


CASES = {
    "by_hand": (ranknet_loss, ranknet_arguments),
    "by_hand_listnet": (listnet_loss, listnet_arguments),
    "by_hand_lambdarank": (lambdarank_loss, lambdarank_arguments),
    "by_hand_bpr": (bpr_loss, bpr_arguments),
}
BAD = [
    ({"scores": torch.zeros(4, 5).int()}, TypeError, "int32"),
    ({"mask": torch.ones(4, 5)}, TypeError, "bool, got torch.float32"),
    ({"mask": torch.ones(4).bool()}, ValueError, "(4, 5) and (4,)"),
    ({"target": torch.zeros(4)}, ValueError, "(4, 5) and (4,)"),
]
PROOFS = {
    "ranknet_loss": Proof(
        draw=ranknet_arguments,
        oracles={"allrank.models.losses.rankNet": ranknet_of_allrank},
        tolerance=1e-6,  # allRank's labels, so its loss, are float32
        same=same(ranknet_loss)
        | {
            "it is soft_margin_loss of the pairs' differences": pairwise,
            "two items are BPR": lambda given: (
                ranknet_loss(
                    given["scores"][:, :2],
                    torch.tensor([1, 0]).expand(len(given["scores"]), 2),
                ),
                bpr_loss(given["scores"][:, 0], given["scores"][:, 1]),
            ),
        },
        bad=[*BAD, ({"sigma": 0.0}, ValueError, "above 0, got 0.0")],
        differentiable=("scores",),
    ),
    "listnet_loss": Proof(
        draw=listnet_arguments,
        oracles={
            "allrank.models.losses.listNet": listnet_of_allrank,
            "optax.losses.ranking_softmax_loss": listnet_of_optax,
        },
        same=same(listnet_loss)
        | {
            "it is cross entropy with probabilities": lambda given: (
                listnet_loss(given["scores"], given["target"]),
                functional.cross_entropy(
                    given["scores"],
                    given["target"].to(torch.float64).softmax(-1),
                ),
            ),
        },
        bad=BAD,
    ),
    "lambdarank_loss": Proof(
        draw=lambdarank_arguments,
        oracles={
            "allrank.models.losses.lambdaLoss": lambdarank_of_allrank,
            "sklearn.metrics.ndcg_score": lambdarank_of_sklearn,
        },
        # allRank takes the logarithms of ranks in float32.
        tolerance=1e-6,
        same=same(lambdarank_loss)
        | {
            "its weights are the changes of sklearn's NDCG": lambda given: (
                lambdarank_loss(**given),
                lambdarank_of_sklearn(**given),
            ),
        },
        bad=[
            *BAD,
            ({"sigma": -1.0}, ValueError, "above 0, got -1.0"),
            ({"k": 0}, ValueError, "at least 1, got 0"),
        ],
        differentiable=("scores",),
    ),
    "bpr_loss": Proof(
        draw=bpr_arguments,
        oracles={"allrank.models.losses.rankNet": bpr_of_allrank},
        tolerance=1e-6,  # allRank's labels, so its loss, are float32
        same={
            "it is soft_margin_loss of the difference": lambda given: (
                bpr_loss(**given),
                call_known(
                    functional.soft_margin_loss,
                    given,
                    input=given["positive"] - given["negative"],
                    target=torch.ones_like(given["positive"]),
                ),
            ),
            "turned round it differs by the difference": lambda given: (
                bpr_loss(given["positive"], given["negative"]),
                bpr_loss(given["negative"], given["positive"])
                - (given["positive"] - given["negative"]).mean(),
            ),
        },
        bad=[
            ({"positive": torch.zeros(4, 5).int()}, TypeError, "int32"),
            ({"negative": torch.zeros(4, 5).long()}, TypeError, "int64"),
            ({"negative": torch.zeros(4, 1)}, ValueError, "(4, 5), got (4, 1)"),
        ],
    ),
}
