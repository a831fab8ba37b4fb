"""Draw the figures that are out of date: build/figures/.

`python docs/figures` looks at all of them, `python docs/figures NAME ...` at
those named; `--all` draws them in any case.
"""

import sys
from importlib import import_module
from pathlib import Path

ROOT = Path(__file__).parents[2]

if __name__ == "__main__":
    # Not this folder: a figure is named as the file that it draws, and
    # imports that.
    sys.path[:1] = [str(ROOT), str(ROOT / "snippets")]
    sys.exit(import_module("docs.figures._update").main(sys.argv[1:]))
