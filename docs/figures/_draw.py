"""Draw a panel as an SVG that takes its colours from the page."""

import io
import re
import warnings
from collections.abc import Sequence

import matplotlib as mpl
import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator
from matplotlib.transforms import Bbox
from torch import Tensor

from ._figure import Curve, Panel, said, styled
from ._svg import COLOURS, INK, recolour

DASHES = ["-", (0, (5, 2)), (0, (1, 1.5)), (0, (6, 2, 1, 2))]
STYLES = [*zip(COLOURS, DASHES, strict=True), (INK, (0, (1, 3)))]
SIZE = 4.4, 3.3  # of a panel, in inches

mpl.use("svg")
mpl.rcParams |= {
    "svg.fonttype": "none",
    "font.size": 11,
    "font.sans-serif": ["DejaVu Sans"],  # each text repeats the list
}


def plot(axes: Axes, curves: Sequence[Curve], language: str) -> None:
    """Plot curves, each in its own colour and dash.

    One that a later one covers is a band that shows on both sides of it.
    """
    axes.axhline(0, color=INK, lw=0.6)
    span = max(x.y.max() for x in curves) - min(x.y.min() for x in curves)
    for place, (curve, style) in enumerate(styled(curves)):
        colour, dash = STYLES[style]
        look = {"color": colour, "ls": dash, "lw": 2}
        if any(covers(y, curve, span) for y in curves[place + 1 :]):
            look |= {"ls": "-", "lw": 7, "alpha": 0.35}
        label = said(curve.label, language)
        (line,) = axes.plot(curve.x, curve.y, label=label, **look)
        # Points that nobody sees apart; matplotlib does it from 128 on.
        line.get_path().should_simplify = True
    whole = not curves[0].x.is_floating_point()
    axes.xaxis.set_major_locator(MaxNLocator(7, integer=whole))
    if len(curves) > 1:
        legend(axes)


def covers(one: Curve, other: Curve, span: Tensor) -> bool:
    """Tell whether two curves are one to the eye, in axes of this span."""
    same = one.x.equal(other.x)
    return same and bool((one.y - other.y).abs().max() < 0.01 * span)


def legend(axes: Axes) -> None:
    """Put the legend beside the lines, above them if nowhere else."""
    axes.legend(frameon=False, fontsize=10)
    if not crossed(axes):
        return
    low, high = axes.get_ylim()
    share = area(axes).height / axes.get_window_extent().height
    axes.set_ylim(low, low + (high - low) / (1 - share))
    if crossed(axes):
        raise ValueError("the legend is too large: shorten its labels")


def crossed(axes: Axes) -> bool:
    """Tell whether a line passes the legend."""
    axes.figure.draw_without_rendering()  # this is what places it
    return any(
        line.get_path()
        .transformed(line.get_transform())
        .intersects_bbox(area(axes), filled=False)
        for line in axes.lines
    )


def area(axes: Axes) -> Bbox:
    """Tell where the legend is, with room around it."""
    return axes.get_legend().get_window_extent().padded(4)


def draw(panel: Panel, language: str, salt: str) -> str:
    """Draw one panel; its ids are made of the salt."""
    mpl.rcParams["svg.hashsalt"] = salt
    svg = io.StringIO()
    with warnings.catch_warnings():  # glyphs: the page brings the fonts
        warnings.simplefilter("ignore")
        figure, axes = plt.subplots(figsize=SIZE, layout="constrained")
        axes.set_title(said(panel.title, language), fontsize=11)
        axes.set_xlabel(said(panel.x_label, language))
        axes.grid(color="#808080", alpha=0.25, lw=0.6)
        axes.spines[["top", "right"]].set_visible(False)
        if panel.draw:
            panel.draw(axes, language)
        else:
            plot(axes, panel.curves, language)
        figure.savefig(
            svg, transparent=True, metadata={"Date": None, "Creator": None}
        )
    plt.close(figure)
    return re.sub(r"\s*\n\s*", " ", recolour(svg.getvalue(), COLOURS))
