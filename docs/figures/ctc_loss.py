"""The lattice of a CTC loss, and where its paths pass."""

import torch
from matplotlib.patches import ArrowStyle
from torch import Tensor
from torch.nn import functional

alt = {
    "en": "Left: the lattice of the target a, b in 6 frames. Five rows: blank, "
    "a, blank, b, blank; dots are larger where more of the paths pass. Paths "
    "start in the first two rows, stay or go down one row, or from a to b two, "
    "and end in the last two rows. Right: the share of the paths at each "
    "frame: at first a, then b, blank at the end.",
    "zh": "左：目标 a、b 在 6 帧上的对齐网格，共五行：空白符、a、空白符、b、"
    "空白符；经过的路径越多，圆点越大。路径从前两行出发，每一步留在原行、"
    "下移一行，或从 a 直接下移两行到 b，终止于最后两行。"
    "右：每一帧上各类别所占的路径份额：先是 a，再是 b，最后是空白符。",
}

HEAD = ArrowStyle("-|>", head_length=0.3, head_width=0.12)
FRAMES, TARGET = 6, torch.tensor([1, 2])


def loss(log_p: Tensor) -> Tensor:
    """Take the loss of the target a, b; blank is class 0."""
    return functional.ctc_loss(log_p, TARGET, (FRAMES,), (2,), reduction="sum")


def without_labels(frames: slice) -> float:
    """Take the share of the paths that are blank in these frames."""
    masked = log_p.detach().clone()
    masked[frames, 1:] = -torch.inf
    return (loss(log_p) - loss(masked)).exp().item()


logits = torch.zeros(FRAMES, 3, dtype=torch.float64)
logits[range(FRAMES), [0, 1, 1, 2, 2, 0]] = 1.5
log_p = logits.log_softmax(1).requires_grad_()
loss(log_p).backward()
share = (log_p.exp() - log_p.grad).detach()  # of the paths, by frame and class
first = torch.tensor([without_labels(slice(t + 1)) for t in range(FRAMES)])
last = torch.tensor([without_labels(slice(t, None)) for t in range(FRAMES)])
between = share[:, 0] - first - last
nodes = torch.stack([first, share[:, 1], between, share[:, 2], last])


def size(s: int, t: int) -> float:
    """Choose a node's diameter, in points: its area grows with its share."""
    return 2 + 16 * nodes[s, t].item() ** 0.5


def lattice(axes, language: str) -> None:
    """Draw nodes by their share of the paths, and the steps between them."""
    alive = nodes > 1e-6
    for s, t in alive.nonzero().tolist():
        axes.plot(
            t + 1,
            s,
            "o",
            color="#000001",
            markersize=size(s, t),
            clip_on=False,
        )
        for step in (0, 1, 2) if s == 1 else (0, 1):
            if s + step < 5 and t + 1 < FRAMES and alive[s + step, t + 1]:
                axes.annotate(
                    "",
                    (t + 2, s + step),
                    (t + 1, s),
                    arrowprops={
                        "arrowstyle": HEAD,
                        "color": "#000000",
                        "lw": 0.6,
                        "shrinkA": size(s, t) / 2,
                        "shrinkB": size(s + step, t + 1) / 2,
                    },
                )
    blank = {"en": "blank", "zh": "空白符"}[language]
    axes.set_yticks(range(5), [blank, "a", blank, "b", blank])
    axes.grid(False)
    axes.invert_yaxis()


def shares(axes, language: str) -> None:
    """Plot each class's share of the paths, its name beside its peak."""
    blank = {"en": "blank", "zh": "空白符"}[language]
    lines = [
        (blank, "#000001", "-", (1.12, 0.86)),
        ("a", "#000002", (0, (5, 2)), (2.1, 0.9)),
        ("b", "#000003", (0, (1, 1.5)), (4.75, 0.9)),
    ]
    for c, (label, colour, dash, where) in enumerate(lines):
        axes.plot(x, share[:, c], color=colour, ls=dash, lw=2)
        axes.text(*where, label, color=colour)
    axes.set_ylim(0, 1)


x = torch.arange(1, FRAMES + 1)
frame = {"en": "frame", "zh": "帧"}
panels = [
    {
        "title": {"en": "lattice", "zh": "对齐网格"},
        "x": frame,
        "draw": lattice,
    },
    {
        "title": {"en": "share of the paths", "zh": "路径份额"},
        "x": frame,
        "draw": shares,
    },
]
