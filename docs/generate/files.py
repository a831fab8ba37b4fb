"""Write a folder of files: what is the same keeps its time, the rest goes."""

import os
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from docs.grammar import ROOT

HERE = Path(__file__).parent


class MendError(Exception):
    """What a person must mend: lines, each with a file and how."""


@cache
def words(module: str, language: str) -> dict:
    """Read what a module of this folder says, in the YAML file beside it."""
    import yaml  # not where only blocks run: it may be missing there

    text = (HERE / f"{module}.yml").read_text(encoding="utf-8")
    return yaml.safe_load(text)[language]


def write(path: Path, data: bytes) -> None:
    """Write a file whole or not at all, and only if it changes.

    What keeps its time is not built again by a preview.
    """
    if path.is_file() and path.read_bytes() == data:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{os.getpid()}")
    part.write_bytes(data)
    part.replace(path)


def fill(folder: Path, files: dict[str, bytes]) -> None:
    """Let a folder hold these files, and no others."""
    for name, data in files.items():
        write(folder / name, data)
    wanted = {folder / name for name in files}
    for path in sorted(folder.rglob("*"), reverse=True):
        if path.is_dir():
            if not any(path.iterdir()):
                path.rmdir()
        elif path not in wanted:
            path.unlink()


def beside(folder: str, pattern: str) -> Iterator[tuple[str, bytes]]:
    """Read files of a folder of the repository: their names below it."""
    for path in sorted((ROOT / folder).glob(pattern)):
        if path.is_file():
            name = path.relative_to(ROOT / folder).as_posix()
            yield name, path.read_bytes()
