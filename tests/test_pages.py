"""Every loss page has every part, and every part is on a page."""

import importlib
import inspect
import re
import zlib
from functools import cache
from itertools import pairwise, takewhile, zip_longest
from pathlib import Path

import pytest
import torch
import yaml
from packaging.version import Version

from docs import grammar
from docs.facts import KEYS, tables
from docs.generate import rows
from docs.generate.files import words
from docs.generate.heads import DEPRECATED
from tests.blocks import ROOT
from tests.loss import files
from tests.marks import languages
from tests.proofs import MODULES, functions, proofs
from tests.site import menu
from tests.torch_losses import CLASSES, FUNCTIONS

DOCS = ROOT / "docs"
SECTIONS = {
    "en": [
        "Copy this",
        "Formula",
        "Shapes and dtypes",
        "By hand",
        "Gradient",
        "Options",
        "Pitfalls",
        "Precision",
        "Related and sources",
    ],
    "zh": [
        "复制即用 {#copy-this}",
        "公式 {#formula}",
        "形状与数据类型 {#shapes-and-dtypes}",
        "手算验证 {#by-hand}",
        "梯度 {#gradient}",
        "选项 {#options}",
        "常见错误 {#pitfalls}",
        "数值精度 {#precision}",
        "相关损失与出处 {#related-and-sources}",
    ],
}
PARTS = [  # of each section: what it must include, {} is the page's name
    ("Copy this", 'examples/{}.md:copy"'),
    ("Copy this", 'facts/{}.md"'),
    ("Copy this", 'printed/{}.md"'),
    ("Formula", "formulas/{}.md:"),
    ("By hand", 'examples/{}.md:by_hand"'),
    ("Gradient", 'examples/{}.md:gradient"'),
    ("Gradient", '{}.html"'),
    ("Precision", "examples/{}.md:"),
]
NAMES = {  # in formulas: of losses and of values, the same in both languages
    *"boundary circle clDice epsilon focal generalized hinge log-cosh:".split(),
    *"sample sigmoid sigmoid: softmax softmax: symmetric wing:".split(),
}
LABEL = re.compile(r"<text[^>]*>([^<]*)</text>")
SEES = {"en": "| You see | Because | Do |", "zh": "| 现象 | 原因 | 办法 |"}
# Files whose parts are included, each by its name: their folders, their ending.
PARTED = {"examples": "md", "formulas": "md", "notebooks": "py"}
PART = re.compile(r"(?:\[start:|^# %% )(\w+)", re.MULTILINE)
NOTES = ROOT / "tests" / "torch_notes.yml"
NOTE = re.compile(
    r"^(?P<indent> *)(?:\.\. (?:note|warning)::|(?:Note|Warning)s?:$)\s*"
    r"(?P<text>.*(?:\n(?:\s*\n)*(?P=indent) +\S.*)*)",
    re.MULTILINE,
)
PAGES = sorted({path.stem for path in DOCS.glob("*/losses/*.md")})


def read(path: Path) -> str:
    """Read a page, of which one language may be there first."""
    language, *name = path.relative_to(DOCS).parts
    other = Path("docs", {"en": "zh", "zh": "en"}[language], *name)
    assert path.exists(), (
        f"{path.relative_to(ROOT)}:1: this page is missing: write {other} in "
        "this language"
    )
    return path.read_text(encoding="utf-8")


@cache
def front_matter(path: Path) -> dict[str, str]:
    """Read a page's front matter."""
    text = read(path)
    where = path.relative_to(ROOT)
    assert text.startswith("---\n"), f"{where}:1: begin with front matter"
    return grammar.front_matter(text)[0]


def within(text: str, name: str) -> list[grammar.Heading]:
    """List the heading of a section, then those below it."""
    heads = [*grammar.headings(text)]
    start = [found for *_, found in heads].index(name)
    below = takewhile(lambda head: head[1] > 2, heads[start + 1 :])
    return [heads[start], *below]


