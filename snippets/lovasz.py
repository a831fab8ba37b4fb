"""Lovász losses: convex stand-ins for one minus intersection over union."""

import torch
from torch import Tensor, nn


def lovasz_hinge(
    logits: Tensor,
    target: Tensor,
    *,
    per_image: bool = False,
    ignore_index: int = -100,
) -> Tensor:
    """Lovász hinge of the Jaccard loss, for a mask of yes and no.

    `(relu(errors) * steps).sum()`, where `errors` are
    `1 - logits * (2 * target - 1)` from the largest to the smallest, and
    `steps[k]` is what the k-th one adds to one minus the intersection over
    union, if it and all before it are predicted wrongly.

    Args:
        logits: Shape (N, d1, ...); any real numbers, floating point.
        target: Shape of `logits`, floating point; 0, 1 or `ignore_index`.
        per_image: Whether to compute each image by itself and average, or
            all pixels of the batch together.
        ignore_index: The target that doesn't count.

    Returns:
        A scalar. At least 0; 0 when nothing counts,
        nan for no images with `per_image`. Its dtype is that of
        `logits`, but float32 for half precision.

    Raises:
        TypeError: `logits` or `target` is not floating point.
        ValueError: Shapes don't fit. Values of `target` are not checked.

    Source:
        Berman et al., The Lovász-Softmax loss, 2018, definition 2 and
        algorithm 1, https://arxiv.org/abs/1705.08790 ; Yu and Blaschko,
        Learning Submodular Losses with the Lovász Hinge, 2015,
        https://proceedings.mlr.press/v37/yub15.pdf
    """
    for name, tensor in {"logits": logits, "target": target}.items():
        if not tensor.is_floating_point():
            raise TypeError(
                f"{name} must be floating point, got {tensor.dtype}"
            )
    if logits.ndim < 2 or logits.shape != target.shape:
        raise ValueError(
            "logits and target must have the same shape (N, d1, ...), "
            f"got {tuple(logits.shape)} and {tuple(target.shape)}"
        )
    logits = logits.to(torch.promote_types(logits.dtype, torch.float32))
    start = 1 if per_image else 0
    logits, target = logits.flatten(start), target.flatten(start)
    yes = target == 1
    errors = 1 + logits * torch.where(yes, -1.0, 1.0)
    # An error of 0 comes last and adds nothing, as if it weren't there.
    errors = errors.masked_fill_(target == ignore_index, 0).relu()
    return _extend(errors, yes).mean()


def lovasz_softmax(
    logits: Tensor,
    target: Tensor,
    *,
    classes: str = "present",
    per_image: bool = False,
    ignore_index: int = -100,
) -> Tensor:
    """Lovász extension of one minus the mean intersection over union.

    For each class `(errors * steps).sum()`, where `errors` are how far its
    softmax probabilities are from 0 or 1, from the largest to the smallest,
    and `steps` are those of `lovasz_hinge`; the mean over classes.

    Args:
        logits: Shape (N, C, d1, ...); any real numbers, floating point.
        target: Shape (N, d1, ...), int64; from 0 to C - 1, or `ignore_index`.
        classes: "present" averages over the classes that the target has,
            "all" over C.
        per_image: Whether to compute each image by itself and average, or
            all pixels of the batch together.
        ignore_index: The target that doesn't count.

    Returns:
        A scalar. From 0 to 1; 0 when nothing counts,
        nan for no images with `per_image`. Its dtype is that of
        `logits`, but float32 for half precision.

    Raises:
        RuntimeError: A target is out of range (on the CPU).
        TypeError: `logits` is not floating point, or `target` not int64.
        ValueError: Shapes don't fit; `classes` is out of range.

    Source:
        Berman et al., The Lovász-Softmax loss, 2018, definition 2 and
        algorithm 1, https://arxiv.org/abs/1705.08790
    """
    if not logits.is_floating_point():
        raise TypeError(f"logits must be floating point, got {logits.dtype}")
    if target.dtype != torch.int64:
        raise TypeError(f"target must be int64, got {target.dtype}")
    if logits.ndim < 3 or target.shape != logits.shape[:1] + logits.shape[2:]:
        raise ValueError(
            "logits and target must have shapes (N, C, d1, ...) and "
            f"(N, d1, ...), got {tuple(logits.shape)} and {tuple(target.shape)}"
        )
    if classes not in ("present", "all"):
        raise ValueError(f"classes must be 'present' or 'all', got {classes!r}")
    p = logits.to(torch.promote_types(logits.dtype, torch.float32)).softmax(1)
    counts = (target != ignore_index).unsqueeze(1)
    index = target.unsqueeze(1).where(counts, 0)
    yes = torch.zeros_like(p, dtype=torch.bool).scatter(1, index, counts)
    errors = p.scatter(1, index, 1 - p.gather(1, index))
    # An error of 0 comes last and adds nothing, as if it weren't there.
    errors = errors.masked_fill(~counts, 0)
    if per_image:
        errors, yes = errors.flatten(2), yes.flatten(2)
    else:
        errors, yes = (x.transpose(0, 1).flatten(1) for x in (errors, yes))
    loss = _extend(errors, yes)
    if classes == "all":
        return loss.mean()
    present = yes.any(-1)
    loss = (loss * present).sum(-1) / present.sum(-1).clamp_min(1)
    return loss.mean()


