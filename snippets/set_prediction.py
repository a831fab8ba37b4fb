"""DETR's loss of a set of boxes, and the cost by which it is matched."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F


def matching_cost(
    logits: Tensor,
    boxes: Tensor,
    labels: Tensor,
    target_boxes: Tensor,
    *,
    class_cost: float = 1.0,
    l1: float = 5.0,
    giou: float = 2.0,
) -> Tensor:
    """What each prediction costs for each target: matching makes it least.

    `-class_cost * p + l1 * distance - giou * GIoU`, where `p` is the
    probability of the target's class, by a softmax, and `distance` the sum of
    the absolute differences of both boxes.

    Args:
        logits: Shape (N, Q, C + 1), floating point: N images, Q predictions,
            C classes; the last is "no object".
        boxes: Shape (N, Q, 4), floating point: centre x and y, width and
            height, from 0 to 1.
        labels: Shape (N, T), int64; from 0 to C - 1, below 0 for padding.
        target_boxes: Shape (N, T, 4), floating point, as `boxes`.
        class_cost: Weight of the class, at least 0.
        l1: Weight of the distance, at least 0.
        giou: Weight of the GIoU, at least 0.

    Returns:
        Shape (N, Q, T), 0 for padding. Its dtype is that of `logits`, but
        float32 for half precision.

    Raises:
        RuntimeError: A label is above C (on the CPU).
        TypeError: A tensor has another dtype.
        ValueError: Shapes don't fit, or a weight is out of range. Values of
            boxes are not checked: a size below 0 is 0 in the GIoU.

    Source:
        Carion et al., End-to-End Object Detection with Transformers, 2020,
        section 3.1, https://arxiv.org/abs/2005.12872
    """
    weights = {"class_cost": class_cost, "l1": l1, "giou": giou}
    logits, boxes, truth, real = _check(
        logits, boxes, labels, target_boxes, labels, **weights
    )
    index = labels.where(real, 0).unsqueeze(1).expand(-1, boxes.shape[1], -1)
    p = logits.softmax(2).gather(2, index)
    apart, overlap = _compare(boxes.unsqueeze(2), truth.unsqueeze(1))
    cost = l1 * apart - class_cost * p - giou * overlap
    return cost.where(real.unsqueeze(1), 0)


def set_prediction_loss(
    logits: Tensor,
    boxes: Tensor,
    labels: Tensor,
    target_boxes: Tensor,
    match: Tensor,
    num_boxes: Tensor | float | None = None,
    *,
    no_object: float = 0.1,
    l1: float = 5.0,
    giou: float = 2.0,
) -> Tensor:
    """Cross entropy of all predictions, and box losses of the matched ones.

    Predictions that no target is matched to are to say "no object". The box
    loss of a pair is `l1 * distance + giou * (1 - GIoU)`.

    Args:
        logits: Shape (N, Q, C + 1), floating point: N images, Q predictions,
            C classes; the last is "no object".
        boxes: Shape (N, Q, 4), floating point: centre x and y, width and
            height, from 0 to 1.
        labels: Shape (N, T), int64; from 0 to C - 1, below 0 for padding.
        target_boxes: Shape (N, T, 4), floating point, as `boxes`.
        match: Shape (N, T), int64: the prediction of each target, from 0 to
            Q - 1, none of them twice in an image; below 0 if it has none.
        num_boxes: A number above 0, or a scalar of any dtype: what box losses
            are divided by; over several processes the mean of their numbers.
            `None` counts the labels that are no padding, at least 1. No
            gradient goes there.
        no_object: Weight of "no object" in the cross entropy, at least 0.
        l1: Weight of the distance, at least 0.
        giou: Weight of the GIoU loss, at least 0.

    Returns:
        A scalar. At least 0. It is a mean over predictions and one over
        boxes, so there is no `reduction`. Its dtype is that of `logits`, but
        float32 for half precision.

    Raises:
        IndexError: A label is above C (on the CPU).
        RuntimeError: A match is above Q - 1 (on the CPU).
        TypeError: A tensor has another dtype.
        ValueError: Shapes don't fit, or a weight is out of range. Values of
            boxes are not checked: a size below 0 is 0 in the GIoU.

    Source:
        Carion et al., End-to-End Object Detection with Transformers, 2020,
        section 3.1, https://arxiv.org/abs/2005.12872
    """
    weights = {"no_object": no_object, "l1": l1, "giou": giou}
    logits, boxes, truth, paired = _check(
        logits, boxes, labels, target_boxes, match, **weights
    )
    if num_boxes is None:
        num_boxes = (labels >= 0).sum().clamp_min(1)
    many = torch.as_tensor(num_boxes, dtype=boxes.dtype).detach()
    if many.ndim:
        raise ValueError(f"num_boxes must be a scalar, got {tuple(many.shape)}")
    index = match.where(paired, 0).unsqueeze(2).expand(-1, -1, 4)
    # In place of the first box, which may be nan, padding has one of zeros.
    mine = boxes.gather(1, index).where(paired.unsqueeze(2), 0)
    apart, overlap = _compare(mine, truth)
    box = (l1 * apart + giou * (1 - overlap)).where(paired, 0).sum()

    q, none = boxes.shape[1], logits.shape[2] - 1
    target = labels.new_full((len(labels), q + 1), none)  # one for padding
    at, what = match.where(paired, q), labels.where(paired, none)
    target = target.scatter(1, at, what)[:, :q]
    nll = F.cross_entropy(logits.transpose(1, 2), target, reduction="none")
    weight = torch.where(target == none, no_object, torch.ones_like(nll))
    total = weight.sum().clamp_min(torch.finfo(nll.dtype).tiny)
    return (weight * nll).sum() / total + box / many


def _compare(a: Tensor, b: Tensor) -> tuple[Tensor, Tensor]:
    # The distance and the GIoU of boxes.
    (a1, a2), (b1, b2) = _corners(a), _corners(b)
    inter = _area((torch.minimum(a2, b2) - torch.maximum(a1, b1)).relu())
    hull = _area(torch.maximum(a2, b2) - torch.minimum(a1, b1))
    union = _area(a2 - a1) + _area(b2 - b1) - inter
    overlap = _ratio(inter, union) - _ratio(hull - union, hull)
    return (a - b).abs().sum(-1), overlap


def _area(size: Tensor) -> Tensor:
    return size[..., 0] * size[..., 1]  # a prod waits for the GPU


def _corners(box: Tensor) -> tuple[Tensor, Tensor]:
    centre, half = box[..., :2], box[..., 2:].relu() / 2
    return centre - half, centre + half


def _ratio(part: Tensor, whole: Tensor) -> Tensor:
    # 0 / 0 is 0, and so is its gradient.
    none = whole == 0
    return torch.where(none, 0, part / torch.where(none, 1, whole))


def _check(*given: Tensor, **weights: float) -> tuple[Tensor, ...]:
    logits, boxes, labels, target_boxes, match = given
    real = {"logits": logits, "boxes": boxes, "target_boxes": target_boxes}
    for name, x in real.items():
        if not x.is_floating_point():
            raise TypeError(f"{name} must be floating point, got {x.dtype}")
    for name, x in (("labels", labels), ("match", match)):
        if x.dtype != torch.int64:
            raise TypeError(f"{name} must be int64, got {x.dtype}")
    shapes = [tuple(x.shape) for x in given]
    n, q = shapes[0][:2] if logits.ndim == 3 else (None, None)
    t = shapes[2][-1:]
    if shapes[1:] != [(n, q, 4), (n, *t), (n, *t, 4), (n, *t)]:
        raise ValueError(
            "logits, boxes, labels, target_boxes, match must have shapes (N, "
            f"Q, C + 1), (N, Q, 4), (N, T), (N, T, 4), (N, T), got {shapes}"
        )
    for name, value in weights.items():
        if not value >= 0:
            raise ValueError(f"{name} must be at least 0, got {value}")
    dtype = torch.promote_types(logits.dtype, torch.float32)
    paired = (labels >= 0) & (match >= 0)
    truth = target_boxes.to(dtype).where(paired.unsqueeze(2), 0)
    return logits.to(dtype), boxes.to(dtype), truth, paired


class SetPredictionLoss(nn.Module):
    """`set_prediction_loss` as a module."""

    def __init__(
        self, *, no_object: float = 0.1, l1: float = 5.0, giou: float = 2.0
    ) -> None:
        """Take the options of `set_prediction_loss`."""
        super().__init__()
        self.no_object, self.l1, self.giou = no_object, l1, giou

    def forward(
        self,
        logits: Tensor,
        boxes: Tensor,
        labels: Tensor,
        target_boxes: Tensor,
        match: Tensor,
        num_boxes: Tensor | float | None = None,
    ) -> Tensor:
        """Compute `set_prediction_loss`."""
        return set_prediction_loss(
            logits,
            boxes,
            labels,
            target_boxes,
            match,
            num_boxes,
            no_object=self.no_object,
            l1=self.l1,
            giou=self.giou,
        )
