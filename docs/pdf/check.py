"""What a book must not have: fonts left out, glyphs that nobody drew."""

from collections.abc import Iterator
from pathlib import Path

from pypdf import PageObject, PdfReader
from pypdf.generic import ContentStream, DictionaryObject

FONTS = "apt-get install fonts-noto-cjk"


def fonts(page: PageObject) -> dict[str, DictionaryObject]:
    """List the fonts of a page by their names in its content."""
    found = page["/Resources"].get("/Font", {})
    return {name: font.get_object() for name, font in found.items()}


def embedded(font: DictionaryObject) -> bool:
    """Tell whether a font's glyphs are in the file."""
    if font["/Subtype"] == "/Type3":
        return True  # its glyphs are drawings in the file itself
    (inner,) = font.get("/DescendantFonts", [font])
    descriptor = inner.get_object().get("/FontDescriptor", {})
    return any(f"/FontFile{n}" in descriptor for n in ("", "2", "3"))


def missing_glyphs(reader: PdfReader, page: PageObject) -> int:
    """Count the times that a page draws glyph 0, the empty box."""
    composite = {
        name
        for name, font in fonts(page).items()
        if font["/Subtype"] == "/Type0"
    }
    count, two_bytes = 0, False
    for operands, operator in ContentStream(
        page["/Contents"], reader
    ).operations:
        if operator == b"Tf":
            two_bytes = operands[0] in composite
        elif operator in (b"Tj", b"TJ") and two_bytes:
            texts = operands[0] if operator == b"TJ" else operands
            for text in texts:
                raw = getattr(text, "original_bytes", b"")
                count += sum(
                    raw[i : i + 2] == b"\0\0" for i in range(0, len(raw), 2)
                )
    return count


def names(reader: PdfReader) -> Iterator[tuple[str, bool]]:
    """List every font: its name, and whether it is embedded."""
    for page in reader.pages:
        for font in fonts(page).values():
            (inner,) = font.get("/DescendantFonts", [font])
            descriptor = inner.get_object().get("/FontDescriptor", {})
            name = descriptor.get("/FontName", font.get("/BaseFont", ""))
            yield str(name), embedded(font)


def problems(pdf: Path, language: str) -> str:
    """Say what is wrong with a book's fonts in one line, if anything is."""
    reader = PdfReader(pdf)
    found = set(names(reader))
    if left_out := [name for name, inside in found if not inside]:
        return f"fonts not embedded: {left_out}"
    if language == "zh" and not any(
        "CJK" in n or "PingFang" in n for n, _ in found
    ):
        return f"no Chinese font was found to embed: {FONTS}"
    for number, page in enumerate(reader.pages, 1):
        if count := missing_glyphs(reader, page):
            return f"page {number} has {count} missing glyphs: {FONTS}"
    return ""
