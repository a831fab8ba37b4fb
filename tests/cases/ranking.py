"""Arguments of ranking, and what proves it."""

import importlib
import itertools
from collections.abc import Callable

import mpmath
import torch
from ranking import (
    approx_ndcg_loss,
    bpr_loss,
    lambdarank_loss,
    listmle_loss,
    listnet_loss,
    ranknet_loss,
)
from survival import cox_ph_loss
from torch import Tensor
from torch.nn import functional

from tests.cases._common import (
    call_known,
    reduce,
    row_by_row,
    slopes,
    unchanged,
)
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


def listmle_arguments(draw: Draw) -> Arguments:
    """Draw arguments of listmle_loss, half of them without ties."""
    given = lists(draw)
    order = draw.unit(draw.n, draw.c).argsort(-1)
    return given | {
        "target": draw.choose(given["target"], order),
        "reduction": draw.reduction(),
    }


def approx_ndcg_arguments(draw: Draw) -> Arguments:
    """Draw arguments of approx_ndcg_loss."""
    temperature = draw.choose(0.1, 1.0, 3.0)
    return lists(draw) | {
        "temperature": temperature,
        "reduction": draw.reduction(),
    }


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


def listmle_of_mpmath(
    scores: Tensor, target: Tensor, mask: Tensor, reduction: str
) -> Tensor:
    """Draw item by item, to 60 digits; ties as Efron's."""
    each = [
        plackett_luce(s[m], y[m])
        for s, y, m in zip(scores, target, mask, strict=True)
    ]
    return by_list(scores.new_tensor(each), mask, reduction)


def plackett_luce(scores: Tensor, target: Tensor) -> float:
    """Multiply the probabilities of a list's draws."""
    with mpmath.workdps(60):
        weight = [mpmath.exp(s) for s in scores.tolist()]
        y, likelihood = target.tolist(), mpmath.mpf(1)
        for grade in set(y):
            here = [w for w, g in zip(weight, y, strict=True) if g == grade]
            left = sum(w for w, g in zip(weight, y, strict=True) if g <= grade)
            for gone, w in enumerate(here):
                likelihood *= w / (left - gone * sum(here) / len(here))
        return float(-mpmath.log(likelihood))


def listmle_of_allrank(
    scores: Tensor, target: Tensor, mask: Tensor, reduction: str
) -> Tensor:
    """Call allRank's on each list; ties it orders at random: take mpmath's."""
    each = [
        plackett_luce(s[m], y[m])
        if len(y[m].unique()) < m.sum() or not m.any()
        else allrank_mle(s[m], y[m])
        for s, y, m in zip(scores, target, mask, strict=True)
    ]
    return by_list(scores.new_tensor(each), mask, reduction)


def allrank_mle(scores: Tensor, target: Tensor) -> Tensor:
    """Call allRank's on one list."""
    loss = theirs("allrank.models.losses").listMLE
    return loss(scores[None], target[None].to(scores.dtype), eps=0)


def approx_ndcg_of_allrank(
    scores: Tensor,
    target: Tensor,
    mask: Tensor,
    temperature: float,
    reduction: str,
) -> Tensor:
    """Call allRank's on each list that has a relevant item: it is -NDCG."""
    loss = theirs("allrank.models.losses").approxNDCGLoss
    target = target.to(scores.dtype).masked_fill(~mask, PADDED)
    each = [
        1 + loss(scores[[n]], target[[n]], eps=1e-300, alpha=1 / temperature)
        if (target[n] > 0).any()
        else scores.new_zeros(())
        for n in range(len(scores))
    ]
    return by_list(torch.stack(each), mask, reduction)


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


def two_items(given: Arguments) -> Pair:
    """Take two items of each list, the first the more relevant."""
    scores = given["scores"][:, :2]
    target = torch.tensor([1, 0]).expand_as(scores)
    return (
        listmle_loss(scores, target, reduction="sum"),
        ranknet_loss(scores, target, reduction="sum"),
    )


