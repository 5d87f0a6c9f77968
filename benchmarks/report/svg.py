"""Figures as small SVG whose colours a page chooses, so that they fit a dark page as well."""

import io
import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple
from xml.etree import ElementTree

from matplotlib import rc_context
from matplotlib.figure import Figure
from matplotlib.markers import MarkerStyle
from matplotlib.path import Path

from benchmarks.report.figures.panels import LOOK, Panels
from benchmarks.report.palette import INKS

_SVG, _LINK = "http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"
_DATA = re.compile(r"-?\d+\.\d{2,}")
_LONG = re.compile(r"-?\d+\.\d{3,}")
_FONT = re.compile(r"font-family: [^;\"]+;? ?")
_GONE = {f"{{{_SVG}}}metadata", f"{{{_SVG}}}style"}
_NAMES = {ink.light: f"var(--{name})" for name, ink in INKS.items()}
_COLOUR = re.compile("|".join(map(re.escape, _NAMES)))


class Drawing(NamedTuple):
    """One inline drawing: its SVG, and what it shows in a few words."""

    svg: str
    title: str


def drawings(figure: Figure, numbers: Mapping[str, int]) -> list[Drawing]:
    """Returns a figure as inline SVG: each panel for itself, or the whole of another figure.

    Args:
        figure: drawn.
        numbers: label -> number of the agent, for the classes `agent a0`, `agent a1`, ...
    """
    root = ElementTree.fromstring(_saved(figure))
    _shrink(root, numbers)
    if not isinstance(figure, Panels):
        box = root.get("viewBox", "0 0 100 100")
        return [Drawing(_inline(box, list(root)), "")]
    defs = list(root.iter(f"{{{_SVG}}}clipPath"))
    groups = {each.get("id"): each for each in root.iter(f"{{{_SVG}}}g")}
    found = []
    for k, (panel, cell) in enumerate(zip(figure.panels, figure.cells, strict=True)):
        group = groups[f"panel-{k}"]
        text = ElementTree.tostring(group, encoding="unicode")
        used = [each for each in defs if f"#{each.get('id')})" in text]
        holder = ElementTree.Element(f"{{{_SVG}}}defs")
        holder.extend(used)
        box = " ".join(f"{number:g}" for number in cell)
        found.append(Drawing(_inline(box, [holder, group]), panel.get_title(loc="left")))
    return found


def standalone(figure: Figure) -> str:
    """Returns a figure as an SVG file that follows the reader's choice of light or dark."""
    root = ElementTree.fromstring(_saved(figure))
    _shrink(root, {})
    style = ElementTree.Element(f"{{{_SVG}}}style")
    light, dark = (
        "".join(f"--{name}:{getattr(ink, side)};" for name, ink in INKS.items())
        for side in ("light", "dark")
    )
    style.text = (
        f"svg{{{light}font-family:system-ui,sans-serif;stroke-linejoin:round}}"
        f"@media(prefers-color-scheme:dark){{svg{{{dark}}}}}"
    )
    root.insert(0, style)
    return _text(root) + "\n"


def marker_path(marker: str) -> str:
    """Returns the outline of a marker as SVG path data, in a box from -0.5 to 0.5."""
    style = MarkerStyle(marker)
    path = style.get_path().transformed(style.get_transform())
    letters = {Path.MOVETO: "M", Path.LINETO: "L", Path.CURVE3: "Q", Path.CURVE4: "C"}
    parts = []
    for points, code in path.iter_segments(simplify=False):
        if code == Path.CLOSEPOLY:
            parts.append("Z")
        elif code in letters:
            pairs = points.reshape(-1, 2)
            parts.append(letters[code] + " ".join(f"{x:.3g},{-y:.3g}" for x, y in pairs))
    return "".join(parts)


def _saved(figure: Figure) -> str:
    buffer = io.BytesIO()
    with rc_context(LOOK):
        figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    return buffer.getvalue().decode()


