"""Let the search find each loss by what readers type."""

import json
import re
from pathlib import Path

import yaml
from comments import COMMENT  # the hook beside this one
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.plugins import event_priority
from mkdocs.structure.files import Files
from mkdocs.structure.pages import Page

OURS = Path("docs/search")
WORKER = re.compile(r"assets/javascripts/workers/search\.\w+\.min\.js(\.map)?")
# Of frames and folds.
HEADS = re.compile(
    r'(<p class="admonition-title"|<details class="proof">\s*<summary)'
)
BUNDLE = re.compile(r"assets/javascripts/bundle\.\w+\.min\.js")
# Material asks for the index, a third of a megabyte, when a page opens, but
# when its search is opened where pages are files. So it is everywhere here.
EAGER = 'location.protocol!=="file:"'


def on_page_markdown(markdown: str, page: Page, **_: object) -> str:
    """Add the name of torch's function to the tags that are searched.

    Material's search takes tags without its tags plugin. Readers see `also`.
    `words` of the page's `search` are names of that page for the search only.
    """
    function = page.meta.get("functional", "").rpartition(".")[2]
    more = page.meta.get("search", {}).get("words", [])
    tags = [*page.meta.get("tags", []), *filter(None, [function]), *more]
    if tags:
        page.meta["tags"] = tags
    return markdown


def on_page_content(output: str, page: Page, **_: object) -> str:
    """Leave what the chooser repeats to the losses' own pages.

    Nobody looks for a frame's words.
    """
    output = HEADS.sub(r"\1 data-search-exclude", output)
    if page.meta.get("choose"):
        return output.replace("<h3 id=", "<h3 data-search-exclude id=")
    return output


def words() -> dict[str, list]:
    """Read the words that mean nothing, and those that mean the same."""
    text = (OURS / "words.yml").read_text(encoding="utf-8")
    data = yaml.safe_load(text)
    return {
        "stop": " ".join(data["stop"].values()).split(),
        "same": [re.split(r",\s*", line) for line in data["same"]],
    }


def on_files(files: Files, **_: object) -> Files:
    """Put our worker in the place of Material's, to be asked when touched."""
    (bundle,) = (file for file in files if BUNDLE.fullmatch(file.src_uri))
    if bundle.content_string.count(EAGER) != 1:
        raise PluginError(
            f"docs/hooks/search_index.py: Material's script has not one {EAGER}"
            ": see when it asks for the index, and mend EAGER"
        )
    bundle.content_string = bundle.content_string.replace(EAGER, "false")
    found = [file for file in files if WORKER.fullmatch(file.src_uri)]
    if len(found) != 2:
        raise PluginError(
            f"docs/hooks/search_index.py: Material's search is {found}, not a "
            "worker and its map: see what docs/search/worker.js replaces"
        )
    code = (OURS / "worker.js").read_text(encoding="utf-8")
    for file in found:
        if file.src_uri.endswith(".map"):
            files.remove(file)
        else:
            file.content_string = COMMENT.sub("", code)
    return files


@event_priority(-50)  # the search has written it, the zip has not yet taken it
def on_post_build(config: MkDocsConfig) -> None:
    """Send the words along with the index, not with every page."""
    index = Path(config.site_dir, "search", "search_index.json")
    found = json.loads(index.read_text(encoding="utf-8"))
    found["config"]["words"] = words()
    compact = {"ensure_ascii": False, "separators": (",", ":")}
    index.write_text(json.dumps(found, **compact), encoding="utf-8")
