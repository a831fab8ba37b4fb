"""Arguments of proxy, and what proves it."""

import math

import numpy as np
import torch
from angular_margin import cosface_loss
from proxy import center_loss, proxy_anchor_loss, proxy_nca_loss
from torch import Tensor
from torch.nn import functional

from tests.cases._common import (
    elements,
    metric_learning,
    reduce,
    turned,
    unchanged,
)
from tests.draws import Arguments, Draw
from tests.proofs import Loss, Pair, Proof, Same


def points(draw: Draw, name: str) -> Arguments:
    """Draw embeddings, their classes, and a point for each class."""
    # In one dimension directions have no slope, short vectors its round-off.
    d = draw.choose(2, 3, 8)
    target, proxies = draw.classes(), draw.real(draw.c, d)
    return {"input": draw.real(draw.n, d), "target": target, name: proxies}


def anchor_arguments(draw: Draw) -> Arguments:
    """Draw arguments of proxy_anchor_loss."""
    return points(draw, "proxies") | {
        "margin": draw.choose(0.0, 0.1, 0.5),
        "scale": draw.choose(1.0, 16.0, 32.0),
        "reduction": draw.reduction(),
    }


def nca_arguments(draw: Draw) -> Arguments:
    """Draw arguments of proxy_nca_loss."""
    return points(draw, "proxies") | {
        "temperature": draw.choose(1 / 9, 1.0, 0.05),
        "reduction": draw.reduction(),
    }


def center_arguments(draw: Draw) -> Arguments:
    """Draw arguments of center_loss."""
    return points(draw, "centers") | {"reduction": draw.reduction()}


def anchor_of_metric_learning(
    input: Tensor,
    target: Tensor,
    proxies: Tensor,
    margin: float,
    scale: float,
    reduction: str,
) -> Tensor:
    """Give theirs our proxies; each of its two parts has a divisor."""
    module = metric_learning(
        "ProxyAnchorLoss", *proxies.shape, margin=margin, alpha=scale
    )
    module.proxies.data = proxies
    both = module(input, target)
    both = [both["pos_loss"], both["neg_loss"]]
    if reduction == "mean":
        return sum(part["losses"].sum() / part["divisor"] for part in both)
    return reduce(sum(part["losses"] for part in both), reduction)


def nca_of_metric_learning(
    input: Tensor,
    target: Tensor,
    proxies: Tensor,
    temperature: float,
    reduction: str,
) -> Tensor:
    """Give theirs our proxies; its scale is one over our temperature."""
    module = metric_learning(
        "ProxyNCALoss", *proxies.shape, softmax_scale=1 / temperature
    )
    module.proxies.data = proxies
    return reduce(elements(module(input, target), len(input)), reduction)


def center_of_torch(
    input: Tensor, target: Tensor, centers: Tensor, reduction: str
) -> Tensor:
    """Halve the squared error of torch, summed over the dimensions."""
    each = functional.mse_loss(input, centers[target], reduction="none")
    return reduce(each.sum(1) / 2, reduction)


def center_of_numpy(
    input: Tensor, target: Tensor, centers: Tensor, reduction: str
) -> Tensor:
    """Compute the paper's equation 2, example by example, in numpy."""
    x, c = input.numpy(), centers.numpy()
    each = [
        np.linalg.norm(x[i] - c[y]) ** 2 / 2
        for i, y in enumerate(target.tolist())
    ]
    return reduce(torch.tensor(each, dtype=torch.float64), reduction)


def longer(given: Arguments) -> Arguments:
    """Make embeddings and proxies longer or shorter."""
    return {"input": 7 * given["input"], "proxies": 0.3 * given["proxies"]}


def classes_reversed(loss: Loss, name: str, by_class: bool = False) -> Same:
    """Count the classes from the end."""

    def same(given: Arguments) -> Pair:
        last = len(given[name]) - 1
        ours = loss(
            **given
            | {name: given[name].flip(0), "target": last - given["target"]}
        )
        each = by_class and given["reduction"] == "none"
        return ours.flip(0) if each else ours, loss(**given)

    return same


def alone(given: Arguments) -> Pair:
    """Take one example and its own proxy: a logistic loss of the cosine."""
    x = given["input"][:1]
    p = given["proxies"][given["target"][:1]]
    margin, scale = given["margin"], given["scale"]
    cosine = torch.cosine_similarity(x, p, eps=0.0).nan_to_num()
    return (
        proxy_anchor_loss(
            x, torch.tensor([0]), p, margin=margin, scale=scale
        ).reshape(1),
        functional.softplus(-scale * (cosine - margin), threshold=1e3),
    )


def absent(given: Arguments) -> Pair:
    """Add a class without examples: it only pushes."""
    proxies = given["proxies"]
    more = torch.cat([proxies, proxies.new_ones(1, proxies.shape[1])])
    each = {"reduction": "none"}
    one = torch.zeros_like(given["target"])
    only = proxy_anchor_loss(
        **given | {"proxies": more[[0, -1]], "target": one} | each
    )
    return (
        proxy_anchor_loss(**given | {"proxies": more} | each),
        torch.cat([proxy_anchor_loss(**given | each), only[1:]]),
    )


