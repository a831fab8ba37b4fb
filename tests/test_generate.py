"""What a renderer is given is whole, and only what an edit changes is new."""

import os
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from docs.generate import __main__ as main
from docs.generate import files, notebooks, pages, rows
from docs.generate.files import MendError, fill
from docs.grammar import sections

SECTION = (
    "<!-- --8<-- [start:{0}] copy -->\n{0} here\n<!-- --8<-- [end:{0}] -->\n"
)
TREE = {
    "docs/en/index.md": '# Home\n\n--8<-- "examples/a.md:one"\n',
    "docs/en/losses/a.md": '# A\n\n--8<-- "examples/a.md:two"\n\nEnd\n',
    "docs/en/losses/b.md": "# B\n",
    "snippets/examples/a.md": SECTION.format("one") + SECTION.format("two"),
    "snippets/a.py": "def loss():\n    pass\n",
}
Stage = Callable[[], dict[str, str]]


@pytest.fixture
def stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Stage:
    """Write a small book: stage it, say what each staged file holds."""
    for module in (files, pages, notebooks, main):
        monkeypatch.setattr(module, "ROOT", tmp_path)
    monkeypatch.setattr(pages, "ASSETS", [("snippets", "*.py", "code")])
    monkeypatch.chdir(tmp_path)
    for name, text in TREE.items():
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_text(text, encoding="utf-8")

    def stage() -> dict[str, str]:
        fill(tmp_path / "out", pages.staged("en"))
        return {
            path.relative_to("out").as_posix(): path.read_text("utf-8")
            for path in Path("out").rglob("*")
            if path.is_file()
        }

    return stage


def edit(name: str, old: str, new: str) -> None:
    """Change a file, some time later."""
    text = Path(name).read_text(encoding="utf-8")
    assert old in text
    Path(name).write_text(text.replace(old, new), encoding="utf-8")
    os.utime(name, (9, 9))


def test_a_page_has_all_that_it_includes(stage: Stage) -> None:
    found = stage()
    assert found["index.md"] == "# Home\n\none here\n"
    assert found["losses/a.md"] == "# A\n\ntwo here\n\nEnd\n"
    assert found["code/a.py"] == TREE["snippets/a.py"]
    assert "loss" in found["api/a.md"]


@pytest.mark.parametrize(
    ("name", "old", "new", "changed"),
    [
        ("snippets/examples/a.md", "two here", "2 here", {"losses/a.md"}),
        ("docs/en/losses/b.md", "# B", "# C", {"losses/b.md"}),
        ("snippets/a.py", "pass", "return", {"api/a.md", "code/a.py"}),
    ],
)
def test_an_edit_writes_what_it_changes(
    stage: Stage, name: str, old: str, new: str, changed: set[str]
) -> None:
    for path in stage():
        os.utime(Path("out", path), (1, 1))
    edit(name, old, new)
    written = {
        path for path in stage() if Path("out", path).stat().st_mtime > 1
    }
    assert written == changed


def test_what_is_gone_is_not_left(stage: Stage) -> None:
    before = set(stage())
    Path("docs/en/losses/b.md").unlink()
    assert before - set(stage()) == {"losses/b.md"}
    Path("docs/en/losses/a.md").unlink()
    stage()
    assert not Path("out/losses").exists()


def test_a_block_says_its_kind_and_what_differs(stage: Stage) -> None:
    block = "```python\nimport a\n\nx = 1\ny = {}\nprint(x, y)\n```\n"
    for name, kind, last in (("one", "wrong", 2), ("two", "right", 3)):
        old = SECTION.format(name)
        new = old.replace("copy", kind).replace(f"{name} here\n", block)
        edit("snippets/examples/a.md", old, new.format(last))
    include = '--8<-- "examples/a.md:{}"\n'
    both = f"{include.format('one')}\nCure:\n\n{include.format('two')}"
    edit("docs/en/index.md", include.format("one"), both)
    found = stage()["index.md"]
    assert found.startswith(
        '# Home\n\n!!! wrong no-copy "✕ wrong, silent"\n\n'
        '    ```python hl_lines="4"\n    import a\n\n'
    )
    assert '\nCure:\n\n!!! right "✓ right"\n\n    ```python hl_' in found
    edit("docs/en/index.md", "Cure:", "## Another")
    assert "hl_lines" not in stage()["index.md"]


def test_what_proves_a_loss_is_folded_on_its_page(stage: Stage) -> None:
    old = SECTION.format("two")
    edit("snippets/examples/a.md", old, old.replace("copy", "proof"))
    assert (
        '\n??? proof "Code and output"\n\n    two h' in stage()["losses/a.md"]
    )
    edit("docs/en/index.md", ":one", ":two")
    assert stage()["index.md"] == "# Home\n\ntwo here\n"


