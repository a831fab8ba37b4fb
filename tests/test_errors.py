"""Every error and warning that torch's losses raise is on the errors page.

Those that torch writes in Python are read from its sources, as far as losses
run them; those of the C++ files of losses from its library. What other C++ says
that a loss runs can't be listed; the page has what we found by trying.
"""

import re
from functools import cache
from itertools import cycle
from pathlib import Path

import pytest
import torch
import yaml
from packaging.version import Version
from playwright.sync_api import expect
from torch import nn

from docs.grammar import LANGUAGES, headings, includes
from tests.blocks import ROOT, blocks
from tests.browser import SHIFTS, Open
from tests.marks import roots
from tests.said_also import CALLS, raised
from tests.torch_messages import Message, kernels, messages

SECTIONS = ROOT / "snippets/examples/errors.md"
KNOWN = yaml.safe_load(SECTIONS.with_suffix(".yml").read_text("utf-8"))
TODAY = Version("2.13")  # whose other words for a message are known
GENERAL = "modules/module.py"  # what any module checks of its own names
UNREACHED = {  # by who calls what torch documents, and why
    "F.triplet_margin_with_distance_loss does not support JIT": "torch.jit "
    "refuses to compile it before",
    "Creating a Parameter from an instance": "a loss makes it of a tensor",
    "Fan in and fan out": "a loss's layers have two dimensions",
    "Mode": "a loss's layers choose it",
    "Unsupported nonlinearity": "a loss's layers choose it",
    "negative_slope": "a loss's layers choose it",
    "linear_cross_entropy chunked op:": "autograd is off where it is checked",
    "linear_cross_entropy does not support": "no such call is chunked",
    "linear_cross_entropy: expected linear_bias": "it is checked before",
    "linear_cross_entropy: probability target": "no such call is chunked",
    "linear_cross_entropy: target dtype": "no such call is chunked",
    "unhandled chunking_method": "options are checked when they are made",
    "unresolved acc_policy": "it is resolved before",
}
UNREACHED_KERNELS = {  # the same of C++
    "Expected a single element grad_output": "autograd passes it",
    "expected total_weight to be a": "autograd passes it",
    "grad_output must have same dimension": "autograd passes it",
    "size mismatch (got grad_output": "autograd passes it",
    "input tensor should be 1D or 2D": "more dimensions go another way",
    "only batches of spatial inputs": "other dimensions go another way",
    "Invalid reduction type": "Python has named it",
    "is_target must be contiguous": "torch made it",
}


def test_the_sources_of_losses_are_read() -> None:
    read = messages()
    assert {message.path.name for message in read} >= {
        *("functional.py", "_reduction.py"),
        *("loss.py", "adaptive.py", "init.py"),
    }
    words = " ".join(word for message in read for word in message.words)
    assert "please use reduction='" in words  # kept in a variable
    if hasattr(nn, "LinearCrossEntropyLoss"):  # behind an operator, in options
        assert "chunked backward called twice" in words
        assert "invalid chunking_method" in words


@cache
def provoked() -> list[str]:
    """List what the blocks of the page print."""
    outputs = [output for _, output in blocks([SECTIONS]) if output]
    return [output.text.replace("\n", " ") for output in outputs]


@cache
def heard() -> list[str]:
    """List what the calls of tests/said_also.py raise."""
    return [raised(call) for call in CALLS]


@pytest.mark.parametrize("message", messages(), ids=lambda x: x.name)
def test_every_message_of_a_loss_is_on_the_page(message: Message) -> None:
    said = " … ".join(message.words)
    if message.name.startswith(GENERAL) or said.startswith(tuple(UNREACHED)):
        return
    read = [x for facts in KNOWN.values() for x in facts.get("elsewhere", [])]
    assert any(
        all(word in text for word in message.words) for text in provoked()
    ) or said.startswith(tuple(x["says"] for x in read)), (
        f"{message.where}: {said}: provoke this message in "
        f"{SECTIONS.relative_to(ROOT)}"
    )


def test_the_library_is_read() -> None:
    long, short = "only p == 1 and p == 2 supported", "target out of range"
    assert {long, short} <= kernels()


@pytest.mark.parametrize("words", sorted(kernels()))
def test_every_message_of_a_kernel_is_on_the_page(words: str) -> None:
    others = (
        saying["says"]
        for facts in KNOWN.values()
        for kind in ("elsewhere", "older")
        for saying in facts.get(kind, [])
    )
    texts = [*provoked(), *heard(), *others]
    assert words.startswith(tuple(UNREACHED_KERNELS)) or any(
        words in text for text in texts
    ), (
        f"Loss*.cpp says {words!r}: provoke it in "
        f"{SECTIONS.relative_to(ROOT)} or tests/said_also.py"
    )


@pytest.mark.parametrize(
    "says", [x for facts in KNOWN.values() for x in facts.get("also", [])]
)
def test_what_is_said_also_is_said_today(says: str) -> None:
    if Version(torch.__version__) < TODAY:
        pytest.skip(f"needs torch>={TODAY}")
    form = ".*".join(map(re.escape, says.split("…")))
    assert any(re.search(form, x) for x in (*provoked(), *heard())), (
        "no block of the page and no call in tests/said_also.py raises it"
    )


# What is known of each message, and the field that finds it.

PASTES = Path(__file__).with_name("pastes.yml")
MOST = 4  # messages that one paste may lead to
SAMPLES = ["[2, 3]", "(torch.Size([4]))", "7"]  # for what varies
TRACEBACK = """Traceback (most recent call last):
  File "train.py", line 12, in <module>
    loss = criterion(model(x), y)
  File "/venv/torch/nn/modules/loss.py", line 1385, in forward
    return F.cross_entropy(
RuntimeError: {}
"""
PASTE = """(texts) => texts.map((text) => {
    const field = document.querySelector("form.filter textarea");
    field.value = text;
    field.dispatchEvent(new Event("input", { bubbles: true }));
    return [...document.querySelectorAll("article h3:not([hidden])")]
        .map((x) => x.id);
})"""


