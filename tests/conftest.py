"""Fixtures of the browser tests."""

from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page

from docs.pdf.browser import INSTALL, find_browser
from tests.browser import LAPTOP, Address, Open, chromium, serve
from tests.site import PAGES, home

PREFIX = "/pytorch-losses/"  # not the root: every link must be relative


@pytest.fixture
def browser() -> Browser:
    """Start Chromium, once a process, and again when it died."""
    path = find_browser()
    if not path:
        pytest.skip(f"not run: {INSTALL}")
    if not chromium(path).is_connected():
        chromium.cache_clear()
    return chromium(path)


@pytest.fixture(scope="session")
def address() -> Iterator[Address]:
    """Serve pages below a path, and error pages, whose links are not relative.

    Those only work where the site was built to be.
    """
    with serve(PREFIX) as site, serve(urlsplit(home()).path) as top:
        yield lambda page: (site if page in PAGES else top) + page


@pytest.fixture
def visit(browser: Browser, address: Address) -> Iterator[Open]:
    """Open a page of the site in a context of its own."""
    contexts = []

    def visit(page: str, **options: object) -> Page:
        contexts.append(browser.new_context(**{"viewport": LAPTOP} | options))
        opened = contexts[-1].new_page()
        opened.goto(address(page))
        return opened

    yield visit
    for context in contexts:
        context.close()
