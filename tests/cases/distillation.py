"""Arguments of distillation, and what proves it."""

from collections.abc import Callable
from types import SimpleNamespace

import torch
from distillation import (
    forward_kl,
    generalized_jsd,
    reverse_kl,
    soft_target_loss,
)
from torch import Tensor
from torch.nn import functional

from tests.draws import Arguments, Draw
from tests.oracles import optax, theirs
from tests.proofs import Pair, Proof


def two(draw: Draw) -> Arguments:
    """Draw the logits of a student and a teacher, now and then the same."""
    student = draw.real(draw.n, draw.c)
    teacher = draw.real(draw.n, draw.c)
    return {
        "student_logits": student,
        "teacher_logits": draw.choose(teacher, teacher, student.clone()),
        "temperature": draw.choose(0.5, 1.0, 2.0, 10.0),
        "reduction": draw.reduction(),
    }


def jsd(draw: Draw) -> Arguments:
    """Draw arguments of generalized_jsd."""
    given = two(draw)
    return {
        "student_logits": given["student_logits"],
        "teacher_logits": given["teacher_logits"],
        "beta": draw.choose(0.0, 0.1, 0.5, 0.9, 1.0),
        "temperature": given["temperature"],
        "reduction": given["reduction"],
    }


def reduce(loss: Tensor, reduction: str) -> Tensor:
    """Reduce what an oracle gives sample by sample."""
    return loss if reduction == "none" else getattr(loss, reduction)()


def of_timm(
    student_logits: Tensor,
    teacher_logits: Tensor,
    temperature: float,
    reduction: str,
) -> Tensor:
    """Call timm's task with models that give these logits; it takes means."""
    task = theirs("timm.task.distillation").LogitDistillationTask
    nothing = torch.zeros(())

    def one_batch(student: Tensor, teacher: Tensor) -> Tensor:
        class Teacher:
            normalize_input = staticmethod(lambda *_: teacher)

            def __call__(self, *_: object, **__: object) -> Tensor:
                return teacher

        stub = SimpleNamespace(
            trainable_module=lambda _: student,
            criterion=lambda *_: nothing,
            teacher=Teacher(),
            student_mean=None,
            student_std=None,
            temperature=temperature,
            task_loss_weight=0.0,
            distill_loss_weight=1.0,
        )
        return task.forward(stub, student, nothing)["kd_loss"]

    if reduction == "mean":
        return one_batch(student_logits, teacher_logits)
    pairs = zip(student_logits, teacher_logits, strict=True)
    each = torch.stack([one_batch(s[None], t[None]) for s, t in pairs])
    return each if reduction == "none" else each.sum()


def of_torch(log_q: Tensor, log_p: Tensor, reduction: str) -> Tensor:
    """Call torch's KL(p || q), which gives each class."""
    loss = functional.kl_div(log_q, log_p, reduction="none", log_target=True)
    return reduce(loss.sum(-1), reduction)


def of_optax(log_q: Tensor, log_p: Tensor, reduction: str) -> Tensor:
    """Call optax's KL(p || q), which gives each sample."""
    return reduce(optax("kl_divergence", log_q, log_p.exp()), reduction)


def of_kornia(log_q: Tensor, log_p: Tensor, reduction: str) -> Tensor:
    """Call kornia's KL(p || q) of maps of one row."""
    loss = theirs("kornia.losses").kl_div_loss_2d
    maps = [x.exp()[:, None, None] for x in (log_q, log_p)]
    return reduce(loss(*maps, "none")[:, 0], reduction)


def forward(kl: Callable[..., Tensor]) -> Callable[..., Tensor]:
    """Give KL(teacher || student) by a function of log-probabilities."""

    def loss(
        student_logits: Tensor,
        teacher_logits: Tensor,
        temperature: float,
        reduction: str,
    ) -> Tensor:
        pair = (student_logits, teacher_logits)
        logs = [(x / temperature).log_softmax(-1) for x in pair]
        return kl(*logs, reduction)

    return loss


