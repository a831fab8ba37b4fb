"""Arguments of box_iou, and what proves it."""

from collections.abc import Callable
from functools import partial
from unittest import mock

import torch
from box_iou import ciou_loss, diou_loss, giou_loss, iou_loss
from torch import Tensor

from tests.cases._common import reduce, slopes
from tests.draws import Arguments, Draw
from tests.oracles import theirs
from tests.proofs import Loss, Pair, Proof, Same, change


def boxes(draw: Draw) -> Tensor:
    """Draw boxes whose sides are at least 1."""
    low = draw.real(draw.n, 2)
    return torch.cat([low, low + draw.real(draw.n, 2).abs().clamp_min(1)], 1)


def pairs(draw: Draw) -> Arguments:
    """Draw pairs: with ties some equal, flat, touching, inside, apart."""
    box, truth = boxes(draw), boxes(draw)
    if draw.ties:
        lines = torch.stack([box[:, 0], box[:, 1], box[:, 0], box[:, 3]], 1)
        inside = truth + torch.tensor([0.25, 0.25, -0.25, -0.25])
        beside = truth + (truth[:, 2:] - truth[:, :2]).repeat(1, 2)
        apart = beside + 7
        box = draw.choose(box, truth.clone(), lines, inside, beside, apart)
    return {"input": box, "target": truth, "reduction": draw.reduction()}


def of_torchvision(
    name: str, input: Tensor, target: Tensor, reduction: str
) -> Tensor:
    """Call torchvision's loss, without the epsilon that it adds."""
    loss = getattr(theirs("torchvision.ops"), name)
    return loss(input, target, reduction=reduction, eps=0.0)


def of_scaled_torchvision(
    input: Tensor, target: Tensor, reduction: str
) -> Tensor:
    """Call torchvision's on boxes so large that its fixed 1e-7 is nothing.

    The epsilon that can be chosen is in `alpha` only, which does not scale.
    """
    loss = theirs("torchvision.ops").complete_box_iou_loss
    return loss(1e6 * input, 1e6 * target, reduction=reduction, eps=1e-300)


def of_pairs(module: str, name: str) -> dict[str, Loss]:
    """Call an IoU of each box with each, and take the pairs."""

    def call(input: Tensor, target: Tensor, reduction: str) -> Tensor:
        iou = getattr(theirs(module), name)(input, target)
        iou = iou[0] if isinstance(iou, tuple) else iou
        return reduce(1 - iou.diagonal(), reduction)

    return {f"{module}.{name}": call}


def of_monai(input: Tensor, target: Tensor, reduction: str) -> Tensor:
    """Call MONAI's, in our dtype: the constant says in which it computes."""
    module, utils = theirs("monai.losses.giou_loss"), "COMPUTE_DTYPE"
    others = theirs("monai.data.box_utils")
    with (
        mock.patch.object(module, utils, input.dtype),
        mock.patch.object(others, utils, input.dtype),
    ):
        return module.BoxGIoULoss(reduction=reduction)(input, target)


def each(loss: Loss, given: Arguments) -> Tensor:
    """Compute the loss of each box."""
    return loss(given["input"], given["target"], reduction="none")


def with_gradient(loss: Loss, input: Tensor, target: Tensor) -> Tensor:
    """Put a loss and its gradient into one tensor."""
    given = {"input": input, "target": target, "reduction": "none"}
    return torch.cat([loss(**given).flatten(), slopes(loss, given, "input")])


def gradients(given: Arguments) -> Pair:
    """Compare with torchvision's gradient, away from all kinks."""
    off = torch.tensor([0.0123, 0.0171, 0.0311, 0.0457], dtype=torch.float64)
    pair = given["input"] + off, given["target"]
    return (
        with_gradient(ciou_loss, *pair),
        with_gradient(of_scaled_torchvision, *pair),
    )


def points(loss: Loss, given: Arguments) -> Pair:
    """Compare two boxes that are the same point with 1, and no gradient."""
    point = given["target"][:, :2].repeat(1, 2)
    expected = torch.cat([torch.ones(len(point)), torch.zeros(point.numel())])
    return with_gradient(loss, point, point), expected


