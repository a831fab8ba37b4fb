"""Draw every figure, from torch's own numbers, once for each language.

Each module beside this one names a figure: `alt` (what a reader who can't see
it is told), `panels` (title, x label, and curves of label, x, y), all words
given as {"en": ..., "zh": ...} where they differ. A panel that curves can't
show has `draw` instead of `curves`: a function of the axes and the language.
`tables` maps names to functions of the language that give Markdown.
`explorers` are sliders below the figure: _explorer.py says what they need.
`python docs/figures NAME ...` draws only those named.
"""

import io
import os
import re
import runpy
import sys
import warnings
from pathlib import Path

import matplotlib as mpl
import matplotlib.pyplot as plt
from _curves import said
from _explorer import curves, fragment, script
from matplotlib.ticker import MaxNLocator

HERE = Path(__file__).parent
BUILD = Path(os.environ.get("FIGURES", HERE.parents[1] / "build/figures"))
COLOURS = [f"#00000{i}" for i in range(1, 5)]  # become CSS variables
DASHES = ["-", (0, (5, 2)), (0, (1, 1.5)), (0, (6, 2, 1, 2))]

mpl.use("svg")
mpl.rcParams |= {
    "svg.fonttype": "none",
    "font.size": 11,
    "font.sans-serif": ["DejaVu Sans"],  # each text repeats the list
}


def plot(axes: plt.Axes, curves: list[tuple], language: str) -> None:
    """Plot curves, each in its own colour and dash."""
    axes.axhline(0, color="#000000", lw=0.6)
    styles = zip(COLOURS, DASHES, strict=True)
    for (label, x, y), (colour, dash) in zip(curves, styles, strict=False):
        axes.plot(
            x, y, color=colour, ls=dash, lw=2, label=said(label, language)
        )
    whole = not curves[0][1].is_floating_point()
    axes.xaxis.set_major_locator(MaxNLocator(7, integer=whole))
    if len(curves) > 1:
        axes.legend(frameon=False, fontsize=10)


def draw(panel: dict, language: str, salt: str) -> str:
    """Draw one panel as an SVG that takes its colours from the page."""
    mpl.rcParams["svg.hashsalt"] = salt
    figure, axes = plt.subplots(figsize=(4.4, 3.3), layout="constrained")
    axes.set_title(said(panel["title"], language), fontsize=11)
    axes.set_xlabel(said(panel["x"], language))
    axes.grid(color="#808080", alpha=0.25, lw=0.6)
    axes.spines[["top", "right"]].set_visible(False)
    if "draw" in panel:
        panel["draw"](axes, language)
    else:
        plot(axes, panel["curves"], language)
    svg = io.StringIO()
    with warnings.catch_warnings():  # glyphs: the page brings the fonts
        warnings.simplefilter("ignore")
        figure.savefig(
            svg, transparent=True, metadata={"Date": None, "Creator": None}
        )
    plt.close(figure)
    text = svg.getvalue()[svg.getvalue().index("<svg") :]
    text = re.sub(r"<metadata>.*?</metadata>", "", text, flags=re.DOTALL)
    text = text.replace("#000000", "currentColor")
    for i, colour in enumerate(COLOURS, 1):
        text = text.replace(colour, f"var(--figure-{i})")
    return re.sub(r"\s*\n\s*", " ", text)


def main() -> None:
    """Write build/figures/LANGUAGE/NAME.html for each module here."""
    # A figure is named as the file that it draws, and imports that.
    sys.path[:0] = [str(HERE.parents[1] / "snippets"), str(HERE)]
    names = sys.argv[1:]
    for path in sorted(HERE.glob("[a-z]*.py")):
        if names and path.stem not in names:
            continue
        figure = runpy.run_path(str(path))
        explorers = {
            name: (explorer, curves(name, explorer))
            for name, explorer in figure.get("explorers", {}).items()
        }
        for name, (_, found) in explorers.items():
            target = BUILD / "explorer" / f"{name}.js"
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(script(name, found), encoding="utf-8")
        for language in ("en", "zh"):
            panels = "".join(
                draw(panel, language, f"{path.stem}{i}")
                for i, panel in enumerate(figure["panels"])
            )
            one = len(figure["panels"]) == 1
            kind = "panels one" if one else "panels"
            target = BUILD / language / f"{path.stem}.html"
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(
                f'<figure class="{kind}" role="img" data-search-exclude '
                f'aria-label="{said(figure["alt"], language)}">'
                f"{panels}</figure>\n"
                + "".join(
                    fragment(name, *explorer, draw, language)
                    for name, explorer in explorers.items()
                ),
                encoding="utf-8",
            )
            for key, table in figure.get("tables", {}).items():
                target.with_name(f"{path.stem}_{key}.md").write_text(
                    table(language), encoding="utf-8"
                )


main()