def reverse(kl: Callable[..., Tensor]) -> Callable[..., Tensor]:
    """Give KL(student || teacher) by a function of log-probabilities."""
    swapped = forward(kl)
    return lambda student_logits, teacher_logits, **options: swapped(
        teacher_logits, student_logits, **options
    )


def softened(
    student_logits: Tensor,
    teacher_logits: Tensor,
    temperature: float,
    reduction: str,
) -> Tensor:
    """Call optax's divergence, times the square of the temperature."""
    loss = forward(of_optax)
    kl = loss(student_logits, teacher_logits, temperature, reduction)
    return temperature**2 * kl


def of_liger(
    student_logits: Tensor,
    teacher_logits: Tensor,
    beta: float,
    temperature: float,
    reduction: str,
) -> Tensor:
    """Call liger's, which gives the sum."""
    loss = theirs("liger_kernel.chunked_loss.jsd_loss")
    loss = loss.LigerFusedLinearJSDFunction.distillation_loss_fn
    pair = (student_logits / temperature, teacher_logits / temperature)
    if reduction == "none":
        each = zip(*pair, strict=True)
        return torch.stack([loss(s[None], t[None], beta) for s, t in each])
    total = loss(*pair, beta)
    return total if reduction == "sum" else total / len(student_logits)


def of_kornia_jsd(given: Arguments) -> Tensor:
    """Call kornia's divergence of maps of one row, whose beta is 0.5."""
    loss = theirs("kornia.losses").js_div_loss_2d
    pair = (given["student_logits"], given["teacher_logits"])
    maps = [(x / given["temperature"]).softmax(-1)[:, None, None] for x in pair]
    return reduce(loss(*maps, "none")[:, 0], given["reduction"])


def excluded(function: Callable[..., Tensor]) -> Callable[..., Pair]:
    """Show that a class that both exclude changes nothing."""

    def pair(given: Arguments) -> Pair:
        names = ("student_logits", "teacher_logits")
        more = {
            name: functional.pad(given[name], (0, 1), value=-torch.inf)
            for name in names
        }
        outputs = []
        for changes in ({}, more):
            arguments = given | changes
            leaves = [arguments.pop(n).clone().requires_grad_() for n in names]
            loss = function(*leaves, **arguments)
            slopes = torch.autograd.grad(loss.sum(), leaves)
            slopes = [x[..., : given[names[0]].shape[-1]] for x in slopes]
            outputs.append(
                torch.cat(
                    [loss.reshape(-1, 1)] + [x.reshape(-1, 1) for x in slopes]
                )
            )
        return tuple(outputs)

    return pair


def shifted(function: Callable[..., Tensor]) -> Callable[..., Pair]:
    """Show that a constant added to the logits changes nothing."""
    return lambda given: (
        call(function, given),
        call(function, given | {"student_logits": given["student_logits"] + 3}),
    )


def call(function: Callable[..., Tensor], given: Arguments) -> Tensor:
    """Call with the logits in their places."""
    options = dict(given)
    student = options.pop("student_logits")
    return function(student, options.pop("teacher_logits"), **options)


def swap(given: Arguments) -> Arguments:
    """Make a teacher of the student."""
    return given | {
        "student_logits": given["teacher_logits"],
        "teacher_logits": given["student_logits"],
    }


def cross_entropy(given: Arguments) -> Tensor:
    """Compute the paper's cross entropy, with torch."""
    t = given["temperature"]
    p = (given["teacher_logits"] / t).softmax(-1)
    log_q = given["student_logits"] / t
    return functional.cross_entropy(log_q, p, reduction="none")


def entropy(given: Arguments) -> Tensor:
    """Compute the entropy of the teacher, with torch."""
    logits = given["teacher_logits"] / given["temperature"]
    return torch.distributions.Categorical(logits=logits).entropy()


