"""Losses of a box that slides along its truth, and of one that widens."""

import torch
from box_iou import ciou_loss, diou_loss, giou_loss, iou_loss

from ._figure import Figure, loss_and_gradient


def moved(loss, start, direction, truth):
    """Take the loss of a box that starts here and moves by x."""
    start, direction, truth = (
        torch.tensor(x, dtype=torch.float64) for x in (start, direction, truth)
    )
    return lambda x: loss(
        start + x[:, None] * direction,
        truth.expand(len(x), 4),
        reduction="none",
    )


slide = [-1, -1, 1, 1], [1, 0, 1, 0], [-2, -1, 2, 1]
widen = [0, -1, 0, 1], [-0.5, 0, 0.5, 0], [-1, -1, 1, 1]
FIGURE = Figure(
    alt={
        "en": "Four panels. First a box 2 wide and 2 high that slides over "
        "its truth, 4 wide and 2 high: all losses are least where the centres "
        "meet; where the boxes are apart, IoU stays at 1 with gradient 0, "
        "while GIoU and DIoU go on rising; inside the truth IoU and GIoU are "
        "flat, DIoU still pulls to the centre. Then a box 2 high around the "
        "centre of its truth, 2 by 2, with a width from 0.2 to 6: IoU falls "
        "to 0 at width 2 and rises again, CIoU is almost the same curve, a "
        "little above where the box is thin.",
        "zh": "四幅图。前两幅：宽 2 高 2 的预测框沿宽 4 高 2 的真实框滑动，各"
        "损失都在中心重合处最小；两框分离时，IoU 恒为 1、梯度为 0，GIoU 与 "
        "DIoU 继续上升；预测框在真实框内部时，IoU 与 GIoU 是平的，DIoU 仍拉向"
        "中心。后两幅：真实框 2 乘 2，预测框与它同心、高 2，宽从 0.2 到 6："
        "IoU 在宽为 2 处降到 0 再上升，CIoU 几乎与之重合，框很窄时略高。",
    },
    panels=[
        *loss_and_gradient(
            {
                "IoU": moved(iou_loss, *slide),
                "GIoU": moved(giou_loss, *slide),
                "DIoU": moved(diou_loss, *slide),
            },
            torch.linspace(-8, 8, 321),
            {"en": "how far the centre is", "zh": "中心的偏移"},
        ),
        *loss_and_gradient(
            {"IoU": moved(iou_loss, *widen), "CIoU": moved(ciou_loss, *widen)},
            torch.linspace(0.2, 6, 233),
            {
                "en": "width of the box, 2 is right",
                "zh": "框的宽度，2 为正确值",
            },
        ),
    ],
)
