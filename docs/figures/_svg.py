"""Let an SVG take its colours from the page, in light and in dark."""

import re
from collections.abc import Iterable

INK = "#000000"
COLOURS = [f"#00000{i}" for i in range(1, 5)]  # become those of the page
PLACES = re.compile(r' (?:d|x|y|transform|points)="[^"]*"')
LONG = re.compile(r"-?\d+\.\d{3,}")
# Nothing asks for a group by its name, which a page's next figure has too.
IDLE = re.compile(r'(?<=<g) id="[^"]*"| transform="rotate\(-?0 [^"]*"')


def recolour(svg: str, colours: Iterable[str], keep: bool = False) -> str:
    """Replace black by the text's colour, each other one by its variable.

    Args:
        svg: The picture.
        colours: What it is drawn in, in the order of the variables.
        keep: Keep each colour for where there is no page, and no variable.

    Returns:
        The picture, without metadata, names and what stands before it.
    """
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    svg = IDLE.sub("", svg[svg.index("<svg") :].replace(INK, "currentColor"))
    svg = PLACES.sub(lambda place: LONG.sub(shorter, place[0]), svg)
    for i, colour in enumerate(colours, 1):
        other = f", {colour}" if keep else ""
        svg = svg.replace(colour, f"var(--figure-{i}{other})")
    return svg


def shorter(number: re.Match[str]) -> str:
    """Round to what can be seen: a tenth of a page was digits beyond it."""
    return f"{float(number[0]):z.2f}".rstrip("0").rstrip(".")
