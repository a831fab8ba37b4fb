"""Divergences of a student of two classes from a teacher, by its logit."""

import torch
from _curves import panels as curves
from distillation import forward_kl, generalized_jsd, reverse_kl

alt = {
    "en": "Left: three losses of a student of two classes whose teacher's "
    "logit is 2, against the student's logit from -8 to 8. All are 0 at 2. "
    "To the left, forward KL rises in a straight line, reverse KL flattens "
    "near 2 and JSD below 0.5. To the right, where the student is too sure, "
    "reverse KL and JSD stay near 0 and forward KL rises slowly. Right: the "
    "gradients; far to the left only that of forward KL does not vanish.",
    "zh": "左：两个类别，教师的 logit 为 2，三种损失随学生的 logit 从 -8 到 8 "
    "的变化，在 2 处都为 0。往左，前向 KL 直线上升，反向 KL 在 2 附近变平，JSD "
    "不到 0.5。往右，学生过于自信，反向 KL 与 JSD 接近 0，前向 KL 缓慢上升。"
    "右：梯度；最左侧只有前向 KL 的梯度不消失。",
}


def two_classes(loss):
    """Take the loss of a student's logit; the other class has the logit 0."""

    def of_logit(x: torch.Tensor) -> torch.Tensor:
        student = torch.stack([x, 0 * x], -1)
        teacher = torch.tensor([2.0, 0.0]).to(x).expand_as(student)
        return loss(student, teacher, reduction="none")

    return of_logit


losses = (forward_kl, reverse_kl, generalized_jsd)
panels = curves(
    torch.linspace(-8, 8, 161),
    {loss.__name__: two_classes(loss) for loss in losses},
    {"en": "logit of the student", "zh": "学生的 logit"},
)


def divergence(x: torch.Tensor, beta: float, temperature: float):
    """Take the divergence of a student's logit from a teacher's of 2."""
    student = torch.stack([x, 0 * x], -1)
    teacher = torch.tensor([2.0, 0.0]).to(x).expand_as(student)
    options = {"beta": beta, "temperature": temperature}
    return generalized_jsd(student, teacher, reduction="none", **options)


explorers = {
    "generalized_jsd": {
        "x": torch.linspace(-8, 8, 81),
        "label": {"en": "logit of the student", "zh": "学生的 logit"},
        "sliders": {
            "beta": ([0.1, 0.25, 0.5, 0.75, 0.9, 1.0], 2),
            "temperature": ([1.0, 1.5, 2.0, 3.0, 4.0], 0),
        },
        "loss": divergence,
    }
}
