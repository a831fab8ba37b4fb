"""Arguments of set_prediction, and what proves it."""

from unittest import mock

import numpy as np
import torch
from box_iou import giou_loss
from scipy.optimize import linear_sum_assignment
from set_prediction import matching_cost, set_prediction_loss
from torch import Tensor
from torch.nn import functional

from tests.cases._common import shifted, slopes, unchanged
from tests.draws import Arguments, Draw
from tests.oracles import theirs
from tests.proofs import Pair, Proof

DETR = "transformers.loss.loss_for_object_detection"


def boxes(draw: Draw, *shape: int) -> Tensor:
    """Draw boxes; with ties of a coarse grid, some equal, touching, inside."""
    box = draw.weight(*shape, 4) / 3.2
    return (4 * box).ceil() / 4 if draw.ties else box


def images(draw: Draw) -> Arguments:
    """Draw predictions and padded targets."""
    n, q, t = max(draw.n, 1), draw.choose(2, 3, 5), draw.choose(1, 2, 4)
    labels = torch.randint(draw.c, (n, t), generator=draw.g)
    padding = torch.rand(n, t, generator=draw.g) < draw.choose(0.0, 0.3, 1.0)
    return {
        "logits": draw.real(n, q, draw.c + 1),
        "boxes": boxes(draw, n, q),
        "labels": labels.where(~padding, -1),
        "target_boxes": boxes(draw, n, t),
    }


def cost_arguments(draw: Draw) -> Arguments:
    """Draw arguments of matching_cost."""
    return images(draw) | {
        "class_cost": draw.choose(0.0, 1.0, 2.0),
        "l1": draw.choose(0.0, 1.0, 5.0),
        "giou": draw.choose(0.0, 1.0, 2.0),
    }


def loss_arguments(draw: Draw) -> Arguments:
    """Draw arguments of set_prediction_loss; not every target has a match."""
    given = images(draw)
    (n, q, _), (_, t) = given["logits"].shape, given["labels"].shape
    order = torch.rand(n, max(q, t), generator=draw.g).argsort(1)[:, :t]
    count = torch.tensor(draw.choose(1.0, 2.0, 7.0), dtype=torch.float64)
    return given | {
        "match": order.where(order < q, -1),
        "num_boxes": count,
        "no_object": draw.choose(0.1, 0.4, 1.0),
        "l1": draw.choose(0.0, 1.0, 5.0),
        "giou": draw.choose(0.0, 1.0, 2.0),
    }


def targets(given: Arguments) -> tuple[dict, list[dict]]:
    """Give a batch the form that transformers wants: without padding."""
    outputs = {"logits": given["logits"], "pred_boxes": given["boxes"]}
    pairs = zip(given["labels"], given["target_boxes"], strict=True)
    return outputs, [
        {"class_labels": y[y >= 0], "boxes": box[y >= 0]} for y, box in pairs
    ]


def of_matcher(
    class_cost: float, l1: float, giou: float, **given: Tensor
) -> Tensor:
    """Take the costs that their matcher gives to scipy."""
    module = theirs(DETR)
    seen = []

    def spy(cost: Tensor) -> tuple[np.ndarray, np.ndarray]:
        seen.append(cost)
        return np.arange(0), np.arange(0)

    if not class_cost + l1 + giou:  # theirs refuses that
        return 0 * matching_cost(**given)
    matcher = module.HungarianMatcher(class_cost, l1, giou)
    with mock.patch.object(module, "linear_sum_assignment", spy):
        matcher(*targets(given))
    found = torch.zeros(
        *given["boxes"].shape[:2], given["labels"].shape[1]
    ).double()
    for cost, image, y in zip(seen, found, given["labels"], strict=True):
        image[:, y >= 0] = cost
    return found


def criterion(classes: int, no_object: float, matcher: object) -> object:
    """Make their criterion, in float64."""
    losses = ["labels", "boxes"]
    made = theirs(DETR).ImageLoss(matcher, classes, no_object, losses).double()
    made.empty_weight[-1] = no_object  # which was rounded to float32
    return made


