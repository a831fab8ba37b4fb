"""Arguments of long_tail, and what proves it."""

import torch
from long_tail import (
    class_balanced_weight,
    ldam_loss,
    logit_adjusted_cross_entropy,
)
from mpmath import mp
from torch import Tensor
from torch.nn import functional

from tests.cases._common import (
    BAD_CLASSES,
    call_known,
    metric_learning,
    reduce,
    shifted,
    unchanged,
)
from tests.draws import Arguments, Draw
from tests.oracles import theirs
from tests.proofs import Proof


def counts(draw: Draw) -> Tensor:
    """Draw how many samples the classes have, now and then the same."""
    n = torch.randint(1, 1000, (draw.c,), generator=draw.g)
    n = draw.choose(n, n, n, n[:1].expand(draw.c).clone())
    return draw.choose(n, n.double())


def ldam_arguments(draw: Draw) -> Arguments:
    """Draw arguments of ldam_loss, mostly cosines."""
    ignore = draw.choose(-100, 0)
    logits = draw.real(draw.n, draw.c)
    return {
        "logits": draw.choose(logits, logits.sin(), logits.sin()),
        "target": draw.classes(ignore),
        "class_counts": counts(draw),
        "max_margin": draw.choose(0.0, 0.3, 0.5),
        "scale": draw.choose(1.0, 10.0, 30.0),
        "weight": draw.weight(draw.c),
        "ignore_index": ignore,
        "reduction": draw.reduction(),
    }


def adjusted_arguments(draw: Draw) -> Arguments:
    """Draw arguments of logit_adjusted_cross_entropy."""
    ignore = draw.choose(-100, 0)
    n = counts(draw)
    return {
        "logits": draw.real(draw.n, draw.c),
        "target": draw.classes(ignore),
        "class_counts": draw.choose(n, n / n.sum()),
        "tau": draw.choose(0.0, 0.5, 1.0, 2.0),
        "weight": draw.weight(draw.c),
        "ignore_index": ignore,
        "reduction": draw.reduction(),
    }


def balanced_arguments(draw: Draw) -> Arguments:
    """Draw arguments of class_balanced_weight; timm takes no beta of 0."""
    return {
        "class_counts": counts(draw).double(),
        "beta": draw.choose(0.5, 0.9, 0.999, 0.9999, 0.999999),
    }


def balanced_or_not(draw: Draw) -> Arguments:
    """Draw arguments of class_balanced_weight, a beta of 0 too."""
    given = balanced_arguments(draw)
    return given | {"beta": draw.choose(0.0, given["beta"])}


def placed(
    each: list,
    target: Tensor,
    ignore_index: int,
    weight: Tensor,
    reduction: str,
) -> Tensor:
    """Put the losses of the targets that count where they belong; reduce."""
    loss = torch.zeros(target.shape, dtype=weight.dtype)
    counts = target != ignore_index
    w = weight[target[counts]]
    loss[counts] = w * torch.tensor(each, dtype=weight.dtype)
    return reduce(loss, reduction, w.sum())


def of_cosface(
    logits: Tensor,
    target: Tensor,
    class_counts: Tensor,
    max_margin: float,
    scale: float,
    **options: object,
) -> Tensor:
    """Call CosFace, with a margin and a scale for each sample.

    It takes an embedding of length 1, whose cosines with the first unit
    vectors are the logits once these are short enough.
    """
    counts = target != options["ignore_index"]
    x, y = logits[counts], target[counts]
    if len(y) == 0:
        return placed([], target, **options)
    inverse = class_counts.double() ** -0.25
    margin = max_margin * inverse[y] / inverse.max()
    length = 1 + x.norm(dim=1)
    short = x / length[:, None]
    rest = (1 - short.square().sum(1, keepdim=True)).sqrt()
    classes = logits.shape[1]
    face = metric_learning(
        "CosFaceLoss",
        classes,
        classes + 1,
        margin=margin / length,
        scale=(scale * length)[:, None],
    )
    face.W.data = torch.eye(classes + 1, classes, dtype=x.dtype)
    each = face(torch.cat([short, rest], 1), y)["loss"]["losses"]
    return placed(each.tolist(), target, **options)


def ldam_of_paper(
    logits: Tensor,
    target: Tensor,
    class_counts: Tensor,
    max_margin: float,
    scale: float,
    **options: object,
) -> Tensor:
    """Compute the paper's loss, of scaled logits, at 50 digits."""
    each = []
    with mp.workdps(50):
        root = [mp.mpf(n) ** mp.mpf("0.25") for n in class_counts.tolist()]
        c = max_margin * min(root)
        for x, y in zip(logits.tolist(), target.tolist(), strict=True):
            if y != options["ignore_index"]:
                own = mp.exp(scale * (x[y] - c / root[y]))
                rest = sum(mp.exp(mp.mpf(scale) * z) for z in x)
                rest -= mp.exp(mp.mpf(scale) * x[y])
                each.append(float(mp.log1p(rest / own)))
    return placed(each, target, **options)


