"""A preview rebuilds every page that an edit changes, and no other."""

import json
import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from mkdocs.commands.build import build
from mkdocs.config import load_config

from tests.bench_site import reloads
from tests.blocks import ROOT

CONFIG = f"""
site_name: test
docs_dir: docs
site_dir: site
hooks: [{ROOT / "docs/hooks/live_preview.py"}]
theme: {{ name: material, font: false }}
plugins: [search]
"""
FILES = {
    "mkdocs.yml": CONFIG,
    "docs/index.md": "# Home\n\nfirst\n",
    "docs/plain.md": "# Plain\n\nsecond\n",
    "docs/other.md": "# Other\n\nthird\n",
    "docs/theme/main.html": '{% extends "base.html" %}',
}
Edit = Callable[[str], set[str]]


@pytest.fixture
def edit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Edit:
    """Preview a small site: edit a file, say which pages were rebuilt."""
    monkeypatch.chdir(tmp_path)
    for name, text in FILES.items():
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_text(text, encoding="utf-8")
        os.utime(name, (1, 1))
    started = False

    def rebuild() -> None:
        nonlocal started
        config = load_config("mkdocs.yml")
        if not started:
            config.plugins.on_startup(command="serve", dirty=True)
            started = True
        build(config, serve_url="http://127.0.0.1/", dirty=True)

    def edit(name: str) -> set[str]:
        pages = list(Path("site").rglob("index.html"))
        assert len(pages) == 3
        for file in FILES:
            os.utime(file, (1, 1))
        for page in pages:
            os.utime(page, (2, 2))
        edited = "# edited" if name.endswith("yml") else "edited"
        Path(name).write_text(f"{FILES[name]}\n{edited}\n", encoding="utf-8")
        os.utime(name, (3, 3))
        rebuild()
        return {
            page.parent.relative_to("site").as_posix()
            for page in pages
            if page.stat().st_mtime > time.time() - 60
        }

    rebuild()
    return edit


@pytest.mark.parametrize(
    ("name", "pages"),
    [
        ("docs/plain.md", {"plain"}),
        ("docs/index.md", {"."}),
        ("docs/theme/main.html", {".", "plain", "other"}),
        ("mkdocs.yml", {".", "plain", "other"}),
    ],
)
def test_an_edit_rebuilds_what_it_changes(
    name: str, pages: set[str], edit: Edit
) -> None:
    assert edit(name) == pages


def test_search_finds_every_page_after_edits(edit: Edit) -> None:
    for name in ("docs/plain.md", "docs/index.md", "docs/other.md"):
        edit(name)
    index = json.loads(Path("site/search/search_index.json").read_bytes())
    places = sorted(x["location"].partition("#")[0] for x in index["docs"])
    assert set(places) == {"", "plain/", "other/"}
    texts = " ".join(x["text"] for x in index["docs"])
    assert texts.count("edited") == 3
    for word in ("first", "second", "third"):
        assert texts.count(word) == 1


def test_the_whole_site_is_previewed() -> None:
    page = ROOT / "build/docs/en/losses/cross_entropy_loss.md"
    (found,) = reloads("losses/cross_entropy_loss/", page, 1)
    assert found["cpu_s"] < 5, "more than one page was built"
