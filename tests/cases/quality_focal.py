"""Arguments of quality_focal, and what proves it."""

import warnings
from functools import partial
from unittest import mock

import mpmath
import torch
from quality_focal import (
    distribution_focal_loss,
    gaussian_focal_loss,
    quality_focal_loss,
    varifocal_loss,
)
from torch import Tensor
from torch.nn import functional

from tests.cases._common import (
    BAD_BINARY,
    call_known,
    reduce,
    row_by_row,
    shifted,
    slopes,
    unchanged,
)
from tests.draws import Arguments, Draw
from tests.oracles import optax, theirs
from tests.proofs import Pair, Proof


def pair(draw: Draw) -> Arguments:
    """Draw logits, and targets between 0 and 1 or at both ends only."""
    target = draw.choose(draw.unit, draw.binary)
    return {
        "logits": draw.real(draw.n, draw.c),
        "target": target(draw.n, draw.c),
    }


def quality_arguments(draw: Draw) -> Arguments:
    """Draw arguments of quality_focal_loss."""
    return pair(draw) | {
        "beta": draw.choose(0.0, 0.5, 1.0, 2.0, 3.0),
        "reduction": draw.reduction(),
    }


def varifocal_arguments(draw: Draw) -> Arguments:
    """Draw arguments of varifocal_loss."""
    return pair(draw) | {
        "alpha": draw.choose(0.0, 0.25, 0.75, 2.0),
        "gamma": draw.choose(0.0, 0.5, 1.0, 2.0),
        "reduction": draw.reduction(),
    }


def distribution_arguments(draw: Draw) -> Arguments:
    """Draw arguments of distribution_focal_loss; with ties whole targets."""
    target = draw.weight(draw.n) / 3.2 * (draw.c - 1)
    return {
        "logits": draw.real(draw.n, draw.c),
        "target": target.round() if draw.ties else target,
        "reduction": draw.reduction(),
    }


def gaussian_arguments(draw: Draw) -> Arguments:
    """Draw arguments of gaussian_focal_loss."""
    return pair(draw) | {
        "alpha": draw.choose(0.0, 0.5, 1.0, 2.0, 3.0),
        "beta": draw.choose(0.0, 0.5, 1.0, 4.0),
        "reduction": draw.reduction(),
    }


def of_toolbelt(
    logits: Tensor, target: Tensor, beta: float, reduction: str
) -> Tensor:
    """Call pytorch_toolbelt's, kept from casting to float32."""
    loss = theirs("pytorch_toolbelt.losses").QualityFocalLoss(beta, reduction)
    with (
        mock.patch.object(Tensor, "float", lambda x: x),
        warnings.catch_warnings(),
    ):
        warnings.simplefilter("ignore")  # its autocast is an old one
        return loss(logits, target)


def of_transformers(
    logits: Tensor, target: Tensor, reduction: str, **options: float
) -> Tensor:
    """Call RT-DETR's: a query for each element, and boxes of that IoU."""
    if reduction == "none":
        each = partial(of_transformers, reduction="sum", **options)
        found = row_by_row(each, logits.flatten(), target.flatten())
        return found.reshape(logits.shape)
    config = theirs("transformers").RTDetrConfig(
        num_labels=1, **{f"focal_loss_{k}": x for k, x in options.items()}
    )
    loss = theirs("transformers.loss.loss_rt_detr").RTDetrLoss(config)
    iou = target.reshape(-1)
    (positive,) = torch.where(iou > 0)
    half, one = torch.full_like(iou, 0.5), torch.ones_like(iou)
    boxes = torch.stack([iou / 2, half, iou, one], 1)
    found = loss.loss_labels_vfl(
        outputs={
            "logits": logits.reshape(1, -1, 1),
            "pred_boxes": torch.stack([half, half, one, one], 1)[None],
        },
        targets=[
            {"boxes": boxes, "class_labels": torch.zeros_like(iou).long()}
        ],
        indices=[(positive, positive)],
        num_boxes=1,
    )["loss_vfl"]
    return found if reduction == "sum" else found / logits.numel()


def entropy(y: Tensor) -> Tensor:
    """Compute the entropy of a yes or no."""
    return -torch.xlogy(y, y) - torch.xlogy(1 - y, 1 - y)


def inner(given: Arguments) -> Tensor:
    """Keep targets away from 0 and 1, where the logit is infinite."""
    return given["target"].clamp(0.01, 0.99)


def two_hot(given: Arguments) -> Tensor:
    """Spread each target over the bins around it."""
    bins = torch.arange(given["logits"].shape[-1])
    return (1 - (given["target"][:, None] - bins).abs()).clamp_min(0)


