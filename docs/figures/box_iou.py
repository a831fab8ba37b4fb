"""Loss of a box that slides along its truth, and its gradient."""

import torch
from _curves import panels as curves
from box_iou import ciou_loss, diou_loss, giou_loss, iou_loss

alt = {
    "en": "A box 2 wide and 2 high slides over its truth, 4 wide and 2 high. "
    "Left: all losses are least where the centres meet. Where the boxes don't "
    "touch, IoU stays at 1 while GIoU and DIoU go on rising towards 2, and "
    "CIoU beside DIoU. Right: the gradient of IoU is 0 there, and 0 for IoU "
    "and GIoU while the box is inside its truth; DIoU still pulls it to the "
    "centre.",
    "zh": "宽 2 高 2 的预测框沿宽 4 高 2 的真实框滑动。左：各损失都在中心重合处最小。"
    "两框不接触时，IoU 恒为 1，GIoU 与 DIoU 继续升向 2，CIoU 紧随 DIoU。"
    "右：不接触时 IoU 的梯度为 0；预测框位于真实框内部时，IoU 与 GIoU 的梯度为 0，"
    "DIoU 仍把它拉向中心。",
}
truth = torch.tensor([-2.0, -1.0, 2.0, 1.0], dtype=torch.float64)
around = torch.tensor([-1.0, -1.0, 1.0, 1.0], dtype=torch.float64)
right = torch.tensor([1.0, 0.0, 1.0, 0.0], dtype=torch.float64)


def slid(loss):
    """Take the loss of the box moved to the right."""
    return lambda x: loss(
        around + x[:, None] * right,
        truth.expand(len(x), 4),
        reduction="none",
    )


panels = curves(
    torch.linspace(-8, 8, 321),
    {
        "IoU": slid(iou_loss),
        "GIoU": slid(giou_loss),
        "DIoU": slid(diou_loss),
        "CIoU": slid(ciou_loss),
    },
    {"en": "distance of the centres", "zh": "两框中心的距离"},
)
