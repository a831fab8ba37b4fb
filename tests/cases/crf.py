"""Arguments of crf, and what proves it."""

from itertools import pairwise, product

import mpmath
import numpy as np
import torch
from crf import crf_decode, crf_nll
from torch import Tensor, nn
from torch.nn import functional

from tests.cases._common import reduce, slopes, unchanged
from tests.draws import Arguments, Draw
from tests.oracles import theirs
from tests.proofs import Pair, Proof

SCORES = ("emissions", "transitions", "start", "end")


def sequences(draw: Draw) -> Arguments:
    """Draw arguments of crf_nll: few steps, since mpmath tries all paths.

    A mask may have holes, or be empty.
    """
    draw.scale = min(draw.scale, 50)  # large sums have large round-off
    n, steps, c = max(draw.n, 1), draw.choose(1, 2, 4), min(draw.c, 4)
    mask = draw.choose(torch.ones, draw.binary, draw.binary)(n, steps).bool()
    target = torch.randint(c, (n, steps), generator=draw.g)
    return {
        "emissions": draw.real(n, steps, c),
        "target": target,
        "transitions": draw.real(c, c),
        "start": draw.real(c),
        "end": draw.real(c),
        "mask": mask,
        "reduction": draw.reduction(),
    }


def counted(draw: Draw) -> Arguments:
    """Draw arguments of crf_nll; each sequence has a step that counts."""
    given = sequences(draw)
    given["mask"][:, -1] = True
    return given


def untied(draw: Draw) -> Arguments:
    """Draw arguments of crf_decode, where no two paths score the same."""
    given = sequences(draw)
    for name in SCORES:
        shape = given[name].shape
        apart = torch.rand(shape, dtype=torch.float64, generator=draw.g)
        given[name] = given[name] + apart / 8
    return {k: given[k] for k in given if k not in ("target", "reduction")}


def in_front(x: Tensor, mask: Tensor) -> Tensor:
    """Move what counts to the front, as theirs wants it."""
    order = mask.logical_not().sort(dim=1, stable=True).indices
    x = x[torch.arange(len(x))[:, None], order]
    counts = mask.sort(1, descending=True).values
    return x.where(counts.reshape(*counts.shape, *[1] * (x.ndim - 2)), 0)


def of_torchcrf(
    emissions: Tensor,
    transitions: Tensor,
    start: Tensor,
    end: Tensor,
    mask: Tensor,
) -> tuple[nn.Module, Tensor, Tensor]:
    """Make pytorch-crf's layer of these scores, and what it takes."""
    layer = theirs("torchcrf").CRF(len(start), batch_first=True)
    del layer.transitions, layer.start_transitions, layer.end_transitions
    layer.transitions = transitions
    layer.start_transitions, layer.end_transitions = start, end
    ahead = mask.sort(1, descending=True).values
    ahead[:, 0] = True  # it refuses to leave out the first step
    return layer, in_front(emissions, mask), ahead


def nll_of_torchcrf(
    emissions: Tensor,
    target: Tensor,
    transitions: Tensor,
    start: Tensor,
    end: Tensor,
    mask: Tensor,
    reduction: str,
) -> Tensor:
    """Call pytorch-crf's layer on the steps that count."""
    layer, x, ahead = of_torchcrf(emissions, transitions, start, end, mask)
    loss = -layer(x, in_front(target, mask), mask=ahead, reduction="none")
    return reduce(loss.where(mask.any(1), 0), reduction)


def decode_of_torchcrf(
    emissions: Tensor,
    transitions: Tensor,
    start: Tensor,
    end: Tensor,
    mask: Tensor,
) -> tuple[Tensor, Tensor]:
    """Let pytorch-crf decode the steps that count; add up their path."""
    scores = transitions, start, end
    layer, x, ahead = of_torchcrf(emissions, *scores, mask)
    tags = torch.full(mask.shape, -100)
    total = emissions.new_zeros(len(emissions))
    for n, path in enumerate(layer.decode(x, mask=ahead)):
        if mask[n].any():
            tags[n, mask[n]] = torch.tensor(path)
            total[n] = score(emissions[n, mask[n]], path, *scores)
    return tags, total


def score(
    x: Tensor, path: list[int], transitions: Tensor, start: Tensor, end: Tensor
) -> Tensor:
    """Add up the score of one path."""
    total = start[path[0]] + end[path[-1]]
    total = total + sum(x[t, k] for t, k in enumerate(path))
    return total + sum(transitions[i, j] for i, j in pairwise(path))