def adjusted_of_paper(
    logits: Tensor,
    target: Tensor,
    class_counts: Tensor,
    tau: float,
    **options: object,
) -> Tensor:
    """Compute the paper's loss, in the form of pairs, at 50 digits."""
    each = []
    with mp.workdps(50):
        n = [mp.mpf(x) for x in class_counts.tolist()]
        for x, y in zip(logits.tolist(), target.tolist(), strict=True):
            if y != options["ignore_index"]:
                others = sum(
                    (n[j] / n[y]) ** tau * mp.exp(mp.mpf(x[j]) - x[y])
                    for j in range(len(x))
                    if j != y
                )
                each.append(float(mp.log1p(others)))
    return placed(each, target, **options)


def of_timm(class_counts: Tensor, beta: float) -> Tensor:
    """Call timm's, which takes beta**n as it is and gives float32."""
    weights = theirs("timm.loss.class_weights").compute_class_weights
    total = int(class_counts.sum())
    return weights(class_counts, total, "effective_num", beta=beta)[1]


def weight_of_paper(class_counts: Tensor, beta: float) -> Tensor:
    """Compute the paper's weight at 50 digits."""
    with mp.workdps(50):
        b = mp.mpf(beta)
        w = [(1 - b) / (1 - b ** mp.mpf(n)) for n in class_counts.tolist()]
        w = [float(x * len(w) / sum(w)) for x in w]
    return torch.tensor(w, dtype=class_counts.dtype)


def cross_entropy(given: Arguments, logits: Tensor) -> Tensor:
    """Call torch's cross entropy with the same options."""
    return call_known(functional.cross_entropy, given, input=logits)


CLASSES = [
    *BAD_CLASSES,
    ({"weight": torch.ones(4)}, ValueError, "weight must have shape (5,)"),
    ({"class_counts": torch.ones(5, 1)}, ValueError, "got (5, 1)"),
]
CASES = {
    "by_hand": (ldam_loss, ldam_arguments),
    "by_hand_logit_adjusted": (
        logit_adjusted_cross_entropy,
        adjusted_arguments,
    ),
    "by_hand_weight": (class_balanced_weight, balanced_or_not),
}
PROOFS = {
    "ldam_loss": Proof(
        draw=ldam_arguments,
        oracles={
            "pytorch_metric_learning.losses.CosFaceLoss": of_cosface,
            "mpmath": ldam_of_paper,
        },
        same={
            "without a margin, it is cross entropy": lambda given: (
                ldam_loss(**given | {"max_margin": 0.0}),
                cross_entropy(given, given["scale"] * given["logits"]),
            ),
            "a constant added to the logits changes nothing": unchanged(
                ldam_loss, shifted
            ),
            "only the ratios of the counts matter": unchanged(
                ldam_loss,
                lambda given: {"class_counts": 7 * given["class_counts"]},
            ),
        },
        bad=[
            *CLASSES,
            ({"max_margin": -0.1}, ValueError, "at least 0, got -0.1"),
            ({"scale": 0.0}, ValueError, "above 0, got 0.0"),
        ],
        differentiable=("logits",),
    ),
    "logit_adjusted_cross_entropy": Proof(
        draw=adjusted_arguments,
        oracles={"mpmath": adjusted_of_paper},
        same={
            "tau=0 is cross entropy": lambda given: (
                logit_adjusted_cross_entropy(**given | {"tau": 0.0}),
                cross_entropy(given, given["logits"]),
            ),
            "equal counts are cross entropy": lambda given: (
                logit_adjusted_cross_entropy(
                    **given
                    | {"class_counts": torch.ones_like(given["class_counts"])}
                ),
                cross_entropy(given, given["logits"]),
            ),
            "it is cross entropy of shifted logits": lambda given: (
                logit_adjusted_cross_entropy(**given),
                cross_entropy(
                    given,
                    given["logits"]
                    + given["tau"] * given["class_counts"].double().log(),
                ),
            ),
        },
        bad=[*CLASSES, ({"tau": -1.0}, ValueError, "at least 0, got -1.0")],
        differentiable=("logits",),
    ),
    "class_balanced_weight": Proof(
        draw=balanced_arguments,
        oracles={
            "timm.loss.class_weights.compute_class_weights": of_timm,
            "mpmath": weight_of_paper,
        },
        same={
            "beta=0 weighs all alike": lambda given: (
                class_balanced_weight(given["class_counts"], beta=0.0),
                torch.ones_like(given["class_counts"]),
            ),
            "near beta=1 it is the inverse count": lambda given: (
                class_balanced_weight(given["class_counts"], beta=1 - 1e-14),
                (1 / given["class_counts"])
                / (1 / given["class_counts"]).mean(),
            ),
            "classes change places with their weights": lambda given: (
                class_balanced_weight(
                    given["class_counts"].flip(0), beta=given["beta"]
                ),
                class_balanced_weight(**given).flip(0),
            ),
        },
        bad=[
            ({"class_counts": torch.ones(2, 2)}, ValueError, "got (2, 2)"),
            ({"class_counts": torch.ones(0)}, ValueError, "got (0,)"),
            ({"class_counts": torch.ones(2).bool()}, TypeError, "torch.bool"),
            ({"beta": 1.0}, ValueError, "below 1, got 1.0"),
            ({"beta": -0.1}, ValueError, "below 1, got -0.1"),
        ],
        tolerance=1e-7,  # timm's is float32
    ),
}
