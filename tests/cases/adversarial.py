"""Arguments of adversarial, and what proves it."""

import numpy as np
import torch
from adversarial import (
    hinge_gan_loss,
    lsgan_loss,
    nonsaturating_gan_loss,
    r1_penalty,
    wgan_gradient_penalty,
)
from torch import Tensor
from torch.nn import functional

from tests.cases._common import reduce, row_by_row, slopes, unchanged
from tests.draws import Arguments, Draw
from tests.oracles import theirs
from tests.proofs import Loss, Pair, Proof


def hinge_arguments(draw: Draw) -> Arguments:
    """Draw arguments of hinge_gan_loss; three samples: the generator's."""
    real = None if draw.n == 3 else draw.real(draw.n, draw.c)
    return {
        "fake": draw.real(draw.n, draw.c),
        "real": real,
        "reduction": draw.reduction(),
    }


def lsgan_arguments(draw: Draw) -> Arguments:
    """Draw arguments of lsgan_loss."""
    a, b, c = draw.choose((0.0, 1.0, 1.0), (-1.0, 1.0, 0.0), (0.1, 0.9, 0.9))
    reduction = {"reduction": draw.reduction()}
    return hinge_arguments(draw) | {"a": a, "b": b, "c": c} | reduction


def waves(x: Tensor) -> Tensor:
    """Score each sample; the slope is anything from 0 on."""
    return x.sin().flatten(1).sum(1)


def patches(x: Tensor) -> Tensor:
    """Score each part of a sample."""
    return x * x.flatten(1).sum(1).reshape(-1, *[1] * (x.ndim - 1)) / 10


def flat(x: Tensor) -> Tensor:
    """Score all alike: the slope is 0, where a norm has a corner."""
    return 0 * x * x


def penalty_arguments(draw: Draw) -> Arguments:
    """Draw arguments of wgan_gradient_penalty."""
    shape = draw.choose((draw.c,), (2, 2), (1,))
    return {
        "critic": draw.choose(waves, patches, flat),
        "real": draw.real(draw.n, *shape),
        "fake": draw.real(draw.n, *shape),
        "alpha": draw.unit(draw.n),
        "weight": draw.choose(0.0, 1.0, 10.0),
        "center": draw.choose(0.0, 1.0),
        "reduction": draw.reduction(),
    }


def r1_arguments(draw: Draw) -> Arguments:
    """Draw arguments of r1_penalty."""
    shape = draw.choose((draw.c,), (2, 2), (1,))
    return {
        "critic": draw.choose(waves, patches, flat),
        "sample": draw.real(draw.n, *shape),
        "gamma": draw.choose(0.0, 1.0, 10.0),
        "reduction": draw.reduction(),
    }


def of_torchgan(fake: Tensor, real: Tensor | None, reduction: str) -> Tensor:
    """Call torchgan's: the margin of its energy-based loss is a hinge."""
    its = theirs("torchgan.losses.functional")
    if real is None:
        return its.wasserstein_generator_loss(fake, reduction)
    loss = its.energy_based_discriminator_loss
    zero = torch.zeros_like(fake)
    of_fake = loss(zero, -fake, 1.0, reduction)
    return of_fake + loss(zero, real, 1.0, reduction)


def of_sklearn(fake: Tensor, real: Tensor | None, reduction: str) -> Tensor:
    """Call sklearn's, whose single class is the negative one."""
    its = theirs("sklearn.metrics").hinge_loss

    def loss(score: Tensor) -> float:
        return its([0] * score.numel(), score.reshape(-1).numpy())

    if real is None:  # so far from the corner that all is a straight line
        far = fake.max()
        each = [loss(far - x) - 1 - far for x in fake.view(-1, 1)]
    else:
        rows = zip(fake.reshape(-1, 1), real.reshape(-1, 1), strict=True)
        each = [loss(x) + loss(-y) for x, y in rows]
    each = torch.tensor(each, dtype=torch.float64).reshape(fake.shape)
    return reduce(each, reduction)


