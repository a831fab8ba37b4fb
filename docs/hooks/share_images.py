"""Draw the picture that a chat or a feed shows beside a link to a page.

Material's social plugin needs Cairo and Google's fonts; this needs Pillow.
A picture is kept by what is drawn on it, so that a rebuild draws nothing.
"""

import html
import re
from functools import cache
from hashlib import sha256
from itertools import pairwise
from pathlib import Path
from typing import Literal

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page
from PIL import Image, ImageColor, ImageDraw, ImageFont

CACHE = Path("build/social")
FONTS = Path("node_modules/@expo-google-fonts/noto-sans-sc")
WIDTH, HEIGHT, EDGE, BAND = 1200, 630, 72, 372
BRAND, MARK, YELLOW, INK = "#9c2f1a", "#a8321c", "#ffd166", "#26211f"
RAMPS = ["white", BRAND, YELLOW, MARK, "white", INK]  # what meets what
CJK = r"\u2e80-\u9fff\uff00-\uffef"
WORD = re.compile(  # what a line may begin with, and what clings to it
    rf"\s+|[（《“「]*(?:[{CJK}]|[^\s{CJK}]+)[，。、；：！？）》”」]*"
)
preview = {"serve": False}


def on_startup(command: Literal["build", "gh-deploy", "serve"], **_) -> None:
    """Remember whether this is a preview, which nobody shares."""
    preview["serve"] = command == "serve"


def on_env(env: object, config: MkDocsConfig, files: Files) -> None:
    """Add a picture for each page, now that all are read."""
    if preview["serve"] or config.extra["offline"] or not config.site_url:
        return
    for file in files.documentation_pages():
        page = file.page
        said = page.meta.get("description") or config.site_description
        section = page.parent.title if page.parent else ""
        words = (title(page), said.strip(), section, config.site_name)
        name = page.url.rstrip("/") or "index"
        uri = f"assets/social/{name}.png"
        page.meta["social"] = {
            "title": words[0],
            "description": words[1],
            "image": config.site_url + uri,
        }
        path = str(picture(words).resolve())
        files.append(File.generated(config, uri, abs_src_path=path))


def title(page: Page) -> str:
    """Read a page's heading, which says more than its line in the menu."""
    heading = next(iter(page.toc), None)
    words = heading.title if heading and heading.level == 1 else page.title
    return html.unescape(re.sub("<.*?>", "", words)).strip()


def picture(words: tuple[str, ...]) -> Path:
    """Find the picture of these words, or draw it."""
    drawn = sha256("\0".join((recipe(), *words)).encode()).hexdigest()
    path = CACHE / f"{drawn}.png"
    if not path.exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(".part")  # never half a picture
        draw(*words).save(part, "PNG", compress_level=9)
        part.replace(path)
    return path


@cache
def recipe() -> str:
    """Say what else than words a picture depends on: how it is drawn."""
    return sha256(Path(__file__).read_bytes()).hexdigest()


@cache
def font(weight: str, size: int) -> ImageFont.FreeTypeFont:
    """Load a font that has Latin and Chinese."""
    path = FONTS / weight / f"NotoSansSC_{weight}.ttf"
    if not path.exists():
        raise PluginError(f"{path} is missing: run npm ci, or make site")
    return ImageFont.truetype(path, size)


def wrap(words: list[tuple[str, float]], width: float) -> list[str]:
    """Break words, each with its width, into lines."""
    lines, taken = [""], 0.0
    for word, long in words:
        if lines[-1] and taken + long > width and word.strip():
            lines.append("")
            taken = 0
        lines[-1] += word
        taken += long
    return [line.strip() for line in lines]


def fit(
    text: str, weight: str, sizes: range, height: int
) -> tuple[list[str], ImageFont.FreeTypeFont, int]:
    """Choose the largest size at which text fits, in lines alike in length."""
    width = WIDTH - 2 * EDGE
    for size in sizes:
        face, step = font(weight, size), round(size * 1.3)
        words = [(word, face.getlength(word)) for word in WORD.findall(text)]
        lines = wrap(words, width)
        if (
            len(lines) * step <= height
            and max(long for _, long in words) <= width
        ):
            for narrow in range(width, 0, -16):
                if len(fewer := wrap(words, narrow)) > len(lines):
                    break
                lines = fewer
            return lines, face, step
    raise PluginError(f"too long for a share image, shorten it: {text}")


@cache
def palette() -> Image.Image:
    """Mix the few colours that letters need: a third of the bytes."""
    mixed = [
        round(a + (b - a) * i / 31)
        for one, other in pairwise(map(ImageColor.getrgb, RAMPS))
        for i in range(32)
        for a, b in zip(one, other, strict=True)
    ]
    image = Image.new("P", (1, 1))
    image.putpalette(mixed)
    return image


def mark(size: int) -> Image.Image:
    """Draw docs/theme/assets/logo.svg, four times as large, then smooth."""
    unit = size * 4 / 24
    image = Image.new("RGB", (size * 4, size * 4), "white")
    pen = ImageDraw.Draw(image)
    box = (0, 0, size * 4 - 1, size * 4 - 1)
    pen.rounded_rectangle(box, 5 * unit, MARK)
    start, one, two, end = (8, 6), (9, 13), (12, 15), (19, 16)
    curve = [
        tuple(
            (1 - t) ** 3 * a
            + 3 * t * (1 - t) ** 2 * b
            + 3 * t**2 * (1 - t) * c
            + t**3 * d
            for a, b, c, d in zip(start, one, two, end, strict=True)
        )
        for t in (i / 40 for i in range(41))
    ]
    for points, colour, thick in (
        ([(5, 5), (5, 19), (19, 19)], "white", 2),
        (curve, YELLOW, 2.4),
    ):
        line = [(x * unit, y * unit) for x, y in points]
        pen.line(line, colour, round(thick * unit), joint="curve")
        for x, y in (line[0], line[-1]):
            pen.circle((x, y), thick * unit / 2, colour)
    return image.resize((size, size), Image.Resampling.LANCZOS)


def draw(heading: str, said: str, section: str, site: str) -> Image.Image:
    """Draw one picture: the heading on the band, the description below."""
    image = Image.new("RGB", (WIDTH, HEIGHT), "white")
    pen = ImageDraw.Draw(image)
    pen.rectangle((0, 0, WIDTH, BAND), BRAND)
    pen.text((EDGE, 56), section, YELLOW, font("700Bold", 34))
    lines, face, step = fit(heading, "700Bold", range(96, 39, -4), 240)
    top = 236 - len(lines) * step // 2
    for i, line in enumerate(lines):
        pen.text((EDGE, top + i * step), line, "white", face)
    lines, face, step = fit(said, "400Regular", range(34, 21, -2), 120)
    for i, line in enumerate(lines):
        pen.text((EDGE, BAND + 24 + i * step), line, INK, face)
    image.paste(mark(52), (EDGE, HEIGHT - 84))
    pen.text(
        (EDGE + 72, HEIGHT - 58), site, BRAND, font("700Bold", 34), anchor="lm"
    )
    return image.quantize(palette=palette(), dither=Image.Dither.NONE)
