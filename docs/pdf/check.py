"""What a book must not have: fonts left out, glyphs that nobody drew."""

import re
from pathlib import Path

from pikepdf import Array, Object, Page, Pdf

# Far faster than to parse all: what is said aloud, fonts chosen, and strings.
TOKEN = re.compile(
    rb"/ActualText\s*(?:<[^>]*>|\((?:\\.|[^\\()])*\))"
    rb"|(?P<font>/[^\s/<>()\[\]]+)\s+[-.\d]+\s+Tf\b"
    rb"|(?P<text><[\da-fA-F\s]+>|\((?:\\.|[^\\()])*\))",
    re.DOTALL,
)
FONTS = "apt-get install fonts-noto-cjk"


def fonts(page: Page) -> dict[str, Object]:
    """List the fonts of a page by their names in its content."""
    return dict(page.Resources.get("/Font", {}).items())


def descriptor(font: Object) -> Object:
    """Find what describes a font, its glyphs among it."""
    (inner,) = font.get("/DescendantFonts", [font])
    return inner.get("/FontDescriptor", {})


def embedded(font: Object) -> bool:
    """Tell whether a font's glyphs are in the file."""
    if font.Subtype == "/Type3":
        return True  # its glyphs are drawings in the file itself
    return any(f"/FontFile{n}" in descriptor(font) for n in ("", "2", "3"))


def content(page: Page) -> bytes:
    """Read what a page draws."""
    drawn = page.obj.Contents
    parts = drawn if isinstance(drawn, Array) else [drawn]
    return b"\n".join(part.read_bytes() for part in parts)


def missing_glyphs(page: Page) -> int:
    """Count the times that a page draws glyph 0, the empty box."""
    composite = {
        name.encode()
        for name, font in fonts(page).items()
        if font.Subtype == "/Type0"
    }
    count, two_bytes = 0, False
    for found in TOKEN.finditer(content(page)):
        if found["font"]:
            two_bytes = found["font"] in composite
        elif found["text"] and two_bytes:
            text = found["text"]
            hexes = text[1:-1] if text.startswith(b"<") else b""
            raw = bytes.fromhex(hexes.decode()) or bytes(Object.parse(text))
            if b"\0\0" in raw:
                pairs = zip(raw[::2], raw[1::2], strict=False)
                count += sum(pair == (0, 0) for pair in pairs)
    return count


def names(pdf: Pdf) -> set[tuple[str, bool]]:
    """List every font: its name, and whether it is embedded."""
    return {
        (
            str(descriptor(font).get("/FontName", font.get("/BaseFont", ""))),
            embedded(font),
        )
        for page in pdf.pages
        for font in fonts(page).values()
    }


def problems(path: Path, language: str) -> str:
    """Say what is wrong with a book's fonts in one line, if anything is."""
    with Pdf.open(path) as pdf:
        found = names(pdf)
        if left_out := [name for name, inside in found if not inside]:
            return f"fonts not embedded: {left_out}"
        if language == "zh" and not any(
            "CJK" in n or "PingFang" in n for n, _ in found
        ):
            return f"no Chinese font was found to embed: {FONTS}"
        for number, page in enumerate(pdf.pages, 1):
            if count := missing_glyphs(page):
                return f"page {number} has {count} missing glyphs: {FONTS}"
    return ""
