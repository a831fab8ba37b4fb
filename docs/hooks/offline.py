"""What Material's offline plugin leaves to do, when `make offline` builds."""

import re

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.plugins import event_priority
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

WORKER = "iframe-worker/shim/index.js"  # browsers run no worker from a file
# Offers of what the zip doesn't hold: the book, and the zip.
OFFERS = re.compile(
    r'<li>(?:(?!</li>).)*? href="(?:\.\./)*(?:pdf|offline)/.*?</li>\n?',
    re.DOTALL,
)


@event_priority(100)  # before the plugin, which would load it from a host
def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Take the worker of the search from this site."""
    if config.extra["offline"]:
        config.extra["polyfills"] = [f"assets/{WORKER}"]
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the worker of the search."""
    if config.extra["offline"]:
        path = f"node_modules/{WORKER}"
        uri = f"assets/{WORKER}"
        files.append(File.generated(config, uri, abs_src_path=path))
    return files


def on_page_content(output: str, page: Page, config: MkDocsConfig, **_) -> str:
    """Offer nothing that isn't there; a file has no address of its own."""
    if not config.extra["offline"]:
        return output
    page.canonical_url = None
    return OFFERS.sub("", output)
