"""Arguments of vae, and what proves it."""

from types import SimpleNamespace

import mpmath
import numpy as np
import torch
from torch import Tensor
from torch.distributions import Normal, kl_divergence
from torch.nn import functional
from vae import gaussian_kl, vq_loss

from tests.cases._common import of_mean, reduce, slopes
from tests.draws import Arguments, Draw
from tests.oracles import theirs
from tests.proofs import Pair, Proof


def kl_arguments(draw: Draw) -> Arguments:
    """Draw arguments of gaussian_kl, below where exp goes on as a line."""
    shape = (draw.n, draw.c)
    most = 20 if draw.scale < 50 else 11  # the slope fits into float16
    return {
        "mean": draw.real(*shape),
        "log_variance": draw.real(*shape).clamp_max(most),
        "free_bits": draw.choose(0.0, 0.0, 0.5, 3.0),
        "reduction": draw.reduction(),
    }


def vq_arguments(draw: Draw) -> Arguments:
    """Draw arguments of vq_loss, now and then an exact hit."""
    encoded = draw.real(draw.n, draw.c)
    return {
        "encoded": encoded,
        "code": draw.choose(draw.real(draw.n, draw.c), 1 * encoded),
        "beta": draw.choose(0.0, 0.25, 1.0, 4.0),
        "reduction": draw.reduction(),
    }


def freed(each: Tensor, free_bits: float, reduction: str) -> Tensor:
    """Reduce as the paper of free bits does; samples keep their own share."""
    mean = each.mean(0)
    if reduction == "none":
        counts = (mean > free_bits).double()
        return (each * counts + free_bits * (1 - counts)).sum(1)
    loss = mean.clamp(min=free_bits).sum()
    return loss * len(each) if reduction == "sum" else loss


def of_torch(
    mean: Tensor, log_variance: Tensor, free_bits: float, reduction: str
) -> Tensor:
    """Call torch's divergence of two distributions."""
    latent = Normal(mean, (log_variance / 2).exp())
    standard = Normal(torch.zeros_like(mean), torch.ones_like(mean))
    return freed(kl_divergence(latent, standard), free_bits, reduction)


def of_mpmath(
    mean: Tensor, log_variance: Tensor, free_bits: float, reduction: str
) -> Tensor:
    """Subtract the entropy from the cross entropy, in 50 digits."""
    rows = zip(
        mean.flatten().tolist(), log_variance.flatten().tolist(), strict=True
    )
    with mpmath.workdps(50):
        found = []
        for m, v in rows:
            variance = mpmath.exp(mpmath.mpf(v))
            entropy = mpmath.log(2 * mpmath.pi * mpmath.e * variance) / 2
            square = mpmath.mpf(m) ** 2 + variance
            cross = (mpmath.log(2 * mpmath.pi) + square) / 2
            found.append(float(cross - entropy))
    each = torch.tensor(found, dtype=torch.float64).view(mean.shape)
    return freed(each, free_bits, reduction)


def of_dac(
    encoded: Tensor, code: Tensor, beta: float, reduction: str
) -> Tensor:
    """Call the quantizer of DAC, which has the mean, on codes of our own."""
    module = theirs("transformers.models.dac.modeling_dac")
    forward = module.DacVectorQuantize.forward

    def mean(encoded: Tensor, code: Tensor) -> Tensor:
        quantizer = SimpleNamespace(
            in_proj=lambda x: x,
            out_proj=lambda x: x,
            decode_latents=lambda _: (code, None),
        )
        _, commitment, codebook, _, _ = forward(quantizer, encoded)
        return codebook + beta * commitment

    return of_mean(mean, encoded, code, reduction)


def of_numpy(
    encoded: Tensor, code: Tensor, beta: float, reduction: str
) -> Tensor:
    """Write down equation 3, whose two terms have the same value."""
    apart = np.abs(encoded.numpy() - code.numpy())
    loss = np.power(apart, 2) + beta * np.power(apart, 2)
    return reduce(torch.from_numpy(loss), reduction)


def plain(given: Arguments) -> Arguments:
    """Take the mean, without free bits."""
    return given | {"free_bits": 0.0, "reduction": "mean"}


def textbook(given: Arguments) -> Tensor:
    """Write down what most VAEs have in their code."""
    m, v = given["mean"], given["log_variance"]
    return -0.5 * (1 + v - m**2 - v.exp()).sum(1).mean()


def straight(given: Arguments) -> Pair:
    """Go beyond 20 in equal steps: the loss grows by its slope at 20."""
    v = torch.tensor([[20.0], [25.0], [30.0]], dtype=torch.float64)
    slopes = gaussian_kl(0 * v, v, reduction="none").diff() / 5
    return slopes, (v[0].expm1() / 2).expand(2)


