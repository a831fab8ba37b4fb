"""The built site, served to a real browser: what the browser tests share."""

import atexit
import functools
import os
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import BinaryIO

from playwright.sync_api import (
    Browser,
    Page,
    Playwright,
    expect,
    sync_playwright,
)

from docs.pdf.browser import ARGUMENTS
from tests.site import SITE

LAPTOP = {"width": 1366, "height": 768}
WIDE = {"width": 1920, "height": 1080}
TABLET = {"width": 768, "height": 1024}
PHONE = {"width": 390, "height": 844}
NARROW = {"width": 320, "height": 640}
SHIFTS = """() => new Promise((resolve) =>
    new PerformanceObserver((list) =>
        resolve(list.getEntries().reduce((sum, { value }) => sum + value, 0)),
    ).observe({ type: "layout-shift", buffered: true }) ??
    setTimeout(resolve, 100, 0),
)"""
PAINT = "(found, name) => found.map((e) => getComputedStyle(e)[name])"

Open = Callable[..., Page]
Address = Callable[[str], str]
expect.set_options(timeout=30_000)  # a busy machine is not a broken site


class Handler(SimpleHTTPRequestHandler):
    """Serve site/ below a prefix, as GitHub Pages does."""

    def __init__(self, *args: object, prefix: str, **_: object) -> None:
        """Take the prefix, then answer one request."""
        self.prefix = prefix
        super().__init__(*args, directory=SITE)

    def translate_path(self, path: str) -> str:
        """Find the file of an address."""
        below = path.removeprefix(self.prefix) if self.prefix in path else "-"
        return super().translate_path(f"/{below}")

    def send_error(self, code: int, *_: object) -> None:
        """Answer with the site's own error page."""
        body = (SITE / "404.html").read_bytes()
        self.send_response(code)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class Halting(Handler):
    """Let a page wait where the network lets it wait, but for longer."""

    def copyfile(self, source: BinaryIO, outputfile: BinaryIO) -> None:
        """Send a half, then the rest."""
        outputfile.write(source.read(os.fstat(source.fileno()).st_size // 2))
        if self.path.endswith("/"):
            time.sleep(1)
        super().copyfile(source, outputfile)


@contextmanager
def serve(prefix: str, handler: type[Handler] = Handler) -> Iterator[str]:
    """Serve the site on a free port of this machine, while needed."""
    handler = functools.partial(handler, prefix=prefix)
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}{prefix}"
        server.shutdown()


@functools.cache
def playwright() -> Playwright:
    """Start it once a process: a second one would refuse to start."""
    started = sync_playwright().start()
    atexit.register(started.stop)
    return started


@functools.cache
def chromium(path: str) -> Browser:
    """Start it once a process, and again when it died."""
    return playwright().chromium.launch(executable_path=path, args=ARGUMENTS)


def contrast(one: str, other: str) -> float:
    """Compute the WCAG contrast of two CSS colours, `one` over `other`."""
    *rgb, alpha = [*map(float, re.findall(r"[\d.]+", one)), 1.0][:4]
    below = [float(x) for x in re.findall(r"[\d.]+", other)][:3]
    over = [
        alpha * x + (1 - alpha) * y for x, y in zip(rgb, below, strict=True)
    ]

    def luminance(colour: list[float]) -> float:
        linear = [
            x / 12.92 if x <= 0.04045 else ((x + 0.055) / 1.055) ** 2.4
            for x in (y / 255 for y in colour)
        ]
        return sum(
            x * y for x, y in zip((0.2126, 0.7152, 0.0722), linear, strict=True)
        )

    dark, light = sorted([luminance(over), luminance(below)])
    return (light + 0.05) / (dark + 0.05)
