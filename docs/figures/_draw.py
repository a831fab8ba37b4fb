"""Draw a panel as an SVG that takes its colours from the page."""

import io
import re
import warnings

import matplotlib as mpl
import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from ._figure import Curve, Panel, said
from ._svg import COLOURS, INK, recolour

DASHES = ["-", (0, (5, 2)), (0, (1, 1.5)), (0, (6, 2, 1, 2))]
SIZE = 4.4, 3.3  # of a panel, in inches

mpl.use("svg")
mpl.rcParams |= {
    "svg.fonttype": "none",
    "font.size": 11,
    "font.sans-serif": ["DejaVu Sans"],  # each text repeats the list
}


def plot(axes: Axes, curves: list[Curve], language: str) -> None:
    """Plot curves, each in its own colour and dash."""
    axes.axhline(0, color=INK, lw=0.6)
    for curve, colour, dash in zip(curves, COLOURS, DASHES, strict=False):
        label = said(curve.label, language)
        axes.plot(curve.x, curve.y, color=colour, ls=dash, lw=2, label=label)
    whole = not curves[0].x.is_floating_point()
    axes.xaxis.set_major_locator(MaxNLocator(7, integer=whole))
    if len(curves) > 1:
        axes.legend(frameon=False, fontsize=10)


def draw(panel: Panel, language: str, salt: str) -> str:
    """Draw one panel; its ids are made of the salt."""
    mpl.rcParams["svg.hashsalt"] = salt
    figure, axes = plt.subplots(figsize=SIZE, layout="constrained")
    axes.set_title(said(panel.title, language), fontsize=11)
    axes.set_xlabel(said(panel.x_label, language))
    axes.grid(color="#808080", alpha=0.25, lw=0.6)
    axes.spines[["top", "right"]].set_visible(False)
    if panel.draw:
        panel.draw(axes, language)
    else:
        plot(axes, panel.curves, language)
    svg = io.StringIO()
    with warnings.catch_warnings():  # glyphs: the page brings the fonts
        warnings.simplefilter("ignore")
        figure.savefig(
            svg, transparent=True, metadata={"Date": None, "Creator": None}
        )
    plt.close(figure)
    return re.sub(r"\s*\n\s*", " ", recolour(svg.getvalue(), COLOURS))
