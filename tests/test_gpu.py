"""What `make gpu` would record is right, as far as a CPU can tell."""

import json
import os
import re
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import pytest

from tests import gpu
from tests.blocks import ROOT
from tests.gpu_probes import UNTRIED, Probe, probes

STATES_NOTHING = ("#", "- ", "--", "| You see |")
SPEAKS = re.compile(r"CUDA|GPU|autocast", re.IGNORECASE)
CARD = "print(\"tensor([1.], device='cuda:0',\\n       grad_fn=<A>)\")"
BLOCKS = [
    gpu.Block("same", "print(1)", "1\n"),
    gpu.Block("words", "print('one')\nprint(2)", "1\n2\n"),
    gpu.Block("digits", "print('[ 0.5, 2e-3]')", "[-0.5, 1e-3]\n"),
    gpu.Block("device", CARD, "tensor([1.], grad_fn=<A>)\n"),
    gpu.Block("raises", "print(1)\n1 / 0", "1\n"),
    gpu.Block("pinned", 'print("cpu")', "cpu\n"),
    gpu.Block(
        "x.md:copy",
        "import torch\n"
        "torch.manual_seed(0)\n"
        "print(torch.rand(1).device, torch.nn.Linear(1, 1).bias.device)\n"
        "torch.set_default_dtype(torch.float64)\n"
        "if torch.are_deterministic_algorithms_enabled():\n"
        "    raise RuntimeError('it is not deterministic')",
        "cpu cpu\n",
    ),
    gpu.Block("reset", "import torch\nprint(torch.ones(1).dtype)", "no\n"),
    gpu.Block("dies", "import os\nos.kill(os.getpid(), 9)", ""),
]
PROBES = [
    Probe("", "right", "print(x.device,\n  x.shape)", ("meta torch.Size",)),
    Probe("", "wrong", "raise OSError('no\\n  card')", ("no card", "a GPU")),
    Probe("", "asked", "import os\nos.write(2, b'kernel')"),
]


def parts(name: str) -> list[str]:
    """Split a page into paragraphs, one line each."""
    text = (ROOT / name).read_text(encoding="utf-8")
    return [" ".join(part.split()) for part in re.split(r"\n\s*\n", text)]


def test_what_differs_is_recorded() -> None:
    # Tensors without data stand for those of another device.
    make = partial(gpu.forking, "meta")
    work = gpu.Work("meta", make, time.monotonic() + 300)
    found = gpu.run_all(work, BLOCKS, PROBES, 1, lambda _: None)
    assert found["complete"]
    assert found["blocks"]["same up to the device"] == 1
    differ = {entry.pop("block"): entry for entry in found["differ"]}
    words = differ.pop("words")
    assert words["how"] == "-1\n+one"
    assert words["found"] == words["on this CPU"] == "other text"
    digits = differ.pop("digits")
    assert (digits["found"], digits["apart"]) == ("other digits", 2.0)
    assert differ.pop("raises")["how"] == "ZeroDivisionError: division by zero"
    assert "died" in differ.pop("dies")["how"]
    drawn = differ.pop("x.md:copy")
    assert drawn["how"] == "-cpu cpu\n+meta meta"
    assert drawn["on this CPU"] == "same"
    assert differ.pop("pinned")["how"] == "-cpu\n+meta"
    assert differ.pop("reset")["how"] == "-no\n+torch.float32"
    assert not differ
    (swept,) = found["nondeterministic"]
    assert "not deterministic" in swept["says"]
    statements_are_judged(found["tried"])


def statements_are_judged(tried: list[gpu.Entry]) -> None:
    by_name = {entry["said"]: entry for entry in tried}
    assert by_name["right"]["found"] == "as said"
    assert by_name["wrong"]["found"] == "other words"
    assert by_name["wrong"]["missing"] == ["a GPU"]
    assert by_name["wrong"]["happened"].startswith("OSError: no")
    assert by_name["asked"]["found"] == "noted"
    assert by_name["asked"]["stderr"] == "kernel"


def test_it_ends_when_its_time_is_up() -> None:
    work = gpu.Work("cpu", pytest.fail, time.monotonic())
    found = gpu.run_all(work, BLOCKS, PROBES, 2, lambda _: None)
    assert found["not run"] == sorted(block.where for block in BLOCKS)
    assert found["probes"] == {"not run": len(PROBES)}
    assert not found["complete"]


def test_no_record_is_half_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "cuda.json"
    gpu.write(path, {"differ": [{"block": "a"}, {"block": "b"}], "date": "1"})
    before = json.loads(path.read_text())
    assert before == {"differ": [{"block": "a"}, {"block": "b"}], "date": "1"}

    def killed(self: Path, target: Path) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "replace", killed)
    with pytest.raises(KeyboardInterrupt):
        gpu.write(path, {"date": "2"})
    assert json.loads(path.read_text()) == before
    assert os.listdir(tmp_path) == ["cuda.json"]


def test_no_gpu_no_record(tmp_path: Path) -> None:
    run = subprocess.run(
        [sys.executable, "-m", "tests.gpu", "--record", tmp_path / "none"],
        cwd=ROOT,
        env=os.environ | {"CUDA_VISIBLE_DEVICES": ""},
        capture_output=True,
        text=True,
    )
    assert run.returncode == 1, run.stdout + run.stderr
    assert re.fullmatch(r"No CUDA device: .+\n", run.stdout)
    assert not os.listdir(tmp_path)


def test_it_needs_no_packaging(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "packaging", None)
    monkeypatch.delitem(sys.modules, "packaging.specifiers", raising=False)
    gpu.lend_packaging()
    from packaging.specifiers import SpecifierSet

    assert "2.13.0+cu130" in SpecifierSet(">=2.13")
    assert "2.11.0+cu130" not in SpecifierSet(">=2.13")


def test_the_pages_say_what_the_probes_try() -> None:
    said = [(p.page, p.said) for p in probes() if p.page]
    for page, words in [*said, *UNTRIED]:
        assert words in " ".join(parts(page)), (
            f"{page} no longer says '{words}': mend tests/gpu_probes.py"
        )


def test_all_that_pages_say_of_a_gpu_is_tried() -> None:
    said = [(p.page, p.said) for p in probes()] + list(UNTRIED)
    for path in sorted((ROOT / "docs" / "en").rglob("*.md")):
        name = str(path.relative_to(ROOT))
        for part in parts(name):
            # Headings, sources, includes and front matter state nothing; a
            # table of what is seen repeats the sections that it leads to.
            if part.startswith(STATES_NOTHING) or not SPEAKS.search(part):
                continue
            assert any(
                page == name and words in part for page, words in said
            ), (
                f"{name}: who tried this? Add a probe to tests/gpu_probes.py:\n"
                f"{part}"
            )


def test_autocast_does_what_the_pages_say() -> None:
    wanted = [probe for probe in probes() if probe.kind == "autocast"]
    runs = gpu.forking("fake")
    work = gpu.Work("fake", pytest.fail, 0)
    items = work.ask(runs, [*map(work.code, wanted)], "fake")
    runs.process.kill()
    for probe, item in zip(wanted, items, strict=True):
        entry = gpu.tried(probe, item)
        assert entry["found"] == "as said", entry
