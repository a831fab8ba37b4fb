"""What another renderer's site lacks is named: each kind, and no other."""

from pathlib import Path

import pytest

from tests.next_renderer import missing, parts

INDEX = "search/search_index.json"
SITE = {
    "index.html": """<html lang="en"><head>
<title>a</title>
<meta name="description" content="b">
<meta property="og:image" content="c.png">
<link hreflang="zh" href="zh/">
<link rel="stylesheet" href="assets/book.css">
<script src="assets/sort.js"></script>
</head><body>
<header><a hreflang="zh" href="zh/">d</a></header>
<nav data-md-level="0"><a href="e/">e</a></nav>
<article>
<h2 id="f">f</h2>
<p>g</p>
<a href="h/">h</a>
<pre>i</pre>
<annotation>j</annotation>
<figure aria-label="k"></figure>
<div class="doc doc-contents">l</div>
<div class="wide"><table></table></div>
<p class="symbol">m</p>
</article></body></html>""",
    "404.html": "<html></html>",
    "index.md": "n",
    "o.ipynb": "",
    "code/p.py": "",
    "sitemap.xml": "<loc>q</loc>",
    "llms.txt": "[r](http://r)",
    INDEX: '{"docs": [{"location": "s"}, {"location": "t", "tags": ["u"]}]}',
}
FOREIGN = '<script src="https://host/javascripts/x.js"></script>\n</head>'
# Kind, file, what is there, what another renderer has instead.
CASES = [
    ("pages", "404.html", "", None),
    ("pages as Markdown", "index.md", "", None),
    ("notebooks to download", "o.ipynb", "", None),
    ("files to download", "code/p.py", "", None),
    ("sitemap.xml", "sitemap.xml", "", None),
    ("llms.txt", "llms.txt", "[r]", "{% for page in nav %}"),
    ("search", INDEX, '{"location": "s"},', ""),
    ("tags", INDEX, '"tags": ["u"]', '"tags": []'),
    ("titles", "index.html", ">a<", ">A<"),
    ("descriptions", "index.html", '"b"', '""'),
    ("share images", "index.html", "og:image", "og:title"),
    ("languages for search engines", "index.html", '<link hreflang="zh"', "<a"),
    ("styles and fonts", "index.html", "book.css", "cook.css"),
    ("scripts", "index.html", "sort.js", "short.js"),
    ("pages that load from no other host", "index.html", "</head>", FOREIGN),
    ("languages to switch to", "index.html", 'zh/">d', '../zh/">d'),
    ("menu", "index.html", 'href="e/"', ""),
    ("headings", "index.html", '"f"', '"f_1"'),
    ("words", "index.html", "<p>g", "<p>G"),
    ("links", "index.html", '"h/"', '"../h/"'),
    ("blocks and outputs", "index.html", "<pre>i</pre>", "<code>i</code>"),
    ("formulas", "index.html", "<annotation>j</annotation>", r"\(j\)"),
    ("figures", "index.html", "figure", "div"),
    ("docstrings", "index.html", "doc-contents", ""),
    ("tables to scroll", "index.html", '<div class="wide">', "<div>"),
    ("lines above the text", "index.html", '<p class="symbol">m</p>', ""),
]


def write(site: Path, files: dict[str, str]) -> Path:
    """Write a site."""
    for name, text in files.items():
        (site / name).parent.mkdir(parents=True, exist_ok=True)
        (site / name).write_text(text, encoding="utf-8")
    return site


@pytest.mark.parametrize(("kind", "name", "old", "new"), CASES)
def test_what_is_missing_is_named(
    tmp_path: Path, kind: str, name: str, old: str, new: str | None
) -> None:
    changed = SITE[name].replace(old, new or "")
    assert new is None or changed != SITE[name]
    ours = write(tmp_path / "ours", SITE)
    theirs = write(tmp_path / "theirs", SITE | {name: changed})
    if new is None:
        (theirs / name).unlink()
    (line, rest) = missing(ours, theirs)
    assert line.startswith(f"{kind}: 1 of "), line
    whole = rest.removeprefix("nothing missing: ").split(", ")
    named = {part.partition(" ")[2] for part in whole}
    assert named == {other for other, *_ in CASES} - {kind}


def test_each_kind_was_missing_once(tmp_path: Path) -> None:
    ours = write(tmp_path, SITE)
    assert parts(ours).keys() == {kind for kind, *_ in CASES}
    assert all(parts(ours).values())


def test_another_index_of_the_search_is_read_too(tmp_path: Path) -> None:
    ours = write(tmp_path / "ours", SITE)
    theirs = write(tmp_path / "theirs", SITE)
    (theirs / INDEX).unlink()
    index = SITE[INDEX].replace('"docs"', '"items"')
    write(theirs, {"search.json": index})
    (line,) = missing(ours, theirs)
    assert line.startswith("nothing missing: 2 pages, ")
