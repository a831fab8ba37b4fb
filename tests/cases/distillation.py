"""Arguments of distillation, and what proves it."""

from functools import partial
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

from tests.cases._common import (
    call_known,
    reduce,
    row_by_row,
    slopes,
    unchanged,
)
from tests.draws import Arguments, Draw
from tests.oracles import optax, theirs
from tests.proofs import Loss, Pair, Proof, Same, change


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


def jsd_arguments(draw: Draw) -> Arguments:
    """Draw arguments of generalized_jsd."""
    given = two(draw)
    last = {name: given.pop(name) for name in ("temperature", "reduction")}
    return given | {"beta": draw.choose(0.0, 0.1, 0.5, 0.9, 1.0)} | last


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
    each = row_by_row(one_batch, student_logits, teacher_logits)
    return reduce(each, reduction)


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


def forward(kl: Loss) -> Loss:
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


def reverse(kl: Loss) -> Loss:
    """Give KL(student || teacher) by a function of log-probabilities."""
    swapped = forward(kl)
    return lambda student_logits, teacher_logits, **options: swapped(
        teacher_logits, student_logits, **options
    )


def softened(temperature: float, **given: object) -> Tensor:
    """Call optax's divergence, times the square of the temperature."""
    return temperature**2 * forward(of_optax)(temperature=temperature, **given)


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
        return row_by_row(lambda s, t: loss(s, t, beta), *pair)
    total = loss(*pair, beta)
    return total if reduction == "sum" else total / len(student_logits)


def of_kornia_jsd(given: Arguments) -> Tensor:
    """Call kornia's divergence of maps of one row, whose beta is 0.5."""
    loss = theirs("kornia.losses").js_div_loss_2d
    pair = (given["student_logits"], given["teacher_logits"])
    maps = [(x / given["temperature"]).softmax(-1)[:, None, None] for x in pair]
    return reduce(loss(*maps, "none")[:, 0], given["reduction"])


def excluded(function: Loss) -> Same:
    """Show that a class that both exclude changes nothing."""

    def pair(given: Arguments) -> Pair:
        n, c = given["student_logits"].shape

        def both(x: Arguments) -> Tensor:
            slope = slopes(function, x, *BOTH).view(2, n, -1)[..., :c]
            return torch.cat([function(**x).flatten(), slope.flatten()])

        pad = partial(functional.pad, pad=(0, 1), value=-torch.inf)
        return both(given), both(change(given, pad))

    return pair


def vanished(function: Loss, unlikely: str, never: str) -> Same:
    """Show that a probability too small for the dtype changes nothing."""

    def pair(given: Arguments) -> Pair:
        n, c = given[unlikely].shape

        def both(x: Arguments) -> Tensor:
            slope = slopes(function, x, *BOTH).view(2, n, -1)[..., :c]
            return torch.cat([function(**x).flatten(), slope.flatten()])

        padded = {
            name: functional.pad(given[name], (0, 1), value=value)
            for name, value in ((unlikely, -1e5), (never, -torch.inf))
        }
        return both(given), both(given | padded)

    return pair


def moved(given: Arguments) -> Arguments:
    """Add a constant to the student's logits."""
    return {"student_logits": given["student_logits"] + 3}


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
    "by_hand_jsd": (generalized_jsd, jsd_arguments),
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
                soft_target_loss(**given | {"reduction": "none"}),
                given["temperature"] ** 2
                * (cross_entropy(given) - entropy(given)),
            ),
            "a constant added to the logits changes nothing": unchanged(
                soft_target_loss, moved
            ),
            "an excluded class changes nothing": excluded(soft_target_loss),
            "a probability that is 0 in the dtype changes nothing": vanished(
                soft_target_loss, "teacher_logits", "student_logits"
            ),
        },
        bad=LOGITS,
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
                forward_kl(**given),
                reverse_kl(**swap(given)),
            ),
            "times the squared temperature, it is soft_target_loss": (
                lambda given: (
                    given["temperature"] ** 2 * forward_kl(**given),
                    soft_target_loss(**given),
                )
            ),
            "a constant added to the logits changes nothing": unchanged(
                forward_kl, moved
            ),
            "an excluded class changes nothing": excluded(forward_kl),
            "a probability that is 0 in the dtype changes nothing": vanished(
                forward_kl, "teacher_logits", "student_logits"
            ),
        },
        bad=LOGITS,
    ),
    "reverse_kl": Proof(
        draw=two,
        oracles={
            "torch.nn.functional.kl_div": reverse(of_torch),
            "optax.losses.kl_divergence": reverse(of_optax),
            "kornia.losses.kl_div_loss_2d": reverse(of_kornia),
        },
        same={
            "a constant added to the logits changes nothing": unchanged(
                reverse_kl, moved
            ),
            "an excluded class changes nothing": excluded(reverse_kl),
            "a probability that is 0 in the dtype changes nothing": vanished(
                reverse_kl, "student_logits", "teacher_logits"
            ),
        },
        bad=LOGITS,
    ),
    "generalized_jsd": Proof(
        draw=jsd_arguments,
        oracles={
            "liger_kernel.chunked_loss.LigerFusedLinearJSDLoss": of_liger,
        },
        same={
            "beta=0 is forward_kl": lambda given: (
                generalized_jsd(**given | {"beta": 0.0}),
                call_known(forward_kl, given),
            ),
            "beta=1 is reverse_kl": lambda given: (
                generalized_jsd(**given | {"beta": 1.0}),
                call_known(reverse_kl, given),
            ),
            "swapped, it is that of 1 - beta": lambda given: (
                generalized_jsd(**given),
                generalized_jsd(**swap(given) | {"beta": 1 - given["beta"]}),
            ),
            "beta=0.5 is kornia.losses.js_div_loss_2d": lambda given: (
                generalized_jsd(**given | {"beta": 0.5}),
                of_kornia_jsd(given),
            ),
            "an excluded class changes nothing": excluded(generalized_jsd),
        },
        bad=[
            *LOGITS,
            ({"beta": 1.5}, ValueError, "from 0 to 1, got 1.5"),
            ({"beta": float("nan")}, ValueError, "from 0 to 1, got nan"),
        ],
    ),
}
