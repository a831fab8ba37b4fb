"""Let the search find each loss by what readers type."""

import json
import re
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from urllib.parse import unquote, urljoin

import yaml
from comments import COMMENT  # the hook beside this one
from lxml import html
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.plugins import event_priority
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

OURS = Path("docs/search")
WORKER = re.compile(r"assets/javascripts/workers/search\.\w+\.min\.js(\.map)?")
# All that a page loads of the search before it is touched.
START = """addEventListener("message", ({ data }) => {
  importScripts("rank.js");
  dispatchEvent(new MessageEvent("message", { data }));
}, { once: true });
"""
# Of frames and folds.
HEADS = re.compile(
    r'(<p class="admonition-title"|<details class="proof">\s*<summary)'
)
BUNDLE = re.compile(r"assets/javascripts/bundle\.\w+\.min\.js")
# Material asks for the index, a third of a megabyte, when a page opens, but
# when its search is opened where pages are files. So it is everywhere here.
EAGER = 'location.protocol!=="file:"'
# Tables of everything: what their rows say of a loss is on its own page.
LISTS = ("all_losses/", "cheat_sheet/", "benchmark/", "comparison/", "api/")
MOST = 200  # characters that a link's row says of where it leads
TERM = re.compile(r"^\| (.+?)\{ ?#[\w-]+ ?\} \| (.+?) \|", re.MULTILINE)
TABLE = re.compile(r"<table>.*?</table>", re.DOTALL)
PART = re.compile("(<thead|<tbody)>")  # other hooks look for <table>
ROW = re.compile(r"<tr>\s*<td>(.*?)</td>", re.DOTALL)
FORMULA = re.compile(r"\\\(.*?\\\)")
APPLICATIONS = re.compile(
    r"^\*\*(?:Applications|应用)\*\*[:：]\s*(.+?)[.。]$",
    re.MULTILINE | re.DOTALL,
)
ASIDE = re.compile(r"[(（](.*?)[)）]")

said: dict[str, list[tuple[str, str]]] = {}  # by each page: places, words
asked: dict[str, dict[str, str]] = {}  # by page: what is answered at each place


def on_page_markdown(markdown: str, page: Page, **_: object) -> str:
    """Add the name of torch's function to the tags that are searched.

    Material's search takes tags without its tags plugin. Readers see `also`.
    `words` of the page's `search` are names of that page for the search only.
    """
    function = page.meta.get("functional", "").rpartition(".")[2]
    more = page.meta.get("search", {}).get("words", [])
    own = [*page.meta.get("tags", []), function]
    tags = [*filter(None, own), *applications(markdown), *more]
    if tags:
        page.meta["tags"] = tags
    return markdown


def applications(markdown: str) -> list[str]:
    """List what is built with the losses of a task's page, as it says."""
    found = APPLICATIONS.search(markdown)
    parts = re.split("[,;:()、，；：（）]", found[1]) if found else []
    return [" ".join(part.split()) for part in parts]


def on_page_content(output: str, page: Page, **_: object) -> str:
    """Leave what the chooser repeats to the losses' own pages.

    Nobody looks for a frame's words. A table of the page's own sections is
    said of them, and not once more of what it stands under.
    """
    asked[page.url] = {
        f"{page.url}#{anchor}".removesuffix("#top"): sentences
        for anchor, sentences in page.meta.get("asked", {}).items()
    }
    lists = page.url.startswith(LISTS)
    said[page.url] = [] if lists else list(links(output, page.url))
    output = HEADS.sub(r"\1 data-search-exclude", output)
    output = TABLE.sub(unlisted, output)
    if page.meta.get("choose"):
        return output.replace("<h3 id=", "<h3 data-search-exclude id=")
    return output


def unlisted(table: re.Match[str]) -> str:
    """Take a table out of the index whose rows begin with the page's places."""
    rows = ROW.findall(table[0])
    if not rows or not all(first.startswith('<a href="#') for first in rows):
        return table[0]
    return PART.sub(r"\1 data-search-exclude>", table[0])


def links(output: str, url: str) -> Iterator[tuple[str, str]]:
    """List where a page's links lead, each with what is said of the place."""
    page = html.fragment_fromstring(output, create_parent="div")
    for link in page.iterfind(".//a[@href]"):
        href = link.get("href")
        if link.get("class") or re.match(r"\w+:|/", href):
            continue
        path, _, anchor = urljoin(f"/{url}", href)[1:].partition("#")
        place = f"{path}#{unquote(anchor)}".removesuffix("#copy-this")
        text = saying(link)
        if place.removesuffix("#") != url and len(text) <= MOST:
            yield place.removesuffix("#"), text