def rows_lead_to(
    where: Path, lines: list[str], top: int, heads: list[grammar.Heading]
) -> None:
    """See that a table's rows link to headings, all of them and in order.

    Args:
        where: The page, for what is said.
        lines: Its lines.
        top: Where, from 0, the first row is.
        heads: The headings.
    """
    rows = takewhile(bool, lines[top:])
    for number, (row, head) in enumerate(zip_longest(rows, heads), top + 1):
        assert head, f"{where}:{number}: remove this row: no such heading"
        line, _, title, name = head
        assert re.match(rf"\| \[.+\]\(#{name}\) \| ", row or ""), (
            f"{where}:{number}: begin this row with a link to #{name}, "
            f"{title!r} (line {line})"
        )


def cures_are_said(path: Path, examples: str) -> None:
    """See that a sentence stands before each right block after a wrong one."""
    text = read(path)
    lines = text.splitlines()
    file = ROOT / "snippets" / "examples" / f"{examples}.md"
    kinds = grammar.kinds(file.read_text(encoding="utf-8"))
    for one, other in pairwise(grammar.includes(text)):
        if (
            kinds.get(one.section) in ("wrong", "raises", "warns")
            and kinds.get(other.section) == "right"
        ):
            assert any(lines[one.line : other.line - 1]), (
                f"{path.relative_to(ROOT)}:{other.line}: say in a sentence "
                f"what {other.section} changes, and why"
            )


def line(text: str, key: str) -> int:
    """Tell the line of a key, or where to write it, in a YAML file."""
    return text.partition(f"\n{key}:")[0].count("\n") + 2


def resolve(name: str) -> object:
    """Find what a fully qualified name names."""
    module, _, attribute = name.rpartition(".")
    return getattr(importlib.import_module(module), attribute)


@pytest.mark.parametrize("page", PAGES)
@languages
def test_a_loss_page_follows_the_template(page: str, language: str) -> None:
    path = DOCS / language / "losses" / f"{page}.md"
    where = path.relative_to(ROOT)
    text = read(path)
    assert front_matter(path)["description"], f"{where}:1: no description"
    assert re.findall(r"^## (.+)$", text, re.M) == SECTIONS[language], (
        f"{where}:1: the sections are {', '.join(SECTIONS[language])}"
    )
    sections = dict(zip(SECTIONS["en"], text.split("\n## ")[1:], strict=True))
    for section, part in PARTS:
        heading = SECTIONS[language][SECTIONS["en"].index(section)]
        number = text.partition(f"\n## {heading}\n")[0].count("\n") + 2
        include = f'--8<-- "{part.format(page)}'
        assert include in sections[section], (
            f"{where}:{number}: {heading}: include {include}"
        )


@languages
def test_front_matter_says_only_what_somebody_reads(language: str) -> None:
    for path in sorted((DOCS / language).rglob("*.md")):
        text = read(path)
        for key in grammar.front_matter(text)[0].keys() - grammar.META:
            pytest.fail(
                f"{path.relative_to(ROOT)}:{line(text, key)}: nobody reads "
                f"{key!r}: write one of {', '.join(grammar.META)}"
            )


@pytest.mark.parametrize("page", PAGES)
@languages
def test_pitfalls_begin_with_a_table_of_what_is_seen(
    page: str, language: str
) -> None:
    path = DOCS / language / "losses" / f"{page}.md"
    where = path.relative_to(ROOT)
    text = read(path)
    lines = text.splitlines()
    section, *pitfalls = within(text, "pitfalls")
    top = section[0] + 1  # behind a blank line
    assert lines[top] == SEES[language], (
        f"{where}:{top + 1}: begin with the table {SEES[language]}"
    )
    rows_lead_to(where, lines, top + 2, pitfalls)


