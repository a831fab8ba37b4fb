"""Divergences of a student of two classes from a teacher, by its logit."""

from functools import partial

import torch
from distillation import forward_kl, generalized_jsd, reverse_kl
from torch import Tensor

from ._figure import Explorer, Figure, Slider, loss_and_gradient


def of_two(x: Tensor, loss, **options: float) -> Tensor:
    """Take the loss of a student's logit x; the teacher's is 2."""
    student = torch.stack([x, 0 * x], -1)
    teacher = torch.tensor([2.0, 0.0]).to(x).expand_as(student)
    return loss(student, teacher, reduction="none", **options)


FIGURE = Figure(
    alt={
        "en": "Left: three losses of a student of two classes whose teacher's "
        "logit is 2, against the student's logit from -8 to 8. All are 0 at "
        "2. To the left, forward KL rises in a straight line, reverse KL "
        "flattens near 2 and JSD below 0.5. To the right, where the student "
        "is too sure, reverse KL and JSD stay near 0 and forward KL rises "
        "slowly. Right: the gradients; far to the left only that of forward "
        "KL does not vanish.",
        "zh": "左：两个类别，教师的 logit 为 2，三种损失随学生的 logit 从 -8 "
        "到 8 的变化，在 2 处都为 0。往左，前向 KL 直线上升，反向 KL 在 2 附近"
        "变平，JSD 不到 0.5。往右，学生过于自信，反向 KL 与 JSD 接近 0，前向 "
        "KL 缓慢上升。右：梯度；最左侧只有前向 KL 的梯度不消失。",
    },
    panels=loss_and_gradient(
        {
            loss.__name__: partial(of_two, loss=loss)
            for loss in (forward_kl, reverse_kl, generalized_jsd)
        },
        torch.linspace(-8, 8, 161),
        {"en": "logit of the student", "zh": "学生的 logit"},
    ),
    explorers={
        "generalized_jsd": Explorer(
            partial(of_two, loss=generalized_jsd),
            (-8, 8),
            {
                "beta": Slider([0.1, 0.25, 0.5, 0.75, 0.9, 1.0], 0.5),
                "temperature": Slider([1.0, 1.5, 2.0, 3.0, 4.0], 1.0),
            },
        )
    },
)
