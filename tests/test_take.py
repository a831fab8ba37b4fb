"""What readers take along is what the pages show, and runs."""

import json
import re

import nbformat
import pytest
from nbclient import NotebookClient
from traitlets.config import Config

from docs.generate import take
from docs.grammar import includes
from tests.blocks import ROOT, blocks
from tests.marks import languages
from tests.site import all_blocks
from tests.test_pages import PAGES


@languages
def test_a_notebook_has_its_page_s_blocks_and_outputs(language: str) -> None:
    files = take.files(language)
    for page in PAGES:
        path = ROOT / "docs" / language / "losses" / f"{page}.md"
        shown = [
            (block.text, output.text if output else "")
            for include in includes(path.read_text(encoding="utf-8"))
            for block, output in all_blocks().get(
                f"snippets/{include.file}:{include.section}", []
            )
        ]
        book = nbformat.reads(files[f"code/{page}.ipynb"].decode(), 4)
        nbformat.validate(book)
        cells = [
            (f"{cell.source}\n", "".join(x.text for x in cell.outputs))
            for cell in book.cells
            if cell.cell_type == "code" and cell.source[0] != "%"
        ]
        assert cells == shown, page
        words = "".join(
            cell.source for cell in book.cells if cell.cell_type == "markdown"
        )
        assert not re.search(r"--8<--|\.md[)#]|\{ ?[.#]\w|<div", words), page


@pytest.mark.parametrize(
    ("language", "page"),
    [("en", "focal_loss"), ("zh", "cross_entropy_loss"), ("en", "crf")],
)
def test_a_notebook_runs(language: str, page: str, tmp_path: object) -> None:
    text = take.files(language)[f"code/{page}.ipynb"].decode()
    book = nbformat.reads(text, 4)
    want = [
        "".join(x.text for x in cell.outputs)
        for cell in book.cells
        if cell.cell_type == "code"
    ]
    client = NotebookClient(
        book,
        config=Config(
            KernelManager={"transport": "ipc", "ip": f"{tmp_path}/kernel"}
        ),
        coalesce_streams=True,
        kernel_name="python3",
        resources={"metadata": {"path": str(tmp_path)}},
    )
    client.execute()
    got = [
        "".join(x.text for x in cell.outputs)
        for cell in book.cells
        if cell.cell_type == "code"
    ]
    assert got[1:] == want[1:]  # the first says that it wrote the file


def test_snippets_are_the_blocks_to_copy() -> None:
    found = json.loads(take.files("en")[take.SNIPPETS])
    code = {
        block.name: block.text
        for block, _ in blocks()
        if "/examples/" in block.name
    }
    assert len(found) > len(PAGES)
    for name, snippet in found.items():
        stem, section = name.split(": ")
        lines = (re.sub(r"\\([\\$])", r"\1", x) for x in snippet["body"])
        body = "\n".join(lines)
        assert f"{body}\n" == code[f"snippets/examples/{stem}.md:{section}"]
        assert not re.search(r"(?<!\\)\$", "\n".join(snippet["body"])), name
        assert snippet["prefix"], name
