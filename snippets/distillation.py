"""Divergences of a student's probabilities from a teacher's."""

import torch
from torch import Tensor, nn


def soft_target_loss(
    student_logits: Tensor,
    teacher_logits: Tensor,
    *,
    temperature: float = 1.0,
    reduction: str = "mean",
) -> Tensor:
    """Distillation: `forward_kl`, its gradient freed of the temperature.

    `T**2 * sum_c t_c * (log(t_c) - log(s_c))`, where `t` and `s` are the
    softmax of the teacher's and the student's logits divided by `T`.

    Args:
        student_logits: Shape (..., C), floating point; -inf excludes a class.
        teacher_logits: As `student_logits`. Not detached.
        temperature: `T`, above 0; above 1 makes both softer.
        reduction: "mean" and "sum" are over samples, never over classes;
            "none" is one number a sample.

    Returns:
        A scalar, with "none" shape (...). At least 0; inf when the student
        excludes what the teacher does not. Its dtype is that of the logits,
        but float32 for half precision.

    Raises:
        TypeError: Logits are not floating point.
        ValueError: Shapes differ; `temperature` or `reduction` is out of
            range.

    Source:
        Hinton et al., Distilling the Knowledge in a Neural Network, 2015,
        section 2, https://arxiv.org/abs/1503.02531. Theirs is the cross
        entropy, larger by the entropy of the teacher times `T**2`, which has
        the same gradient.
    """
    log_s, log_t = _log_p(
        student_logits, teacher_logits, temperature, reduction
    )
    return _reduce(temperature**2 * _kl(log_t, log_s), reduction)


def forward_kl(
    student_logits: Tensor,
    teacher_logits: Tensor,
    *,
    temperature: float = 1.0,
    reduction: str = "mean",
) -> Tensor:
    """KL(teacher || student): the student covers all that the teacher does.

    `sum_c t_c * (log(t_c) - log(s_c))`, where `t` and `s` are the softmax of
    the teacher's and the student's logits divided by the temperature.

    Args:
        student_logits: Shape (..., C), floating point; -inf excludes a class.
        teacher_logits: As `student_logits`. Not detached.
        temperature: Divides both, above 0.
        reduction: "mean" and "sum" are over samples, never over classes;
            "none" is one number a sample.

    Returns:
        A scalar, with "none" shape (...). At least 0; inf when the student
        excludes what the teacher does not. Its dtype is that of the logits,
        but float32 for half precision.

    Raises:
        TypeError: Logits are not floating point.
        ValueError: Shapes differ; `temperature` or `reduction` is out of
            range.

    Source:
        Agarwal et al., On-Policy Distillation of Language Models, 2024,
        section 2, https://arxiv.org/abs/2306.13649
    """
    log_s, log_t = _log_p(
        student_logits, teacher_logits, temperature, reduction
    )
    return _reduce(_kl(log_t, log_s), reduction)


def reverse_kl(
    student_logits: Tensor,
    teacher_logits: Tensor,
    *,
    temperature: float = 1.0,
    reduction: str = "mean",
) -> Tensor:
    """KL(student || teacher): the student avoids what the teacher avoids.

    `sum_c s_c * (log(s_c) - log(t_c))`, where `t` and `s` are the softmax of
    the teacher's and the student's logits divided by the temperature.

    Args:
        student_logits: Shape (..., C), floating point; -inf excludes a class.
        teacher_logits: As `student_logits`. Not detached.
        temperature: Divides both, above 0.
        reduction: "mean" and "sum" are over samples, never over classes;
            "none" is one number a sample.

    Returns:
        A scalar, with "none" shape (...). At least 0; inf, with a nan
        gradient, when the teacher excludes what the student does not. Its dtype
        is that of the logits, but float32 for half precision.

    Raises:
        TypeError: Logits are not floating point.
        ValueError: Shapes differ; `temperature` or `reduction` is out of
            range.

    Source:
        Gu et al., MiniLLM: Knowledge Distillation of Large Language Models,
        2024, section 2, https://arxiv.org/abs/2306.08543, here for each
        token, as in https://arxiv.org/abs/2306.13649
    """
    log_s, log_t = _log_p(
        student_logits, teacher_logits, temperature, reduction
    )
    return _reduce(_kl(log_s, log_t), reduction)