@pytest.mark.parametrize("page", PAGES)
@languages
def test_what_readers_ask_is_said_of_each_answer(
    page: str, language: str
) -> None:
    path = DOCS / language / "losses" / f"{page}.md"
    where = path.relative_to(ROOT)
    text = read(path)
    asked = front_matter(path).get("asked", {})
    answers = [(line(text, "asked"), 1, "", "top")]
    for section in ("options", "pitfalls"):
        answers += within(text, section)[1:]
    for number, _, _, name in answers:
        assert name in asked, (
            f"{where}:{number}: asked: {name}: in the front matter, write what "
            "somebody types who is answered here, in words that this lacks"
        )


@languages
def test_what_is_asked_has_a_place_and_two_sentences(language: str) -> None:
    for path in sorted((DOCS / language).rglob("*.md")):
        text = read(path)
        names = {"top", *(name for *_, name in grammar.headings(text))}
        asked = grammar.front_matter(text)[0].get("asked", {})
        for name, sentences in asked.items():
            where = f"{path.relative_to(ROOT)}:{line(text, f'  {name}')}: asked"
            assert name in names, f"{where}: {name}: no such section"
            parts = [x for x in re.split("[;；]", sentences) if x.strip()]
            assert len(parts) > 1, f"{where}: {name}: write two, ; between them"


@pytest.mark.parametrize("page", PAGES)
@languages
def test_a_cure_is_said_before_it_is_shown(page: str, language: str) -> None:
    cures_are_said(DOCS / language / "losses" / f"{page}.md", page)


@pytest.mark.parametrize("page", PAGES)
def test_nothing_is_left_to_write(page: str) -> None:
    choosers = [DOCS / language / "choose.md" for language in grammar.LANGUAGES]
    left = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()}"
        for path in (*files(page), *choosers)
        if path.exists()
        for number, line in enumerate(path.read_text("utf-8").split("\n"), 1)
        if "WRITE" in line and (path not in choosers or page in line)
    ]
    assert not left, "\n".join(left)


@pytest.mark.parametrize("page", PAGES)
@languages
def test_a_loss_page_names_every_parameter(page: str, language: str) -> None:
    path = DOCS / language / "losses" / f"{page}.md"
    meta = front_matter(path)
    if Version(torch.__version__) < Version(meta.get("since", "0")):
        pytest.skip(f"needs torch>={meta['since']}")
    text = read(path)
    named = {
        meta[key]: resolve(meta[key])
        for key in ("symbol", "functional")
        if key in meta
    } | (functions(page) if "module" in meta else {})
    for symbol, function in named.items():
        for name in inspect.signature(function).parameters:
            told = f"`{name}`" in text or f"### {name}" in text
            told |= name in DEPRECATED  # struck out at the head of the page
            assert told or name.startswith("_"), (
                f"{path.relative_to(ROOT)}: say what `{name}` of {symbol} does"
            )


@pytest.mark.parametrize("page", PAGES)
def test_a_loss_page_answers_what_torch_notes(page: str) -> None:
    text = NOTES.read_text(encoding="utf-8").rstrip()
    where = f"tests/torch_notes.yml:{line(text, page)}:"
    known = yaml.safe_load(text).get(page) or {}
    path = DOCS / "en" / "losses" / f"{page}.md"
    there = {id_ for *_, id_ in grammar.headings(read(path))}
    for place in known.values():
        assert place in there, f"{where} no heading #{place}: name one"
    meta = front_matter(path)
    if Version(torch.__version__) < Version(meta.get("since", "0")):
        pytest.skip(f"needs torch>={meta['since']}")
    for symbol in (meta.get("symbol"), meta.get("functional")):
        said = inspect.getdoc(resolve(symbol)) if symbol else ""
        for found in NOTE.finditer(said):
            note = " ".join(found["text"].split())
            digest = f"{zlib.crc32(note.encode()):08x}"
            assert digest in known, (
                f"{where} {symbol} notes: {note}\nAnswer it on "
                f'{path.relative_to(ROOT)}, and add "{digest}": its heading'
            )


