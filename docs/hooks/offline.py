"""What Material's offline plugin leaves to do, when `make offline` builds."""

import re
from base64 import b64encode
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.plugins import event_priority
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

MODULES = Path("node_modules")
WORKER = "iframe-worker/shim/index.js"  # browsers run no worker from a file
STYLE = "katex/dist/katex.min.css"
FONT = re.compile(r"url\((fonts/[\w-]+\.woff2)\)")
# Offers of what the zip doesn't hold: a page's PDF; the book, and the zip.
PDF = re.compile(r' · <a href="(?:\.\./)*pdf/losses/[^<]*</a>')
OFFERS = re.compile(
    r"<(li|p)\b[^>]*>(?:(?!</\1>).)*?"
    r' href="(?:\.\./)*(?:pdf|offline)/.*?</\1>\n?',
    re.DOTALL,
)


@event_priority(100)  # before the plugin, which would load it from a host
def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Take the worker of the search from this site."""
    if config.extra["offline"]:
        config.extra["polyfills"] = [f"assets/{WORKER}"]
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the worker; put fonts into the style: Firefox reads none beside."""

    def inline(font: re.Match[str]) -> str:
        data = (MODULES / STYLE).parent.joinpath(font[1]).read_bytes()
        return f"url(data:font/woff2;base64,{b64encode(data).decode()})"

    if config.extra["offline"]:
        path = str(MODULES / WORKER)
        uri = f"assets/{WORKER}"
        files.append(File.generated(config, uri, abs_src_path=path))
        style = FONT.sub(inline, (MODULES / STYLE).read_text(encoding="utf-8"))
        for file in list(files):
            if file.src_uri.startswith("assets/katex/"):
                files.remove(file)
        uri = f"assets/{STYLE}"
        files.append(File.generated(config, uri, content=style))
    return files


def on_page_content(output: str, page: Page, config: MkDocsConfig, **_) -> str:
    """Offer nothing that isn't there; a file has no address of its own."""
    if not config.extra["offline"]:
        return output
    page.canonical_url = None
    return OFFERS.sub("", PDF.sub("", output))
