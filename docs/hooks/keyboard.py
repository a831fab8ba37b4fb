"""Let the keyboard scroll wide tables; call no search bar a dialog."""

ACCESSIBLE = {
    "<table>": '<div class="wide" tabindex="0"><table>',
    "</table>": "</table></div>",
    'data-md-component="search" role="dialog"': 'data-md-component="search"',
}


def on_post_page(output: str, **_: object) -> str:
    """Do it in a page."""
    for old, new in ACCESSIBLE.items():
        output = output.replace(old, new)
    return output


def on_post_template(output_content: str, **_: object) -> str:
    """Do it in the error page."""
    return on_post_page(output_content)