@languages
@pytest.mark.parametrize("key", ["symbol", "functional"])
def test_every_loss_of_torch_has_its_page(key: str, language: str) -> None:
    told = set()
    for page in PAGES:
        meta = front_matter(DOCS / language / "losses" / f"{page}.md")
        told.add(meta.get(key, "").rpartition(".")[2])
    for loss in {"symbol": CLASSES, "functional": FUNCTIONS}[key]:
        assert loss.__name__ in told, (
            f"docs/{language}/losses: no page says `{key}: {loss.__name__}`"
        )


@pytest.mark.parametrize("name", MODULES)
@languages
def test_every_module_of_snippets_has_its_page(
    name: str, language: str
) -> None:
    path = DOCS / language / "losses" / f"{name}.md"
    where = path.relative_to(ROOT)
    assert path.exists(), f"{where}:1: snippets/{name}.py has no page here"
    assert front_matter(path).get("module") == name, f"{where}:1: module:"
    text = read(path)
    first = next(grammar.includes(text))
    copy = f"examples/{name}.md"
    assert first.file == copy, f"{where}:{first.line}: {copy} comes first"
    cases = importlib.import_module(f"tests.cases.{name}").CASES
    compared = {function.__name__ for function, _ in cases.values()}
    for function in functions(name):
        assert f"`{function}`" in text, f"{where}:1: what is {function}?"
        assert function in compared, (
            f"tests/cases/{name}.py:1: CASES lacks a by_hand of {function}"
        )
        _, proof = proofs()[function]
        for oracle in proof.oracles:
            assert oracle in text, (
                f"{where}:1: say that {function} agrees with {oracle}"
            )


@pytest.mark.parametrize("page", PAGES)
@languages
def test_a_loss_page_has_the_facts_of_its_losses(
    page: str, language: str
) -> None:
    path = DOCS / language / "losses" / f"{page}.md"
    where = f"{path.relative_to(ROOT)}:1: facts:"
    meta = front_matter(path)
    if "module" in meta:
        losses = set(functions(page))
    else:
        names = {loss.__name__ for loss in CLASSES}
        name = meta["symbol"].rpartition(".")[2]
        new = not hasattr(torch.nn, name)  # to this torch, an older one
        losses = {name} if new or name in names else set()
    facts = meta.get("facts", {})
    assert losses == set(facts), f"{where} of {losses}, not of {set(facts)}"
    for name, known in facts.items():
        for key in KEYS:
            assert known.get(key), f"{where} {name}: what is its {key}?"
        assert list(known) == list(KEYS), f"{where} {name}: {', '.join(KEYS)}"
        task = DOCS / language / "tasks" / f"{known['task']}.md"
        assert task.exists(), f"{where} {name}: no {task.relative_to(ROOT)}"


@languages
def test_the_table_of_all_losses_has_every_loss(language: str) -> None:
    path = DOCS / language / "all_losses.md"
    text, found = read(path), tables(language)
    for part in found:
        include = f'\n--8<-- "facts/{part}.md"\n'
        assert include in text, f"{path.relative_to(ROOT)}: {include}"
    rows = "\n" + "".join(found.values())
    for page in PAGES:
        meta = front_matter(DOCS / language / "losses" / f"{page}.md")
        function = meta.get("functional", "").rpartition(".")[2]
        for name in meta.get("facts", {}):
            row = f"\n| [{name}](losses/{page}.md)"
            row += f"<br>`{function}` | " if function else " | "
            assert row in rows, (
                f"{grammar.CONFIGS[language]}:1: no losses/{page}.md in its nav"
            )


@languages
def test_the_navigation_has_each_loss_below_its_task(language: str) -> None:
    for title, pages in menu(language).items():
        for page in pages:
            if not page.startswith("losses/"):
                continue
            facts = front_matter(DOCS / language / page).get("facts", {})
            tasks = {f"tasks/{x['task']}.md" for x in facts.values()}
            assert not tasks or tasks & {*pages}, (
                f"{grammar.CONFIGS[language]}:1: {page} is in {title!r}: put "
                f"it below {' or '.join(sorted(tasks))}"
            )