def barely(given: Arguments) -> Arguments:
    """Write relevance as numbers that float32 can't tell apart."""
    return given | {"target": given["target"].double().ceil().long() + 2**24}


def spread(given: Arguments) -> Arguments:
    """Write relevance as finite numbers that float32 hasn't."""
    return given | {"target": given["target"].double() * 1e300}


def exactly(by: Callable[[Arguments], Arguments], loss: Loss) -> Same:
    """Say that relevance of float32 scores is compared as it is."""

    def same(given: Arguments) -> Pair:
        single = {"scores": given["scores"].float(), "reduction": "sum"}
        plain = given | single
        plain["target"] = plain["target"].double().ceil()
        return loss(**by(plain)), loss(**plain)

    return same


def moved(given: Arguments) -> Pair:
    """Add 65536 to float32 scores of few digits: no difference changes."""
    scores = (64 * given["scores"]).round().float() / 64
    given = given | {"reduction": "sum"}
    return tuple(
        slopes(approx_ndcg_loss, given | {"scores": x}, "scores")
        for x in (scores + 65536, scores)
    )


def unlooked(given: Arguments) -> Pair:
    """Hide the values: it takes the way for scores that are far apart."""
    given = given | {"reduction": "none"}
    found = torch.func.vmap(lambda s: listmle_loss(**given | {"scores": s}))
    return found(given["scores"][None])[0], listmle_loss(**given)


def far_apart(given: Arguments) -> Pair:
    """Draw scores thousands apart."""
    given = given | {"scores": 99 * given["scores"]}
    return listmle_loss(**given), listmle_of_mpmath(**given)


def of_cox(given: Arguments) -> Pair:
    """Take relevance as time, turned round: who comes first has the event."""
    rows = zip(given["scores"], given["target"], given["mask"], strict=True)
    each = [
        cox_ph_loss(s[m], -y[m], m[m], ties="efron", reduction="sum")
        for s, y, m in rows
    ]
    return listmle_loss(**given | {"reduction": "none"}), torch.stack(each)


def equal_scores(given: Arguments) -> Pair:
    """Make all scores equal: each order is as likely."""
    given = given | {"scores": 0 * given["scores"], "reduction": "none"}
    count = given["mask"].sum(-1).double()
    return listmle_loss(**given), torch.lgamma(count + 1)


def equal_ties(given: Arguments) -> Pair:
    """Give tied items one score: allRank's random order counts for nothing."""
    y = given["target"].to(torch.float64)
    given = given | {"scores": (3 * y).cos(), "mask": None}
    each = [allrank_mle(*row) for row in zip(given["scores"], y, strict=True)]
    return listmle_loss(**given | {"reduction": "none"}), torch.stack(each)


def any_order(given: Arguments) -> Pair:
    """Take allRank's mean over all orders of ties: it is never above ours."""
    scores, y = given["scores"][:1, :4], given["target"][:1, :4].double()
    found = [
        allrank_mle(scores[0], y[0] + torch.tensor(order) / 1e4)
        for order in itertools.permutations(range(scores.shape[1]))
    ]
    ours = listmle_loss(scores, y)
    room = 1e-12 * ours.abs().clamp_min(1)
    return ours.maximum(torch.stack(found).mean() - room), ours


def listmle_slopes(given: Arguments) -> Pair:
    """Write the slope: what each item has of all sums, less its own."""
    given = given | {"reduction": "sum"}
    s, y, mask = given["scores"], given["target"], given["mask"]
    own, other = y.unsqueeze(-1), y.unsqueeze(-2)
    real = mask.unsqueeze(-1) & mask.unsqueeze(-2)
    tied = (own == other) & real
    gone = tied.tril(-1).sum(-1, True).double()
    part = gone / tied.sum(-1, True).clamp_min(1)
    left = ((other < own) & real) + tied * (1 - part)
    share = (s.unsqueeze(-2) + left.log()).softmax(-1).where(real, 0)
    return (
        slopes(listmle_loss, given, "scores"),
        (share.sum(-2) - mask.double()).flatten(),
    )


