"""The head of a loss page: what is pasted runs, and no fact is said twice."""

import re
from pathlib import Path
from textwrap import dedent

import pytest
from lxml import html

from docs.generate import heads
from docs.generate.files import MendError, words
from docs.generate.pages import page as staged
from docs.grammar import LANGUAGES, ROOT, front_matter
from docs.pdf.chapters import filed
from tests.runner import run

ALL = sorted(path.stem for path in (ROOT / "snippets").glob("*.py"))
BEYOND = [name for name in ALL if heads.fits(name)]
TABS = re.compile(r'=== "(?P<tab>.+)"\n\n(?P<body>(?: {4}.*\n|\n)+)')
CODE = re.compile(r"```(\w+)\n(.*?)```\n", re.DOTALL)
META = {
    "symbol": "torch.nn.X",
    "since": "9.9",
    "tags": ["one", "two"],
    "facts": {
        "X": {"input": "any", "range": "—", "since": "9.9", "task": "binary"}
    },
}


def copied(name: str, language: str) -> tuple[dict[str, str], str]:
    """Read the tabs at the head of a page, and the output below them."""
    where = f"docs/{language}/losses/{name}.md"
    text = staged(where, (ROOT / where).read_text("utf-8"), language)
    found = list(TABS.finditer(text))
    tabs = {x["tab"]: dedent(x["body"]) for x in found}
    output = CODE.match(text, found[-1].end())
    assert output, f"{where}: no output below the tabs"
    assert output[1] == "text"
    return tabs, output[2]


@pytest.mark.parametrize("name", BEYOND)
def test_what_is_pasted_runs_alone_and_prints_what_is_shown(name: str) -> None:
    tabs, output = copied(name, "en")
    ((_, block),) = CODE.findall(tabs["paste all"])
    assert not re.search(rf"^(?:from|import) {name}\b", block, re.MULTILINE)
    got = run(block)
    assert not got.fault, got.fault
    assert got.printed == output


@pytest.mark.parametrize("name", BEYOND)
def test_both_languages_paste_the_same(name: str) -> None:
    (english, out), (chinese, other) = (
        copied(name, language) for language in LANGUAGES
    )
    assert out == other
    for en, zh in zip(english.values(), chinese.values(), strict=True):
        assert CODE.findall(en) == CODE.findall(zh)
        link = f"(../code/{name}.py)"
        assert (link in en) == (link in zh) == ("Save" in en)


def test_a_block_is_pasted_without_what_is_there() -> None:
    code = "import torch\nfrom torch import Tensor\n\n\ndef f(): ...\n"
    block = (
        "import math\n\nimport torch\nfrom a import (\n    f,\n)\n"
        "from torch import nn\n\nprint(f())\n"
    )
    pasted = heads.alone(block, code, "a")
    assert pasted == "import math\n\nfrom torch import nn\n\nprint(f())\n"
    with pytest.raises(MendError, match=r"a\.md: begin the first"):
        heads.tabs("words\n", "a", "en")


def test_facts_and_links_are_those_of_the_front_matter() -> None:
    said = words("heads", "en")
    assert heads.known(META, said)[1] == (
        "- **Input** any\n- **Since** torch 9.9"
    )
    two = META | {"module": "x", "facts": META["facts"] | {"Y": {}}}
    assert heads.known(two, said)[1:4] == [
        "`X`",
        "- **Input** any\n- **Paper** 9.9",
        "`Y`",
    ]
    assert "needs torch ≥ 9.9" in heads.links(META, said, "x")
    assert "/pdf/losses/x-en.pdf" in heads.links(META, said, "x")
    assert heads.also(META, said).startswith("Also known as: one, two\n")
    assert not heads.also({}, said)
    assert not heads.known({}, said)


def test_a_signature_is_torch_s_and_strikes_out_what_is_deprecated() -> None:
    (later,) = heads.signatures(META)
    assert later.startswith(f"[`nn.X`]({heads.REFERENCE}/torch.nn.X.html)\n")
    meta = META | {"symbol": "torch.nn.GaussianNLLLoss"}
    (named,) = heads.signatures(meta)
    assert '`(*, full=False, eps=1e-06, reduction="mean")`\n' in named
    meta |= {"functional": "torch.nn.functional.poisson_nll_loss"}
    assert (
        "`(input, target, log_input=True, full=False,` "
        "<s>`size_average=None,`</s> `eps=1e-08,` <s>`reduce=None,`</s> "
        '`reduction="mean")`\n'
    ) in heads.signatures(meta)[1]
    said = words("heads", "en")
    assert said["deprecated"] in heads.links(meta, said, "x")
    assert said["deprecated"] not in heads.links(META, said, "x")
    for language in LANGUAGES:
        glossary = ROOT / "docs" / language / "glossary.md"
        for name in heads.DEPRECATED:
            assert f"`{name}`" in glossary.read_text(encoding="utf-8")


def test_every_loss_page_shows_its_facts_in_its_language() -> None:
    for language in LANGUAGES:
        said = words("heads", language)
        for path in (ROOT / "docs" / language / "losses").glob("*.md"):
            meta, _ = front_matter(path.read_text(encoding="utf-8"))
            shown = "\n".join(heads.known(meta, said))
            for name, facts in meta.get("facts", {}).items():
                for key in set(said["facts"]) - {"since"}:
                    fact = str(facts[key])
                    assert fact in shown or fact == heads.NOTHING, name


@pytest.mark.parametrize("tabs", [True, False])
def test_the_book_has_the_call_once_and_the_file_after_its_output(
    tabs: bool, tmp_path: Path
) -> None:
    (tmp_path / "a.py").write_text("f = 1\n", encoding="utf-8")
    code = '<div class="language-python"><pre><code>{}</code></pre></div>'
    call = '<p><a download href="a.py">a.py</a></p>' + code.format("import a")
    if tabs:
        pasted = code.format("f = 1\n\ng")
        both = "".join(
            f'<div class="tabbed-block">{x}</div>' for x in (call, pasted)
        )
        call = f'<div class="tabbed-set">{both}</div>'
    article = html.fragment_fromstring(
        f'<article>{call}<!-- --><div class="language-text">1</div>'
        "<p>end</p></article>"
    )
    filed(article, tmp_path)
    said = [x.text_content().strip() for x in article if isinstance(x.tag, str)]
    assert said == ["a.py", "import a", "1", "a.py", "f = 1", "end"]


def test_a_long_file_is_downloaded_not_pasted() -> None:
    for name in {*ALL} - {*BEYOND}:
        where = f"docs/en/losses/{name}.md"
        text = staged(where, (ROOT / where).read_text("utf-8"), "en")
        assert f"(../code/{name}.py)" in text
        assert '=== "' not in text
    assert len(BEYOND) > len(ALL) - 3