def normface(given: Arguments) -> Pair:
    """Take a softmax over cosines, of twice the scale."""
    proxies = given["proxies"] + 0.25  # never 0
    return (
        proxy_nca_loss(**given | {"proxies": proxies}),
        cosface_loss(
            given["input"],
            proxies,
            given["target"],
            margin=0.0,
            scale=2 / given["temperature"],
            reduction=given["reduction"],
        ),
    )


def hot(given: Arguments) -> Pair:
    """Make it so hot that all proxies are as near."""
    chosen = {"temperature": 1e12, "reduction": "mean"}
    loss = proxy_nca_loss(**given | chosen)
    return loss, torch.full_like(loss, math.log(len(given["proxies"])))


def moved(given: Arguments) -> Arguments:
    """Move embeddings and centres by the same."""
    return {"input": given["input"] + 3, "centers": given["centers"] + 3}


def doubled(given: Arguments) -> Pair:
    """Double embeddings and centres."""
    twice = {name: 2 * given[name] for name in ("input", "centers")}
    return center_loss(**given | twice), 4 * center_loss(**given)


def spread(given: Arguments) -> Pair:
    """Put each centre at its class's mean: half of what is left of squares."""
    x, y = given["input"], given["target"]
    centers, left = torch.zeros_like(given["centers"]), x.new_zeros(())
    for c in y.unique():
        centers[c] = x[y == c].mean(0)
        left = left + x[y == c].var(0, correction=0).sum() * (y == c).sum()
    loss = center_loss(x, y, centers, reduction="sum")
    return loss, left / 2


def bad(name: str, seen: str) -> list[tuple[Arguments, type, str]]:
    """List what all three refuse."""
    return [
        ({"input": torch.zeros(4, 3).int()}, TypeError, "torch.int32"),
        ({"input": torch.zeros(4)}, ValueError, "got (4,)"),
        ({name: torch.zeros(5, 99)}, ValueError, "(5, 99)"),
        ({name: torch.zeros(5)}, ValueError, seen),
        ({name: torch.zeros(0, 8)}, ValueError, "and (0, 8)"),
        ({name: torch.zeros(5, 8).int()}, TypeError, "torch.int32"),
        ({"target": torch.zeros(3).long()}, ValueError, "(3,) and"),
        ({"target": torch.zeros(4)}, TypeError, "got torch.float32"),
        ({"target": torch.full((4,), 5)}, IndexError, "out of bounds"),
        ({"target": torch.full((4,), -1)}, IndexError, "out of bounds"),
        ({"target": torch.full((4,), -100)}, IndexError, "out of bounds"),
    ]


CASES = {
    "by_hand": (proxy_anchor_loss, anchor_arguments),
    "by_hand_nca": (proxy_nca_loss, nca_arguments),
    "by_hand_center": (center_loss, center_arguments),
}
PROOFS = {
    "proxy_anchor_loss": Proof(
        draw=anchor_arguments,
        oracles={
            "pytorch_metric_learning.losses.ProxyAnchorLoss": (
                anchor_of_metric_learning
            )
        },
        same={
            "one example and its proxy: a logistic loss of the cosine": alone,
            "a class without examples only pushes": absent,
            "length counts for nothing": unchanged(proxy_anchor_loss, longer),
            "the order of classes counts for nothing": classes_reversed(
                proxy_anchor_loss, "proxies", by_class=True
            ),
            "the order of the batch counts for nothing": turned(
                proxy_anchor_loss, "input", "target", by_sample=False
            ),
        },
        bad=[
            *bad("proxies", "(4, 8), (4,) and (5,)"),
            ({"margin": -0.1}, ValueError, "at least 0, got -0.1"),
            ({"scale": 0.0}, ValueError, "above 0, got 0.0"),
        ],
    ),
    "proxy_nca_loss": Proof(
        draw=nca_arguments,
        oracles={
            "pytorch_metric_learning.losses.ProxyNCALoss": (
                nca_of_metric_learning
            )
        },
        same={
            "it is a softmax over cosines, of twice the scale": normface,
            "hot enough, every proxy is as likely": hot,
            "length counts for nothing": unchanged(proxy_nca_loss, longer),
            "the order of classes counts for nothing": classes_reversed(
                proxy_nca_loss, "proxies"
            ),
            "the order of the batch counts for nothing": turned(
                proxy_nca_loss, "input", "target"
            ),
        },
        bad=[
            *bad("proxies", "(4, 8), (4,) and (5,)"),
            ({"temperature": 0.0}, ValueError, "above 0, got 0.0"),
        ],
    ),
    "center_loss": Proof(
        draw=center_arguments,
        oracles={
            "torch.nn.functional.mse_loss": center_of_torch,
            "numpy": center_of_numpy,
        },
        same={
            "centres at the means: half the squares within classes": spread,
            "where the origin is counts for nothing": unchanged(
                center_loss, moved
            ),
            "twice the distances, four times the loss": doubled,
            "the order of classes counts for nothing": classes_reversed(
                center_loss, "centers"
            ),
            "the order of the batch counts for nothing": turned(
                center_loss, "input", "target"
            ),
        },
        bad=bad("centers", "(4, 8), (4,) and (5,)"),
    ),
}