def test_every_snippet_formula_and_figure_is_on_a_page() -> None:
    text = "".join(
        path.read_text(encoding="utf-8") for path in (DOCS / "en").rglob("*.md")
    )
    included = {
        f"{part.file}:{part.section}" if part.section else part.file
        for part in grammar.includes(text)
    }
    here = set()
    for folder, ending in PARTED.items():
        for path in (ROOT / "snippets" / folder).glob(f"*.{ending}"):
            text = path.read_text(encoding="utf-8")
            for part in PART.findall(text):
                here.add(f"{folder}/{path.name}:{part}")
    here |= {f"{p.stem}.html" for p in (DOCS / "figures").glob("[a-z]*.py")}
    assert not here - included, f"on no page: {sorted(here - included)}"
    build = ROOT / "build" / "figures" / "en"
    made = {p.relative_to(build).as_posix() for p in build.rglob("*.*")}
    missing = included - here - made
    assert not missing, f"not there: {sorted(missing)}"


def test_a_loss_page_shows_each_block_once() -> None:
    # Two sections of one name: the later one had taken the earlier's place.
    for path in sorted(DOCS.glob("*/losses/*.md")):
        seen = set()
        for part in grammar.includes(path.read_text(encoding="utf-8")):
            name = f"{part.file}:{part.section}"
            where = path.relative_to(ROOT)
            assert name not in seen, f"{where} shows {name} twice"
            seen.add(name)


@languages
def test_a_link_has_words_beside_a_formula(language: str) -> None:
    # To who hears the page a formula alone says nothing: axe refuses it.
    bare = [
        f"{path.relative_to(ROOT)}:{n}: take words into the link {found[0]}"
        for path in sorted((DOCS / language).rglob("*.md"))
        for n, line in enumerate(path.read_text("utf-8").split("\n"), 1)
        if (found := re.search(r"\[\$[^$]+\$\]\(\S+\)", line))
    ]
    assert not bare, "\n".join(bare)


def test_formulas_write_the_natural_logarithm_in_one_way() -> None:
    pages = [
        *DOCS.glob("*/**/*.md"),
        *(ROOT / "snippets/formulas").glob("*.md"),
    ]
    for path in pages:
        lines = path.read_text(encoding="utf-8").splitlines()
        for number, line in enumerate(lines, 1):
            where = f"{path.relative_to(ROOT)}:{number}"
            other = re.search(r"\\log(?![a-z_])", line)
            assert not other, f"{where}: write \\ln, or \\log_2 for base 2"


@languages
def test_each_proof_by_hand_says_whose_it_is(language: str) -> None:
    two = re.compile(r':by_hand\w*"\s*--8<-- "examples/\S+:by_hand')
    for path in (DOCS / language / "losses").glob("*.md"):
        found = two.search(path.read_text(encoding="utf-8"))
        assert not found, (
            f"{path.relative_to(ROOT)}: name what {found[0]} is of"
        )


def test_words_in_formulas_are_said_in_chinese() -> None:
    known = words("rows", "zh").keys() | NAMES
    for path in (ROOT / "snippets/formulas").glob("*.md"):
        for word in rows.TEXT.findall(path.read_text(encoding="utf-8")):
            assert word in known or not re.match(r"\W*[a-z]{2}", word), (
                f"{path.relative_to(ROOT)}: put {word!r} into "
                "docs/generate/rows.yml, or among NAMES here"
            )


def test_words_in_figures_are_said_in_chinese() -> None:
    for path in (ROOT / "build/figures/zh").glob("*.html"):
        for said in LABEL.findall(path.read_text(encoding="utf-8")):
            plain = re.fullmatch(r"[a-z-]{3,} [a-z0-9.-]+", said.strip())
            assert not plain, f"docs/figures/{path.stem}.py: {said} in Chinese"
