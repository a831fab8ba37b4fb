"""The lattice of a transducer loss, and where its paths pass."""

import torch
from matplotlib.axes import Axes
from transducer import rnnt_loss

from ._figure import Curve, Figure, Panel
from ._lattice import lattice

FRAME = {"en": "frame", "zh": "帧"}
FRAMES = 6
logits = torch.zeros(1, FRAMES, 3, 3, dtype=torch.float64)
logits[..., 0] = 1.0
logits[0, 1, 0, 1] = logits[0, 4, 1, 2] = 2.5
logits.requires_grad_()
lengths = torch.tensor([FRAMES]), torch.tensor([2])
rnnt_loss(logits, torch.tensor([[1, 2]]), *lengths).backward()
p, slope = logits.detach().softmax(3)[0], logits.grad[0]
# The slope is s p - (share of the step): a class on no path gives s.
nodes = torch.stack(
    [slope[:, 0, 2] / p[:, 0, 2]]
    + [slope[:, u, 1] / p[:, u, 1] for u in (1, 2)],
    1,
)
steps = nodes[..., None] * p - slope
x = torch.arange(1, FRAMES + 1)


def draw_lattice(axes: Axes, language: str) -> None:
    """Draw the lattice; a step is a blank, or a label in the same frame."""
    shares = {
        (t, u): nodes[t, u].item() for t in range(FRAMES) for u in range(3)
    }
    lattice(axes, shares, lambda t, u: [(t + 1, u), (t, u + 1)])
    start = {"en": "start", "zh": "开始"}[language]
    axes.set_yticks(range(3), [start, "a", "a b"])


FIGURE = Figure(
    alt={
        "en": "Left: the lattice of the target a, b in 6 frames. Three rows: "
        "no label yet, a, a b; dots are larger where more of the paths pass. "
        "Paths start at the top left, go right by a blank or down by a label, "
        "and end at the bottom right. Right: the share of the paths that emit "
        "a label in each frame: a most often in frame 2, b most often in "
        "frame 5.",
        "zh": "左：目标 a、b 在 6 帧上的对齐网格，共三行：尚无标签、a、a b；经"
        "过的路径越多，圆点越大。路径从左上角出发，空白符向右走一步，标签向下"
        "走一步，终止于右下角。右：在每一帧输出标签的路径占比：a 多在第 2 帧，"
        "b 多在第 5 帧。",
    },
    panels=[
        Panel({"en": "lattice", "zh": "对齐网格"}, FRAME, draw=draw_lattice),
        Panel(
            {"en": "share of the paths", "zh": "路径占比"},
            FRAME,
            [  # in the colours of CTC's, where the first is the blank
                Curve("a", x, steps[:, 0, 1], 1),
                Curve("b", x, steps[:, 1, 2], 2),
            ],
        ),
    ],
)