def legacy(given: Arguments) -> Pair:
    """Weigh the codebook loss instead: VQGAN's, another beta and scale."""
    given = given | {"reduction": "sum"}
    z, e = given["encoded"], given["code"]
    wanted = torch.cat([2 * (z - e), 2 * 4.0 * (e - z)]).flatten()
    ours = slopes(vq_loss, given | {"beta": 1 / 4.0}, "encoded", "code")
    return 4.0 * ours, wanted


KL_BAD = [
    ({"mean": torch.zeros(4, 5).int()}, TypeError, "int32"),
    ({"log_variance": torch.zeros(4, 5).long()}, TypeError, "int64"),
    ({"log_variance": torch.zeros(4, 1)}, ValueError, "(4, 5), got (4, 1)"),
    ({"free_bits": -1.0}, ValueError, "at least 0, got -1.0"),
    (
        {"mean": torch.zeros(4), "log_variance": torch.zeros(4)},
        ValueError,
        "(N, ...), got (4,)",
    ),
]
LATENT = ("mean", "log_variance")
PAIR = ("encoded", "code")
CASES = {
    "by_hand": (gaussian_kl, kl_arguments),
    "by_hand_vq": (vq_loss, vq_arguments),
}
PROOFS = {
    "gaussian_kl": Proof(
        draw=kl_arguments,
        oracles={
            "torch.distributions.kl_divergence": of_torch,
            "mpmath": of_mpmath,
        },
        same={
            "it is what most VAEs have": lambda given: (
                gaussian_kl(**plain(given)),
                textbook(given),
            ),
            "the prior costs nothing": lambda given: (
                gaussian_kl(
                    0 * given["mean"], 0 * given["mean"], reduction="none"
                ),
                torch.zeros(len(given["mean"])),
            ),
            "its gradients are the closed forms": lambda given: (
                slopes(gaussian_kl, plain(given), *LATENT),
                torch.cat(
                    [given["mean"], given["log_variance"].expm1() / 2]
                ).flatten()
                / len(given["mean"]),
            ),
            "more free bits than nats: no gradient": lambda given: (
                slopes(gaussian_kl, given | {"free_bits": 1e12}, *LATENT),
                torch.zeros(2 * given["mean"].numel()),
            ),
            "nats beyond the free ones have the plain gradient": lambda g: (
                slopes(gaussian_kl, g | {"free_bits": 1e-300}, *LATENT),
                slopes(gaussian_kl, g | {"free_bits": 0.0}, *LATENT),
            ),
            "images are as their numbers in a row": lambda given: (
                gaussian_kl(
                    **given
                    | {k: given[k].unsqueeze(-1).unsqueeze(-1) for k in LATENT}
                ),
                gaussian_kl(**given),
            ),
            "beyond 20 it is its tangent at 20": straight,
        },
        bad=KL_BAD,
    ),
    "vq_loss": Proof(
        draw=vq_arguments,
        oracles={
            "transformers.DacVectorQuantize": of_dac,
            "numpy": of_numpy,
        },
        same={
            "its gradients are DAC's": lambda given: (
                slopes(vq_loss, given | {"reduction": "mean"}, *PAIR),
                slopes(of_dac, given | {"reduction": "mean"}, *PAIR),
            ),
            "codes go to what was encoded": lambda given: (
                slopes(vq_loss, given | {"reduction": "sum"}, "code"),
                2 * (given["code"] - given["encoded"]),
            ),
            "what was encoded goes to codes, by beta": lambda given: (
                slopes(vq_loss, given | {"reduction": "sum"}, "encoded"),
                2 * given["beta"] * (given["encoded"] - given["code"]),
            ),
            "its value is 1 + beta squared errors": lambda given: (
                vq_loss(**given),
                (1 + given["beta"])
                * functional.mse_loss(
                    given["encoded"],
                    given["code"],
                    reduction=given["reduction"],
                ),
            ),
            "VQGAN's 4 is 4 times ours with a quarter": legacy,
        },
        bad=[
            ({"encoded": torch.zeros(4, 5).int()}, TypeError, "int32"),
            ({"code": torch.zeros(4, 5).long()}, TypeError, "int64"),
            ({"code": torch.zeros(4, 1)}, ValueError, "(4, 5), got (4, 1)"),
            ({"beta": -1.0}, ValueError, "at least 0, got -1.0"),
        ],
        gradcheck="each of its terms stops one of the two gradients",
    ),
}