def _extend(errors: Tensor, yes: Tensor) -> Tensor:
    # The Lovász extension of the Jaccard loss at errors (..., pixels).
    order = _order(errors)
    yes = yes.gather(-1, order)
    found = yes.cumsum(-1, dtype=errors.dtype)
    both = found[..., -1:] - found
    union = torch.arange(1, both.shape[-1] + 1, device=both.device) + both
    # The step of 1 - both / union, not as a difference: nothing cancels.
    steps = both.div_((union - 1).clamp_min_(1))
    steps[..., :1] = 1
    steps = steps.masked_fill_(yes, 1).div_(union)
    steps = steps.scatter(-1, order, steps)
    return (errors * steps).sum(-1)


def _order(errors: Tensor) -> Tensor:
    # From the largest, equal ones as they come. The bits of what is not below
    # 0 rise with it as integers; a CPU sorts a row of those in a third of the
    # time, several rows at once not.
    kind = torch.int64 if errors.dtype == torch.float64 else torch.int32
    try:
        bits = ~errors.detach().view(kind)
    except RuntimeError:  # before torch 2.13 vmap can't
        return errors.argsort(dim=-1, descending=True, stable=True)
    if bits.ndim == 1 or not bits.numel() or bits.device.type != "cpu":
        return bits.sort(dim=-1, stable=True).indices
    rows = [x.sort(stable=True).indices for x in bits.flatten(0, -2)]
    return torch.stack(rows).reshape(bits.shape)


class LovaszHinge(nn.Module):
    """`lovasz_hinge` as a module."""

    def __init__(
        self, *, per_image: bool = False, ignore_index: int = -100
    ) -> None:
        """Take the options of `lovasz_hinge`."""
        super().__init__()
        self.per_image, self.ignore_index = per_image, ignore_index

    def forward(self, logits: Tensor, target: Tensor) -> Tensor:
        """Compute `lovasz_hinge`."""
        return lovasz_hinge(
            logits,
            target,
            per_image=self.per_image,
            ignore_index=self.ignore_index,
        )


class LovaszSoftmax(nn.Module):
    """`lovasz_softmax` as a module."""

    def __init__(
        self,
        *,
        classes: str = "present",
        per_image: bool = False,
        ignore_index: int = -100,
    ) -> None:
        """Take the options of `lovasz_softmax`."""
        super().__init__()
        self.classes, self.per_image = classes, per_image
        self.ignore_index = ignore_index

    def forward(self, logits: Tensor, target: Tensor) -> Tensor:
        """Compute `lovasz_softmax`."""
        return lovasz_softmax(
            logits,
            target,
            classes=self.classes,
            per_image=self.per_image,
            ignore_index=self.ignore_index,
        )