def test_each_formula_has_its_row() -> None:
    one = "a = b,\n\\qquad c = d, \\qquad k > 0"
    assert rows.parted(f"$$\n{one}\n$$\n") == (
        "$$\na = b\n$$\n\n$$\nc = d, \\quad k > 0\n$$\n"
    )
    more = "a_{i=1} &= b, \\qquad c_{j=1} = d \\\\\ne &= f"
    assert rows.part(f"\\begin{{aligned}}\n{more}\n\\end{{aligned}}") == (
        "\\begin{aligned}\na_{i=1} &= b \\\\[4pt]\nc_{j=1} &= d \\\\\ne &= f\n"
        "\\end{aligned}"
    )


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("a.md:two", "b.md:two", "snippets/examples/b.md is missing"),
        ("a.md:two", "a.md:tow", "no section 'tow' in snippets/examples/a.md"),
        ('--8<-- "ex', "--8<-- ex", 'write --8<-- "file:section", alone'),
        ("examples/a.md", "notebooks/a.py", "notebooks/a.py is missing"),
        ("# A", "---\na: b\n- c\n---\n# A", "expected"),
    ],
)
def test_what_is_wrong_is_told_and_nothing_is_written(
    stage: Stage, old: str, new: str, message: str
) -> None:
    before = stage()
    edit("docs/en/losses/a.md", old, new)
    edit("docs/en/index.md", "Home", "House")
    with pytest.raises(MendError) as error:
        stage()
    assert f"{error.value}".startswith("docs/en/losses/a.md:3: ")
    assert message in f"{error.value}"
    assert Path("out/index.md").read_text("utf-8") == before["index.md"]


def test_a_cell_that_raises_is_told_by_its_line(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        notebooks, "SOURCES", Path("snippets/notebooks").absolute()
    )
    monkeypatch.setattr(notebooks, "BUILD", Path("build/notebooks").absolute())
    notebooks.SOURCES.mkdir()
    source = notebooks.SOURCES / "a.py"
    source.write_text("# %% one\nx = 1\n\n# %% two\nx / 0\n", encoding="utf-8")
    with pytest.raises(MendError) as error:
        notebooks.execute()
    assert f"{error.value}" == (
        "snippets/notebooks/a.py:4: ZeroDivisionError: division by zero"
    )
    assert not list(notebooks.BUILD.glob("*.ipynb"))


@pytest.mark.parametrize(
    ("changed", "steps"),
    [
        (None, ["draw", "execute"]),
        ({"docs/figures/focal_loss.py"}, ["draw"]),
        ({"snippets/focal_loss.py"}, ["draw", "execute"]),
        ({"snippets/notebooks/outliers.py"}, ["execute"]),
        ({"docs/en/index.md", "snippets/examples/focal_loss.md"}, []),
    ],
)
def test_a_preview_draws_and_executes_what_changed(
    monkeypatch: pytest.MonkeyPatch, changed: set[str] | None, steps: list[str]
) -> None:
    done = []
    for module, name in ((main, "draw"), (notebooks, "execute")):
        monkeypatch.setattr(module, name, partial(done.append, name))
    for module in (main.printed, main.facts):
        monkeypatch.setattr(module, "main", lambda: None)
    monkeypatch.setattr(main, "LANGUAGES", ())
    main.generate(changed)
    assert done == steps


def test_a_preview_says_what_is_wrong_and_goes_on(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    looks = iter([{}, {"a": 1}, {"a": 2}, {"a": 2}, {"a": 3}])
    wrong = iter([MendError("docs/en/a.md:3: mend it"), KeyError("b"), None])
    asked = []

    def generate(changed: set[str]) -> None:
        asked.append(changed)
        if error := next(wrong):
            raise error

    monkeypatch.setattr(main, "PAUSE", 0)
    monkeypatch.setattr(main, "stamps", lambda: next(looks))
    monkeypatch.setattr(main, "generate", generate)
    with pytest.raises(StopIteration):
        main.watch()
    assert asked == [{"a"}] * 3
    assert capsys.readouterr().err == "docs/en/a.md:3: mend it\nKeyError: 'b'\n"


def test_sections_are_read_as_written() -> None:
    text = TREE["snippets/examples/a.md"]
    assert sections(text) == {"one": "one here\n", "two": "two here\n"}


def test_a_place_in_the_repository_is_linked_where_it_is_known(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    edit(
        "docs/en/index.md", "# Home", "[Open an\nissue](repository:issues/new)"
    )
    monkeypatch.delenv("REPO_URL", raising=False)
    assert stage()["index.md"] == "Open an\nissue\n\none here\n"
    monkeypatch.setenv("REPO_URL", "https://example.org/x/")
    link = "[Open an\nissue](https://example.org/x/issues/new)"
    assert stage()["index.md"] == f"{link}\n\none here\n"
