"""Build the same content with Zensical, and say what its site lacks.

Material ends in May 2027. Zensical is its successor, and runs no hooks: those
that need only built HTML are run here after it. What is missing is found by
comparing the two sites, kind by kind.
"""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urljoin

import yaml
from lxml import html
from mkdocs.utils.yaml import yaml_load

from docs.grammar import CONFIGS, ROOT
from docs.hooks import (
    formulas,
    keyboard,
    line_ids,
    long_names,
    nav_folders,
)

BUILD = ROOT / "build"
ZENSICAL = BUILD / "next" / ".venv" / "bin" / "zensical"
SITES = {"en": "next/site", "zh": "next/site/zh"}  # below build/
FILES = {  # by their names
    "pages": "*.html",
    "pages as Markdown": "index.md",
    "notebooks to download": "*.ipynb",
    "files to download": "code/*.py",
}
# What pages hold. A renderer's own styles and scripts are not ours to miss.
PARTS = {
    "titles": "//title",
    "descriptions": "//meta[@name='description']/@content",
    "menu": "//nav[@data-md-level]//a/@href",
    "headings": "//article//*[self::h1 or self::h2 or self::h3]/@id",
    "words": "//article//p[not(@class)] | //article//li | //article//td",
    "links": "//article//a[not(@download)]/@href",
    "blocks and outputs": "//article//pre",
    "formulas": "//article//annotation",
    "figures": "//article//figure/@aria-label",
    "docstrings": "//article//*[contains(@class, 'doc-contents')]",
    "tables to scroll": "//article//div[@class='wide']/table",
    "lines above the text": "//article//p[@class='symbol']",
    "languages to switch to": "//header//a[@hreflang]/@href",
    "languages for search engines": "//link[@hreflang]/@href",
    "share images": "//meta[@property='og:image']/@content",
    "styles and fonts": "//link/@href[contains(., 'assets/') and "
    "not(contains(., 'stylesheets/') or contains(., '_mkdocstrings'))]",
    "scripts": "//script/@src[not(contains(., 'javascripts/'))]",
    "pages that load from no other host": "//html/@lang[not(//script"
    "[contains(@src, '://')] | //link[@rel='stylesheet'][contains(@href, '://')])]",
}
LISTS = {"sitemap.xml": r"<loc>(.*?)</loc>", "llms.txt": r"\]\((http.*?)\)"}
INDEXES = {"search_index.json": "docs", "search.json": "items"}


def configure(language: str) -> Path:
    """Write a language's configuration as Zensical can take it.

    To it INHERIT adds to a menu in place of replacing it, and all that it
    reads and writes must be below the folder of the configuration.
    """
    with (ROOT / CONFIGS[language]).open(encoding="utf-8") as source:
        config = yaml_load(source)
    config["docs_dir"] = f"docs/{language}"
    config["site_dir"] = SITES[language]
    config["nav"] = nav_folders.listed(config["nav"], BUILD / "docs" / language)
    config["theme"] |= {"custom_dir": "../docs/theme", "variant": "classic"}
    python = config["plugins"]["mkdocstrings"]["handlers"]["python"]
    python["paths"] = [str(ROOT / path) for path in python["paths"]]
    target = BUILD / f"next-{language}.yml"
    target.write_text(yaml.safe_dump(config), encoding="utf-8")
    return target


def build(language: str) -> None:
    """Build a language's site, then do with its HTML what the hooks do."""
    config = configure(language)
    run = subprocess.run(
        [ZENSICAL, "build", "--clean", "--strict", "--config-file", config],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
    )
    if run.returncode:
        log = config.with_suffix(".log")
        log.write_text(run.stdout, encoding="utf-8")
        why = run.stdout.strip().splitlines()[-1]
        sys.exit(f"{log.relative_to(ROOT)}: Zensical stopped, see why: {why}")
    for page in (BUILD / SITES[language]).rglob("*.html"):
        text = formulas.render(page.read_text(encoding="utf-8"))
        for hook in (keyboard, long_names, line_ids):
            text = hook.on_post_page(text)
        page.write_text(text, encoding="utf-8")


def parts(site: Path) -> dict[str, set[str]]:
    """List what a site has, by kind."""
    files = [path for path in site.rglob("*.*") if path.is_file()]
    has = {kind: set() for kind in (*FILES, *PARTS, *LISTS, "search", "tags")}
    for kind, pattern in FILES.items():
        has[kind] = {
            str(x.relative_to(site)) for x in files if x.match(pattern)
        }
    for file in files:
        name = file.relative_to(site).as_posix()
        if file.suffix == ".html":
            tree = html.document_fromstring(file.read_bytes())
            for kind, path in PARTS.items():
                has[kind] |= {said(part, name) for part in tree.xpath(path)}
        elif file.name in LISTS:
            text = file.read_text(encoding="utf-8")
            has[file.name] |= set(re.findall(LISTS[file.name], text))
        elif file.name in INDEXES:
            for entry in json.loads(file.read_bytes())[INDEXES[file.name]]:
                place = name.partition("search")[0] + entry["location"]
                has["search"].add(place)
                tags = " ".join(entry.get("tags", [])).replace("\u200b", "")
                has["tags"] |= {f"{place}: {tag}" for tag in tags.split()}
    return has


def said(part: html.HtmlElement | str, page: str) -> str:
    """Tell what a part of a page says, or where it leads."""
    if not isinstance(part, str):
        return f"{page}: {' '.join(part.text_content().split())}"
    if part.attrname in ("href", "src"):
        part = urljoin(f"/{page}", part).removesuffix("index.html")
    return f"{page}: {part}"


def missing(ours: Path, theirs: Path) -> Iterator[str]:
    """Say what the second site lacks beside the first, a line a kind."""
    one, other = parts(ours), parts(theirs)
    for kind, wanted in one.items():
        if lost := sorted(wanted - other[kind]):
            like = lost[0] if len(lost[0]) < 70 else f"{lost[0][:70]}..."
            yield f"{kind}: {len(lost)} of {len(wanted)} missing: {like}"
    whole = [f"{len(one[x])} {x}" for x in one if one[x] <= other[x]]
    yield f"nothing missing: {', '.join(whole)}"


if __name__ == "__main__":
    version = subprocess.check_output([ZENSICAL, "--version"], text=True)
    print("Zensical", version.strip(), "beside mkdocs:")
    for language in CONFIGS:
        build(language)
    print(*missing(ROOT / "site", BUILD / "next" / "site"), sep="\n")