def of_criterion(
    match: Tensor,
    num_boxes: Tensor,
    no_object: float,
    l1: float,
    giou: float,
    **given: Tensor,
) -> Tensor:
    """Call their criterion with a matching of our own."""
    indices = []
    for y, query in zip(given["labels"], match, strict=True):
        target = (query[y >= 0] >= 0).nonzero()[:, 0]
        indices.append((query[y >= 0][target], target))
    made = criterion(given["logits"].shape[2] - 1, no_object, None)
    batch = (*targets(given), indices, num_boxes)
    found = made.loss_labels(*batch) | made.loss_boxes(*batch)
    boxes = l1 * found["loss_bbox"] + giou * found["loss_giou"]
    return found["loss_ce"] + boxes


def matched(given: Arguments) -> Tensor:
    """Match as the page does."""
    names = ("logits", "boxes", "labels", "target_boxes")
    cost = matching_cost(*(given[name] for name in names))
    match = torch.full_like(given["labels"], -1)
    for each, y, row in zip(cost, given["labels"], match, strict=True):
        real = (y >= 0).nonzero()[:, 0]
        query, target = linear_sum_assignment(each[:, real])
        row[real[target]] = torch.as_tensor(query)
    return match


def whole(given: Arguments) -> Pair:
    """Match and compute, with the defaults, and let theirs do both."""
    given = {k: given[k] for k in ("logits", "boxes", "labels", "target_boxes")}
    matcher = theirs(DETR).HungarianMatcher(1, 5, 2)
    made = criterion(given["logits"].shape[2] - 1, 0.1, matcher)
    found = made(*targets(given))
    weights = {"loss_ce": 1, "loss_bbox": 5, "loss_giou": 2}
    return (
        set_prediction_loss(**given, match=matched(given)),
        sum(weight * found[name] for name, weight in weights.items()),
    )


def padded(given: Arguments) -> Arguments:
    """Put a column of padding before the targets, with anything in it."""

    def before(x: Tensor, value: float) -> Tensor:
        return torch.cat([torch.full_like(x[:, :1], value), x], 1)

    return {
        "labels": before(given["labels"], -1),
        "target_boxes": before(given["target_boxes"], torch.nan),
        "match": before(given["match"], 1),
    }


def reordered(given: Arguments) -> Arguments:
    """Put the predictions into the other order."""
    match, last = given["match"], given["boxes"].shape[1] - 1
    return {
        "logits": given["logits"].flip(1),
        "boxes": given["boxes"].flip(1),
        "match": (last - match).where(match >= 0, -1),
    }


def unmatched(given: Arguments) -> Pair:
    """Make nan of the first box, which nothing is matched to."""
    match = given["match"]
    given = given | {"match": match.where(match > 0, -1)}
    boxes = given["boxes"].clone()
    boxes[:, 0] = torch.nan

    def both(given: Arguments) -> Tensor:
        slope = slopes(set_prediction_loss, given, "boxes")
        return torch.cat([set_prediction_loss(**given).reshape(1), slope])

    return both(given | {"boxes": boxes}), both(given)


def plain(given: Arguments, **changes: object) -> Tensor:
    """Compute the loss, with other weights."""
    return set_prediction_loss(**given | changes)


def nothing(given: Arguments) -> Pair:
    """Leave no target: all is to say that there is no object."""
    logits = given["logits"]
    none = torch.full(logits.shape[:2], logits.shape[2] - 1)
    return (
        plain(given, labels=torch.full_like(given["labels"], -1)),
        functional.cross_entropy(logits.transpose(1, 2), none),
    )


def only_objects(given: Arguments) -> Pair:
    """Leave out what nothing is matched to."""
    i, j = ((given["labels"] >= 0) & (given["match"] >= 0)).nonzero().T
    wanted = functional.cross_entropy(
        given["logits"][i, given["match"][i, j]],
        given["labels"][i, j],
        reduction="sum",
    )
    ours = plain(given, no_object=0.0, l1=0.0, giou=0.0)
    return ours, wanted / max(len(i), 1)


def overlap(given: Arguments) -> Pair:
    """Compare the boxes' share with L1 and the GIoU loss of box_iou."""
    i, j = ((given["labels"] >= 0) & (given["match"] >= 0)).nonzero().T
    pair = (
        given["boxes"][i, given["match"][i, j]],
        given["target_boxes"][i, j],
    )
    corners = [
        torch.cat([x[:, :2] - x[:, 2:] / 2, x[:, :2] + x[:, 2:] / 2], 1)
        for x in pair
    ]
    wanted = given["l1"] * functional.l1_loss(*pair, reduction="sum")
    wanted = wanted + given["giou"] * giou_loss(*corners, reduction="sum")
    ours = plain(given) - plain(given, l1=0.0, giou=0.0)
    return ours * given["num_boxes"], wanted