LOGITS = [
    ({"student_logits": torch.zeros(4, 5).int()}, TypeError, "int32"),
    ({"teacher_logits": torch.zeros(4, 5).long()}, TypeError, "int64"),
    ({"teacher_logits": torch.zeros(4, 1)}, ValueError, "(4, 5) and (4, 1)"),
    ({"temperature": 0.0}, ValueError, "above 0, got 0.0"),
    ({"temperature": float("nan")}, ValueError, "above 0, got nan"),
]
BOTH = ("student_logits", "teacher_logits")
CASES = {
    "by_hand": (soft_target_loss, two),
    "by_hand_forward_kl": (forward_kl, two),
    "by_hand_reverse_kl": (reverse_kl, two),
    "by_hand_jsd": (generalized_jsd, jsd),
}
PROOFS = {
    "soft_target_loss": Proof(
        draw=two,
        oracles={
            "timm.task.LogitDistillationTask": of_timm,
            "optax.losses.kl_divergence": softened,
        },
        same={
            "the paper's cross entropy, less the teacher's": lambda given: (
                call(soft_target_loss, given | {"reduction": "none"}),
                given["temperature"] ** 2
                * (cross_entropy(given) - entropy(given)),
            ),
            "a constant added to the logits changes nothing": shifted(
                soft_target_loss
            ),
            "an excluded class changes nothing": excluded(soft_target_loss),
        },
        bad=LOGITS,
        differentiable=BOTH,
    ),
    "forward_kl": Proof(
        draw=two,
        oracles={
            "torch.nn.functional.kl_div": forward(of_torch),
            "optax.losses.kl_divergence": forward(of_optax),
            "kornia.losses.kl_div_loss_2d": forward(of_kornia),
        },
        same={
            "teacher and student swapped, it is reverse_kl": lambda given: (
                call(forward_kl, given),
                call(reverse_kl, swap(given)),
            ),
            "times the squared temperature, it is soft_target_loss": (
                lambda given: (
                    given["temperature"] ** 2 * call(forward_kl, given),
                    call(soft_target_loss, given),
                )
            ),
            "a constant added to the logits changes nothing": shifted(
                forward_kl
            ),
            "an excluded class changes nothing": excluded(forward_kl),
        },
        bad=LOGITS,
        differentiable=BOTH,
    ),
    "reverse_kl": Proof(
        draw=two,
        oracles={
            "torch.nn.functional.kl_div": reverse(of_torch),
            "optax.losses.kl_divergence": reverse(of_optax),
            "kornia.losses.kl_div_loss_2d": reverse(of_kornia),
        },
        same={
            "a constant added to the logits changes nothing": shifted(
                reverse_kl
            ),
            "an excluded class changes nothing": excluded(reverse_kl),
        },
        bad=LOGITS,
        differentiable=BOTH,
    ),
    "generalized_jsd": Proof(
        draw=jsd,
        oracles={
            "liger_kernel.chunked_loss.LigerFusedLinearJSDLoss": of_liger,
        },
        same={
            "beta=0 is forward_kl": lambda given: (
                call(generalized_jsd, given | {"beta": 0.0}),
                forward_kl(
                    given["student_logits"],
                    given["teacher_logits"],
                    temperature=given["temperature"],
                    reduction=given["reduction"],
                ),
            ),
            "beta=1 is reverse_kl": lambda given: (
                call(generalized_jsd, given | {"beta": 1.0}),
                reverse_kl(
                    given["student_logits"],
                    given["teacher_logits"],
                    temperature=given["temperature"],
                    reduction=given["reduction"],
                ),
            ),
            "swapped, it is that of 1 - beta": lambda given: (
                call(generalized_jsd, given),
                call(
                    generalized_jsd,
                    swap(given) | {"beta": 1 - given["beta"]},
                ),
            ),
            "beta=0.5 is kornia.losses.js_div_loss_2d": lambda given: (
                call(generalized_jsd, given | {"beta": 0.5}),
                of_kornia_jsd(given),
            ),
            "an excluded class changes nothing": excluded(generalized_jsd),
        },
        bad=[
            *LOGITS,
            ({"beta": 1.5}, ValueError, "from 0 to 1, got 1.5"),
            ({"beta": float("nan")}, ValueError, "from 0 to 1, got nan"),
        ],
        differentiable=BOTH,
    ),
}
