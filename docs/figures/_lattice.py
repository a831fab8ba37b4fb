"""The lattice of a loss that sums over paths: who passes where."""

from collections.abc import Callable

from matplotlib.axes import Axes
from matplotlib.patches import ArrowStyle

from ._svg import COLOURS, INK

Node = tuple[int, int]  # frame and row
HEAD = ArrowStyle("-|>", head_length=0.3, head_width=0.12)


def lattice(
    axes: Axes,
    shares: dict[Node, float],
    steps: Callable[[int, int], list[Node]],
) -> None:
    """Draw nodes by their share of the paths, and the steps between them."""
    # Diameters, in points: the area grows with the share.
    size = {node: 2 + 16 * max(x, 0.0) ** 0.5 for node, x in shares.items()}
    for (frame, row), diameter in size.items():
        axes.plot(
            frame + 1,
            row,
            "o",
            color=COLOURS[0],
            markersize=diameter,
            clip_on=False,
        )
        for to in filter(size.get, steps(frame, row)):
            arrow = {
                "arrowstyle": HEAD,
                "color": INK,
                "lw": 0.6,
                "shrinkA": diameter / 2,
                "shrinkB": size[to] / 2,
            }
            ends = (to[0] + 1, to[1]), (frame + 1, row)
            axes.annotate("", *ends, arrowprops=arrow)
    axes.grid(False)
    axes.invert_yaxis()
