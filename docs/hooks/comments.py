"""Leave the comments of our styles and scripts out of what is published."""

import re

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import Files

COMMENT = re.compile(r"^ *(?:/\*.*?\*/|//.*?$)\n?", re.DOTALL | re.MULTILINE)


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Cut whole lines only: nothing else of a file changes."""
    for file in files.css_files() + files.javascript_files():
        if (file.src_dir or "") == config.theme.custom_dir:
            file.content_string = COMMENT.sub("", file.content_string)
    return files
