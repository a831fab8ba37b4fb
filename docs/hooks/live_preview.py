"""Let `mkdocs serve --dirty` rebuild all that an edit changes, and no more.

By itself --dirty looks at a page's own file, which is enough: that has all it
includes. But the theme and the configuration make every page; and Material's
search index expects that one page is rebuilt, which is not the home page.
"""

from functools import partial
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.plugins import event_priority
from mkdocs.structure.files import Files

SHARED = [Path("mkdocs.yml"), Path("mkdocs.zh.yml"), Path("docs/theme")]
preview = {"dirty": False}


def on_startup(command: str, dirty: bool) -> None:
    """Remember whether only what changed is to be rebuilt."""
    preview["dirty"] = dirty


def on_files(files: Files, **_: object) -> None:
    """Rebuild each page that is older than what makes them all."""
    if preview["dirty"]:
        newest = max(map(changed, SHARED))
        for file in files.documentation_pages():
            if changed(Path(file.abs_dest_path)) < newest:
                file.is_modified = partial(bool, True)


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
