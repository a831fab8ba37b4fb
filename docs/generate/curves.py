"""Draw a figure's first curve as small as a thumbnail, for lists of losses."""

import re

from docs.generate.files import write
from docs.grammar import LANGUAGES, ROOT

FIGURES = ROOT / "build" / "figures"
PATH = re.compile(
    r'<path d="(?P<points>[^"]+)" clip-path[^>]*var\(--figure-1\)'
)
POINT = re.compile(r"([-\d.]+) ([-\d.]+)")
WIDTH, HEIGHT, EDGE = 120, 40, 2
MOST = 40  # points of a curve that size


def main() -> None:
    """Draw the curve of each figure that has one, for each language."""
    for language in LANGUAGES:
        for path in (FIGURES / language).glob("*.html"):
            text = path.read_text(encoding="utf-8")
            if found := PATH.search(text):
                target = path.parent / "curves" / f"{path.stem}.svg"
                write(target, f"{small(found['points'])}\n".encode())


def small(path: str) -> str:
    """Draw a path of a figure in the size of a thumbnail, on one line."""
    points = [(float(x), float(y)) for x, y in POINT.findall(path)]
    points = [*points[: -1 : len(points) // MOST + 1], points[-1]]
    columns, rows = zip(*points, strict=True)
    shown = " ".join(
        f"{place(x, columns, WIDTH)},{place(y, rows, HEIGHT)}"
        for x, y in points
    )
    return (
        f'<svg class="curve" viewBox="0 0 {WIDTH} {HEIGHT}" aria-hidden="true">'
        f'<polyline points="{shown}"/></svg>'
    )


def place(value: float, values: tuple[float, ...], size: int) -> float:
    """Scale a coordinate to a size, with an edge for the line's width."""
    low, high = min(values), max(values)
    part = (value - low) / ((high - low) or 1)
    return round(EDGE + part * (size - 2 * EDGE), 1)
