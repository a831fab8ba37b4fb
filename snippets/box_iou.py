"""Losses of bounding boxes: IoU, generalized, distance and complete IoU."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F


def iou_loss(
    input: Tensor, target: Tensor, *, reduction: str = "mean"
) -> Tensor:
    """One minus the intersection over the union of two boxes.

    `1 - area(input & target) / area(input | target)`, 1 where no box has an
    area. Boxes that don't meet give 1 and no gradient: see `giou_loss`.

    Args:
        input: Shape (..., 4): x1, y1, x2, y2; floating point, in pixels or
            from 0 to 1. A box with x2 < x1 or y2 < y1 has no area.
        target: Shape of `input`, the box of each one; floating point.
        reduction: "mean" and "sum" are over boxes; "none".

    Returns:
        A scalar, with "none" the shape of `input` without its 4. From 0 to
        1; nan when "mean" has no boxes. Its dtype is that of `input`, but
        float32 for half precision.

    Raises:
        TypeError: `input` or `target` is not floating point.
        ValueError: Shapes differ or don't end in 4, or `reduction` is
            unknown. Values are not checked.

    Source:
        Rezatofighi et al., Generalized Intersection over Union: A Metric and
        A Loss for Bounding Box Regression, 2019, algorithm 2,
        https://arxiv.org/abs/1902.09630
    """
    box, truth = _boxes(input, target, reduction)
    iou, _ = _iou(box, truth)
    return _reduce(1 - iou, reduction)


def giou_loss(
    input: Tensor, target: Tensor, *, reduction: str = "mean"
) -> Tensor:
    """IoU loss, plus the empty share of the box around both.

    `1 - iou + (hull - union) / hull`, where `hull` is the area of the smallest
    box that holds both; the last term is 0 where that has no area.

    Args:
        input: Shape (..., 4): x1, y1, x2, y2; floating point, in pixels or
            from 0 to 1. A box with x2 < x1 or y2 < y1 has no area.
        target: Shape of `input`, the box of each one; floating point.
        reduction: "mean" and "sum" are over boxes; "none".

    Returns:
        A scalar, with "none" the shape of `input` without its 4. From 0 to
        2; nan when "mean" has no boxes. Its dtype is that of `input`, but
        float32 for half precision.

    Raises:
        TypeError: `input` or `target` is not floating point.
        ValueError: Shapes differ or don't end in 4, or `reduction` is
            unknown. Values are not checked.

    Source:
        Rezatofighi et al., Generalized Intersection over Union: A Metric and
        A Loss for Bounding Box Regression, 2019, algorithm 2,
        https://arxiv.org/abs/1902.09630
    """
    box, truth = _boxes(input, target, reduction)
    iou, union = _iou(box, truth)
    hull = _area(_hull(box, truth))
    return _reduce(1 - iou + _ratio(hull - union, hull), reduction)


def diou_loss(
    input: Tensor, target: Tensor, *, reduction: str = "mean"
) -> Tensor:
    """IoU loss, plus how far apart the centres are.

    `1 - iou + distance**2 / diagonal**2`, where `distance` is between the
    centres and `diagonal` that of the smallest box that holds both; the last
    term is 0 where that is a point.

    Args:
        input: Shape (..., 4): x1, y1, x2, y2; floating point, in pixels or
            from 0 to 1. A box with x2 < x1 or y2 < y1 has no area.
        target: Shape of `input`, the box of each one; floating point.
        reduction: "mean" and "sum" are over boxes; "none".

    Returns:
        A scalar, with "none" the shape of `input` without its 4. From 0 to
        2 where corners are in order; nan when "mean" has no boxes. Its dtype
        is that of `input`, but float32 for half precision.

    Raises:
        TypeError: `input` or `target` is not floating point.
        ValueError: Shapes differ or don't end in 4, or `reduction` is
            unknown. Values are not checked.

    Source:
        Zheng et al., Distance-IoU Loss: Faster and Better Learning for
        Bounding Box Regression, 2020, section "Distance-IoU Loss",
        https://arxiv.org/abs/1911.08287
    """
    box, truth = _boxes(input, target, reduction)
    iou, _ = _iou(box, truth)
    return _reduce(1 - iou + _distance(box, truth), reduction)


def ciou_loss(
    input: Tensor, target: Tensor, *, reduction: str = "mean"
) -> Tensor:
    """DIoU loss, plus how much the shapes differ.

    `1 - iou + distance**2 / diagonal**2 + alpha * v`, where
    `v = 4 / pi**2 * (atan(w_t / h_t) - atan(w / h))**2` compares the shapes
    and `alpha = v / (1 - iou + v)`, 0 where v is. No gradient flows through
    `alpha`: it is a weight, as its authors have it.

    Args:
        input: Shape (..., 4): x1, y1, x2, y2; floating point, in pixels or
            from 0 to 1. A box with x2 < x1 or y2 < y1 has no area.
        target: Shape of `input`, the box of each one; floating point.
        reduction: "mean" and "sum" are over boxes; "none".

    Returns:
        A scalar, with "none" the shape of `input` without its 4. From 0 to
        5/2 where corners are in order; nan when "mean" has no boxes. Its
        dtype is that of `input`, but float32 for half precision.

    Raises:
        TypeError: `input` or `target` is not floating point.
        ValueError: Shapes differ or don't end in 4, or `reduction` is
            unknown. Values are not checked.

    Source:
        Zheng et al., Distance-IoU Loss: Faster and Better Learning for
        Bounding Box Regression, 2020, section "Complete IoU Loss",
        https://arxiv.org/abs/1911.08287
    """
    box, truth = _boxes(input, target, reduction)
    iou = _iou(box, truth)[0]
    v = 4 / torch.pi**2 * (_angle(truth) - _angle(box)) ** 2
    alpha = _ratio(v.detach(), (1 - iou + v).detach())
    return _reduce(1 - iou + _distance(box, truth) + alpha * v, reduction)


Box = tuple[Tensor, ...]  # x1, y1, x2, y2


def _boxes(input: Tensor, target: Tensor, reduction: str) -> tuple[Box, Box]:
    for name, tensor in (("input", input), ("target", target)):
        if not tensor.is_floating_point():
            raise TypeError(
                f"{name} must be floating point, got {tensor.dtype}"
            )
    if input.shape[-1:] != (4,) or input.shape != target.shape:
        raise ValueError(
            "input and target must have the same shape (..., 4), got "
            f"{tuple(input.shape)} and {tuple(target.shape)}"
        )
    if reduction not in ("mean", "sum", "none"):
        raise ValueError(
            f"reduction must be 'mean', 'sum' or 'none', got {reduction!r}"
        )
    dtype = torch.promote_types(input.dtype, torch.float32)
    box, truth = input.to(dtype), target.to(dtype)
    return box.unbind(-1), truth.unbind(-1)


def _reduce(loss: Tensor, reduction: str) -> Tensor:
    return loss if reduction == "none" else getattr(loss, reduction)()


def _side(low: Tensor, high: Tensor) -> Tensor:
    # At 0 this has a slope; a clamp has, or not, as torch's version wills.
    return F.threshold(high - low, -1.2e-38, 0.0)


def _sides(box: Box) -> tuple[Tensor, Tensor]:
    x1, y1, x2, y2 = box
    return _side(x1, x2), _side(y1, y2)


def _area(box: Box) -> Tensor:
    w, h = _sides(box)
    return w * h


def _meet(box: Box, truth: Box) -> Box:
    (x1, y1, x2, y2), (u1, v1, u2, v2) = box, truth
    low = torch.maximum(x1, u1), torch.maximum(y1, v1)
    return *low, torch.minimum(x2, u2), torch.minimum(y2, v2)


def _hull(box: Box, truth: Box) -> Box:
    (x1, y1, x2, y2), (u1, v1, u2, v2) = box, truth
    low = torch.minimum(x1, u1), torch.minimum(y1, v1)
    return *low, torch.maximum(x2, u2), torch.maximum(y2, v2)


def _iou(box: Box, truth: Box) -> tuple[Tensor, Tensor]:
    inter = _area(_meet(box, truth))
    union = _area(box) + _area(truth) - inter
    return _ratio(inter, union), union


def _distance(box: Box, truth: Box) -> Tensor:
    x1, y1, x2, y2 = (a - b for a, b in zip(box, truth, strict=True))
    between = ((x1 + x2).square() + (y1 + y2).square()) / 4
    w, h = _sides(_hull(box, truth))
    return _ratio(between, w.square() + h.square())


def _angle(box: Box) -> Tensor:
    w, h = _sides(box)
    # A point has no shape: its angle is 0, without a slope.
    shaped = w + h > 0
    return torch.atan2(w.where(shaped, 0), h.where(shaped, 1))


def _ratio(part: Tensor, whole: Tensor) -> Tensor:
    # 0 / 0 is 0, and so is its gradient.
    none = whole == 0
    return torch.where(none, 0, part / torch.where(none, 1, whole))


class IoULoss(nn.Module):
    """`iou_loss` as a module."""

    def __init__(self, *, reduction: str = "mean") -> None:
        """Take the options of `iou_loss`."""
        super().__init__()
        self.reduction = reduction

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """Compute `iou_loss`."""
        return iou_loss(input, target, reduction=self.reduction)


class GIoULoss(nn.Module):
    """`giou_loss` as a module."""

    def __init__(self, *, reduction: str = "mean") -> None:
        """Take the options of `giou_loss`."""
        super().__init__()
        self.reduction = reduction

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """Compute `giou_loss`."""
        return giou_loss(input, target, reduction=self.reduction)


class DIoULoss(nn.Module):
    """`diou_loss` as a module."""

    def __init__(self, *, reduction: str = "mean") -> None:
        """Take the options of `diou_loss`."""
        super().__init__()
        self.reduction = reduction

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """Compute `diou_loss`."""
        return diou_loss(input, target, reduction=self.reduction)


class CIoULoss(nn.Module):
    """`ciou_loss` as a module."""

    def __init__(self, *, reduction: str = "mean") -> None:
        """Take the options of `ciou_loss`."""
        super().__init__()
        self.reduction = reduction

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """Compute `ciou_loss`."""
        return ciou_loss(input, target, reduction=self.reduction)
