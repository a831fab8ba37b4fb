"""CoSENT of two pairs, CoSENT and AnglE over an angle, Margin-MSE."""

from functools import partial

import torch
from sentence_embedding import angle_loss, cosent_loss, margin_mse_loss
from torch import Tensor

from ._figure import Curve, Explorer, Figure, Panel, Slider, loss_and_gradient

COSINE = {
    "en": "cosine of the better pair",
    "zh": "得分较高的样本对的余弦",
}
ANGLE = {"en": "turn of the better pair", "zh": "得分较高的样本对转过的角度"}
SCORE = torch.tensor([1, 0])


def cosent(x: Tensor, scale: float = 20.0) -> Tensor:
    """Take two pairs: a better one with this cosine, one at right angles."""
    losses = []
    for cos in x:
        better = torch.stack([cos, (1 - cos**2).sqrt()])
        one = torch.stack([better, better.new_tensor([0.0, 1.0])])
        other = one.new_tensor([[1.0, 0.0]] * 2)
        losses.append(cosent_loss(one, other, SCORE, scale=scale))
    return torch.stack(losses)


def turned(loss, degrees: Tensor, worse: tuple[float, float]) -> Tensor:
    """Turn the better pair in the complex plane; the worse has similarity 0."""
    losses = []
    for angle in degrees.deg2rad():
        better = torch.stack([angle.cos(), angle.sin()])
        one = torch.stack([better, better.new_tensor([1.0, 0.0])])
        other = one.new_tensor([[1.0, 0.0], worse])
        losses.append(loss(one, other, SCORE, scale=5.0))
    return torch.stack(losses)


def margin(x: Tensor, teacher: float) -> Tensor:
    """Take a query of 1 and a positive of x, its negative at 0."""
    one = torch.ones_like(x).unsqueeze(1)
    return margin_mse_loss(
        one,
        x.unsqueeze(1),
        0 * one,
        torch.full_like(x, teacher),
        reduction="none",
    )


degrees = torch.linspace(-180, 180, 181, dtype=torch.float64)
margins = torch.linspace(-4, 4, 161, dtype=torch.float64)
FIGURE = Figure(
    alt={
        "en": "Four panels. Of CoSENT with two pairs, the worse at right "
        "angles, against the cosine of the better from -1 to 1: loss and "
        "gradient. The loss falls, at a scale of 5 from 5 to nearly 0, at 20 "
        "from 20; the gradient is minus the scale below a cosine of 0 and 0 "
        "above, more abruptly at 20. Third: loss against the angle by which "
        "the better pair is turned, at a scale of 5. CoSENT is least at 0 "
        "degrees and most at 180; AnglE is least at 45 and at -135, and ln 2 "
        "at -45 and at 135. Fourth: Margin-MSE against the student's margin, "
        "parabolas that are 0 at the teacher's margin of 2 and of -1.",
        "zh": "四幅图。前两幅是两对样本的 CoSENT，得分较低的一对互相垂直，横轴"
        "是得分较高一对的余弦，从 -1 到 1：损失下降，scale 为 5 时从 5 降到接"
        "近 0，为 20 时从 20 降起；梯度在余弦小于 0 时约为负的 scale，大于 0 "
        "时趋于 0，scale 为 20 时变化更陡。第三幅，scale 为 5，横轴是得分较高"
        "一对转过的角度：CoSENT 在 0 度最小，在 180 度最大；AnglE 在 45 度与 -"
        "135 度最小，在 -45 度与 135 度等于 ln 2。第四幅是 Margin-MSE 随学生间"
        "隔变化的抛物线，分别在教师间隔 2 与 -1 处为 0。",
    },
    panels=[
        *loss_and_gradient(
            [
                (f"scale={scale:g}", partial(cosent, scale=scale))
                for scale in (5.0, 20.0)
            ],
            torch.linspace(-0.99, 0.99, 100),
            COSINE,
        ),
        Panel(
            {"en": "CoSENT, AnglE", "zh": "CoSENT 与 AnglE"},
            ANGLE,
            [
                Curve(
                    "CoSENT", degrees, turned(cosent_loss, degrees, (0.0, 1.0))
                ),
                Curve(
                    "AnglE", degrees, turned(angle_loss, degrees, (1.0, 1.0))
                ),
            ],
        ),
        Panel(
            {"en": "Margin-MSE", "zh": "Margin-MSE"},
            {"en": "student's margin", "zh": "学生的间隔"},
            [
                Curve(
                    {"en": f"teacher at {t:g}", "zh": f"教师间隔 {t:g}"},
                    margins,
                    margin(margins, t),
                )
                for t in (2.0, -1.0)
            ],
        ),
    ],
    explorers={
        "cosent_loss": Explorer(
            cosent,
            (-0.98, 0.98),
            {"scale": Slider([1.0, 5.0, 10.0, 20.0, 50.0], 20.0)},
            COSINE,
        )
    },
)
