"""A student that follows its own teacher: BYOL and SimSiam, DINO, KoLeo."""

import torch
from torch import Tensor, nn


def negative_cosine_loss(
    prediction: Tensor, target: Tensor, *, reduction: str = "mean"
) -> Tensor:
    """Minus the cosine of what the predictor says and what it should say.

    The loss of SimSiam, one view after the other: `(loss(p1, z2) + loss(p2,
    z1)) / 2`. BYOL's is `2 + 2 * loss`, its two views summed.

    Args:
        prediction: Shape (..., D), floating point, any length: what the
            student's predictor makes of one view.
        target: Shape of `prediction`, floating point: the projection of the
            other view. No gradient goes there.
        reduction: "mean" and "sum" are over samples, "none" is one a sample.

    Returns:
        A scalar, with "none" shape (...). From -1 to 1; 0 for a zero vector,
        and for no sample. Its dtype is that of `prediction`, but float32 for
        half precision.

    Raises:
        TypeError: An input is not floating point.
        ValueError: Shapes differ; `reduction` is unknown.

    Source:
        Chen & He, Exploring Simple Siamese Representation Learning, 2021,
        equation 1, https://arxiv.org/abs/2011.10566; Grill et al., Bootstrap
        Your Own Latent, 2020, equation 2, https://arxiv.org/abs/2006.07733
    """
    _check_floating(prediction=prediction, target=target)
    if prediction.ndim == 0 or prediction.shape != target.shape:
        raise ValueError(
            "prediction and target must have one shape (..., D), got "
            f"{tuple(prediction.shape)} and {tuple(target.shape)}"
        )
    p = _unit(_wide(prediction))
    z = _unit(target.detach().to(p.dtype))
    return _reduce(-(p * z).sum(-1), reduction)


def dino_loss(
    student: Tensor,
    teacher: Tensor,
    center: Tensor,
    *,
    student_temperature: float = 0.1,
    teacher_temperature: float = 0.04,
    reduction: str = "mean",
) -> Tensor:
    """Cross entropy of a student's views and a teacher's, of other views.

    The mean of `-(q * log_softmax(student[v] / student_temperature)).sum(-1)`
    with `q = softmax((teacher[g] - center) / teacher_temperature)` over all
    pairs of views `g` and `v`, but for `g == v`. The caller updates the
    center afterwards: `center.lerp_(teacher.mean((0, 1)), 0.1)`.

    Args:
        student: Shape (V, N, K), floating point, V at least 2: logits of N
            samples and K prototypes, view by view.
        teacher: Shape (G, N, K), floating point, G from 1 to V: of the first
            G views, the global crops. No gradient goes there.
        center: Shape (K), floating point: a running mean of the teacher's
            logits. No gradient goes there.
        student_temperature: Divides the student's logits, above 0.
        teacher_temperature: Divides the teacher's, above 0: lower is sharper.
        reduction: "mean" and "sum" are over samples, "none" is one a sample.
            Over pairs of views it is always the mean.

    Returns:
        A scalar, with "none" shape (N). At least 0: log(K) if the student
        says nothing; 0 for no sample. Its dtype is that of `student`, but
        float32 for half precision.

    Raises:
        TypeError: An input is not floating point.
        ValueError: Shapes don't fit; an option is out of range.

    Source:
        Caron et al., Emerging Properties in Self-Supervised Vision
        Transformers, 2021, equations 1 to 4 and algorithm 1,
        https://arxiv.org/abs/2104.14294
    """
    _check_floating(student=student, teacher=teacher, center=center)
    _check_views(student, teacher, center)
    for name, value in (
        ("student_temperature", student_temperature),
        ("teacher_temperature", teacher_temperature),
    ):
        if not value > 0:
            raise ValueError(f"{name} must be above 0, got {value}")
    s = _wide(student)
    t = teacher.detach().to(s.dtype) - center.detach().to(s.dtype)
    q = (t / teacher_temperature).softmax(-1)
    log_p = (s / student_temperature).log_softmax(-1)
    # A global view learns from the others, a local crop from all.
    g, total = len(q), q.sum(0)
    others = [torch.cat([q[:i], q[i + 1 :]]).sum(0) for i in range(g)]
    of_global = (torch.stack(others) * log_p[:g]).sum((0, -1))
    of_local = (total * log_p[g:].sum(0)).sum(-1)
    loss = -(of_global + of_local) / (g * (len(s) - 1))
    return _reduce(loss, reduction)