def of_torchgan_lsgan(
    fake: Tensor, real: Tensor | None, reduction: str, **labels: float
) -> Tensor:
    """Call torchgan's two."""
    its = theirs("torchgan.losses.functional")
    a, b, c = (labels[name] for name in "abc")
    if real is None:
        return its.least_squares_generator_loss(fake, c, reduction)
    return its.least_squares_discriminator_loss(real, fake, a, b, reduction)


def of_monai(
    fake: Tensor, real: Tensor | None, reduction: str, **labels: float
) -> Tensor:
    """Call MONAI's, whose labels are 0 and 1, and which does not halve."""
    loss = theirs("monai.losses").PatchAdversarialLoss(
        reduction, "least_squares", no_activation_leastsq=True
    )

    def each(score: Tensor, is_real: bool, for_discriminator: bool) -> Tensor:
        value = loss(score, is_real, for_discriminator)
        return value[0] if reduction == "none" else value

    a, b, c = (labels[name] for name in "abc")
    if real is None:  # from c to 1, from a to 0, from b to 1
        return each(fake - c + 1, True, False) / 2
    return (each(fake - a, False, True) + each(real - b + 1, True, True)) / 2


def of_dragan(
    critic: Loss,
    real: Tensor,
    fake: Tensor,
    alpha: Tensor,
    weight: float,
    center: float,
    reduction: str,
) -> Tensor:
    """Call torchgan's a sample at a time: it takes one norm of the batch."""
    its = theirs("torchgan.losses.functional").dragan_gradient_penalty

    def loss(x: Tensor, y: Tensor, t: Tensor) -> Tensor:
        between = (t * x + (1 - t) * y).detach().requires_grad_()
        return its(between, critic(between), center).detach()

    return reduce(weight * row_by_row(loss, real, fake, alpha), reduction)


def of_minimax(fake: Tensor, real: Tensor | None, reduction: str) -> Tensor:
    """Call torchgan's two, the generator's with its heuristic."""
    its = theirs("torchgan.losses.functional")
    if real is None:
        return its.minimax_generator_loss(fake, True, reduction)
    return its.minimax_discriminator_loss(real, fake, 0.0, reduction)


def r1_of_dragan(
    critic: Loss, sample: Tensor, gamma: float, reduction: str
) -> Tensor:
    """Call torchgan's around a slope of 0, a sample at a time."""
    its = theirs("torchgan.losses.functional").dragan_gradient_penalty

    def loss(x: Tensor) -> Tensor:
        x = x.detach().requires_grad_()
        return its(x, critic(x), 0.0).detach()

    return reduce(gamma / 2 * row_by_row(loss, sample), reduction)


def r1_of_numpy(
    critic: Loss, sample: Tensor, gamma: float, reduction: str
) -> Tensor:
    """Square the slopes that those three critics have, by hand."""
    x = sample.flatten(1).numpy()
    slope = {
        waves: np.cos(x),
        patches: 2 * x.sum(1, keepdims=True) / 10 * np.ones_like(x),
        flat: 0 * x,
    }[critic]
    return reduce(torch.tensor(gamma / 2 * (slope**2).sum(1)), reduction)


def quadratic(given: Arguments) -> Pair:
    """Take the gradient by the weights of x @ A @ x / 2, in closed form."""
    x = given["sample"].flatten(1)
    g = torch.Generator().manual_seed(x.shape[1])
    a = torch.randn(*x.shape[1:] * 2, generator=g).double()
    a = a + a.T

    def loss(weight: Tensor) -> Tensor:
        def critic(x: Tensor) -> Tensor:
            return ((x @ weight) * x).sum(1) / 2

        return r1_penalty(critic, x, gamma=3.0, reduction="sum")

    # The slope is (A + A^T) x / 2, of a symmetric A it is A x.
    found = slopes(loss, {"weight": a}, "weight").view_as(a)
    outer = 3 * a @ x.T @ x
    return found, (outer + outer.T) / 2


