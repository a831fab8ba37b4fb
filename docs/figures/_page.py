"""What pages include of a figure: panels and explorers, tables, scripts."""

from docs.grammar import LANGUAGES

from ._draw import draw
from ._explorer import curves, fragment, script
from ._figure import Figure, said


def render(name: str, figure: Figure) -> dict[str, str]:
    """Draw a figure: the text of each file, by its path."""
    found = {key: curves(key, x) for key, x in figure.explorers.items()}
    texts = {f"explorer/{key}.js": script(key, found[key]) for key in found}
    kind = "panels one" if len(figure.panels) == 1 else "panels"
    for language in LANGUAGES:
        panels = "".join(
            draw(panel, language, f"{name}{i}")
            for i, panel in enumerate(figure.panels)
        )
        explorers = "".join(
            fragment(
                key,
                explorer,
                explorer.x_label or figure.panels[0].x_label,
                found[key],
                language,
            )
            for key, explorer in figure.explorers.items()
        )
        texts[f"{language}/{name}.html"] = (
            f'<figure class="{kind}" role="img" data-search-exclude '
            f'aria-label="{said(figure.alt, language)}">'
            f"{panels}</figure>\n{explorers}"
        )
        for key, table in figure.tables.items():
            texts[f"{language}/{name}_{key}.md"] = table(language)
    return texts