def koleo_loss(
    input: Tensor,
    *,
    eps: float = 1e-8,
    chunk_size: int = 256,
    reduction: str = "mean",
) -> Tensor:
    """Spread a batch over the sphere: each sample from its nearest neighbour.

    `-log(d + eps)`, where `d` is the Euclidean distance of a sample's unit
    vector from the nearest one of the others; of several that are all but one
    point it may, in float32, be another. Give it one view at a time:
    the nearest to a sample is else its own other view.

    Args:
        input: Shape (N, D), floating point, any length.
        eps: Above 0: no gradient of a unit vector exceeds its inverse.
        chunk_size: Samples a chunk, at least 1, whose distances from all N
            are in memory at once. It changes no result.
        reduction: "mean" and "sum" are over samples, "none" is one a sample.

    Returns:
        A scalar, with "none" shape (N). At least -log(2 + eps); -log(eps),
        without gradient, for samples that are the same up to round-off; 0
        for a batch of one, which has no neighbour, and of none. Its dtype is
        that of `input`, but float32 for half precision.

    Raises:
        TypeError: `input` is not floating point.
        ValueError: `input` is not (N, D); an option is out of range.

    Source:
        Sablayrolles et al., Spreading Vectors for Similarity Search, 2018,
        section "KoLeo: Differential entropy regularizer",
        https://arxiv.org/abs/1806.03198; of unit vectors, as in DINOv2, 2023,
        section 4, https://arxiv.org/abs/2304.07193
    """
    _check_floating(input=input)
    if input.ndim != 2:
        raise ValueError(
            f"input must have shape (N, D), got {tuple(input.shape)}"
        )
    if not eps > 0:
        raise ValueError(f"eps must be above 0, got {eps}")
    if chunk_size < 1:
        raise ValueError(f"chunk_size must be at least 1, got {chunk_size}")
    x = _unit(_wide(input))
    if len(x) < 2:
        return _reduce(0 * x.sum(-1), reduction)
    apart = x - x[_nearest(x.detach(), chunk_size)]
    # Its gradient is 0, not nan, where the two are one point; nor does what
    # round-off alone has moved apart get one, of up to 1 / eps.
    distance = torch.linalg.vector_norm(apart, dim=1)
    distance = distance.where(distance > 4 * torch.finfo(x.dtype).eps, 0)
    return _reduce(-(distance + eps).log(), reduction)


def _nearest(x: Tensor, chunk_size: int) -> Tensor:
    # The greatest of `x @ y - y @ y / 2`. Around their mean: products of unit
    # vectors that have nearly collapsed are all 1.
    x = x - x.mean(0)
    half = x.square().sum(1) / 2
    kind = "cpu" if x.is_meta else x.device.type
    found = []
    with torch.autocast(kind, enabled=False):
        for first in range(0, len(x), chunk_size):
            near = torch.addmm(-half, x[first : first + chunk_size], x.T)
            near.diagonal(first).fill_(-torch.inf)
            found.append(near.argmax(1))
    return torch.cat(found)


def _wide(x: Tensor) -> Tensor:
    return x.to(torch.promote_types(x.dtype, torch.float32))


def _unit(x: Tensor) -> Tensor:
    # A zero vector stays zero, with a finite gradient; so has a short one,
    # which the third power in the slope of rsqrt would not leave it.
    square = x.square().sum(-1, keepdim=True)
    return x * square.where(square > 0, 1).sqrt().reciprocal()


def _check_floating(**inputs: Tensor) -> None:
    for name, x in inputs.items():
        if not x.is_floating_point():
            raise TypeError(f"{name} must be floating point, got {x.dtype}")


def _check_views(student: Tensor, teacher: Tensor, center: Tensor) -> None:
    if (
        student.ndim != 3
        or teacher.ndim != 3
        or student.shape[1:] != teacher.shape[1:]
        or not 1 <= len(teacher) <= len(student)
        or len(student) < 2
    ):
        raise ValueError(
            "student and teacher must have shapes (V, N, K) and (G, N, K), V "
            f"at least 2, G from 1 to V, got {tuple(student.shape)} and "
            f"{tuple(teacher.shape)}"
        )
    if center.shape != student.shape[2:]:
        raise ValueError(
            f"center must have shape (K,), {tuple(student.shape[2:])}, got "
            f"{tuple(center.shape)}"
        )


def _reduce(loss: Tensor, reduction: str) -> Tensor:
    if reduction == "mean":
        return loss.sum() / max(loss.numel(), 1)
    if reduction not in ("sum", "none"):
        raise ValueError(
            f"reduction must be 'mean', 'sum' or 'none', got {reduction!r}"
        )
    return loss if reduction == "none" else loss.sum()


class NegativeCosineLoss(nn.Module):
    """`negative_cosine_loss` as a module."""

    def __init__(self, *, reduction: str = "mean") -> None:
        """Take the options of `negative_cosine_loss`."""
        super().__init__()
        self.reduction = reduction

    def forward(self, prediction: Tensor, target: Tensor) -> Tensor:
        """Compute `negative_cosine_loss`."""
        return negative_cosine_loss(
            prediction, target, reduction=self.reduction
        )


class DINOLoss(nn.Module):
    """`dino_loss` as a module; the center stays yours to update."""

    def __init__(
        self,
        *,
        student_temperature: float = 0.1,
        teacher_temperature: float = 0.04,
        reduction: str = "mean",
    ) -> None:
        """Take the options of `dino_loss`."""
        super().__init__()
        self.student_temperature = student_temperature
        self.teacher_temperature = teacher_temperature
        self.reduction = reduction

    def forward(
        self, student: Tensor, teacher: Tensor, center: Tensor
    ) -> Tensor:
        """Compute `dino_loss`."""
        return dino_loss(
            student,
            teacher,
            center,
            student_temperature=self.student_temperature,
            teacher_temperature=self.teacher_temperature,
            reduction=self.reduction,
        )


class KoLeoLoss(nn.Module):
    """`koleo_loss` as a module."""

    def __init__(
        self,
        *,
        eps: float = 1e-8,
        chunk_size: int = 256,
        reduction: str = "mean",
    ) -> None:
        """Take the options of `koleo_loss`."""
        super().__init__()
        self.eps, self.chunk_size = eps, chunk_size
        self.reduction = reduction

    def forward(self, input: Tensor) -> Tensor:
        """Compute `koleo_loss`."""
        return koleo_loss(
            input,
            eps=self.eps,
            chunk_size=self.chunk_size,
            reduction=self.reduction,
        )