@cache
def entries(language: str) -> dict[str, str]:
    """Map each section of the page's blocks to the id of its message."""
    path = ROOT / "docs" / language / "errors.md"
    text = path.read_text(encoding="utf-8")
    heads = [(line, name) for line, _, _, name in headings(text)]
    return {
        part.section: [name for line, name in heads if line < part.line][-1]
        for part in includes(text)
    }


def test_what_is_known_is_of_the_messages_of_the_page() -> None:
    firsts = {}
    for section, anchor in entries("en").items():
        firsts.setdefault(anchor, section)
    assert set(KNOWN) == set(firsts.values()), (
        "mend snippets/examples/errors.yml"
    )


def test_the_page_says_which_torch_was_run() -> None:
    matrix = (ROOT / "tests/matrix.sh").read_text(encoding="utf-8")
    first, *_, last = re.search(r"versions=\((\d.*)\)", matrix)[1].split()
    for language in LANGUAGES:
        text = (ROOT / "docs" / language / "errors.md").read_text("utf-8")
        told = re.findall(r"torch\s(\d\.\d+)", text.partition("<form")[0])
        assert told == [x.rpartition(".")[0] for x in (first, last)]


@roots
def test_a_pasted_message_leads_to_its_entry(root: str, visit: Open) -> None:
    anchors = entries("zh" if root else "en")
    pastes = [
        (output.text.splitlines()[0], anchors[block.name.partition(":")[2]])
        for block, output in blocks()
        if block.path == SECTIONS
    ]
    for section, facts in KNOWN.items():
        others = facts.get("elsewhere", []) + facts.get("older", [])
        for says in [*facts.get("also", []), *(x["says"] for x in others)]:
            samples = cycle(SAMPLES)
            said = re.sub("…", lambda _: next(samples), says)  # noqa: B023
            pastes.append((said, anchors[section]))
    opened = visit(f"{root}errors/")
    texts = [TRACEBACK.format(text) for text, _ in pastes]
    found = opened.evaluate(PASTE, texts)
    lost = [
        f"{text}: {shown}"
        for (text, anchor), shown in zip(pastes, found, strict=True)
        if anchor not in shown or len(shown) > MOST
    ]
    assert not lost, "\n".join(lost)


@roots
def test_a_paste_leads_to_its_entry_first(root: str, visit: Open) -> None:
    """Terminals, notebooks and logs: written before the field was tried."""
    pastes = yaml.safe_load(PASTES.read_text(encoding="utf-8"))
    anchors = entries("zh" if root else "en")
    opened = visit(f"{root}errors/")
    found = opened.evaluate(PASTE, [x["paste"] for x in pastes])
    lost = [
        f"{paste['leads_to']}: {shown}"
        for paste, shown in zip(pastes, found, strict=True)
        if shown[:1] != [anchors[paste["leads_to"]]] or len(shown) > MOST
    ]
    assert not lost, "\n".join(lost)


@roots
def test_an_old_spelling_leads_to_every_loss(root: str, visit: Open) -> None:
    opened = visit(f"{root}errors/")
    opened.locator("form.filter textarea").fill(
        TRACEBACK.format("expected scalar type Long but found Float")
    )
    names = opened.locator("article .concerned:visible a").all_inner_texts()
    assert set(names) >= {
        *("CrossEntropyLoss", "NLLLoss"),
        *("MultiMarginLoss", "MultiLabelMarginLoss"),
    }


@roots
def test_the_field_by_keyboard_and_address(root: str, visit: Open) -> None:
    opened = visit(f"{root}errors/")
    label = re.search(
        r"<label.*?>(.*)<",
        (ROOT / "docs" / (root or "en") / "errors.md").read_text("utf-8"),
    )[1]
    field, status = opened.get_by_label(label), opened.get_by_role("status")
    heads = opened.locator("article h3:visible")
    count = heads.count()
    expect(status).to_contain_text(str(count))
    field.focus()
    opened.keyboard.insert_text("size mismatch (got input: [9], target: [8]")
    expect(heads).to_have_count(1)
    expect(status).to_contain_text("1")
    assert opened.locator("article h2:visible").count() == 1
    with opened.context.new_page() as shared:
        shared.goto(opened.url)
        assert shared.locator("article h3:visible").count() == 1
        assert shared.evaluate(SHIFTS) < 0.02
    opened.keyboard.press("Tab")
    opened.keyboard.press("Enter")  # reset
    expect(heads).to_have_count(count)
    assert "?" not in opened.url
    field.fill("quite another thing")
    expect(heads).to_have_count(0)
    opened.evaluate("location.hash = 'var-is-of-incorrect-size'")
    expect(heads).to_have_count(count)


@roots
def test_a_block_is_folded_but_for_a_link_print_and_no_script(
    root: str, visit: Open
) -> None:
    opened = visit(f"{root}errors/")
    code = opened.locator("article pre:visible")
    expect(code).to_have_count(0)
    opened.evaluate("location.hash = 'var-is-of-incorrect-size'")
    expect(code).to_have_count(2)
    opened.emulate_media(media="print")
    count = opened.locator("article pre").count()
    expect(code).to_have_count(count)
    bare = visit(f"{root}errors/", java_script_enabled=False)
    shown = bare.locator("article pre")
    assert shown.first.bounding_box()["height"] > 0
    assert bare.locator("article h3:visible").count() > MOST
    assert not bare.locator("form.filter:visible").count()
