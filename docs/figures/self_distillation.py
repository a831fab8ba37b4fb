"""DINO of two prototypes over the student's logit; KoLeo of two points."""

from functools import partial

import torch
from self_distillation import dino_loss, koleo_loss
from torch import Tensor

from ._figure import Curve, Explorer, Figure, Panel, Slider, loss_and_gradient

LOGIT = {"en": "logit of the student", "zh": "学生的 logit"}
ANGLE = {"en": "angle between two samples", "zh": "两个样本的夹角"}


def dino(
    x: Tensor,
    teacher_temperature: float = 0.04,
    student_temperature: float = 0.1,
) -> Tensor:
    """Take two prototypes; the teacher's logit of the first is 0.1."""
    logits = torch.stack([x, 0 * x], -1)
    teacher = x.new_tensor([0.1, 0.0]).expand(1, len(x), 2)
    return dino_loss(
        torch.stack([logits, logits]),
        teacher,
        logits.new_zeros(2),
        student_temperature=student_temperature,
        teacher_temperature=teacher_temperature,
        reduction="none",
    )


def koleo(angle: Tensor, eps: float) -> Tensor:
    """Take the loss of two points of a circle."""
    points = torch.stack([angle.cos(), angle.sin()], -1)
    first = torch.tensor([1.0, 0.0]).to(angle)
    losses = [koleo_loss(torch.stack([first, x]), eps=eps) for x in points]
    return torch.stack(losses)


angles = torch.linspace(0, torch.pi, 158, dtype=torch.float64)[1:]
FIGURE = Figure(
    alt={
        "en": "Left: DINO's loss of two prototypes, the teacher's logit being "
        "0.1, against the student's logit from -0.3 to 0.5. With a teacher's "
        "temperature of 0.02 it falls to near 0 as the student gets sure; of "
        "0.04 it has a minimum near 1/4; of 0.1 the minimum is higher, at "
        "0.1 itself. Middle: the gradients, from -10 upwards; they cross 0 "
        "at the minimum. Right: KoLeo of two samples "
        "against the angle between them. It falls from above 3 to -0.7 at "
        "opposite points; with eps of 0.1 it begins near 2.",
        "zh": "左：两个原型、教师的 logit 为 0.1 时，DINO 损失随学生 logit（从 "
        "-0.3 到 0.5）的变化。教师温度为 0.02 时，学生越有把握，损失越接近 0；"
        "0.04 时在 1/4 附近取最小值；0.1 时最小值更高，就在 0.1 处。中：梯度从"
        " -10 左右上升，在最小值处过 0。右：两个样本的 KoLeo 损失随夹角的变化，"
        "从 3 以上降到方向相反时的 -0.7；eps 为 0.1 时从 2 左右开始。",
    },
    panels=[
        *loss_and_gradient(
            {
                f"teacher_temperature={t:g}": partial(
                    dino, teacher_temperature=t
                )
                for t in (0.02, 0.04, 0.1)
            },
            torch.linspace(-0.3, 0.5, 161),
            LOGIT,
        ),
        Panel(
            {"en": "KoLeo loss", "zh": "KoLeo 损失"},
            ANGLE,
            [
                Curve(f"eps={eps:g}", angles, koleo(angles, eps))
                for eps in (1e-8, 0.1)
            ],
        ),
    ],
    explorers={
        "dino_loss": Explorer(
            dino,
            (-0.5, 0.7),
            {
                "teacher_temperature": Slider(
                    [0.01, 0.02, 0.04, 0.07, 0.1, 0.2], 0.04
                ),
                "student_temperature": Slider([0.05, 0.1, 0.2, 0.5], 0.1),
            },
        )
    },
)