def of_optax(logits: Tensor, target: Tensor, reduction: str) -> Tensor:
    """Call the cross entropy of optax with targets of two bins."""
    labels = two_hot({"logits": logits, "target": target})
    return reduce(optax("softmax_cross_entropy", logits, labels), reduction)


def of_d_fine(logits: Tensor, target: Tensor, reduction: str) -> Tensor:
    """Call D-FINE's, which is given the left bin and both weights."""
    loss = theirs("transformers.loss.loss_d_fine").DFineLoss
    left = target.floor().clamp_max(logits.shape[-1] - 2)
    found = loss.unimodal_distribution_focal_loss(
        None, logits, left, target - left, left + 1 - target, reduction="none"
    )
    return reduce(found, reduction)


def of_mpmath(
    logits: Tensor, target: Tensor, alpha: float, beta: float, reduction: str
) -> Tensor:
    """Write down equation 1 of CornerNet, in 50 digits."""

    def element(x: float, y: float) -> float:
        p, q = (1 / (1 + mpmath.exp(mpmath.mpf(s * x))) for s in (-1, 1))
        if y == 1:
            return float(-(q**alpha) * mpmath.log(p))
        return float(-(mpmath.mpf(1 - y) ** beta) * p**alpha * mpmath.log(q))

    with mpmath.workdps(50):
        pairs = zip(logits.flatten(), target.flatten(), strict=True)
        found = [element(x.item(), y.item()) for x, y in pairs]
    each = torch.tensor(found, dtype=torch.float64).view(logits.shape)
    return reduce(each, reduction, (target == 1).sum().clamp_min(1))


def best(given: Arguments) -> Pair:
    """Predict the two bins with their own weights: their entropy is left."""
    truth = two_hot(given)
    loss = distribution_focal_loss(
        truth.log().clamp_min(-1e3), given["target"], reduction="none"
    )
    return loss, -torch.xlogy(truth, truth).sum(1)


def drawn_to_two(given: Arguments) -> Pair:
    """Compare the gradient with its closed form: softmax minus two bins."""
    given = given | {"reduction": "sum"}
    return (
        slopes(distribution_focal_loss, given, "logits"),
        (given["logits"].softmax(1) - two_hot(given)).flatten(),
    )


def drawn_to_peaks(given: Arguments) -> Pair:
    """Compare the gradient with its closed form, for smooth powers."""
    given = given | {"alpha": 3.0, "reduction": "sum"}
    x, y = given["logits"], given["target"]
    p, q = x.sigmoid(), (-x).sigmoid()
    log_p, log_q = functional.logsigmoid(x), functional.logsigmoid(-x)
    peaks = q**3 * (3 * p * log_p - q)
    others = (1 - y) ** given["beta"] * p**3 * (p - 3 * q * log_q)
    return (
        slopes(gaussian_focal_loss, given, "logits"),
        torch.where(y == 1, peaks, others).flatten(),
    )