def each_path(n: int, given: Arguments) -> dict[tuple[int, ...], Tensor]:
    """Score all paths of a sequence."""
    x = given["emissions"][n, given["mask"][n]]
    paths = product(range(x.shape[1]), repeat=len(x)) if len(x) else ()
    scores = [given[name] for name in SCORES[1:]]
    return {path: score(x, list(path), *scores) for path in paths}


def nll_of_lafferty(reduction: str, **given: Tensor) -> Tensor:
    """Add up the probabilities of all paths, in 50 digits."""
    losses = []
    with mpmath.workdps(50):
        for n, keep in enumerate(given["mask"]):
            scores = each_path(n, given)
            terms = [mpmath.exp(mpmath.mpf(x.item())) for x in scores.values()]
            right = scores.get(tuple(given["target"][n, keep].tolist()))
            losses.append(
                float(mpmath.log(mpmath.fsum(terms)) - mpmath.mpf(right.item()))
                if scores
                else 0.0
            )
    loss = torch.tensor(losses, dtype=torch.float64)
    return reduce(loss, reduction)


def decode_of_numpy(**given: Tensor) -> tuple[Tensor, Tensor]:
    """Take the best of all paths."""
    tags = np.full(given["mask"].shape, -100)
    best = np.zeros(len(tags))
    for n, keep in enumerate(given["mask"].numpy()):
        scores = each_path(n, given)
        if scores:
            path = max(scores, key=scores.get)
            tags[n, keep], best[n] = path, scores[path].item()
    return torch.tensor(tags), torch.tensor(best)


def all_targets(given: Arguments) -> Tensor:
    """Take crf_nll of all paths of the first sequence, without a mask."""
    x = given["emissions"][:1]
    paths = product(range(x.shape[2]), repeat=x.shape[1])
    target = torch.tensor([*paths])
    scores = [given[name] for name in SCORES[1:]]
    x = x.expand(len(target), -1, -1)
    return crf_nll(x, target, *scores, reduction="none")


def hidden(given: Arguments) -> Pair:
    """Make nan, and no tag, of what doesn't count: value and gradient."""
    x, mask = given["emissions"], given["mask"]
    x = x.where(mask.unsqueeze(2), torch.nan)
    target = given["target"].where(mask, -100)

    def both(given: Arguments) -> Tensor:
        slope = slopes(crf_nll, given, *SCORES)
        return torch.cat([crf_nll(**given).reshape(-1), slope])

    return both(given | {"emissions": x, "target": target}), both(given)


def hidden_path(given: Arguments) -> Pair:
    """Make nan of the steps that don't count, then decode."""
    x, mask = given["emissions"], given["mask"].unsqueeze(-1)
    tags, best = crf_decode(**given | {"emissions": x.where(mask, torch.nan)})
    return torch.cat([tags, best[:, None]], 1), torch.cat(
        [tags, crf_decode(**given)[1][:, None]], 1
    )


def forbid(given: Arguments, by: float) -> Arguments:
    """Forbid the transition that no target takes, if there is one."""
    target = given["target"][given["mask"]].tolist()
    taken = set(product(target, repeat=2))
    transitions = given["transitions"].clone()
    for i, j in {*product(range(len(transitions)), repeat=2)} - taken:
        transitions[i, j] = by
    return given | {"transitions": transitions}


def astray(given: Arguments) -> Tensor:
    """Forbid what all targets begin with: the loss, and its gradients."""
    start = torch.full_like(given["start"], -torch.inf)
    start[-1] = 0.0
    mask = torch.ones_like(given["mask"])
    target = torch.zeros_like(given["target"])
    given = given | {"start": start, "mask": mask, "target": target}
    loss = crf_nll(**given | {"reduction": "none"})
    return torch.cat([loss, slopes(crf_nll, given, *SCORES)])


def backwards(given: Arguments) -> Arguments:
    """Turn time around."""
    return {
        "emissions": given["emissions"].flip(1),
        "target": given["target"].flip(1),
        "transitions": given["transitions"].mT,
        "start": given["end"],
        "end": given["start"],
        "mask": given["mask"].flip(1),
    }


def cross_entropies(given: Arguments) -> Tensor:
    """Take the cross entropy of each step, summed over those that count."""
    x = given["emissions"].movedim(2, 1)
    target = given["target"].where(given["mask"], -100)
    loss = functional.cross_entropy(x, target, reduction="none")
    return reduce(loss.sum(1), given["reduction"])


def alone(given: Arguments) -> Arguments:
    """Let no tag depend on another."""
    return given | {name: 0 * given[name] for name in SCORES[1:]}


