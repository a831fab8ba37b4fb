"""Arguments of transducer, and what proves it."""

import sys
from itertools import combinations
from unittest import mock

import mpmath
import torch
from torch import Tensor
from transducer import rnnt_loss

from tests.cases._common import reduce, unchanged
from tests.draws import Arguments, Draw
from tests.oracles import theirs
from tests.proofs import Proof

# Both from the tests of warp-transducer, which are also torchaudio's:
# https://github.com/HawkAaron/warp-transducer/blob/master/pytorch_binding/test/test.py
# https://github.com/pytorch/audio/blob/main/test/torchaudio_unittest/common_utils/rnnt_utils.py
# Gradients of the logits are the second's and NeMo's.
LOGITS = [
    [[0.1, 0.6, 0.1, 0.1, 0.1], [0.1, 0.1, 0.6, 0.1, 0.1]],
    [[0.1, 0.1, 0.2, 0.8, 0.1], [0.1, 0.6, 0.1, 0.1, 0.1]],
    [[0.1, 0.1, 0.2, 0.1, 0.1], [0.7, 0.1, 0.2, 0.1, 0.1]],
]
COST = 4.495666
GRADIENT = [
    [-0.13116688, -0.3999269, 0.17703125, 0.17703125, 0.17703125],
    [-0.18572757, 0.12247056, -0.18168412, 0.12247056, 0.12247056],
    [-0.32091254, 0.06269141, 0.06928472, 0.12624499, 0.06269141],
    [0.05456069, -0.21824276, 0.05456069, 0.05456069, 0.05456069],
    [0.12073959, 0.12073959, -0.48295835, 0.12073959, 0.12073959],
    [-0.6925882, 0.16871116, 0.18645467, 0.16871116, 0.16871116],
]


def lattice(draw: Draw) -> Arguments:
    """Draw arguments of rnnt_loss: few frames, since mpmath tries all paths.

    Some have one frame or no label; labels may repeat; what lies beyond the
    lengths is no class at all.
    """
    n, c = max(draw.n, 1), draw.choose(3, 4)  # no batch is no lattice
    frames, labels = draw.choose(1, 4), draw.choose(0, 1, 3)
    blank = draw.choose(0, c - 1)
    others = torch.tensor([label for label in range(c) if label != blank])
    target = others[torch.randint(c - 1, (n, labels), generator=draw.g)]
    sizes = torch.randint(labels + 1, (n,), generator=draw.g)
    target[torch.arange(labels) >= sizes[:, None]] = -100
    return {
        "logits": draw.real(n, frames, labels + 1, c),
        "target": target,
        "input_lengths": 1 + torch.randint(frames, (n,), generator=draw.g),
        "target_lengths": sizes,
        "blank": blank,
        "reduction": draw.reduction(),
    }


def of_warprnnt(
    logits: Tensor,
    target: Tensor,
    input_lengths: Tensor,
    target_lengths: Tensor,
    blank: int,
    reduction: str,
) -> Tensor:
    """Call warprnnt_numba's numpy version, which needs no numba."""
    absent = [x for x in ("numba", "numba.cuda") if x not in sys.modules]
    sys.modules |= {name: mock.MagicMock() for name in absent}
    try:
        its = theirs("warprnnt_numba.rnnt_loss.rnnt_numpy")
    finally:
        for name in absent:
            del sys.modules[name]
    costs, _ = its.transduce_batch(
        logits.log_softmax(3).numpy(),
        target.clamp_min(0).numpy(),
        input_lengths,
        target_lengths,
        blank,
    )
    loss = torch.tensor(costs, dtype=torch.float64)
    return reduce(loss, reduction)


def of_graves(
    logits: Tensor,
    target: Tensor,
    input_lengths: Tensor,
    target_lengths: Tensor,
    blank: int,
    reduction: str,
) -> Tensor:
    """Add up the probabilities of all paths, in 50 digits."""
    with mpmath.workdps(50):
        losses = []
        for n, x in enumerate(logits.tolist()):
            frames, labels = int(input_lengths[n]), int(target_lengths[n])
            p = [
                [[mpmath.exp(mpmath.mpf(z)) for z in node] for node in row]
                for row in x
            ]
            paths = []
            for emits in combinations(range(frames + labels - 1), labels):
                t = u = 0
                path = mpmath.mpf(1)
                for step in range(frames + labels):
                    k = int(target[n, u]) if step in emits else blank
                    path *= p[t][u][k] / mpmath.fsum(p[t][u])
                    t, u = (t, u + 1) if step in emits else (t + 1, u)
                paths.append(path)
            losses.append(float(-mpmath.log(mpmath.fsum(paths))))
    return reduce(torch.tensor(losses, dtype=torch.float64), reduction)