CASES = {
    "by_hand": (quality_focal_loss, quality_arguments),
    "by_hand_varifocal": (varifocal_loss, varifocal_arguments),
    "by_hand_distribution": (distribution_focal_loss, distribution_arguments),
    "by_hand_gaussian": (gaussian_focal_loss, gaussian_arguments),
}
PROOFS = {
    "quality_focal_loss": Proof(
        draw=quality_arguments,
        oracles={"pytorch_toolbelt.losses.QualityFocalLoss": of_toolbelt},
        same={
            "beta=0 is binary cross entropy": lambda given: (
                quality_focal_loss(**given | {"beta": 0.0}),
                call_known(functional.binary_cross_entropy_with_logits, given),
            ),
            "yes and no are mirror images": unchanged(
                quality_focal_loss,
                lambda given: {
                    "logits": -given["logits"],
                    "target": 1 - given["target"],
                },
            ),
            "the right score costs nothing": lambda given: (
                quality_focal_loss(inner(given).logit(), inner(given)),
                torch.zeros(()),
            ),
        },
        bad=[*BAD_BINARY, ({"beta": -1.0}, ValueError, "at least 0, got -1.0")],
    ),
    "varifocal_loss": Proof(
        draw=varifocal_arguments,
        oracles={"transformers.loss.loss_rt_detr.RTDetrLoss": of_transformers},
        same={
            "targets of 0 and 1, gamma=0, alpha=1: cross entropy": (
                lambda given: (
                    varifocal_loss(
                        given["logits"],
                        given["target"].round(),
                        alpha=1.0,
                        gamma=0.0,
                    ),
                    functional.binary_cross_entropy_with_logits(
                        given["logits"], given["target"].round()
                    ),
                )
            ),
            "the right score costs the entropy, weighted": lambda given: (
                varifocal_loss(
                    inner(given).logit(), inner(given), reduction="none"
                ),
                inner(given) * entropy(inner(given)),
            ),
            "targets above 0 take no option": lambda given: (
                varifocal_loss(given["logits"], inner(given)),
                varifocal_loss(
                    given["logits"], inner(given), alpha=9.0, gamma=5.0
                ),
            ),
        },
        bad=[
            *BAD_BINARY,
            ({"alpha": -0.5}, ValueError, "at least 0, got -0.5"),
            ({"gamma": float("nan")}, ValueError, "at least 0, got nan"),
        ],
        differentiable=("logits",),
    ),
    "distribution_focal_loss": Proof(
        draw=distribution_arguments,
        oracles={
            "optax.losses.softmax_cross_entropy": of_optax,
            "transformers.loss.loss_d_fine.DFineLoss": of_d_fine,
        },
        same={
            "a whole target is a class": lambda given: (
                distribution_focal_loss(
                    given["logits"], given["target"].round()
                ),
                functional.cross_entropy(
                    given["logits"], given["target"].round().long()
                ),
            ),
            "a constant added to the logits counts for nothing": unchanged(
                distribution_focal_loss, shifted
            ),
            "bins in the other order": unchanged(
                distribution_focal_loss,
                lambda given: {
                    "logits": given["logits"].flip(1),
                    "target": given["logits"].shape[1] - 1 - given["target"],
                },
            ),
            "the best prediction costs the entropy of the two": best,
            "it draws the softmax to the two bins": drawn_to_two,
            "leading dimensions don't matter": lambda given: (
                distribution_focal_loss(
                    given["logits"].unsqueeze(0),
                    given["target"].unsqueeze(0),
                    reduction="none",
                )[0],
                distribution_focal_loss(**given | {"reduction": "none"}),
            ),
        },
        bad=[
            ({"logits": torch.zeros(4, 5).int()}, TypeError, "int32"),
            ({"target": torch.zeros(4).long()}, TypeError, "int64"),
            ({"target": torch.zeros(4, 1)}, ValueError, "(4, 5) and (4, 1)"),
            (
                {"logits": torch.zeros(()), "target": torch.zeros(())},
                ValueError,
                "(..., K) and (...), got () and ()",
            ),
            ({"target": torch.full((4,), 4.01)}, IndexError, "out of bounds"),
            ({"target": torch.full((4,), -0.5)}, IndexError, "out of bounds"),
            ({"target": torch.full((4,), -100.0)}, IndexError, "out of bounds"),
        ],
    ),
    "gaussian_focal_loss": Proof(
        draw=gaussian_arguments,
        oracles={"mpmath": of_mpmath},
        same={
            "alpha=0, targets of 0 and 1: cross entropy": lambda given: (
                gaussian_focal_loss(
                    given["logits"],
                    given["target"].round(),
                    alpha=0.0,
                    reduction="none",
                ),
                functional.binary_cross_entropy_with_logits(
                    given["logits"], given["target"].round(), reduction="none"
                ),
            ),
            "targets of 0 and 1: quality focal loss": lambda given: (
                gaussian_focal_loss(
                    given["logits"],
                    given["target"].round(),
                    alpha=given["alpha"],
                    reduction="sum",
                ),
                quality_focal_loss(
                    given["logits"],
                    given["target"].round(),
                    beta=given["alpha"],
                    reduction="sum",
                ),
            ),
            "what is no peak is a 0 that counts less": lambda given: (
                gaussian_focal_loss(
                    **given
                    | {"target": 0.9 * given["target"], "reduction": "none"}
                ),
                (1 - 0.9 * given["target"]) ** given["beta"]
                * gaussian_focal_loss(
                    **given
                    | {"target": 0 * given["target"], "reduction": "none"}
                ),
            ),
            "the mean is over peaks": lambda given: (
                gaussian_focal_loss(**given | {"reduction": "mean"})
                * (given["target"] == 1).sum().clamp_min(1),
                gaussian_focal_loss(**given | {"reduction": "sum"}),
            ),
            "its gradient is the closed form": drawn_to_peaks,
        },
        bad=[
            *BAD_BINARY,
            ({"alpha": -0.5}, ValueError, "at least 0, got -0.5"),
            ({"beta": float("nan")}, ValueError, "at least 0, got nan"),
        ],
        differentiable=("logits",),
    ),
}
