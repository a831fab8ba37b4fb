"""Arguments of quality_focal, and what proves it."""

import warnings
from functools import partial
from unittest import mock

import torch
from quality_focal import quality_focal_loss, varifocal_loss
from torch import Tensor
from torch.nn import functional

from tests.cases._common import BAD_BINARY, call_known, row_by_row, unchanged
from tests.draws import Arguments, Draw
from tests.oracles import theirs
from tests.proofs import Proof


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


CASES = {
    "by_hand": (quality_focal_loss, quality_arguments),
    "by_hand_varifocal": (varifocal_loss, varifocal_arguments),
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
}
