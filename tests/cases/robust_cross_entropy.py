"""Arguments of robust_cross_entropy, and what proves it."""

from unittest import mock

import torch
from mpmath import mp
from robust_cross_entropy import (
    generalized_cross_entropy,
    symmetric_cross_entropy,
)
from torch import Tensor
from torch.nn import functional

from tests.cases._common import (
    BAD_CLASSES,
    call_known,
    reduce_counted,
    shifted,
    unchanged,
)
from tests.draws import Arguments, Draw
from tests.oracles import theirs
from tests.proofs import Pair, Proof


def generalized_arguments(draw: Draw) -> Arguments:
    """Draw arguments of generalized_cross_entropy."""
    ignore = draw.choose(-100, 0)
    return {
        "logits": draw.real(draw.n, draw.c),
        "target": draw.classes(ignore),
        "q": draw.choose(0.0, 0.3, 0.7, 1.0),
        "ignore_index": ignore,
        "reduction": draw.reduction(),
    }


def symmetric_arguments(draw: Draw) -> Arguments:
    """Draw arguments of symmetric_cross_entropy."""
    ignore = draw.choose(-100, 0)
    return {
        "logits": draw.real(draw.n, draw.c),
        "target": draw.classes(ignore),
        "alpha": draw.choose(0.0, 0.1, 6.0),
        "beta": draw.choose(0.0, 0.1, 1.0),
        "log_zero": draw.choose(0.0, -4.0, -9.21),
        "ignore_index": ignore,
        "reduction": draw.reduction(),
    }


def of_toolbelt(
    logits: Tensor, target: Tensor, q: float, **options: object
) -> Tensor:
    """Call pytorch_toolbelt's, which has a further term: take it away."""
    name = "pytorch_toolbelt.losses.bitempered_loss"
    loss = theirs(name).bi_tempered_logistic_loss
    y = target.clamp_min(0)
    bi_tempered = loss(logits, y, 1 - q, 1.0, reduction="none")
    further = (logits.softmax(1) ** (1 + q)).sum(1) - 1
    return reduce_counted(bi_tempered - further / (1 + q), target, **options)


def of_scipy(
    logits: Tensor, target: Tensor, q: float, **options: object
) -> Tensor:
    """Call scipy's Box-Cox transformation, which is minus the loss."""
    special = theirs("scipy.special")
    y = target.clamp_min(0)
    p = torch.from_numpy(special.softmax(logits.detach().numpy(), axis=1))
    loss = -special.boxcox(p.gather(1, y[:, None])[:, 0].numpy(), q)
    return reduce_counted(torch.as_tensor(loss), target, **options)


def of_timm(
    logits: Tensor,
    target: Tensor,
    alpha: float,
    beta: float,
    log_zero: float,
    **options: object,
) -> Tensor:
    """Call timm's PolyLoss, which has both terms, in the dtype given."""
    make, y = theirs("timm.loss").PolyCrossEntropy, target.clamp_min(0)
    with mock.patch.object(Tensor, "float", lambda x: x.to(logits)):
        ce = make(0.0, reduction="none")(logits, y)
        both = make(-beta * log_zero, reduction="none")(logits, y)
    return reduce_counted(both + (alpha - 1) * ce, target, **options)


def in_mpmath(
    logits: Tensor,
    target: Tensor,
    alpha: float,
    beta: float,
    log_zero: float,
    **options: object,
) -> Tensor:
    """Compute the paper's two sums over the classes with 50 digits."""
    losses = []
    with mp.workdps(50):
        for row, y in zip(logits.tolist(), target.tolist(), strict=True):
            e = [mp.exp(x) for x in row]
            p = [x / mp.fsum(e) for x in e]
            t = [int(c == y) for c in range(len(p))]
            log_t = [0 if x else log_zero for x in t]
            ce = -mp.fsum(a * mp.log(b) for a, b in zip(t, p, strict=True))
            rce = -mp.fsum(a * b for a, b in zip(p, log_t, strict=True))
            losses.append(float(alpha * ce + beta * rce))
    loss = torch.tensor(losses, dtype=torch.float64)
    return reduce_counted(loss, target, **options)


def absolute(given: Arguments) -> Pair:
    """Compare q=1 with half the absolute error."""
    p, target = given["logits"].softmax(1), given["target"]
    one_hot = functional.one_hot(target.clamp_min(0), p.shape[1]).to(p)
    error = functional.l1_loss(p, one_hot, reduction="none").sum(1) / 2
    return (
        generalized_cross_entropy(**given | {"q": 1.0}),
        call_known(reduce_counted, given, loss=error),
    )


def reverse(given: Arguments) -> Pair:
    """Add the reverse cross entropy of all targets: always the same."""
    x, options = given["logits"], {"alpha": 0.0, "reduction": "none"}
    each = [
        symmetric_cross_entropy(x, torch.full((len(x),), c), **options)
        for c in range(x.shape[1])
    ]
    total = torch.stack(each).sum(0)
    return total, torch.full_like(total, 4.0 * (x.shape[1] - 1))


def same_as_q1(given: Arguments) -> Pair:
    """Compare the reverse cross entropy with q=1."""
    options = {"alpha": 0.0, "beta": 1.0, "log_zero": -1.0}
    return (
        symmetric_cross_entropy(**given | options),
        call_known(generalized_cross_entropy, given, q=1.0),
    )


CASES = {
    "by_hand": (generalized_cross_entropy, generalized_arguments),
    "by_hand_symmetric": (symmetric_cross_entropy, symmetric_arguments),
}
PROOFS = {
    "generalized_cross_entropy": Proof(
        draw=generalized_arguments,
        oracles={
            "pytorch_toolbelt.losses.BiTemperedLogisticLoss": of_toolbelt,
            "scipy.special.boxcox": of_scipy,
        },
        same={
            "q=0 is cross entropy": lambda given: (
                generalized_cross_entropy(**given | {"q": 0.0}),
                call_known(functional.cross_entropy, given),
            ),
            "q=1 is half the absolute error": absolute,
            "a constant added to the logits changes nothing": unchanged(
                generalized_cross_entropy, shifted
            ),
        },
        bad=[
            *BAD_CLASSES,
            ({"q": 1.5}, ValueError, "from 0 to 1, got 1.5"),
            ({"q": float("nan")}, ValueError, "from 0 to 1, got nan"),
        ],
    ),
    "symmetric_cross_entropy": Proof(
        draw=symmetric_arguments,
        oracles={"timm.loss.PolyCrossEntropy": of_timm, "mpmath": in_mpmath},
        same={
            "beta=0 is cross entropy": lambda given: (
                symmetric_cross_entropy(**given | {"beta": 0.0}),
                given["alpha"] * call_known(functional.cross_entropy, given),
            ),
            "alpha=0: all targets together cost the same": reverse,
            "alpha=0 is generalized cross entropy of q=1": same_as_q1,
        },
        bad=[
            *BAD_CLASSES,
            ({"alpha": -1.0}, ValueError, "at least 0, got -1.0"),
            ({"beta": -1.0}, ValueError, "at least 0, got -1.0"),
            ({"log_zero": 4.0}, ValueError, "at most 0, got 4.0"),
        ],
    ),
}
