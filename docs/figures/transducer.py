"""The lattice of a transducer loss, and where its paths pass."""

import torch
from matplotlib.patches import ArrowStyle
from transducer import rnnt_loss

alt = {
    "en": "Left: the lattice of the target a, b in 6 frames. Three rows: no "
    "label yet, a, a b; dots are larger where more of the paths pass. Paths "
    "start at the top left, go right by a blank or down by a label, and end at "
    "the bottom right. Right: the share of the paths that emit a label in each "
    "frame: a most often in frame 2, b most often in frame 5.",
    "zh": "左：目标 a、b 在 6 帧上的对齐网格，共三行：尚无标签、a、a b；"
    "经过的路径越多，圆点越大。路径从左上角出发，空白符向右走一步，"
    "标签向下走一步，终止于右下角。右：在每一帧输出标签的路径份额："
    "a 多在第 2 帧，b 多在第 5 帧。",
}

HEAD = ArrowStyle("-|>", head_length=0.3, head_width=0.12)
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


def size(t: int, u: int) -> float:
    """Choose a node's diameter, in points: its area grows with its share."""
    return 2 + 16 * nodes[t, u].clamp_min(0).item() ** 0.5


def lattice(axes, language: str) -> None:
    """Draw nodes by their share of the paths, and the steps between them."""
    for t in range(FRAMES):
        for u in range(3):
            axes.plot(
                t + 1,
                u,
                "o",
                color="#000001",
                markersize=size(t, u),
                clip_on=False,
            )
            for to_t, to_u in ((t + 1, u), (t, u + 1)):
                if to_t < FRAMES and to_u < 3:
                    axes.annotate(
                        "",
                        (to_t + 1, to_u),
                        (t + 1, u),
                        arrowprops={
                            "arrowstyle": HEAD,
                            "color": "#000000",
                            "lw": 0.6,
                            "shrinkA": size(t, u) / 2,
                            "shrinkB": size(to_t, to_u) / 2,
                        },
                    )
    start = {"en": "start", "zh": "开始"}[language]
    axes.set_yticks(range(3), [start, "a", "a b"])
    axes.grid(False)
    axes.invert_yaxis()


panels = [
    {
        "title": {"en": "lattice", "zh": "对齐网格"},
        "x": {"en": "frame", "zh": "帧"},
        "draw": lattice,
    },
    {
        "title": {"en": "share of the paths", "zh": "路径份额"},
        "x": {"en": "frame", "zh": "帧"},
        "curves": [("a", x, steps[:, 0, 1]), ("b", x, steps[:, 1, 2])],
    },
]
