"""Arguments of asymmetric_loss, and what proves it."""

from unittest import mock

import torch
from asymmetric_loss import asymmetric_loss
from torch import Tensor
from torch.nn import functional

from tests.cases._common import BAD_BINARY
from tests.draws import Arguments, Draw
from tests.oracles import theirs
from tests.proofs import Pair, Proof


def soft(draw: Draw) -> Arguments:
    """Draw arguments, targets between 0 and 1 too."""
    target = draw.choose(draw.unit, draw.binary)
    return {
        "logits": draw.real(draw.n, draw.c),
        "target": target(draw.n, draw.c),
        "gamma_neg": draw.choose(0.0, 0.5, 1.0, 4.0),
        "gamma_pos": draw.choose(0.0, 0.5, 1.0, 2.0),
        "clip": draw.choose(0.0, 0.05, 0.2),
        "reduction": draw.reduction(),
    }


def hard(draw: Draw) -> Arguments:
    """Draw arguments for which all implementations mean the same.

    Between 0 and 1 they mix other things. Without a clip timm subtracts the
    sigmoid from 1, which leaves no digits of a zero's large logit.
    """
    given = soft(draw)
    target = draw.binary(draw.n, draw.c)
    if not given["clip"]:
        most = torch.where(target == 1, torch.inf, 15.0)
        given["logits"] = given["logits"].minimum(most)
    return given | {"target": target}


def of_timm(logits: Tensor, target: Tensor, **options: object) -> Tensor:
    """Call timm's in the dtype given, where it would take float32."""
    make = theirs("timm.loss").AsymmetricLossMultiLabel
    with mock.patch.object(Tensor, "float", lambda x: x):
        return make(eps=1e-300, **options)(logits, target)


def cross_entropy(given: Arguments) -> Pair:
    """Compare with binary cross entropy, far from 0 too."""
    x, y = 10 * given["logits"], given["target"]
    none = {"gamma_neg": 0.0, "gamma_pos": 0.0, "clip": 0.0}
    return (
        asymmetric_loss(x, y, **none),
        functional.binary_cross_entropy_with_logits(x, y),
    )


def focal(given: Arguments) -> Pair:
    """Compare with torchvision's focal loss."""
    x, y, gamma = given["logits"], given["target"], given["gamma_pos"]
    same = {"gamma_neg": gamma, "gamma_pos": gamma, "clip": 0.0}
    x = x.clamp(-15, 15)  # it subtracts from 1
    loss = theirs("torchvision.ops").sigmoid_focal_loss
    return asymmetric_loss(x, y, **same), loss(x, y, -1, gamma, "mean")


def mixed(given: Arguments) -> Pair:
    """Compare a target between 0 and 1 with a mixture of both."""
    options = given | {"reduction": "none"}
    x, t = options.pop("logits"), options.pop("target")
    t = (t + x.sigmoid()) / 2
    yes = asymmetric_loss(x, torch.ones_like(x), **options)
    no = asymmetric_loss(x, torch.zeros_like(x), **options)
    return asymmetric_loss(x, t, **options), t * yes + (1 - t) * no


def free(given: Arguments) -> Pair:
    """Give zeros no more than the probability that is free."""
    x = (given["logits"].sigmoid() * 0.2).logit() - 1e-3
    loss = asymmetric_loss(x, torch.zeros_like(x), clip=0.2)
    return loss, torch.zeros_like(loss)


CASES = {"by_hand": (asymmetric_loss, soft)}
PROOFS = {
    "asymmetric_loss": Proof(
        draw=hard,
        oracles={"timm.loss.AsymmetricLossMultiLabel": of_timm},
        same={
            "gammas and clip of 0 are binary cross entropy": cross_entropy,
            "equal gammas without clip are torchvision's focal loss": focal,
            "a target between 0 and 1 mixes both": mixed,
            "a zero below the clip costs nothing": free,
        },
        bad=[
            *BAD_BINARY,
            ({"gamma_neg": -1.0}, ValueError, "at least 0, got -1.0"),
            ({"gamma_pos": float("nan")}, ValueError, "at least 0, got nan"),
            ({"clip": 1.0}, ValueError, "less than 1, got 1.0"),
            ({"clip": -0.05}, ValueError, "from 0 to less than 1, got -0.05"),
        ],
    ),
}
