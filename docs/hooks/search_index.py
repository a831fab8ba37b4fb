"""Let the search find each loss by what readers type."""

import logging
import re

import jieba
from mkdocs.exceptions import PluginError
from mkdocs.structure.files import Files
from mkdocs.structure.pages import Page

WORKER = re.compile(r"assets/javascripts/workers/search\.\w+\.min\.js")
# Of frames and folds.
WORDS = re.compile(
    r'(<p class="admonition-title"|<details class="proof">\s*<summary)'
)
HAN = re.compile(r"[\u3400-\u9fff]+")
# Two faults of Material's worker. It cuts a Chinese query into words of the
# index without ever looking at its last word: 类别不平衡 was 类别. And lunr
# merges parts of its index that print alike, though edge 1 to node 23 is not
# edge 12 to node 3: some queries with digits raised, and found nothing.
FAULTS = {
    "o=s+1;o<t.length;": "o=s+1;o<=t.length;",
    "n[a]&&a<t.length-1&&": "n[a]&&a<t.length&&",
    "e=e+s+o.id}": 'e=e+s+o.id+","}',
}
logging.getLogger("jieba").setLevel(logging.WARNING)


def on_page_markdown(markdown: str, page: Page, **_: object) -> str:
    """Add the name of torch's function to the tags that are searched.

    Material's search takes tags without its tags plugin. Readers see `also`.
    """
    function = page.meta.get("functional", "").rpartition(".")[2]
    tags = [*page.meta.get("tags", []), *filter(None, [function])]
    if tags:
        page.meta["tags"] = [HAN.sub(words, tag) for tag in tags]
    return markdown


def on_page_content(output: str, page: Page, **_: object) -> str:
    """Leave what the chooser repeats to the losses' own pages.

    Nobody looks for a frame's words.
    """
    output = WORDS.sub(r"\1 data-search-exclude", output)
    if page.meta.get("choose"):
        return output.replace("<h3 id=", "<h3 data-search-exclude id=")
    return output


def words(match: re.Match[str]) -> str:
    """Cut Chinese into words, as the plugin does in titles and text."""
    return "\u200b".join(["", *jieba.cut(match[0]), ""])


def on_files(files: Files, **_: object) -> Files:
    """Mend the worker's faults, in the copy that is published."""
    (worker,) = (x for x in files if WORKER.fullmatch(x.src_uri))
    code = worker.content_string
    for old, new in FAULTS.items():
        if code.count(old) != 1:
            raise PluginError(
                f"docs/hooks/search_index.py: Material's search has no {old!r}"
                ": see whether it still has this fault, and mend FAULTS"
            )
        code = code.replace(old, new)
    worker.content_string = code
    return files
