"""Arguments of redundancy, and what proves it."""

from unittest import mock

import torch
from redundancy import barlow_twins_loss, vicreg_loss
from torch import Tensor
from torch.nn import functional

from tests.cases._common import unchanged
from tests.draws import Arguments, Draw
from tests.oracles import theirs
from tests.proofs import Proof

LARGE = 1e8  # scales embeddings until an epsilon of theirs is nothing


def views(draw: Draw) -> Arguments:
    """Draw two views, near or not, some with a dimension that is dead."""
    shape = draw.n + 2, draw.c
    z_a, z_b = draw.real(*shape) / 8, draw.real(*shape) / 8
    z_b = draw.choose(z_b, z_a + z_b / 8)
    if draw.ties and draw.choose(True, False):
        z_a[:, 0] = 0.5
    return {"z_a": z_a, "z_b": z_b}


def barlow_arguments(draw: Draw) -> Arguments:
    """Draw arguments of barlow_twins_loss."""
    return views(draw) | {
        "lambd": draw.choose(0.0, 5e-3, 1.0),
        "eps": draw.choose(1e-5, 1e-3),
        "correction": draw.choose(0, 1),
    }


def vicreg_arguments(draw: Draw) -> Arguments:
    """Draw arguments of vicreg_loss."""
    return views(draw) | {
        "invariance": draw.choose(0.0, 1.0, 25.0),
        "variance": draw.choose(0.0, 1.0, 25.0),
        "covariance": draw.choose(0.0, 1.0),
        "gamma": draw.choose(0.5, 1.0, 2.0),
        "eps": draw.choose(1e-4, 1e-2),
    }


def of_monai(
    z_a: Tensor, z_b: Tensor, lambd: float, eps: float, correction: int
) -> Tensor:
    """Call MONAI's, with our deviation in place of the one that it takes."""
    weight = torch.tensor(lambd, dtype=z_a.dtype)  # it makes float32 of floats
    loss = theirs("monai.losses").BarlowTwinsLoss(weight)

    def std(z: Tensor, dim: int) -> Tensor:
        return (z.var(dim, correction=correction) + LARGE**2 * eps).sqrt()

    with mock.patch.object(Tensor, "std", std):
        return loss(LARGE * z_a, LARGE * z_b)


def of_metric_learning(
    z_a: Tensor, z_b: Tensor, gamma: float, eps: float, **weight: float
) -> Tensor:
    """Call pytorch_metric_learning's, whose gamma is 1: in units of ours."""
    loss = theirs("pytorch_metric_learning.losses").VICRegLoss(
        invariance_lambda=weight["invariance"] * gamma**2,
        variance_mu=weight["variance"] * gamma,
        covariance_v=weight["covariance"] * gamma**4,
        eps=eps / gamma**2,
    )
    return loss(z_a / gamma, ref_emb=z_b / gamma)


def white(given: Arguments) -> Tensor:
    """Make embeddings of mean 0, variance 1 and no correlation."""
    d = given["z_a"].shape[1]
    g = torch.Generator().manual_seed(d)
    x = torch.randn(3 * d, d, dtype=torch.float64, generator=g)
    return torch.linalg.qr(x - x.mean(0)).Q * len(x) ** 0.5


def swapped(given: Arguments) -> Arguments:
    """Let the views change places."""
    return given | {"z_a": given["z_b"], "z_b": given["z_a"]}


CASES = {
    "by_hand": (barlow_twins_loss, barlow_arguments),
    "by_hand_vicreg": (vicreg_loss, vicreg_arguments),
}
BAD = [
    ({"z_b": torch.zeros(6, 5).long()}, TypeError, "z_b must be floating"),
    ({"z_a": torch.zeros(6, 5).int()}, TypeError, "got torch.int32"),
    ({"z_b": torch.zeros(6, 4)}, ValueError, "(6, 5) and (6, 4)"),
    (
        {"z_a": torch.zeros(1, 5), "z_b": torch.zeros(1, 5)},
        ValueError,
        "N at least 2",
    ),
    (
        {"z_a": torch.zeros(6, 5, 1), "z_b": torch.zeros(6, 5, 1)},
        ValueError,
        "(N, D)",
    ),
    ({"eps": 0.0}, ValueError, "eps must be above 0, got 0.0"),
]
PROOFS = {
    "barlow_twins_loss": Proof(
        draw=barlow_arguments,
        oracles={"monai.losses.BarlowTwinsLoss": of_monai},
        same={
            "correction=1 is MONAI's as it stands": lambda given: (
                barlow_twins_loss(
                    LARGE * given["z_a"],
                    LARGE * given["z_b"],
                    lambd=0.125,  # exact in float32, which MONAI makes of it
                    correction=1,
                ),
                theirs("monai.losses").BarlowTwinsLoss(0.125)(
                    LARGE * given["z_a"], LARGE * given["z_b"]
                ),
            ),
            "views change places": unchanged(barlow_twins_loss, swapped),
            "a view moves": unchanged(
                barlow_twins_loss, lambda given: {"z_a": given["z_a"] + 3}
            ),
            "samples change places": unchanged(
                barlow_twins_loss,
                lambda given: {
                    "z_a": given["z_a"].flip(0),
                    "z_b": given["z_b"].flip(0),
                },
            ),
            "equal white views cost nothing": lambda given: (
                barlow_twins_loss(white(given), 3 * white(given), eps=1e-12),
                torch.zeros(()),
            ),
        },
        bad=[
            *BAD,
            ({"lambd": -1.0}, ValueError, "at least 0, got -1.0"),
            ({"correction": 2}, ValueError, "0 or 1, got 2"),
        ],
        autocast=2e-2,  # the product is in bfloat16, of 8 bits
    ),
    "vicreg_loss": Proof(
        draw=vicreg_arguments,
        oracles={
            "pytorch_metric_learning.losses.VICRegLoss": of_metric_learning
        },
        same={
            "invariance alone is mean squared error": lambda given: (
                vicreg_loss(
                    given["z_a"],
                    given["z_b"],
                    invariance=1.0,
                    variance=0.0,
                    covariance=0.0,
                ),
                functional.mse_loss(given["z_a"], given["z_b"]),
            ),
            "views change places": unchanged(vicreg_loss, swapped),
            "both views move": unchanged(
                vicreg_loss,
                lambda given: {
                    "z_a": given["z_a"] + 3,
                    "z_b": given["z_b"] + 3,
                },
            ),
            "equal white views, wide enough, cost nothing": lambda given: (
                vicreg_loss(2 * white(given), 2 * white(given)),
                torch.zeros(()),
            ),
        },
        bad=[
            *BAD,
            ({"invariance": -1.0}, ValueError, "at least 0, got -1.0"),
            ({"variance": -1.0}, ValueError, "variance must be at least 0"),
            ({"covariance": -1.0}, ValueError, "covariance must be at least 0"),
            ({"gamma": float("nan")}, ValueError, "at least 0, got nan"),
        ],
        autocast=2e-2,  # the product is in bfloat16, of 8 bits
    ),
}
