"""Find the Chromium that prints the books and runs the browser tests."""

import os
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path

import pikepdf
from pikepdf import ObjectStreamMode
from playwright.sync_api import Browser

NAMES = [
    "chromium-headless-shell",  # no windows to draw: half the processor time
    "chromium",
    "chromium-browser",
    "google-chrome",
    "chrome",
]
MAC = "/Applications/{0}.app/Contents/MacOS/{0}"
INSTALL = (
    "no Chromium: apt-get install chromium (macOS: brew install --cask "
    "chromium), or set CHROMIUM to its path"
)
ARGUMENTS = [
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
if hasattr(os, "geteuid") and os.geteuid() == 0:
    ARGUMENTS.append("--no-sandbox")  # Chromium has no sandbox for root


def find_browser() -> str | None:
    """Look in $CHROMIUM, on PATH, and where macOS keeps applications."""
    if chosen := os.environ.get("CHROMIUM"):
        return shutil.which(chosen)
    for name in NAMES:
        if path := shutil.which(name):
            return path
    for name in ("Chromium", "Google Chrome"):
        if Path(MAC.format(name)).exists():
            return MAC.format(name)
    return None


def print_page(
    browser: Browser, source: Path, draft: Path, outline: bool = False
) -> None:
    """Print an HTML file as a tagged PDF, with bookmarks if asked for."""
    page = browser.new_page()
    page.goto(source.as_uri(), timeout=300_000)  # 11 MB, and a busy machine
    page.evaluate("document.fonts.ready")
    page.pdf(
        path=draft,
        prefer_css_page_size=True,
        print_background=True,
        outline=outline,
        tagged=True,
    )
    page.close()


def letters(text: str) -> str:
    """Take the white space out of a text."""
    return "".join(text.split())


def bookmarks(above: pikepdf.Dictionary) -> Iterator[pikepdf.Dictionary]:
    """Walk the bookmarks below one, or below a PDF's outline."""
    entry = above.get("/First")
    while entry is not None:
        yield entry
        yield from bookmarks(entry)
        entry = entry.get("/Next")


def publish(draft: Path, target: Path, titles: Iterable[str] = ()) -> None:
    """Put a PDF in place, whole and small: the tags of a draft are large.

    Where a heading breaks, Chromium's bookmark loses the space, and gets it
    back from the title of the same letters.
    """
    small = draft.with_stem(f"{draft.stem}-small")
    whole = {letters(title): " ".join(title.split()) for title in titles}
    with pikepdf.open(draft) as pdf:
        for entry in bookmarks(pdf.Root.get("/Outlines", pikepdf.Dictionary())):
            title = str(entry.Title)
            entry.Title = whole.get(letters(title), title)
        pdf.save(small, object_stream_mode=ObjectStreamMode.generate)
    target.parent.mkdir(exist_ok=True)
    small.replace(target)
