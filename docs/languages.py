"""The languages of the site: what configures each, where it is built."""

from pathlib import Path

ROOT = Path(__file__).parents[1]
CONFIGS = {"en": "mkdocs.yml", "zh": "mkdocs.zh.yml"}


def built(language: str) -> Path:
    """Tell the folder of a language's built site."""
    return ROOT / "site" / ("" if language == "en" else language)
