"""Let an SVG take its colours from the page, in light and in dark."""

import re
from collections.abc import Iterable

INK = "#000000"
COLOURS = [f"#00000{i}" for i in range(1, 5)]  # become those of the page


def recolour(svg: str, colours: Iterable[str]) -> str:
    """Replace black by the text's colour, each other one by its variable."""
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    svg = svg[svg.index("<svg") :].replace(INK, "currentColor")
    for i, colour in enumerate(colours, 1):
        svg = svg.replace(colour, f"var(--figure-{i})")
    return svg
