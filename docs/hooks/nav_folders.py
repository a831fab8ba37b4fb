"""List the pages of a folder where the navigation names it: `API: api/`."""

from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Put pages in the place of folders."""
    config.nav = listed(config.nav, Path(config.docs_dir))
    return config


def listed(nav: object, docs: Path) -> object:
    """List the pages of each folder in a part of the navigation."""
    if isinstance(nav, list):
        return [listed(part, docs) for part in nav]
    if isinstance(nav, dict):
        return {title: listed(part, docs) for title, part in nav.items()}
    if not nav.endswith("/"):
        return nav
    pages = sorted((docs / nav).glob("*.md"))
    return [{path.stem: f"{nav}{path.name}"} for path in pages]
