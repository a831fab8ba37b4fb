"""Both languages say the same things, in the same order, in their own words.

What a page is made of: headings (level and id), includes, displayed formulas,
inline formulas, links, images, table rows, decimals. Prose is free; these are
not.
"""

import ast
import re
from collections import Counter
from functools import cache
from pathlib import Path

import pytest
import yaml

from docs.grammar import LANGUAGES, headings, includes
from tests.blocks import ROOT, fences
from tests.test_prose import SILENT, blank, decimals

DOCS = ROOT / "docs"
NAMES = sorted(
    {
        path.relative_to(DOCS / language).as_posix()
        for language in LANGUAGES
        for path in (DOCS / language).rglob("*.md")
    }
)
# In front matter: a loss, and what is the same of it in both languages.
FACT = re.compile(r"  (?P<loss>\w+):$|    (?P<same>(?:task|since): .+)$")
MATH = re.compile(r"(?<![\\$])\$([^$\n]+)\$(?!\$)")
LINK = re.compile(r"\]\(([^)\s]+)\)")
HAN = r"[\u3400-\u9fff]"
TYPOGRAPHY = {
    "put a space between 中文 and Latin words": re.compile(
        rf"{HAN}[A-Za-z0-9]|[A-Za-z0-9]{HAN}"
    ),
    "use full-width punctuation after 中文": re.compile(rf"{HAN}[,:;!?()]"),
    "no space beside full-width punctuation": re.compile(
        r" [，。：；！？）]|[，。：；！？（] (?=[^\s|])"
    ),
}


def parts(path: Path) -> dict[str, list[tuple[object, int]]]:
    """List what a page is made of, each with its line."""
    found: dict[str, list[tuple[object, int]]] = {
        kind: []
        for kind in (
            *("heading", "include", "formula", "link", "row", "decimal"),
            "fact",
        )
    }
    text = path.read_text(encoding="utf-8")
    for number, level, _, name in headings(text):
        # The page's own title may differ; its anchor is the page.
        found["heading"].append(((level, name if level > 1 else ""), number))
    for part in includes(text):
        found["include"].append((f"{part.file}:{part.section}", part.line))
    loss = ""
    for number, line in enumerate(text.splitlines(), 1):
        if match := FACT.match(line):
            loss = match["loss"] or loss
            found["fact"].append((f"{loss}: {match['same'] or ''}", number))
        if line.startswith("|"):
            found["row"].append((line.count(" | "), number))
        found["formula"] += [(tex, number) for tex in MATH.findall(line)]
    # A link's text may be broken over lines, its target is not.
    for match in LINK.finditer(text):
        line = text.count("\n", 0, match.start()) + 1
        found["link"].append((match[1], line))
    for number, line, _ in decimals(blank(text, SILENT)):
        found["decimal"].append((number.replace(" ", ""), line))
    return found


@pytest.mark.parametrize("name", NAMES)
def test_a_page_has_the_same_parts_in_both_languages(name: str) -> None:
    paths = {language: DOCS / language / name for language in LANGUAGES}
    for language, path in paths.items():
        assert path.exists(), f"docs/{language}/{name}:1: this page is missing"
    english, chinese = parts(paths["en"]), parts(paths["zh"])
    for kind in ("heading", "include", "row", "fact"):
        for (en, line_en), (zh, line_zh) in zip(
            english[kind], chinese[kind], strict=False
        ):
            assert en == zh, (
                f"docs/zh/{name}:{line_zh}: {kind} {zh!r}, where "
                f"docs/en/{name}:{line_en} has {en!r}"
            )
    for kind in english:
        here = Counter(value for value, _ in english[kind])
        there = Counter(value for value, _ in chinese[kind])
        where = [
            f"docs/{'en' if lacking == 'zh' else 'zh'}/{name}:{line}: "
            f"{kind} {value!r} is missing in docs/{lacking}/{name}"
            for lacking, values, count in (
                ("zh", english[kind], here - there),
                ("en", chinese[kind], there - here),
            )
            for value, line in values
            if value in count
        ]
        assert not where, "\n".join(where)


def test_both_navigations_list_every_page_in_the_same_order() -> None:
    navs = []
    for name in ("mkdocs.yml", "mkdocs.zh.yml"):
        nav = (ROOT / name).read_text("utf-8").split("\nnav:\n")[1]
        navs.append(re.findall(r": ([\w/]+\.md)$", nav, re.MULTILINE))
    assert navs[0] == navs[1]
    assert sorted(navs[0]) == NAMES


