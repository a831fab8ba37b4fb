"""The grammar of pages: languages, front matter, headings, includes.

What reads a page reads it with this: one place knows how pages are written.
Only tests/blocks.py finds fences by itself, so that it can tell on us.
"""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
CONFIGS = {"en": "mkdocs.yml", "zh": "mkdocs.zh.yml"}
LANGUAGES = tuple(CONFIGS)
FRONT_MATTER = re.compile(r"\A---\n(?P<meta>.*?)^---\n+", re.DOTALL | re.M)
HEADING = re.compile(
    r"^(?P<marks>#+) (?P<title>.*?)(?: \{ ?#(?P<id>[\w-]+) ?\})?$", re.M
)
# What a fence holds is no heading.
FENCE = re.compile(r"^ *(`{3,}|~{3,}).*?^ *\1$", re.DOTALL | re.M)
# What a cell's figure shows is told in a comment before it.
INCLUDE = re.compile(
    r"(?:^<!--\s*alt:\s*(?P<alt>.+?)\s*-->\n+)?"
    r'^(?P<indent> *)--8<-- "(?P<file>[^":\n]+)(?::(?P<section>\w+))?"$',
    re.M,
)
SECTION = re.compile(
    r"^<!-- --8<-- \[start:(?P<name>\w+)\] ?(?P<kind>\w*) ?-->\n"
    r"(?P<text>.*?)^<!-- --8<-- \[end:(?P=name)\] -->$",
    re.DOTALL | re.M,
)
# What a block needs of torch is said before it.
SINCE = re.compile(r"^`(?P<needs>torch[^`]+)`\{ \.since \}$\n*", re.MULTILINE)
# What a page's front matter may say, and to whom.
META = {
    "description": "search engines, shared links, llms.txt",
    "tags": "the search, and readers: the page's other names",
    "search": "the search alone: words, boost, exclude",
    "asked": "the search alone: what readers ask, by the section that answers",
    "hide": "Material: parts of the page to leave out",
    "module": "the file of snippets/ that the page is about",
    "symbol": "torch's class that the page is about",
    "functional": "torch's function that the page is about",
    "since": "the first torch that has it, where torch 2.10 has not",
    "facts": "tables, and the head of the page: what is known of each loss",
    "short": "tables: a task's name",
    # The theme: what a page has of its own.
    **dict.fromkeys("choose filter home sheet sortable terms".split(), "theme"),
}
Heading = tuple[int, int, str, str]  # line, level, title and id
FUNCTION = re.compile(r"^def ([a-z]\w*)", re.M)


@dataclass(frozen=True)
class Include:
    """A line that stands for a file, or for a section of it."""

    line: int  # from 1
    indent: str
    file: str
    section: str  # none: all of the file
    alt: str
    start: int  # where it stands in the text, with its alt
    end: int


def repository() -> str:
    """Tell the address of the repository; none is known where none is set."""
    return os.environ.get("REPO_URL", "").rstrip("/")


def built(language: str) -> Path:
    """Tell the folder of a language's built site."""
    return ROOT / "site" / ("" if language == "en" else language)


def front_matter(text: str) -> tuple[dict, str]:
    """Part a page into its front matter and its body."""
    import yaml  # not where only blocks run: it may be missing there

    found = FRONT_MATTER.match(text)
    if not found:
        return {}, text
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # 10 times faster
    return yaml.load(found["meta"], loader), text[found.end() :]


def headings(text: str) -> Iterator[Heading]:
    """Find the headings of a page: line, level, title and id of each."""
    text = FENCE.sub(lambda fence: "\n" * fence[0].count("\n"), text)
    for found in HEADING.finditer(text):
        line = text.count("\n", 0, found.start()) + 1
        title = found["title"]
        yield line, len(found["marks"]), title, found["id"] or slug(title)


def slug(title: str) -> str:
    """Make the id that Markdown's toc extension gives an English heading."""
    words = re.sub(r"[^\w\s-]", "", title.lower()).strip()
    return re.sub(r"[-\s]+", "-", words)


def includes(text: str) -> Iterator[Include]:
    """Find what a page includes."""
    for found in INCLUDE.finditer(text):
        yield Include(
            text.count("\n", 0, found.start("indent")) + 1,
            found["indent"],
            found["file"],
            found["section"] or "",
            found["alt"] or "",
            *found.span(),
        )


def sections(text: str) -> dict[str, str]:
    """Read the sections of a file that is included in parts, by name."""
    return {found["name"]: found["text"] for found in SECTION.finditer(text)}


def kinds(text: str) -> dict[str, str]:
    """Read the kinds of a file's sections: what each of its blocks is."""
    return {found["name"]: found["kind"] for found in SECTION.finditer(text)}


def functions(code: str) -> list[str]:
    """List the public functions of a file of snippets/."""
    return FUNCTION.findall(code)
