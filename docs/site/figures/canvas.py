"""A small SVG writer for charts that a reader sees in light and in dark."""

from collections.abc import Iterable, Sequence
from html import escape

Points = Iterable[tuple[float, float]]

WIDTH = 460

STYLE = """<style>
:root{--paper:#fff;--ink:#262833;--muted:#5d6270;--line:#d9d6ce;--soft:#e9eef7;--paid:#2459a9;--wanted:#a34a07;--good:#2f6f3a}
@media(prefers-color-scheme:dark){:root{--paper:#1b1e25;--ink:#e9eaee;--muted:#a4a9b6;--line:#3a3f4b;--soft:#2a3242;--paid:#8ab6f5;--wanted:#f0a765;--good:#8fcf9a}}
.paper{fill:var(--paper)}.soft{fill:var(--soft)}
text{fill:var(--ink);font:13px system-ui,"Segoe UI",Roboto,"DejaVu Sans",sans-serif}
text.muted{fill:var(--muted)}text.small{font-size:12px}text.title{font-weight:600}
text.paid{fill:var(--paid)}text.wanted{fill:var(--wanted)}text.good{fill:var(--good)}
.stroke{fill:none;stroke-linejoin:round;stroke-linecap:round}
.stroke.ink{stroke:var(--ink)}.stroke.muted{stroke:var(--muted)}.stroke.line{stroke:var(--line)}
.stroke.paid{stroke:var(--paid)}.stroke.wanted{stroke:var(--wanted)}.stroke.good{stroke:var(--good)}
.dot.ink{fill:var(--ink)}.dot.muted{fill:var(--muted)}.dot.paid{fill:var(--paid)}
.dot.wanted{fill:var(--wanted)}.dot.good{fill:var(--good)}
.hollow{fill:var(--paper);stroke-width:2}.box{fill:var(--soft);stroke:var(--line)}
</style>"""


class Canvas:
    """A picture that is drawn piece by piece, in units of the picture.

    Args:
        height: its height; the width is always the same, so that text has one size.
        title: what the picture shows, for those who do not see it.
    """

    def __init__(self, height: float, title: str) -> None:
        self._height = height
        self._parts = [
            f"<title>{escape(title)}</title>",
            STYLE,
            f'<rect class="paper" width="{WIDTH}" height="{height:g}" rx="8"/>',
        ]

    def line(self, points: Points, kind: str, *, width: float = 2, dash: str = "") -> None:
        """Draws a line through points."""
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        dashed = f' stroke-dasharray="{dash}"' if dash else ""
        self._parts.append(
            f'<polyline class="stroke {kind}" stroke-width="{width:g}"{dashed} points="{path}"/>'
        )

    def area(self, points: Points) -> None:
        """Fills a polygon."""
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        self._parts.append(f'<polygon class="soft" points="{path}"/>')

    def dot(
        self, x: float, y: float, kind: str, *, radius: float = 5, hollow: bool = False
    ) -> None:
        """Draws a disc, or a ring."""
        classes = f"hollow stroke {kind}" if hollow else f"dot {kind}"
        style = ' style="fill:var(--paper)"' if hollow else ""
        self._parts.append(
            f'<circle class="{classes}"{style} cx="{x:.1f}" cy="{y:.1f}" r="{radius:g}"/>'
        )

    def box(self, x: float, y: float, width: float, height: float) -> None:
        """Draws a box with round corners."""
        self._parts.append(
            f'<rect class="box" x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" rx="7"/>'
        )

    def text(self, x: float, y: float, words: str, kind: str = "", anchor: str = "start") -> None:
        """Writes a line of words whose base is at y."""
        self._parts.append(
            f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">'
            f"{escape(words)}</text>"
        )

    def arrow(self, start: tuple[float, float], end: tuple[float, float], kind: str) -> None:
        """Draws an arrow along an axis."""
        (x0, y0), (x1, y1) = start, end
        self.line([start, end], kind, width=1.5)
        back = 6 if (x1 - x0) + (y1 - y0) > 0 else -6
        if abs(x1 - x0) > abs(y1 - y0):
            self.line([(x1 - back, y1 - 4), end, (x1 - back, y1 + 4)], kind, width=1.5)
        else:
            self.line([(x1 - 4, y1 - back), end, (x1 + 4, y1 - back)], kind, width=1.5)

    def svg(self) -> str:
        """Returns the picture."""
        head = (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {self._height:g}" '
            f'width="{1.4 * WIDTH:g}" height="{1.4 * self._height:g}" role="img">'
        )
        return "\n".join([head, *self._parts, "</svg>"]) + "\n"


class Scale:
    """A linear map from numbers to places in a picture.

    Args:
        values: numbers that must fit.
        low, high: the places of the least and the greatest of them.
    """

    def __init__(self, values: Sequence[float], low: float, high: float) -> None:
        self._least, greatest = min(values), max(values)
        self._span = (greatest - self._least) or 1.0
        self._low, self._high = low, high

    def __call__(self, value: float) -> float:
        """Returns the place of a number."""
        return self._low + (value - self._least) / self._span * (self._high - self._low)
