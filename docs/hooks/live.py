"""Let `mkdocs serve --dirty` rebuild all that an edit changes, and no more.

By itself --dirty looks at a page's own file only. Here a page is also made
of what it includes, of the theme and of the configuration; and Material's
search index expects that one page is rebuilt, which is not the home page.
"""

import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.plugins import event_priority
from mkdocs.structure.files import File, Files

SHARED = [Path("mkdocs.yml"), Path("mkdocs.zh.yml"), Path("docs/theme")]
INCLUDE = re.compile(r'^\s*--8<-- "([^":]+)|^module: (\w+)$', re.MULTILINE)
preview = {"dirty": False}
texts: dict[str, str] = {}


def on_startup(command: str, dirty: bool) -> None:
    """Remember whether only what changed is to be rebuilt."""
    preview["dirty"] = dirty


@event_priority(-100)  # when the other hooks have added their pages
def on_files(files: Files, config: MkDocsConfig) -> None:
    """Say of each page whether it is older than what it is made of."""
    if not preview["dirty"]:
        return
    folders = config.mdx_configs["pymdownx.snippets"]["base_path"]
    shared = max(map(changed, SHARED))
    for file in files.documentation_pages():
        built = Path(file.abs_dest_path)
        newest = max(shared, *map(changed, parts(file, folders)))
        stale = changed(built) < newest
        stale |= texts.get(file.src_uri) != file.content_string
        texts[file.src_uri] = file.content_string  # some are in no file
        file.is_modified = partial(bool, stale)


def parts(file: File, folders: list[str]) -> Iterator[Path]:
    """List the files that a page is made of."""
    if file.abs_src_path:
        yield Path(file.abs_src_path)
    for name, module in INCLUDE.findall(file.content_string):
        for folder in folders:
            yield Path(folder, name or f"{module}.py")


def changed(path: Path) -> float:
    """Tell when a file, or the newest in a folder, changed; 0: not there."""
    if path.is_dir():
        return max(map(changed, path.iterdir()), default=0)
    return path.stat().st_mtime if path.exists() else 0


@event_priority(100)  # before Material writes the index
def on_post_build(config: MkDocsConfig) -> None:
    """Keep in the search index the pages that were not rebuilt."""
    search = config.plugins.get("material/search")
    if not preview["dirty"] or not search or not search.search_index_prev:
        return
    index = search.search_index
    new = {place(entry) for entry in index.entries}
    old = search.search_index_prev.entries
    index.entries += [entry for entry in old if place(entry) not in new]
    search.search_index_prev = None


def place(entry: dict[str, str]) -> str:
    """Read the address of the page that an entry of the index is of."""
    return entry["location"].partition("#")[0]
