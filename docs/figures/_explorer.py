"""Explorers: sliders that choose among curves that torch has computed.

The page gets axes and the first curves as SVG; the others come as a script
when the explorer is seen.
"""

import itertools
import json

import torch
from matplotlib.axes import Axes

from ._draw import SIZE, draw
from ._figure import TITLES, Explorer, Panel, Words, differentiate, said
from ._svg import INK

POINTS, READ = 81, 20  # how many x, and the index of the one told first
WIDTH, HEIGHT = (72 * inches for inches in SIZE)
LEFT, BOTTOM, ACROSS, UP = 0.15, 0.17, 0.82, 0.72  # its axes, as shares
LIMIT = 120_000  # bytes of a script
TEXT = {
    "en": {
        "title": "Try it",
        "curves": "Curves of loss and gradient; their values are told below.",
        "start": "Dashed: the start, ",
        "comma": ", ",
        "of": ": ",
        "says": "At {x}: loss {loss}, gradient {gradient}",
    },
    "zh": {
        "title": "动手试试",
        "curves": "损失与梯度的曲线，数值见下方文字。",
        "start": "虚线为初始设置：",
        "comma": "、",
        "of": "：",
        "says": "在 {x} 处：损失 {loss}，梯度 {gradient}",
    },
}


def curves(name: str, explorer: Explorer) -> dict[str, list]:
    """Compute loss and gradient for every position of the sliders."""
    x = torch.linspace(*explorer.span, POINTS, dtype=torch.float64)
    x = x.round(decimals=6)  # as it is told
    found = {"x": rounded(x, 7), "loss": [], "gradient": []}
    values = [slider.values for slider in explorer.sliders.values()]
    for chosen in itertools.product(*values):
        options = dict(zip(explorer.sliders, chosen, strict=True))
        both = differentiate(lambda x, o=options: explorer.loss(x, **o), x)
        for key, value in zip(TITLES, both, strict=True):
            if value.dtype != x.dtype or not value.isfinite().all():
                raise ValueError(
                    f"explorer {name}: {key} is not finite or not float64 at "
                    f"{options}: mend its values or its span"
                )
            # It differs by processor, and is all that a level curve has.
            noise = value.abs().max().clamp_min(1) * 1e-14
            value = value.where(value.abs() > noise, 0)
            found[key].append(rounded(value, 4))
    return found


def rounded(values: torch.Tensor, digits: int) -> list[float]:
    """Round to significant digits, whole numbers without a point.

    What is halfway, but for what differs by processor, goes away from 0.
    """
    values = values * (1 + 1e-12)
    numbers = [float(f"{v:.{digits}g}") for v in values.tolist()]
    return [int(v) if v == int(v) else v for v in numbers]


def script(name: str, found: dict[str, list]) -> str:
    """Write the curves as a classic script, which file:// can load too."""
    data = json.dumps(found, separators=(",", ":"))
    text = f'(window.explorers ??= {{}})["{name}"]={data};\n'
    if len(text) > LIMIT:
        raise ValueError(
            f"explorer {name}: {len(text)} bytes of data, more than {LIMIT}: "
            "give its sliders fewer values"
        )
    return text


def path(x: list[float], y: list[float]) -> str:
    """Draw a line through points, as explorer.js does."""
    return "M" + "L".join(f"{a} {b}" for a, b in zip(x, y, strict=True))


def axes_of(
    name: str,
    key: str,
    label: Words,
    found: dict[str, list],
    first: int,
    language: str,
) -> str:
    """Draw axes that fit every position, and the curve of the first."""
    x, ys = found["x"], found[key]
    low, high = min(map(min, ys)), max(map(max, ys))
    room = 0.04 * (high - low)
    low, high = low - room, high + room
    left, right = x[0], x[-1]

    def axes_only(axes: Axes, _: str) -> None:
        axes.figure.set_layout_engine("none")
        axes.set_position([LEFT, BOTTOM, ACROSS, UP])
        axes.set_xlim(left, right)
        axes.set_ylim(low, high)
        axes.axhline(0, color=INK, lw=0.6)

    panel = Panel(TITLES[key], label, draw=axes_only)
    svg = draw(panel, language, f"{name}{key}")
    across, up = WIDTH * ACROSS / (right - left), HEIGHT * UP / (high - low)
    # The paths are in the units of the data: what is drawn can be read.
    start = path(x, ys[first])
    lines = (
        f'<g data-of="{key}" transform="matrix({across:.8g} 0 0 {-up:.8g} '
        f"{WIDTH * LEFT - across * left:.8g} "
        f'{HEIGHT * (1 - BOTTOM) + up * low:.8g})">'
        f'<path class="start" d="{start}"/><path class="now" d="{start}"/>'
        f'<path class="at" d="M{x[READ]} {ys[first][READ]}h0"/></g>'
    )
    return svg.replace("</svg>", f"{lines}</svg>")


def written(value: float | str) -> str:
    """Write a value of a slider: a number, or a word as it is."""
    return value if isinstance(value, str) else f"{value:g}"


def slider(
    identity: str, name: str, values: list, at: int, data: str = ""
) -> str:
    """Make a slider over the indices of its values."""
    now = written(values[at])
    return (
        f'<div><label for="{identity}">{name}</label>'
        f'<output for="{identity}" aria-live="off">{now}</output>'
        f'<input type="range" id="{identity}" min="0" max="{len(values) - 1}" '
        f'value="{at}" aria-valuetext="{now}"{data}></div>'
    )


def fragment(
    name: str,
    explorer: Explorer,
    label: Words,
    found: dict[str, list],
    language: str,
) -> str:
    """Make what a page shows below its figure."""
    text, first, words, begin, sliders = TEXT[language], 0, [], [], []
    for key, given in explorer.sliders.items():
        values, at = given.values, given.values.index(given.start)
        first = first * len(values) + at
        word = said(given.name, language) or f"<code>{key}</code>"
        listed = json.dumps([*map(written, values)])
        data = f" data-values='{listed}'"
        words.append(word)
        begin.append(f"{word} = {written(values[at])}")
        sliders.append(slider(f"{name}-{key}", word, values, at, data))
    sliders.append(slider(f"{name}-x", said(label, language), found["x"], READ))
    values = {key: found[key][first][READ] for key in TITLES}
    told = text["says"].format(x=f"{found['x'][READ]:g}", **values)
    panels = "".join(
        axes_of(name, key, label, found, first, language) for key in TITLES
    )
    return (
        f'<details class="explorer" data-explorer="{name}" '
        f'data-search-exclude aria-label="{text["title"]}: {name}">'
        f"<summary><strong>{text['title']}</strong> <code>{name}</code>"
        f"{text['of']}{text['comma'].join(words)}</summary>"
        f'<div class="panels" role="img" aria-label="{text["curves"]}">'
        f'{panels}</div><div class="sliders">{"".join(sliders)}</div>'
        f'<p class="was">{text["start"]}{text["comma"].join(begin)}</p>'
        f'<p><output class="told" data-says="{text["says"]}">{told}</output>'
        "</p></details>\n"
    )
