"""Put each language's offline copy into one zip: site/offline/*.zip."""

import os
import subprocess
import sys
import time
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from docs.grammar import CONFIGS, ROOT

# Only a server shows these.
LEFT_OUT = {"404.html", "sitemap.xml", "sitemap.xml.gz"}
OLDEST = 315532800  # 1980, where the time of a zip begins


def when() -> time.struct_time:
    """Choose the time that all files get: two builds give the same zip."""
    commit = ["git", "log", "-1", "--format=%ct"]
    said = os.environ.get("SOURCE_DATE_EPOCH") or (
        subprocess.run(commit, cwd=ROOT, capture_output=True, text=True).stdout
    )
    return time.gmtime(max(int(said or 0), OLDEST))


def pack(folder: Path, target: Path) -> None:
    """Zip a folder's files, below a folder of the zip's own name."""
    files = {
        path.relative_to(folder).as_posix(): path
        for path in folder.rglob("*")
        if path.is_file() and path.name not in LEFT_OUT
    }
    time_of_all = when()[:6]
    with ZipFile(target, "w") as zipped:
        for name, path in sorted(files.items()):
            entry = ZipInfo(f"{target.stem}/{name}", time_of_all)
            entry.external_attr = 0o644 << 16
            zipped.writestr(entry, path.read_bytes(), ZIP_DEFLATED, 9)


def write(language: str) -> str:
    """Write a language's zip, and say where it is."""
    source = ROOT / "build" / "offline" / language
    if not (source / "index.html").exists() or not (ROOT / "site").exists():
        sys.exit(f"{source.relative_to(ROOT)} is not built: run make offline")
    name = f"pytorch-losses-{language}"
    target = ROOT / "site" / "offline" / f"{name}.zip"
    draft = source.with_name(f"{name}.zip")
    pack(source, draft)
    target.parent.mkdir(exist_ok=True)
    draft.replace(target)  # only when it is whole
    size = target.stat().st_size / 1e6
    return (
        f"{target.relative_to(ROOT)}: {size:.1f} MB. Unzip it, then open "
        f"{name}/index.html"
    )


if __name__ == "__main__":
    for language in CONFIGS:
        print(write(language))