def generalized_jsd(
    student_logits: Tensor,
    teacher_logits: Tensor,
    *,
    beta: float = 0.5,
    temperature: float = 1.0,
    reduction: str = "mean",
) -> Tensor:
    """Generalized Jensen-Shannon divergence of two models, at most log(2).

    `beta * KL(t || m) + (1 - beta) * KL(s || m)` with the mixture
    `m = beta * t + (1 - beta) * s` of the teacher's probabilities `t` and
    the student's `s`. As in TRL and Liger, `beta=0` is `forward_kl` and
    `beta=1` is `reverse_kl`, where the formula itself would be 0.

    Args:
        student_logits: Shape (..., C), floating point; -inf excludes a class.
        teacher_logits: As `student_logits`. Not detached.
        beta: Share of the teacher in the mixture, from 0 to 1.
        temperature: Divides both, above 0.
        reduction: "mean" and "sum" are over samples, never over classes;
            "none" is one number a sample.

    Returns:
        A scalar, with "none" shape (...). At least 0. Its dtype is that of
        the logits, but float32 for half precision.

    Raises:
        TypeError: Logits are not floating point.
        ValueError: Shapes differ; `beta`, `temperature` or `reduction` is
            out of range.

    Source:
        Agarwal et al., On-Policy Distillation of Language Models, 2024,
        section 2, https://arxiv.org/abs/2306.13649
    """
    log_s, log_t = _log_p(
        student_logits, teacher_logits, temperature, reduction
    )
    if not 0 <= beta <= 1:
        raise ValueError(f"beta must be from 0 to 1, got {beta}")
    if beta == 0:
        loss = _kl(log_t, log_s)
    elif beta == 1:
        loss = _kl(log_s, log_t)
    else:
        # 0 * log(0) is 0: no logarithm is -inf, the mixture's neither.
        low = torch.finfo(log_s.dtype).min / 2
        log_s, log_t = log_s.clamp_min(low), log_t.clamp_min(low)
        share = torch.full_like(log_s[..., :1], beta)
        log_m = torch.logaddexp(log_t + share.log(), log_s + (-share).log1p())
        of_t = (log_t.exp() * (log_t - log_m)).sum(-1)
        of_s = (log_s.exp() * (log_s - log_m)).sum(-1)
        loss = beta * of_t + (1 - beta) * of_s
    return _reduce(loss, reduction)


def _kl(log_p: Tensor, log_q: Tensor) -> Tensor:
    p = log_p.exp()
    # 0 * log(0) is 0, where the 0 is too small a number as well.
    apart = (log_p - log_q).masked_fill_(p == 0, 0)
    if torch.compiler.is_compiling():  # which finds the sums by itself
        return 0 + (p * apart).sum(-1)
    return 0 + _Divergence.apply(p, apart, log_p, log_q)  # no -0.0


class _Divergence(torch.autograd.Function):
    """`sum(p * apart)`, whose whole slope is that of the two logarithms."""

    generate_vmap_rule = True

    @staticmethod
    def forward(p, apart, log_p, log_q):
        return (p * apart).sum(-1)

    @staticmethod
    def setup_context(ctx, inputs, output):
        ctx.save_for_backward(*inputs[:2])
        ctx.save_for_forward(*inputs[:2])

    @staticmethod
    def backward(ctx, grad):
        p, apart = ctx.saved_tensors
        grad, of_p, of_q = grad.unsqueeze(-1), None, None
        if ctx.needs_input_grad[2]:
            of_p = grad * torch.addcmul(p, p, apart)
        if ctx.needs_input_grad[3]:
            of_q = -grad * p
        return None, None, of_p, of_q

    @staticmethod
    def jvp(ctx, _, __, of_p, of_q):
        p, apart = ctx.saved_tensors
        return (p * ((apart + 1) * of_p - of_q)).sum(-1)