def of_sklearn(given: Arguments) -> Pair:
    """Lower the temperature until ranks are whole."""
    ndcg = theirs("sklearn.metrics").ndcg_score
    apart = torch.arange(given["scores"].shape[-1]) / 64
    given = given | {"temperature": 1e-10, "reduction": "none"}
    given["scores"] = given["scores"] + apart
    each = torch.zeros(len(given["scores"]), dtype=torch.float64)
    for n, m in enumerate(given["mask"]):
        s, y = given["scores"][n][m], given["target"][n][m].double()
        if len(y) > 1 and (y > 0).any():
            gain = (2**y - 1).numpy()[None]
            each[n] = 1 - ndcg(gain, s.numpy()[None], ignore_ties=True)
    return approx_ndcg_loss(**given), each


def middle_ranks(given: Arguments) -> Pair:
    """Make all scores equal: each item has the middle rank."""
    given = given | {"scores": 0 * given["scores"], "reduction": "none"}
    gain = (2 ** given["target"].double() - 1) * given["mask"]
    rank = torch.arange(1.0, gain.shape[-1] + 1, dtype=torch.float64)
    best = gain.sort(-1, descending=True).values / (1 + rank).log2()
    middle = (given["mask"].sum(-1).double() + 1) / 2
    share = gain.sum(-1) / (1 + middle).log2() / best.sum(-1)
    return approx_ndcg_loss(**given), (1 - share).nan_to_num(0)


def huge_gains(given: Arguments) -> Pair:
    """Add 2000 to the relevance: gains are then powers of 2, to a factor."""
    given = given | {"reduction": "none", "mask": None}
    y = given["target"].double()
    rank, _ = smooth_ranks(given)
    place = torch.arange(1.0, y.shape[-1] + 1, dtype=torch.float64)
    best = (2**y).sort(-1, descending=True).values / (1 + place).log2()
    share = (2**y / (1 + rank).log2()).sum(-1) / best.sum(-1)
    return approx_ndcg_loss(**given | {"target": y + 2000}), 1 - share


def smooth_ranks(given: Arguments) -> Pair:
    """Give the ranks, and the slope of each by the scores."""
    s = given["scores"]
    ahead = (s.unsqueeze(-2) - s.unsqueeze(-1)) / given["temperature"]
    ahead = ahead.sigmoid()
    if given["mask"] is not None:
        ahead = ahead * given["mask"].unsqueeze(-2)
    slope = ahead * (1 - ahead) / given["temperature"]
    return 0.5 + ahead.sum(-1), slope


def approx_ndcg_slopes(given: Arguments) -> Pair:
    """Write the slope of its formula."""
    given = given | {"reduction": "sum"}
    mask = given["mask"]
    gain = (2 ** given["target"].double() - 1) * mask
    rank, slope = smooth_ranks(given)
    place = torch.arange(1.0, gain.shape[-1] + 1, dtype=torch.float64)
    best = (gain.sort(-1, descending=True).values / (1 + place).log2()).sum(-1)
    weight = gain / best.where(best > 0, 1).unsqueeze(-1)
    rank = rank.where(mask, 1)
    weight = weight / (1 + rank) / (1 + rank).log2() ** 2
    weight = weight / torch.tensor(2.0).double().log()
    slope = slope * mask.unsqueeze(-1)
    other = weight.unsqueeze(-2) - weight.unsqueeze(-1)
    return (
        slopes(approx_ndcg_loss, given, "scores"),
        (other * slope).sum(-1).flatten(),
    )


def unseen(function: Loss, target: float) -> Same:
    """Say that a bad relevance is nan where nobody looks at values."""

    def same(given: Arguments) -> Pair:
        given = given | {"reduction": "none"}
        y = torch.full_like(given["scores"], target)
        found = torch.func.vmap(
            lambda s, y: function(**given | {"scores": s, "target": y})
        )(given["scores"][None], y[None])
        bad = given["mask"].any(-1)
        return found[0], torch.zeros_like(found[0]).where(~bad, torch.nan)

    return same