def best_slope(given: Arguments) -> Pair:
    """Differentiate the best score by the emissions: a 1 for each tag."""
    x = given["emissions"].clone().requires_grad_()
    tags, best = crf_decode(**given | {"emissions": x})
    (slope,) = torch.autograd.grad(best.sum(), x, materialize_grads=True)
    one_hot = torch.eye(x.shape[2], dtype=x.dtype)[tags.clamp_min(0)]
    return slope, one_hot.where(given["mask"].unsqueeze(2), 0)


EMPTY = torch.zeros(2, 0, 3, dtype=torch.float64)
NO_STEP = torch.zeros(2, 0, dtype=torch.int64)
NO_SCORES = torch.zeros(3, 3), torch.zeros(3), torch.zeros(3)
BAD = [
    ({"emissions": torch.zeros(4, 3)}, ValueError, "got (4, 3)"),
    ({"emissions": torch.zeros(4, 2, 0)}, ValueError, "got (4, 2, 0)"),
    ({"transitions": torch.zeros(9, 9)}, ValueError, "got (9, 9)"),
    ({"start": torch.zeros(9)}, ValueError, "got (9,)"),
    ({"end": torch.tensor(1.0)}, ValueError, "got ()"),
    ({"start": torch.zeros(4).int()}, TypeError, "int32"),
    ({"transitions": torch.zeros(4, 4).long()}, TypeError, "int64"),
    ({"mask": torch.ones(4, 9).bool()}, ValueError, "got (4, 9)"),
]
CASES = {
    "by_hand": (crf_nll, counted),
    "by_hand_decode": (crf_decode, untied),
}
PROOFS = {
    "crf_nll": Proof(
        draw=sequences,
        oracles={
            "torchcrf.CRF": nll_of_torchcrf,
            "mpmath": nll_of_lafferty,
        },
        same={
            "what does not count may be nan": hidden,
            "a number added to a step changes nothing": unchanged(
                crf_nll,
                lambda given: {
                    "emissions": given["emissions"]
                    + given["emissions"][..., :1].round()
                },
            ),
            "without transitions it is cross entropy of the steps": (
                lambda given: (
                    crf_nll(**alone(given)),
                    cross_entropies(given),
                )
            ),
            "time may be turned around": unchanged(crf_nll, backwards),
            "all paths together have a probability of 1": lambda given: (
                (-all_targets(given)).exp().sum(),
                torch.ones((), dtype=torch.float64),
            ),
            "minus infinity forbids": lambda given: (
                crf_nll(**forbid(given, -torch.inf)),
                crf_nll(**forbid(given, -1e9)),
            ),
            "a forbidden target is infinite, without gradient": lambda given: (
                astray(given),
                torch.where(
                    torch.arange(len(astray(given))) < len(given["mask"]),
                    torch.inf,
                    0.0,
                ),
            ),
            "no mask counts all": lambda given: (
                crf_nll(**given | {"mask": None}),
                crf_nll(**given | {"mask": torch.ones_like(given["mask"])}),
            ),
            "no step, no sequence is 0": lambda given: (
                torch.stack(
                    [
                        crf_nll(EMPTY[:n], NO_STEP[:n], *NO_SCORES)
                        for n in (2, 0)
                    ]
                ),
                torch.zeros(2),
            ),
        },
        bad=[
            *BAD,
            ({"emissions": torch.zeros(4, 4, 4).int()}, TypeError, "int32"),
            ({"target": torch.zeros(4, 9).long()}, ValueError, "got (4, 9)"),
            ({"target": torch.zeros(4, 4)}, TypeError, "torch.float32"),
            ({"mask": torch.ones(4, 4)}, TypeError, "mask.bool()"),
        ],
    ),
    "crf_decode": Proof(
        draw=untied,
        oracles={
            "torchcrf.CRF.decode": decode_of_torchcrf,
            "numpy": decode_of_numpy,
        },
        same={
            "what does not count may be nan": hidden_path,
            "no path is likelier": lambda given: (
                crf_nll(
                    given["emissions"][:1],
                    crf_decode(
                        **given
                        | {
                            "emissions": given["emissions"][:1],
                            "mask": None,
                        }
                    )[0],
                    *[given[name] for name in SCORES[1:]],
                ),
                all_targets(given).min(),
            ),
            "without transitions it is the largest emission": lambda given: (
                crf_decode(**alone(given))[0],
                given["emissions"].argmax(2).where(given["mask"], -100),
            ),
            "the gradient of the score is the path": best_slope,
            "no step has no tags": lambda given: (
                torch.cat(
                    [
                        crf_decode(EMPTY, *NO_SCORES)[0].flatten(),
                        crf_decode(EMPTY, *NO_SCORES)[1],
                    ]
                ),
                torch.zeros(2),
            ),
        },
        bad=[
            *BAD,
            ({"end": torch.zeros(4).int()}, TypeError, "int32"),
        ],
    ),
}
