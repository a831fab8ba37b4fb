"""Find the Chromium that prints the books and runs the browser tests."""

import os
import shutil
from pathlib import Path

import pikepdf
from pikepdf import ObjectStreamMode
from playwright.sync_api import Browser

NAMES = ["chromium", "chromium-browser", "google-chrome", "chrome"]
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
    page.goto(source.as_uri(), wait_until="load")
    page.evaluate("document.fonts.ready")
    page.pdf(
        path=draft,
        prefer_css_page_size=True,
        print_background=True,
        outline=outline,
        tagged=True,
    )
    page.close()


def publish(draft: Path, target: Path) -> None:
    """Put a PDF in place, whole and small: the tags of a draft are large."""
    small = draft.with_stem(f"{draft.stem}-small")
    with pikepdf.open(draft) as pdf:
        pdf.save(small, object_stream_mode=ObjectStreamMode.generate)
    target.parent.mkdir(exist_ok=True)
    small.replace(target)
