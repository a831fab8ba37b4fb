"""What a book must not have: fonts left out, glyphs that nobody drew."""

from pathlib import Path

from pikepdf import Object, Page, Pdf, String, parse_content_stream

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


def missing_glyphs(page: Page) -> int:
    """Count the times that a page draws glyph 0, the empty box."""
    composite = {
        name for name, font in fonts(page).items() if font.Subtype == "/Type0"
    }
    count, two_bytes = 0, False
    for operands, operator in parse_content_stream(page, "Tf Tj TJ"):
        if str(operator) == "Tf":
            two_bytes = str(operands[0]) in composite
        elif two_bytes:
            texts = operands[0] if str(operator) == "TJ" else operands
            for text in texts:
                raw = bytes(text) if isinstance(text, String) else b""
                count += sum(
                    raw[i : i + 2] == b"\0\0" for i in range(0, len(raw), 2)
                )
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
