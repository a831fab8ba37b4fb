"""Marks that many tests share."""

import pytest

from docs.grammar import LANGUAGES

languages = pytest.mark.parametrize("language", LANGUAGES)
roots = pytest.mark.parametrize("root", ["", "zh/"])  # below the site's
