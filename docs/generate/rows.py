r"""Give each formula a row of its own, where \qquad puts several into one.

A phone has room for one, and a laptop shows them below each other as well. What
words they have is said in the page's language.
"""

import re

from docs.generate.files import words

SHOWN = re.compile(r"(?<=^\$\$\n)(?P<tex>.*?)(?=\n\$\$$)", re.DOTALL | re.M)
ENVIRONMENT = re.compile(
    r"(?P<begin>\\begin\{(?P<name>aligned|gathered)\})\n(?P<rows>.*)\n"
    r"(?P<end>\\end\{(?P=name)\})",
    re.DOTALL,
)
ROW = "\\\\[4pt]\n"
TEXT = re.compile(r"(?<=\\text\{)[^{}]*(?=\})")


def said(text: str, language: str) -> str:
    """Say the words in the formulas of a text in a page's language."""
    known = words("rows", language)
    return TEXT.sub(lambda word: known.get(word[0], word[0]), text)


def parted(text: str) -> str:
    """Part the displayed formulas of a text."""
    return SHOWN.sub(lambda shown: part(shown["tex"]), text)


def part(tex: str) -> str:
    """Part a displayed formula: what is no equation stays where it is."""
    if not (whole := ENVIRONMENT.fullmatch(tex)):
        return "\n$$\n\n$$\n".join(equations(tex))
    first, *more = equations(whole["rows"])
    if whole["name"] == "aligned":
        more = [x if is_aligned(x) else align(x) for x in more]
    rows = f" {ROW}".join([first, *more])
    return f"{whole['begin']}\n{rows}\n{whole['end']}"


def equations(tex: str) -> list[str]:
    r"""Cut at each \qquad that an equation comes after."""
    first, *more = re.split(r",?\s*\\qquad\s*", tex)
    found = [first]
    for one in more:
        if equals(one.partition("\\\\")[0]) < 0:
            found[-1] += f", \\quad {one}"
        else:
            found.append(one)
    return found


def is_aligned(tex: str) -> bool:
    """Tell whether the first row has its place to align at."""
    return "&" in tex.partition("\\\\")[0]


def align(tex: str) -> str:
    """Align a row at its sign of equality."""
    place = equals(tex)
    return f"{tex[:place]}&{tex[place:]}"


def equals(tex: str) -> int:
    """Find the first = that is in no brackets, or tell -1."""
    depth = 0
    for place, sign in enumerate(tex):
        depth += (sign in "{[(") - (sign in "}])")
        if sign == "=" and not depth:
            return place
    return -1
