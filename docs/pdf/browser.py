"""Find the Chromium that prints the books and runs the browser tests."""

import os
import shutil
from pathlib import Path

from playwright.sync_api import Browser

NAMES = [
    "chromium-headless-shell",  # no windows to draw: half the processor time
    "chromium",
    "chromium-browser",
    "google-chrome",
    "chrome",
]
MAC = "/Applications/{0}.app/Contents/MacOS/{0}"
PAPER = {"width": 703, "height": 1000}  # what an A4 page has in print.css
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


# What is too wide for a column goes across both.
SPAN = """() => {
  const wide = ".columns :is(.wide, .katex-display)";
  for (const box of document.querySelectorAll(wide)) {
    if (box.scrollWidth <= box.clientWidth + 2) continue;
    box.classList.add("span");
    box.closest(".keep")?.classList.remove("keep");
  }
}"""


def print_page(
    browser: Browser, source: Path, draft: Path, outline: bool = False
) -> None:
    """Print an HTML file as a tagged PDF, with bookmarks if asked for."""
    page = browser.new_page(viewport=PAPER)
    page.emulate_media(media="print")
    page.goto(source.as_uri(), timeout=300_000)  # a busy machine
    page.evaluate("document.fonts.ready")
    page.evaluate(SPAN)
    page.pdf(
        path=draft,
        prefer_css_page_size=True,
        print_background=True,
        outline=outline,
        tagged=True,
    )
    page.close()