def recovered(given: Arguments) -> Pair:
    """Give predictions that are the targets, in another order."""
    n, q = given["boxes"].shape[:2]
    order = torch.arange(q).flip(0).expand(n, q)
    labels = torch.arange(q).remainder(given["logits"].shape[2] - 1)
    given = {
        "logits": functional.one_hot(labels.flip(0), given["logits"].shape[2])
        .double()
        .expand(n, -1, -1),
        "boxes": given["boxes"].flip(1),
        "labels": labels.expand(n, q),
        "target_boxes": given["boxes"],
    }
    cost = matching_cost(**given).gather(1, order.unsqueeze(1))[:, 0]
    found = matching_cost(**given).gather(1, matched(given).unsqueeze(1))[:, 0]
    return found.sum(1), cost.sum(1)


SHAPES = [
    ({"boxes": torch.zeros(4, 3, 5)}, ValueError, "(N, Q, 4)"),
    ({"labels": torch.zeros(4).long()}, ValueError, "(N, T)"),
    ({"target_boxes": torch.zeros(4, 1, 3)}, ValueError, "(N, T, 4)"),
    ({"logits": torch.zeros(4, 5)}, ValueError, "got [(4, 5)"),
    ({"logits": torch.zeros(4, 3, 5).int()}, TypeError, "torch.int32"),
    ({"boxes": torch.zeros(4, 3, 4).long()}, TypeError, "torch.int64"),
    ({"target_boxes": torch.zeros(4, 1, 4).int()}, TypeError, "torch.int32"),
    ({"labels": torch.zeros(4, 1)}, TypeError, "int64, got torch.float32"),
    ({"l1": -1.0}, ValueError, "at least 0, got -1.0"),
    ({"giou": float("nan")}, ValueError, "at least 0, got nan"),
]
CASES = {
    "by_hand": (set_prediction_loss, loss_arguments),
    "by_hand_cost": (matching_cost, cost_arguments),
}
PROOFS = {
    "matching_cost": Proof(
        draw=cost_arguments,
        oracles={f"{DETR}.HungarianMatcher": of_matcher},
        same={
            "a constant added to the logits counts for nothing": unchanged(
                matching_cost, shifted
            ),
            "the class alone is a probability": lambda given: (
                -matching_cost(
                    **given
                    | {
                        "labels": 0 * given["labels"],
                        "class_cost": 1.0,
                        "l1": 0.0,
                        "giou": 0.0,
                    }
                ),
                given["logits"]
                .softmax(2)[..., :1]
                .expand(-1, -1, given["labels"].shape[1]),
            ),
            "predictions that are the targets are found": recovered,
        },
        bad=[
            *SHAPES,
            ({"class_cost": -0.5}, ValueError, "at least 0, got -0.5"),
        ],
    ),
    "set_prediction_loss": Proof(
        draw=loss_arguments,
        oracles={f"{DETR}.ImageLoss": of_criterion},
        same={
            "matched by scipy, it is transformers' from end to end": whole,
            "padding counts for nothing": unchanged(
                set_prediction_loss, padded
            ),
            "a box that nothing is matched to may be nan": unmatched,
            "num_boxes may be a number": lambda given: (
                plain(given, num_boxes=given["num_boxes"].item() / 3),
                plain(given, num_boxes=given["num_boxes"] / 3),
            ),
            "the order of predictions counts for nothing": unchanged(
                set_prediction_loss, reordered
            ),
            "without targets all is no object": nothing,
            "boxes cost L1, and the GIoU loss of box_iou": overlap,
            "no_object=0 is cross entropy of the matched": only_objects,
            "num_boxes is counted if it is not given": lambda given: (
                plain(given, num_boxes=None),
                plain(
                    given, num_boxes=(given["labels"] >= 0).sum().clamp_min(1)
                ),
            ),
        },
        bad=[
            *SHAPES,
            ({"match": torch.zeros(4, 1)}, TypeError, "got torch.float32"),
            (
                {"match": torch.zeros(4, 9).long()},
                ValueError,
                "(N, T), got [(4, ",
            ),
            ({"num_boxes": torch.ones(2)}, ValueError, "scalar, got (2,)"),
            ({"no_object": -0.1}, ValueError, "at least 0, got -0.1"),
        ],
    ),
}