def published() -> Arguments:
    """Take the small case of warp-transducer's tests."""
    logits = torch.tensor(LOGITS, dtype=torch.float64)
    return {
        "logits": logits.reshape(1, 2, 3, 5),
        "target": torch.tensor([[1, 2]]),
        "input_lengths": torch.tensor([2]),
        "target_lengths": torch.tensor([2]),
    }


def published_gradient() -> Tensor:
    """Differentiate that case."""
    given = published()
    logits = given["logits"].requires_grad_()
    (slope,) = torch.autograd.grad(rnnt_loss(**given), logits)
    return slope.reshape(6, 5)


def without_beyond(given: Arguments) -> Arguments:
    """Change what lies beyond the lengths: all of it."""
    logits = given["logits"].clone()
    for n, (t, u) in enumerate(
        zip(given["input_lengths"], given["target_lengths"], strict=True)
    ):
        logits[n, t:] = 7.0
        logits[n, :, u + 1 :] = -7.0
    return given | {"logits": logits, "target": given["target"].clamp_min(0)}


CASES = {"by_hand": (rnnt_loss, lattice)}
PROOFS = {
    "rnnt_loss": Proof(
        draw=lattice,
        oracles={
            "warprnnt_numba.rnnt_loss.rnnt_numpy": of_warprnnt,
            "mpmath": of_graves,
        },
        same={
            "warp-transducer publishes this cost": lambda given: (
                rnnt_loss(**published()).mul(1e6).floor(),
                torch.tensor(COST * 1e6).double().round(),
            ),
            "torchaudio publishes this gradient": lambda given: (
                published_gradient().mul(1e5).round(),
                torch.tensor(GRADIENT, dtype=torch.float64).mul(1e5).round(),
            ),
            "what lies beyond the lengths does not count": unchanged(
                rnnt_loss, without_beyond
            ),
            "a number added to a node changes nothing": unchanged(
                rnnt_loss,
                lambda given: {
                    "logits": given["logits"] + given["logits"][..., :1].round()
                },
            ),
            "without labels it is cross entropy of the blank": lambda given: (
                rnnt_loss(
                    **given
                    | {
                        "target_lengths": given["target_lengths"] * 0,
                        "reduction": "sum",
                    }
                ),
                -sum(
                    x[:t, 0].log_softmax(1)[:, given["blank"]].sum()
                    for x, t in zip(
                        given["logits"], given["input_lengths"], strict=True
                    )
                ),
            ),
            "without frames there is no path": lambda given: (
                rnnt_loss(
                    **published()
                    | {"input_lengths": torch.tensor([0]), "reduction": "none"}
                ),
                torch.tensor([torch.inf], dtype=torch.float64),
            ),
        },
        bad=[
            ({"logits": torch.zeros(4, 2, 2, 3).int()}, TypeError, "int32"),
            ({"logits": torch.zeros(4, 2, 3)}, ValueError, "(4, 2, 3)"),
            ({"logits": torch.zeros(4, 0, 2, 3)}, ValueError, "(4, 0, 2, 3)"),
            ({"target": torch.zeros(4, 9).long()}, ValueError, "(4, 9)"),
            ({"target": torch.zeros(4, 1)}, TypeError, "torch.float32"),
            ({"input_lengths": torch.ones(4)}, TypeError, "int64, got"),
            ({"input_lengths": torch.ones(3).long()}, ValueError, "got (3,)"),
            ({"target_lengths": torch.ones(4).int()}, TypeError, "int32"),
            ({"target_lengths": torch.tensor(1)}, ValueError, "got ()"),
            ({"blank": -1}, ValueError, "got -1"),
            ({"blank": 9}, ValueError, "got 9"),
        ],
        tolerance=1e-6,  # warprnnt_numba's lattice is in float32
    ),
}