def _shrink(root: ElementTree.Element, numbers: Mapping[str, int]) -> None:
    """Removes what a page does not need, in place: half of the file."""
    for parent in list(root.iter()):
        for child in list(parent):
            if child.tag in _GONE:
                parent.remove(child)
    for each in root.iter():
        for name, value in list(each.attrib.items()):
            if name == f"{{{_LINK}}}href":
                del each.attrib[name]
                each.set("href", value)
            elif name == "style":
                colours = _COLOUR.sub(lambda match: _NAMES[match[0]], _FONT.sub("", value))
                each.set("style", colours.replace(": ", ":").replace("; ", ";").strip("; "))
            elif name == "d":
                each.set("d", _path(value))
            elif name in ("x", "y", "transform"):
                each.set(name, _LONG.sub(_rounded, value))
        each.text, each.tail = _bare(each.text), _bare(each.tail)
        _name(each, numbers)
        if re.fullmatch(r"rotate\(-?0 .*\)", each.get("transform", "")):
            del each.attrib["transform"]
    _forget_ids(root)


def _path(data: str) -> str:
    """Returns path data in tenths of a point; lines become relative, which is shorter."""
    words = data.split()
    if not set(words[::3]) <= {"M", "L"} or len(words) % 3:
        flat = " ".join(_DATA.sub(_rounded, data).split())
        return re.sub(r" ?([MLQCz]) ?", r"\1", flat)
    parts = []
    x = y = 0
    for kind, across, down in zip(words[::3], words[1::3], words[2::3], strict=True):
        to_x, to_y = round(10 * float(across)), round(10 * float(down))
        parts.append(f"{kind.lower()}{_tenths(to_x - x)}{_tenths(to_y - y, ' ')}")
        x, y = to_x, to_y
    return "".join(parts)


def _tenths(tenths: int, between: str = "") -> str:
    """Returns a tenth of a number, after a sign or what stands between it and the number before."""
    size = f"{abs(tenths) / 10:g}".removeprefix("0") or "0"
    return f"-{size}" if tenths < 0 else f"{between}{size}"


def _rounded(match: re.Match[str]) -> str:
    return f"{float(match[0]):.1f}".removesuffix(".0")


def _bare(text: str | None) -> str | None:
    return text.strip() or None if text else None


def _name(each: ElementTree.Element, numbers: Mapping[str, int]) -> None:
    """Turns the id that `tag` gave into a class and a title."""
    kind, _, rest = each.get("id", "").partition("|")
    if kind != "agent":
        return
    label, _, words = rest.partition("|")
    del each.attrib["id"]
    if label in numbers:
        each.set("class", f"agent a{numbers[label]}")
    if words:
        title = ElementTree.Element(f"{{{_SVG}}}title")
        title.text = words
        each.insert(0, title)


def _forget_ids(root: ElementTree.Element) -> None:
    """Removes ids that nothing refers to: several figures share a page."""
    used = {word for each in root.iter() for word in _references(each)}
    for each in root.iter():
        name = each.get("id")
        if name and name not in used and not name.startswith("panel-"):
            del each.attrib["id"]


def _references(each: ElementTree.Element) -> Iterator[str]:
    for value in each.attrib.values():
        yield from re.findall(r"url\(#([^)]+)\)", value)
    if href := each.get("href"):
        yield href.removeprefix("#")


def _inline(box: str, children: list[ElementTree.Element]) -> str:
    root = ElementTree.Element(f"{{{_SVG}}}svg", {"viewBox": box, "aria-hidden": "true"})
    root.extend(children)
    for each in root.iter():
        if each.get("id", "").startswith("panel-"):
            del each.attrib["id"]
    return _text(root)


def _text(root: ElementTree.Element) -> str:
    ElementTree.register_namespace("", _SVG)
    return ElementTree.tostring(root, encoding="unicode")
