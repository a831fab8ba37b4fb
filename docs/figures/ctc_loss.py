"""The lattice of a CTC loss, and where its paths pass."""

import torch
from matplotlib.axes import Axes
from torch import Tensor
from torch.nn import functional

from ._draw import COLOURS, DASHES
from ._figure import Figure, Panel
from ._lattice import lattice

BLANK = {"en": "blank", "zh": "空白符"}
FRAME = {"en": "frame", "zh": "帧"}
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


def steps(t: int, s: int) -> list[tuple[int, int]]:
    """List where paths go: they stay, go down one row, or from a to b."""
    return [(t + 1, s + down) for down in ((0, 1, 2) if s == 1 else (0, 1))]


def draw_lattice(axes: Axes, language: str) -> None:
    """Draw the lattice where paths pass."""
    alive = (nodes > 1e-6).nonzero().tolist()
    lattice(axes, {(t, s): nodes[s, t].item() for s, t in alive}, steps)
    blank = BLANK[language]
    axes.set_yticks(range(5), [blank, "a", blank, "b", blank])


def shares(axes: Axes, language: str) -> None:
    """Plot each class's share of the paths, its name beside its peak."""
    labels = [BLANK[language], "a", "b"]
    places = [(1.12, 0.86), (2.1, 0.9), (4.75, 0.9)]
    lines = zip(share.T, labels, places, COLOURS, DASHES, strict=False)
    for y, label, place, colour, dash in lines:
        axes.plot(range(1, FRAMES + 1), y, color=colour, ls=dash, lw=2)
        axes.text(*place, label, color=colour)
    axes.set_ylim(0, 1)


FIGURE = Figure(
    alt={
        "en": "Left: the lattice of the target a, b in 6 frames. Five rows: "
        "blank, a, blank, b, blank; dots are larger where more of the paths "
        "pass. Paths start in the first two rows, stay or go down one row, or "
        "from a to b two, and end in the last two rows. Right: the share of "
        "the paths at each frame: at first blank, then a, then b, blank "
        "at the end.",
        "zh": "左：目标 a、b 在 6 帧上的对齐网格，共五行：空白符、a、空白符、"
        "b、空白符；经过的路径越多，圆点越大。路径从前两行出发，每一步留在原"
        "行、下移一行，或从 a 直接下移两行到 b，终止于最后两行。右：每一帧上各"
        "类别的路径占比：先是空白符，再是 a、b，最后是空白符。",
    },
    panels=[
        Panel({"en": "lattice", "zh": "对齐网格"}, FRAME, draw=draw_lattice),
        Panel(
            {"en": "share of the paths", "zh": "路径占比"}, FRAME, draw=shares
        ),
    ],
)