def saying(link: html.HtmlElement) -> str:
    """Say what a link says: its row, without what leads elsewhere."""
    row = next(link.iterancestors("tr"), None)
    item = next(link.iterancestors("li"), None)
    parts = [link] if row is None else list(row)
    own = [x for x in parts if x.find(".//a") is None or link in x.iter()]
    start = item.text or "" if item is not None and row is None else ""
    text = " ".join([start, *(beside(x, link) for x in own)])
    return " ".join(FORMULA.sub("", text.replace("\u200b", "")).split())


def beside(part: html.HtmlElement, link: html.HtmlElement) -> str:
    """Read what stands on a link's line; all of it where the link is not."""
    lines, place = [part.text or ""], -1
    for child in part:
        if child.tag == "br":
            lines.append(child.tail or "")
            continue
        if link in child.iter():
            place = len(lines) - 1
        lines[-1] += child.text_content() + (child.tail or "")
    return lines[place] if place >= 0 else " ".join(lines)


def concepts(cell: str) -> list[set[str]]:
    """Split a cell of the glossary: a concept's names, then the next's."""
    names = [{x.strip()} for x in re.split("[、,：:]", ASIDE.sub("", cell))]
    for aside in ASIDE.findall(cell):
        names[-1] |= {x.strip() for x in re.split("[、,]", aside)}
    return names


def add_terms(same: list[list[str]]) -> None:
    """Add what the Chinese glossary calls the same, in both languages."""
    text = Path("docs/zh/glossary.md").read_text(encoding="utf-8")
    where = {name.lower(): names for names in same for name in names}
    for row in TERM.findall(text.replace("**", "")):
        chinese, english = map(concepts, row)
        if len(chinese) != len(english):
            continue
        for one, other in zip(chinese, english, strict=True):
            terms = sorted(one | other)
            known = [where[x.lower()] for x in terms if x.lower() in where]
            new = [x for x in terms if x.lower() not in where]
            if not known:
                same.append([])
            names = known[0] if known else same[-1]
            names += new
            where |= dict.fromkeys(map(str.lower, new), names)


def words() -> dict[str, object]:
    """Read the words that mean nothing, and those that mean the same."""
    text = (OURS / "words.yml").read_text(encoding="utf-8")
    data = yaml.safe_load(text)
    same = [re.split(r",\s*", line) for line in data["same"]]
    add_terms(same)
    return {
        "stop": " ".join(data["stop"].values()).split(),
        "simple": [x for x in data["simple"].split() if x[0] != x[1]],
        "implied": data["implied"],
        "apart": data["apart"].split(),
        "same": same,
    }


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Put our worker in the place of Material's, to be asked when touched.

    Material starts it with each page: what it starts loads the rest when it is
    first asked something, but from a file, where that can't be.
    """
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
    file, source_map = sorted(found, key=lambda file: len(file.src_uri))
    files.remove(source_map)
    file.content_string = COMMENT.sub("", code)
    if not config.extra["offline"]:
        whole = file.content_string
        path = Path(file.src_uri).with_name("rank.js").as_posix()
        files.append(File.generated(config, path, content=whole))
        file.content_string = START
    return files


@event_priority(-50)  # the search has written it, the zip has not yet taken it
def on_post_build(config: MkDocsConfig) -> None:
    """Send the words along with the index, not with every page.

    A page's names stand once, with its top; what links say, with the places.
    """
    index = Path(config.site_dir, "search", "search_index.json")
    found = json.loads(index.read_text(encoding="utf-8"))
    found["config"]["words"] = words()
    told: dict[str, dict[str, None]] = {}
    for place, text in chain.from_iterable(said.values()):
        told.setdefault(place, {})[text] = None
    answers = dict(chain.from_iterable(map(dict.items, asked.values())))
    for doc in found["docs"]:
        if "#" in doc["location"]:
            doc.pop("tags", None)
        if doc["location"] in told:
            doc["said"] = "; ".join(told[doc["location"]])
        if doc["location"] in answers:
            doc["asked"] = answers[doc["location"]]
    compact = {"ensure_ascii": False, "separators": (",", ":")}
    index.write_text(json.dumps(found, **compact), encoding="utf-8")