def test_both_readmes_show_the_same_code() -> None:
    english, chinese = (
        [(fence.info, fence.text) for fence in fences(ROOT / name)][1:]
        for name in ("README.md", "README.zh.md")
    )  # the first is make's commands, with comments to read
    assert english == chinese


def test_both_readmes_say_the_same_decimals() -> None:
    names = ("README.md", "README.zh.md")
    english, chinese = (parts(ROOT / name)["decimal"] for name in names)
    for (en, line), (zh, line_zh) in zip(english, chinese, strict=True):
        assert en == zh, f"README.zh.md:{line_zh}: {zh}, not {en} as on {line}"


@pytest.mark.parametrize(
    "path", sorted((DOCS / "figures").glob("*.py")), ids=lambda path: path.stem
)
def test_both_languages_describe_a_figure_with_the_same_decimals(
    path: Path,
) -> None:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Dict) and all(node.keys):
            keys = [ast.unparse(key) for key in node.keys]
            if keys == ["'en'", "'zh'"]:
                english, chinese = (
                    sorted(x for x, *_ in decimals(ast.unparse(words)))
                    for words in node.values
                )
                assert english == chinese, (
                    f"{path.relative_to(ROOT)}:{node.lineno}: decimals differ"
                )


def leaves(words: object, place: str = "") -> dict[str, list[str]]:
    """List the texts of nested words: what each has filled in, by its place."""
    if isinstance(words, list):
        words = dict(enumerate(words))
    if not isinstance(words, dict):
        return {place: sorted(re.findall(r"\{\w*\}", str(words)))}
    return {
        where: filled
        for key, inner in words.items()
        for where, filled in leaves(inner, f"{place}/{key}").items()
    }


@pytest.mark.parametrize(
    "path",
    # What readers of either language type is no translation.
    sorted({*DOCS.rglob("*.yml")} - {DOCS / "search" / "words.yml"}),
    ids=lambda path: path.relative_to(ROOT).as_posix(),
)
def test_words_are_the_same_in_both_languages(path: Path) -> None:
    words = yaml.safe_load(path.read_text(encoding="utf-8"))
    english, chinese = (leaves(words[language]) for language in LANGUAGES)
    for place in english | chinese:
        assert english.get(place) == chinese.get(place), (
            f"{path.relative_to(ROOT)}:1: {place[1:]} is not in both "
            "languages, or not filled in alike"
        )


def prose(text: str) -> str:
    """Blank what isn't prose, keeping the lines: front matter, code, math."""
    text = blank(text, r"\A---\n(?:.|\n)*?\n---\n")
    text = re.sub(r"`[^`\n]+`|\$[^$\n]+\$", "A", text)
    text = re.sub(r"\]\([^)]*\)|\{ ?#[^}]*\}|<[^>\n]+>", "", text)
    return re.sub(r"[\[*]+", "", text)


@cache
def unwritten() -> list[tuple[str, str]]:
    """Read which words are not written, and what is: STYLE.zh.md's table."""
    text = (DOCS / "STYLE.zh.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| [^|]+ \| ([^|]+) \| ([^|]+) \|$", text, re.M)
    return [
        (word, instead)
        for instead, words in rows[2:]
        for word in words.split("、")
        if re.fullmatch(f"{HAN}+", word)
    ]


@pytest.mark.parametrize(
    "path",
    [*(DOCS / "zh").rglob("*.md"), ROOT / "README.zh.md"],
    ids=lambda path: path.relative_to(ROOT).as_posix(),
)
def test_chinese_typography(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    where = path.relative_to(ROOT)
    broken = re.search(rf"({HAN}|[，。：；、）])\n({HAN}|[（])", text)
    assert not broken, (
        f"{where}:{text.count(chr(10), 0, broken.start()) + 1}: "
        "a line break inside a sentence shows as a space: join the lines"
    )
    for word, instead in [] if path.stem == "glossary" else unwritten():
        assert word not in prose(text), f"{where}: {word}: write {instead}"
    for rule, pattern in TYPOGRAPHY.items():
        if match := pattern.search(prose(text)):
            start = prose(text)[: match.start()].rpartition("\n")[2][-12:]
            pytest.fail(f"{where}: {rule}: …{start}{match[0]}…")
