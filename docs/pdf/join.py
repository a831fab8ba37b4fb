"""Join printed chapters to a book; give pages their numbers."""

import os
import time
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from pikepdf import (
    Array,
    Dictionary,
    Name,
    NumberTree,
    ObjectStreamMode,
    OutlineItem,
    Page,
    Pdf,
)

from docs.pdf.chapters import anchor


class Print(NamedTuple):
    """What Chromium made of a document, and where it stands in the book."""

    draft: Path
    part: str
    headings: Sequence[str]


def count(path: Path) -> int:
    """Count the pages of a PDF."""
    with Pdf.open(path) as pdf:
        return len(pdf.pages)


def small(draft: Path, sheet: Path, target: Path, title: str) -> None:
    """Make a chapter's print a PDF of its own."""
    with Pdf.open(draft) as pdf, Pdf.open(sheet) as numbers:
        number(pdf, numbers)
        save(pdf, target, title)


def join(
    prints: Sequence[Print], sheet: Path, home: str, target: Path, title: str
) -> None:
    """Make a book of prints: pages, links, bookmarks, tags, numbers.

    Args:
        prints: In the order of the book.
        sheet: A PDF with nothing but numbers on its pages.
        home: Where links between chapters lead: to the site, till here.
        target: The book's file.
        title: The book's title.
    """
    with ExitStack() as stack:
        book = stack.enter_context(Pdf.new())
        names, tags = Dictionary(), Tags(book)
        for printed in prints:
            pdf = stack.enter_context(Pdf.open(printed.draft))
            start = len(book.pages)
            book.add_pages_from(pdf)
            pages = {p.obj.objgen: n for n, p in enumerate(pdf.pages, start)}
            for name, (page, *place) in pdf.Root.get("/Dests", {}).items():
                ours = book.pages[pages[page.objgen]].obj
                names[name] = Array([ours, *place])
            tags.add(pdf, book.pages[start:])
        book.Root.Dests = book.make_indirect(names)
        for page in book.pages:
            turn(page, names, home)
        with book.open_outline() as outline:
            outline.root[:] = shelved(outline.root, prints)
        number(book, stack.enter_context(Pdf.open(sheet)))
        book.Root.Lang = pdf.Root.Lang
        book.Root.MarkInfo = Dictionary(Marked=True)
        book.Root.ViewerPreferences = Dictionary(DisplayDocTitle=True)
        tags.write()
        save(book, target, title)


def shelved(
    items: Iterable[OutlineItem], prints: Iterable[Print]
) -> list[OutlineItem]:
    """Put the bookmarks of chapters below those of parts, titles whole."""
    shelf: list[OutlineItem] = []
    chapters = (printed for printed in prints if printed.headings)
    for item, printed in zip(items, chapters, strict=True):
        # Where a heading breaks, Chromium loses the space.
        whole = {letters(x): " ".join(x.split()) for x in printed.headings}
        todo = [item]
        while todo:
            mark = todo.pop()
            mark.title = whole.get(letters(mark.title), mark.title)
            mark.is_closed = True
            todo += mark.children
        if not printed.part:
            shelf.append(item)
            continue
        if not shelf or shelf[-1].title != printed.part:
            shelf.append(OutlineItem(printed.part, item.destination))
            shelf[-1].is_closed = True
        shelf[-1].children.append(item)
    return shelf


def letters(text: str) -> str:
    """Take the white space out of a text."""
    return "".join(text.split())


def turn(page: Page, names: Dictionary, home: str) -> None:
    """Make links to the site's pages that are in the book links into it."""
    for link in page.get("/Annots", []):
        uri = str(link.get("/A", {}).get("/URI", ""))
        if not uri.startswith(home):
            continue
        target = urlsplit(uri.removeprefix(home))
        name = Name("/" + anchor(target.path, unquote(target.fragment)))
        if name in names:
            del link["/A"]
            link.Dest = name


class Tags:
    """The structure that reads a book aloud, put together from its prints'."""

    def __init__(self, book: Pdf) -> None:
        """Begin with none."""
        self.book = book
        self.root = book.make_indirect(Dictionary(Type=Name.StructTreeRoot))
        self.kids, self.nums, self.next = [], [], 0

    def add(self, pdf: Pdf, pages: Sequence[Page]) -> None:
        """Add a print's structure, once its pages are in the book."""
        tree = pdf.Root.StructTreeRoot
        if "/IDTree" in tree:  # its names are those of each print's
            del tree["/IDTree"]
        tree = self.book.copy_foreign(tree)
        for key, value in NumberTree(tree.ParentTree).items():
            self.nums += [self.next + key, value]
        tree.K.P = self.root
        self.kids.append(tree.K)
        for page in pages:
            page.obj.StructParents += self.next
            for link in page.get("/Annots", []):
                if "/StructParent" in link:
                    link.StructParent += self.next
        self.next += int(tree.ParentTreeNextKey)

    def write(self) -> None:
        """Put the structure into the book."""
        self.root.K = Array(self.kids)
        self.root.ParentTree = self.book.make_indirect(
            Dictionary(Nums=Array(self.nums))
        )
        self.root.ParentTreeNextKey = self.next
        self.book.Root.StructTreeRoot = self.root


def number(pdf: Pdf, sheet: Pdf) -> None:
    """Set below each page its number, of a sheet that has all."""
    before, after = pdf.make_stream(b"q\n"), b"\nQ\n/Artifact BMC q %s Q EMC"
    for page, digits in zip(pdf.pages, sheet.pages, strict=False):
        form = pdf.copy_foreign(digits.as_form_xobject())
        name = page.add_resource(form, Name.XObject, Name.Number)
        aside = (float(page.mediabox[2]) - float(digits.mediabox[2])) / 2
        draw = b"1 0 0 1 %.2f 0 cm %s Do" % (aside, str(name).encode())
        page.contents_add(before, prepend=True)
        page.contents_add(after % draw)


def save(pdf: Pdf, target: Path, title: str) -> None:
    """Write a PDF, small, and the same each time."""
    said = os.environ.get("SOURCE_DATE_EPOCH") or time.time()
    now = time.strftime("D:%Y%m%d%H%M%S+00'00'", time.gmtime(int(said)))
    pdf.docinfo.update(
        {
            "/Title": title,
            "/Author": "PyTorch Losses contributors",
            "/CreationDate": now,
            "/ModDate": now,
        }
    )
    target.parent.mkdir(parents=True, exist_ok=True)
    pdf.save(
        target,
        object_stream_mode=ObjectStreamMode.generate,
        deterministic_id=True,
    )