def discriminates(given: Arguments) -> Arguments:
    """Make it the discriminator's."""
    real = given["real"] if given["real"] is not None else given["fake"] + 1
    return given | {"real": real}


def nonsaturating_slopes(given: Arguments) -> Pair:
    """Write the slopes of both sums: discriminator's, then generator's."""
    loss, given = nonsaturating_gan_loss, discriminates(given)
    given = given | {"reduction": "sum"}
    f, r = given["fake"], given["real"]
    slope = [1 / (1 + (-f).exp()), -1 / (1 + r.exp()), -1 / (1 + f.exp())]
    of_both = slopes(loss, given, "fake", "real")
    of_generator = slopes(loss, given | {"real": None}, "fake")
    return torch.cat([of_both, of_generator]), torch.stack(slope).flatten()


def ranked(given: Arguments) -> Pair:
    """Compare with two of torch's margin ranking losses."""
    fake, real = given["fake"], discriminates(given)["real"]
    zero, one = torch.zeros_like(fake), torch.ones_like(fake)
    options = {"margin": 1, "reduction": given["reduction"]}
    loss = functional.margin_ranking_loss
    return (
        hinge_gan_loss(**discriminates(given)),
        loss(zero, fake, one, **options) + loss(real, zero, one, **options),
    )


CASES = {
    "by_hand": (hinge_gan_loss, hinge_arguments),
    "by_hand_lsgan": (lsgan_loss, lsgan_arguments),
    "by_hand_nonsaturating": (nonsaturating_gan_loss, hinge_arguments),
    "by_hand_penalty": (wgan_gradient_penalty, penalty_arguments),
    "by_hand_r1": (r1_penalty, r1_arguments),
}
BAD = [
    ({"fake": torch.zeros(4, 5).int()}, TypeError, "int32"),
    ({"real": torch.zeros(4, 5).long()}, TypeError, "int64"),
    ({"real": torch.zeros(4, 1)}, ValueError, "(4, 5), got (4, 1)"),
]
PROOFS = {
    "hinge_gan_loss": Proof(
        draw=hinge_arguments,
        oracles={
            "torchgan.losses.functional.energy_based_discriminator_loss": (
                of_torchgan
            ),
            "sklearn.metrics.hinge_loss": of_sklearn,
        },
        same={
            "real and fake are mirror images": lambda given: (
                hinge_gan_loss(**discriminates(given)),
                hinge_gan_loss(
                    **given
                    | {
                        "fake": -discriminates(given)["real"],
                        "real": -given["fake"],
                    }
                ),
            ),
            "it is two of torch's margin ranking losses": ranked,
            "beyond 1 the discriminator has nothing to do": lambda given: (
                hinge_gan_loss(
                    -1 - given["fake"].abs(), 1 + given["fake"].abs()
                ),
                torch.zeros(()),
            ),
        },
        bad=BAD,
    ),
    "lsgan_loss": Proof(
        draw=lsgan_arguments,
        oracles={
            "torchgan.losses.functional.least_squares_discriminator_loss": (
                of_torchgan_lsgan
            ),
            "monai.losses.PatchAdversarialLoss": of_monai,
        },
        same={
            "the generator's is half a squared error": lambda given: (
                lsgan_loss(**given | {"real": None}),
                functional.mse_loss(
                    given["fake"],
                    torch.full_like(given["fake"], given["c"]),
                    reduction=given["reduction"],
                )
                / 2,
            ),
            "real and fake are mirror images": lambda given: (
                lsgan_loss(**discriminates(given)),
                lsgan_loss(
                    **given
                    | {
                        "fake": discriminates(given)["real"],
                        "real": given["fake"],
                        "a": given["b"],
                        "b": given["a"],
                    }
                ),
            ),
        },
        bad=BAD,
    ),
    "nonsaturating_gan_loss": Proof(
        draw=hinge_arguments,
        oracles={
            "torchgan.losses.functional.minimax_discriminator_loss": (
                of_minimax
            ),
        },
        same={
            "real and fake are mirror images": lambda given: (
                nonsaturating_gan_loss(**discriminates(given)),
                nonsaturating_gan_loss(
                    **given
                    | {
                        "fake": -discriminates(given)["real"],
                        "real": -given["fake"],
                    }
                ),
            ),
            "the generator's is torch's soft margin loss": lambda given: (
                nonsaturating_gan_loss(**given | {"real": None}),
                functional.soft_margin_loss(
                    given["fake"],
                    torch.ones_like(given["fake"]),
                    reduction=given["reduction"],
                ),
            ),
            "scores of 0 cost ln 4, and ln 2": lambda given: (
                torch.stack(
                    [
                        nonsaturating_gan_loss(0 * given["fake"], real)
                        for real in (0 * given["fake"], None)
                    ]
                ),
                torch.tensor([4.0, 2.0]).double().log(),
            ),
            "its slope is that of its formula": nonsaturating_slopes,
        },
        bad=BAD,
    ),
    "r1_penalty": Proof(
        draw=r1_arguments,
        oracles={
            "torchgan.losses.functional.dragan_gradient_penalty": r1_of_dragan,
            "numpy": r1_of_numpy,
        },
        same={
            "it is WGAN's around a slope of 0, half the weight": lambda x: (
                r1_penalty(**x),
                wgan_gradient_penalty(
                    x["critic"],
                    x["sample"],
                    x["sample"],
                    torch.ones(len(x["sample"])),
                    weight=x["gamma"] / 2,
                    center=0.0,
                    reduction=x["reduction"],
                ),
            ),
            "its gradient is that of a quadratic critic": quadratic,
            "a constant added to the scores changes nothing": unchanged(
                r1_penalty,
                lambda given: {"critic": lambda x: given["critic"](x) - 5},
            ),
            "twice the scores, four times the penalty": lambda given: (
                r1_penalty(
                    **given | {"critic": lambda x: 2 * given["critic"](x)}
                ),
                4 * r1_penalty(**given),
            ),
        },
        bad=[
            ({"sample": torch.zeros(4, 5).int()}, TypeError, "int32"),
            ({"sample": torch.zeros(4)}, ValueError, "got (4,)"),
            ({"gamma": -1.0}, ValueError, "at least 0, got -1.0"),
        ],
        vmap=False,  # the critic is a function: it can't be stacked
    ),
    "wgan_gradient_penalty": Proof(
        draw=penalty_arguments,
        oracles={
            "torchgan.losses.functional.dragan_gradient_penalty": of_dragan,
        },
        same={
            "slopes of 0 and of 2 are as far from 1": lambda given: (
                wgan_gradient_penalty(
                    **given | {"critic": flat, "center": 1.0}
                ),
                wgan_gradient_penalty(
                    **given
                    | {"critic": lambda x: 2 * x.flatten(1)[:, 0], "center": 1}
                ),
            ),
            "at alpha 0 only the fake counts": lambda given: (
                wgan_gradient_penalty(**given | {"alpha": given["alpha"] * 0}),
                wgan_gradient_penalty(**given | {"real": given["fake"]}),
            ),
            "a constant added to the scores changes nothing": unchanged(
                wgan_gradient_penalty,
                lambda given: {"critic": lambda x: given["critic"](x) - 5},
            ),
        },
        bad=[
            ({"real": torch.zeros(4, 5).int()}, TypeError, "int32"),
            ({"fake": torch.zeros(4, 5).int()}, TypeError, "int32"),
            ({"fake": torch.zeros(4, 7)}, ValueError, "(4, 7)"),
            ({"real": torch.zeros(4)}, ValueError, "(N, d1, ...), got (4,)"),
            ({"alpha": torch.ones(3)}, ValueError, "got (3,)"),
            ({"alpha": torch.ones(4).bool()}, TypeError, "bool"),
            ({"weight": -1.0}, ValueError, "at least 0, got -1.0"),
            ({"center": -2.0}, ValueError, "at least 0, got -2.0"),
        ],
        vmap=False,  # the critic is a function: it can't be stacked
    ),
}
