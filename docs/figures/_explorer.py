"""Explorers: sliders that choose among curves that torch has computed.

A figure's module may have `explorers`, which maps the name of a function to
`x` (about 81 numbers), `label` (what they are), `sliders` (each argument's
values and the index to begin with), `loss` (a function of x and one value of
each slider, one loss for each x) and `words` (what a slider is called that
isn't an argument). The page gets axes and the first curves as SVG; the others
come as a script when the explorer is seen.
"""

import itertools
import json
from collections.abc import Callable

import torch
from _curves import Words, said

WIDTH, HEIGHT = 316.8, 237.6  # of a panel, in points
LEFT, BOTTOM, ACROSS, UP = 0.15, 0.17, 0.82, 0.72  # its axes, as shares
LIMIT = 120_000  # bytes of a script
PANELS = {"loss": "损失", "gradient": "梯度"}
TEXT = {
    "en": {
        "title": "Try it",
        "curves": "Curves of loss and gradient; their values are told below.",
        "start": "Dashed: the start, ",
        "says": "At {x}: loss {loss}, gradient {gradient}",
    },
    "zh": {
        "title": "动手试试",
        "curves": "损失与梯度的曲线，数值见下方文字。",
        "start": "虚线为初始设置：",
        "says": "在 {x} 处：损失 {loss}，梯度 {gradient}",
    },
}


def curves(name: str, explorer: dict) -> dict[str, list]:
    """Compute loss and gradient for every position of the sliders."""
    x = explorer["x"].to(torch.float64).round(decimals=6)  # as it is told
    found = {"x": rounded(x, 7), "loss": [], "gradient": []}
    arguments = explorer["sliders"]
    for chosen in itertools.product(*(v for v, _ in arguments.values())):
        given = x.clone().requires_grad_()
        options = dict(zip(arguments, chosen, strict=True))
        try:
            loss = explorer["loss"](given, **options)
        except ValueError as error:
            raise SystemExit(
                f"docs/figures: explorer {name}: {error}: mend its values"
            ) from None
        (gradient,) = torch.autograd.grad(loss.sum(), given)
        for key, value in (("loss", loss), ("gradient", gradient)):
            if value.dtype != x.dtype or not value.isfinite().all():
                raise SystemExit(
                    f"docs/figures: explorer {name}: {key} is not finite or "
                    f"not float64 at {options}: mend its values or its x"
                )
            found[key].append(rounded(value, 4))
    return found


def rounded(values: torch.Tensor, digits: int) -> list[float]:
    """Round to significant digits, whole numbers without a point."""
    numbers = [float(f"{v:.{digits}g}") for v in values.tolist()]
    return [int(v) if v == int(v) else v for v in numbers]


def script(name: str, found: dict[str, list]) -> str:
    """Write the curves as a classic script, which file:// can load too."""
    data = json.dumps(found, separators=(",", ":"))
    text = f'(window.explorers ??= {{}})["{name}"]={data};\n'
    if len(text) > LIMIT:
        raise SystemExit(
            f"docs/figures: explorer {name}: {len(text)} bytes of data, more "
            f"than {LIMIT}: give its sliders fewer values"
        )
    return text


def path(x: list[float], y: list[float]) -> str:
    """Draw a line through points, as explorer.js does."""
    return "M" + "L".join(f"{a} {b}" for a, b in zip(x, y, strict=True))


def panel(
    key: str,
    label: Words,
    found: dict[str, list],
    first: int,
    draw: Callable[[dict], str],
) -> str:
    """Draw axes that fit every position, and the curve of the first."""
    x, ys = found["x"], found[key]
    low, high = min(map(min, ys)), max(map(max, ys))
    room = 0.04 * (high - low)
    low, high = low - room, high + room
    left, right = x[0], x[-1]

    def axes_only(axes, _: str) -> None:
        axes.figure.set_layout_engine("none")
        axes.set_position([LEFT, BOTTOM, ACROSS, UP])
        axes.set_xlim(left, right)
        axes.set_ylim(low, high)
        axes.axhline(0, color="#000000", lw=0.6)

    title = {"en": key, "zh": PANELS[key]}
    svg = draw({"title": title, "x": label, "draw": axes_only})
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


READ = 20  # index of the x whose values are told first


def slider(
    identity: str, name: str, values: list[float], at: int, data: str
) -> str:
    """Make a slider over the indices of its values."""
    return (
        f'<div><label for="{identity}">{name}</label>'
        f'<output for="{identity}" aria-live="off">{values[at]:g}</output>'
        f'<input type="range" id="{identity}" min="0" max="{len(values) - 1}" '
        f'value="{at}" aria-valuetext="{values[at]:g}"{data}></div>'
    )


def fragment(
    name: str,
    explorer: dict,
    found: dict[str, list],
    draw: Callable[[dict, str, str], str],
    language: str,
) -> str:
    """Make what a page shows below its figure."""
    text, first, begin, sliders = TEXT[language], 0, [], []
    for key, (values, at) in explorer["sliders"].items():
        first = first * len(values) + at
        word = said(explorer.get("words", {}).get(key, ""), language)
        label = word or f"<code>{key}</code>"
        listed = json.dumps([f"{v:g}" for v in values])
        data = f" data-values='{listed}'"
        begin.append(f"{label} = {values[at]:g}")
        sliders.append(slider(f"{name}-{key}", label, values, at, data))
    label = said(explorer["label"], language)
    sliders.append(slider(f"{name}-x", label, found["x"], READ, ""))
    values = {key: found[key][first][READ] for key in PANELS}
    told = text["says"].format(x=f"{found['x'][READ]:g}", **values)
    panels = "".join(
        panel(
            key,
            explorer["label"],
            found,
            first,
            lambda shown, key=key: draw(shown, language, f"{name}{key}"),
        )
        for key in PANELS
    )
    comma = {"en": ", ", "zh": "，"}[language]
    return (
        f'<div class="explorer" role="group" data-explorer="{name}" '
        f'data-search-exclude aria-label="{text["title"]}: {name}">'
        f"<p><strong>{text['title']}</strong> <code>{name}</code></p>"
        f'<div class="panels" role="img" aria-label="{text["curves"]}">'
        f'{panels}</div><div class="sliders">{"".join(sliders)}</div>'
        f"<p>{text['start']}{comma.join(begin)}</p>"
        f'<p><output class="told" data-says="{text["says"]}">{told}</output>'
        "</p></div>\n"
    )