def _log_p(
    student: Tensor, teacher: Tensor, temperature: float, reduction: str
) -> tuple[Tensor, Tensor]:
    for name, logits in (("student", student), ("teacher", teacher)):
        if not logits.is_floating_point():
            raise TypeError(
                f"{name}_logits must be floating point, got {logits.dtype}"
            )
    if student.shape != teacher.shape or student.ndim == 0:
        raise ValueError(
            "student_logits and teacher_logits must have one shape (..., C), "
            f"got {tuple(student.shape)} and {tuple(teacher.shape)}"
        )
    if not temperature > 0:
        raise ValueError(f"temperature must be above 0, got {temperature}")
    if reduction not in ("mean", "sum", "none"):
        raise ValueError(
            f"reduction must be 'mean', 'sum' or 'none', got {reduction!r}"
        )
    dtype = torch.promote_types(student.dtype, teacher.dtype)
    dtype = torch.promote_types(dtype, torch.float32)
    student, teacher = student.to(dtype), teacher.to(dtype)
    if temperature != 1:
        student, teacher = student / temperature, teacher / temperature
    return student.log_softmax(-1), teacher.log_softmax(-1)


def _reduce(loss: Tensor, reduction: str) -> Tensor:
    return loss if reduction == "none" else getattr(loss, reduction)()


class SoftTargetLoss(nn.Module):
    """`soft_target_loss` as a module."""

    def __init__(
        self, *, temperature: float = 1.0, reduction: str = "mean"
    ) -> None:
        """Take the options of `soft_target_loss`."""
        super().__init__()
        self.temperature, self.reduction = temperature, reduction

    def forward(self, student_logits: Tensor, teacher_logits: Tensor) -> Tensor:
        """Compute `soft_target_loss`."""
        return soft_target_loss(
            student_logits,
            teacher_logits,
            temperature=self.temperature,
            reduction=self.reduction,
        )


class ForwardKL(nn.Module):
    """`forward_kl` as a module."""

    def __init__(
        self, *, temperature: float = 1.0, reduction: str = "mean"
    ) -> None:
        """Take the options of `forward_kl`."""
        super().__init__()
        self.temperature, self.reduction = temperature, reduction

    def forward(self, student_logits: Tensor, teacher_logits: Tensor) -> Tensor:
        """Compute `forward_kl`."""
        return forward_kl(
            student_logits,
            teacher_logits,
            temperature=self.temperature,
            reduction=self.reduction,
        )


class ReverseKL(nn.Module):
    """`reverse_kl` as a module."""

    def __init__(
        self, *, temperature: float = 1.0, reduction: str = "mean"
    ) -> None:
        """Take the options of `reverse_kl`."""
        super().__init__()
        self.temperature, self.reduction = temperature, reduction

    def forward(self, student_logits: Tensor, teacher_logits: Tensor) -> Tensor:
        """Compute `reverse_kl`."""
        return reverse_kl(
            student_logits,
            teacher_logits,
            temperature=self.temperature,
            reduction=self.reduction,
        )


class GeneralizedJSD(nn.Module):
    """`generalized_jsd` as a module."""

    def __init__(
        self,
        *,
        beta: float = 0.5,
        temperature: float = 1.0,
        reduction: str = "mean",
    ) -> None:
        """Take the options of `generalized_jsd`."""
        super().__init__()
        self.beta, self.temperature = beta, temperature
        self.reduction = reduction

    def forward(self, student_logits: Tensor, teacher_logits: Tensor) -> Tensor:
        """Compute `generalized_jsd`."""
        return generalized_jsd(
            student_logits,
            teacher_logits,
            beta=self.beta,
            temperature=self.temperature,
            reduction=self.reduction,
        )