def at_points(given: Arguments) -> Pair:
    """Compare the gradients of predictions that are points."""
    point = given["input"][:, :2].repeat(1, 2)
    given = given | {"input": point, "reduction": "sum"}
    return slopes(ciou_loss, given, "input"), slopes(diou_loss, given, "input")


def centred(given: Arguments) -> Tensor:
    """Move the true boxes around the origin."""
    truth = given["target"]
    return truth - (truth[:, :2] + truth[:, 2:]).repeat(1, 2) / 2


def always(loss: Loss) -> dict[str, Same]:
    """List what holds of all four losses."""
    shift = torch.tensor([3.0, -7.0, 3.0, -7.0], dtype=torch.float64)

    def both(by: Callable[[Tensor], Tensor]) -> Same:
        return lambda given: (each(loss, given), each(loss, change(given, by)))

    return {
        "boxes that move together keep their loss": both(lambda x: x + shift),
        "boxes that grow together keep their loss": both(lambda x: 8 * x),
        "prediction and truth change places": lambda given: (
            loss(given["input"], given["target"]),
            loss(given["target"], given["input"]),
        ),
        "a box on its truth costs nothing": lambda given: (
            loss(given["target"], given["target"], reduction="none"),
            torch.zeros(len(given["target"])),
        ),
        "leading dimensions don't matter": lambda given: (
            each(loss, given),
            each(loss, change(given, lambda x: x[:, None]))[:, 0],
        ),
        "x and y change places": both(lambda x: x[:, [1, 0, 3, 2]]),
        "two boxes that are one point cost 1": partial(points, loss),
    }


DETR = "transformers.loss.loss_for_object_detection"
CASES = {
    "by_hand": (iou_loss, pairs),
    "by_hand_giou": (giou_loss, pairs),
    "by_hand_diou": (diou_loss, pairs),
    "by_hand_ciou": (ciou_loss, pairs),
}
BAD = [
    ({"input": torch.zeros(4, 4).int()}, TypeError, "input must be floating"),
    ({"target": torch.zeros(4, 4).int()}, TypeError, "got torch.int32"),
    ({"target": torch.zeros(3, 4)}, ValueError, "(4, 4) and (3, 4)"),
    ({"input": torch.zeros(4, 5)}, ValueError, "(..., 4)"),
    (
        {"input": torch.zeros(()), "target": torch.zeros(())},
        ValueError,
        "(..., 4)",
    ),
]
PROOFS = {
    "iou_loss": Proof(
        draw=pairs,
        oracles=of_pairs("torchvision.ops", "box_iou")
        | of_pairs(DETR, "box_iou"),
        same=always(iou_loss),
        bad=BAD,
    ),
    "giou_loss": Proof(
        draw=pairs,
        oracles={
            "torchvision.ops.generalized_box_iou_loss": partial(
                of_torchvision, "generalized_box_iou_loss"
            ),
            "monai.losses.BoxGIoULoss": of_monai,
            **of_pairs(DETR, "generalized_box_iou"),
        },
        same=always(giou_loss)
        | {
            "a box inside its truth costs what IoU costs": lambda given: (
                giou_loss(centred(given) / 3, centred(given)),
                iou_loss(centred(given) / 3, centred(given)),
            ),
        },
        bad=BAD,
    ),
    "diou_loss": Proof(
        draw=pairs,
        oracles={
            "torchvision.ops.distance_box_iou_loss": partial(
                of_torchvision, "distance_box_iou_loss"
            ),
        },
        same=always(diou_loss)
        | {
            "with one centre it is IoU": lambda given: (
                diou_loss(3 * centred(given), centred(given)),
                iou_loss(3 * centred(given), centred(given)),
            ),
        },
        bad=BAD,
    ),
    "ciou_loss": Proof(
        draw=pairs,
        oracles={
            "torchvision.ops.complete_box_iou_loss": of_scaled_torchvision
        },
        same=always(ciou_loss)
        | {
            "its gradient is torchvision's": gradients,
            "a point has no shape to learn, but DIoU's": at_points,
            "with one shape it is DIoU": lambda given: (
                ciou_loss(given["target"] * 3, given["target"]),
                diou_loss(given["target"] * 3, given["target"]),
            ),
        },
        bad=BAD,
        gradcheck="alpha is a weight without gradient",
    ),
}
