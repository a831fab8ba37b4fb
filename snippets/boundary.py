"""Losses of where a mask is: its centreline (clDice), its boundary."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F


def cldice_loss(
    logits: Tensor,
    target: Tensor,
    *,
    activation: str | None = "sigmoid",
    iterations: int = 3,
    smooth: float = 1.0,
    reduction: str = "mean",
) -> Tensor:
    """One minus the soft clDice of thin structures: does a line go through?

    `1 - 2 * a * b / (a + b)`, where `a` is how much of the prediction's
    skeleton lies in the target, `(sum(skeleton(p) * target) + smooth) /
    (sum(skeleton(p)) + smooth)`, and `b` how much of the target's skeleton
    lies in the prediction. A skeleton is what opening takes away, at each of
    `iterations` erosions and before the first.

    Args:
        logits: Shape (N, C, H, W) or (N, C, D, H, W); any real numbers,
            floating point.
        target: Shape of `logits`, floating point; 0 or 1.
        activation: What makes `p` of `logits`: "sigmoid" for masks that may
            overlap or a single one, "softmax" over C for classes, `None` if
            they are probabilities already.
        iterations: Erosions, at least 0: as many as the radius in pixels of
            what is thickest. What is thicker has no skeleton, and counts as
            found.
        smooth: Added above and below, above 0: what an empty skeleton costs.
        reduction: "mean" and "sum" are over the N * C masks; "none".

    Returns:
        A scalar, with "none" shape (N, C). From 0 to 1. Its dtype is that of
        `logits`, but float32 for half precision.

    Raises:
        TypeError: `logits` or `target` is not floating point.
        ValueError: Shapes don't fit; an option is out of range. Values of
            `target`, or of `logits` without activation, are not checked.

    Source:
        Shit et al., clDice: a Novel Topology-Preserving Loss Function for
        Tubular Structure Segmentation, 2021, algorithms 1 and 2,
        https://arxiv.org/abs/2003.07311 ; `smooth` as in the authors' code
    """
    p, target = _masks(logits, "target", target, activation)
    if p.ndim not in (4, 5):
        raise ValueError(
            "logits must have shape (N, C, H, W) or (N, C, D, H, W), "
            f"got {tuple(p.shape)}"
        )
    if not isinstance(iterations, int) or iterations < 0:
        raise ValueError(f"iterations must be an int >= 0, got {iterations}")
    if not smooth > 0:
        raise ValueError(f"smooth must be above 0, got {smooth}")
    hit, astray = _shares(_skeleton(p, iterations), target, smooth)
    found, missed = _shares(_skeleton(target, iterations), p, smooth)
    # 1 - 2ab / (a + b), without the difference: the end is precise.
    return _reduce((astray * found + missed * hit) / (hit + found), reduction)


def boundary_loss(
    logits: Tensor,
    distance: Tensor,
    *,
    activation: str | None = "sigmoid",
    reduction: str = "mean",
) -> Tensor:
    """Mean over pixels of probability times signed distance to the boundary.

    `mean(p * distance)` of each mask: what is predicted far outside costs
    most, what is predicted deep inside gains most. Add it, times a small
    weight, to a loss of areas.

    Args:
        logits: Shape (N, C, d1, ...); any real numbers, floating point.
        distance: Shape of `logits`, floating point; of each pixel the
            distance to the target's boundary, above 0 outside, below 0 or 0
            inside, 0 for a mask that is empty or full. Of a bool array `mask`
            it is `where(mask, 1 - edt(mask), edt(~mask))`, with `edt` for
            scipy.ndimage.distance_transform_edt.
        activation: What makes `p` of `logits`: "sigmoid", "softmax" over C,
            or `None` if they are probabilities already.
        reduction: "mean" and "sum" are over the N * C masks; "none".

    Returns:
        A scalar, with "none" shape (N, C); in pixels, and below 0 when the
        masks are right. Its dtype is that of `logits`, but float32 for half
        precision.

    Raises:
        TypeError: `logits` or `distance` is not floating point.
        ValueError: Shapes don't fit; an option is unknown. Values of
            `distance`, or of `logits` without activation, are not checked.

    Source:
        Kervadec et al., Boundary loss for highly unbalanced segmentation,
        2018, section 2, https://arxiv.org/abs/1812.07032 , as a mean over
        the pixels, as in the authors' code
    """
    p, distance = _masks(logits, "distance", distance, activation)
    return _reduce((p * distance).flatten(2).mean(2), reduction)


def _skeleton(x: Tensor, iterations: int) -> Tensor:
    # What an opening takes away is thinner than the opening's window.
    pool = F.max_pool2d if x.ndim == 4 else F.max_pool3d
    skeleton, axes = torch.zeros_like(x), range(x.ndim - 2)
    for _ in range(iterations + 1):
        eroded = None
        for axis in axes:  # the least of three pixels on each axis: a cross
            pad = [int(axis == i) for i in axes]
            least = -pool(-x, [1 + 2 * side for side in pad], 1, pad)
            # torch.minimum would share the gradient of ties, and take longer.
            eroded = least if axis == 0 else least.where(least < eroded, eroded)
        ridge = (x - pool(eroded, 3, 1, 1)).relu()
        skeleton = skeleton + (1 - skeleton) * ridge
        x = eroded
    return skeleton


def _shares(
    skeleton: Tensor, mask: Tensor, smooth: float
) -> tuple[Tensor, Tensor]:
    # How much of a skeleton is inside a mask, and outside: they sum to 1.
    inside = skeleton * mask
    within, outside = (x.flatten(2).sum(2) for x in (inside, skeleton - inside))
    total = within + outside + smooth
    return (within + smooth) / total, outside / total


def _masks(
    logits: Tensor, name: str, other: Tensor, activation: str | None
) -> tuple[Tensor, Tensor]:
    # Probabilities, and what they are compared with, in at least float32.
    for key, x in {"logits": logits, name: other}.items():
        if not x.is_floating_point():
            raise TypeError(f"{key} must be floating point, got {x.dtype}")
    if logits.ndim < 3:
        raise ValueError(
            f"logits must have shape (N, C, d1, ...), got {tuple(logits.shape)}"
        )
    if logits.shape != other.shape:
        raise ValueError(
            f"{name} must have the shape of logits, {tuple(logits.shape)}, "
            f"got {tuple(other.shape)}"
        )
    if activation not in ("sigmoid", "softmax", None):
        raise ValueError(
            "activation must be 'sigmoid', 'softmax' or None, "
            f"got {activation!r}"
        )
    dtype = torch.promote_types(logits.dtype, torch.float32)
    p, other = logits.to(dtype), other.to(dtype)
    if activation:
        p = p.sigmoid() if activation == "sigmoid" else p.softmax(1)
    return p, other


def _reduce(loss: Tensor, reduction: str) -> Tensor:
    if reduction not in ("mean", "sum", "none"):
        raise ValueError(
            f"reduction must be 'mean', 'sum' or 'none', got {reduction!r}"
        )
    return loss if reduction == "none" else getattr(loss, reduction)()


class CLDiceLoss(nn.Module):
    """`cldice_loss` as a module."""

    def __init__(
        self,
        *,
        activation: str | None = "sigmoid",
        iterations: int = 3,
        smooth: float = 1.0,
        reduction: str = "mean",
    ) -> None:
        """Take the options of `cldice_loss`."""
        super().__init__()
        self.activation, self.iterations = activation, iterations
        self.smooth, self.reduction = smooth, reduction

    def forward(self, logits: Tensor, target: Tensor) -> Tensor:
        """Compute `cldice_loss`."""
        return cldice_loss(
            logits,
            target,
            activation=self.activation,
            iterations=self.iterations,
            smooth=self.smooth,
            reduction=self.reduction,
        )


class BoundaryLoss(nn.Module):
    """`boundary_loss` as a module."""

    def __init__(
        self, *, activation: str | None = "sigmoid", reduction: str = "mean"
    ) -> None:
        """Take the options of `boundary_loss`."""
        super().__init__()
        self.activation, self.reduction = activation, reduction

    def forward(self, logits: Tensor, distance: Tensor) -> Tensor:
        """Compute `boundary_loss`."""
        return boundary_loss(
            logits,
            distance,
            activation=self.activation,
            reduction=self.reduction,
        )