CASES = {
    "by_hand": (ranknet_loss, ranknet_arguments),
    "by_hand_listnet": (listnet_loss, listnet_arguments),
    "by_hand_listmle": (listmle_loss, listmle_arguments),
    "by_hand_approx_ndcg": (approx_ndcg_loss, approx_ndcg_arguments),
    "by_hand_lambdarank": (lambdarank_loss, lambdarank_arguments),
    "by_hand_bpr": (bpr_loss, bpr_arguments),
}
BAD = [
    ({"scores": torch.zeros(4, 5).int()}, TypeError, "int32"),
    ({"mask": torch.ones(4, 5)}, TypeError, "bool, got torch.float32"),
    ({"mask": torch.ones(4).bool()}, ValueError, "(4, 5) and (4,)"),
    ({"target": torch.zeros(4)}, ValueError, "(4, 5) and (4,)"),
    ({"target": 1j * torch.ones(4, 5)}, TypeError, "real, got torch.complex64"),
]
PROOFS = {
    "ranknet_loss": Proof(
        draw=ranknet_arguments,
        oracles={"allrank.models.losses.rankNet": ranknet_of_allrank},
        tolerance=1e-6,  # allRank's labels, so its loss, are float32
        same=same(ranknet_loss)
        | {
            "it is soft_margin_loss of the pairs' differences": pairwise,
            "2**24 and 2**24 + 1 are a pair": exactly(barely, ranknet_loss),
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
    "listmle_loss": Proof(
        draw=listmle_arguments,
        oracles={
            "allrank.models.losses.listMLE": listmle_of_allrank,
            "mpmath": listmle_of_mpmath,
        },
        same=same(listmle_loss)
        | {
            "two items are RankNet": two_items,
            "2**24 and 2**24 + 1 have an order": exactly(barely, listmle_loss),
            "1e300 is a relevance": exactly(spread, listmle_loss),
            "under vmap it is the same": unlooked,
            "scores beyond 300 cost what they must": far_apart,
            "it is Cox's partial likelihood": of_cox,
            "equal scores cost log(L!)": equal_scores,
            "ties of one score cost what allRank's do": equal_ties,
            "it is at least allRank's mean over the orders of ties": any_order,
            "its slope is that of its formula": listmle_slopes,
            "under vmap what is refused is nan": unseen(
                listmle_loss, torch.inf
            ),
        },
        bad=[
            *BAD,
            (
                {"target": torch.full((4, 5), torch.nan), "mask": None},
                ValueError,
                "target must be finite, got nan",
            ),
        ],
    ),
    "approx_ndcg_loss": Proof(
        draw=approx_ndcg_arguments,
        oracles={
            "allrank.models.losses.approxNDCGLoss": approx_ndcg_of_allrank
        },
        tolerance=1e-6,  # allRank takes the logarithms of ranks in float32
        same=same(approx_ndcg_loss)
        | {
            "without temperature it is 1 - sklearn's NDCG": of_sklearn,
            "equal scores have the middle rank": middle_ranks,
            "gains of 2**2000 don't overflow": huge_gains,
            "65536 added to the scores leaves their slopes": moved,
            "the temperature is in the unit of the scores": lambda given: (
                approx_ndcg_loss(**given),
                approx_ndcg_loss(
                    **given
                    | {
                        "scores": 4 * given["scores"],
                        "temperature": 4 * given["temperature"],
                    }
                ),
            ),
            "its slope is that of its formula": approx_ndcg_slopes,
            "under vmap what is refused is nan": unseen(approx_ndcg_loss, -1.0),
        },
        bad=[
            *BAD,
            ({"temperature": 0.0}, ValueError, "above 0, from 2.2"),
            ({"temperature": 1e-310}, ValueError, "e+308, got 1e-310"),
            ({"temperature": torch.inf}, ValueError, "e+308, got inf"),
            (
                {"target": torch.full((4, 5), -1), "mask": None},
                ValueError,
                "at least 0 and finite, got -1",
            ),
            (
                {"target": torch.full((4, 5), torch.inf), "mask": None},
                ValueError,
                "at least 0 and finite, got inf",
            ),
        ],
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
