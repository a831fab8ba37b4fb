"""The table of symptoms leads to each section; each prints what tells."""

from docs import grammar
from tests.blocks import ROOT
from tests.marks import languages
from tests.test_pages import cures_are_said, rows_lead_to

PAGE = "symptoms.md"
EXAMPLES = ROOT / "snippets" / "examples" / PAGE
KINDS = grammar.kinds(EXAMPLES.read_text(encoding="utf-8"))


@languages
def test_the_table_leads_to_every_section_in_order(language: str) -> None:
    path = ROOT / "docs" / language / PAGE
    where = path.relative_to(ROOT)
    text = path.read_text(encoding="utf-8")
    lines = text.splitlines()
    sections = [head for head in grammar.headings(text) if head[1] == 2]
    top = next(i for i, line in enumerate(lines) if line.startswith("| --- "))
    assert top < sections[0][0], f"{where}:{top + 1}: the table comes first"
    rows_lead_to(where, lines, top + 1, sections)


@languages
def test_a_symptom_prints_what_tells_its_causes_apart(language: str) -> None:
    path = ROOT / "docs" / language / PAGE
    text = path.read_text(encoding="utf-8")
    parts = [*grammar.includes(text)]
    for head in grammar.headings(text):
        line, level, title, _ = head
        if level == 2:
            first = next(part for part in parts if part.line > line)
            assert KINDS[first.section] == "measurement", (
                f"{path.relative_to(ROOT)}:{line}: {title!r}: begin with a "
                f"measurement, not with {first.section}"
            )


@languages
def test_a_cure_is_said_before_it_is_shown(language: str) -> None:
    cures_are_said(ROOT / "docs" / language / PAGE, "symptoms")
