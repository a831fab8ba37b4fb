"""Find the Chromium that prints the books and runs the browser tests."""

import os
import shutil
from pathlib import Path

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
