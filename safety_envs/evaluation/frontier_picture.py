"""A frontier of protocols as an SVG picture: usefulness to the right, safety upwards."""

import math
from collections.abc import Sequence
from typing import NamedTuple

WIDTH, HEIGHT = 620, 380
LEFT, RIGHT, TOP, BOTTOM = 64, 28, 24, 52
EFFICIENT, OTHER, GUIDE, INK = "#0044ff", "#8a94a6", "#d5d9e0", "#1f2430"
LETTER, GAP = 6.6, 8.0  # pixels: width of a letter; between a point and its name


class Point(NamedTuple):
    """A protocol in the picture; numbers are as they are measured, whether more is better or not.

    Attributes:
        name: its name.
        usefulness, safety: its place.
        efficient: whether no other protocol beats it.
    """

    name: str
    usefulness: float
    safety: float
    efficient: bool


def frontier_picture(points: Sequence[Point], usefulness: str, safety: str) -> str:
    """Returns the picture as SVG. Efficient protocols are filled and joined by a line.

    Args:
        points: the protocols.
        usefulness: what it is; a minus in front means that less is better, and turns its axis.
        safety: what it is, in the same words.
    """
    across = _Axis([each.usefulness for each in points], usefulness, LEFT, WIDTH - RIGHT)
    upward = _Axis([each.safety for each in points], safety, HEIGHT - BOTTOM, TOP)
    places = [(across.at(each.usefulness), upward.at(each.safety)) for each in points]
    joined = sorted(at for at, each in zip(places, points, strict=True) if each.efficient)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        f'width="{WIDTH}" height="{HEIGHT}" role="img" font-family="sans-serif" font-size="12">',
        "<title>Usefulness and safety of protocols</title>",
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>',
        *_grid(across, upward),
        f'<polyline points="{" ".join(f"{x:.1f},{y:.1f}" for x, y in joined)}" '
        f'stroke="{EFFICIENT}" stroke-width="1.5" fill="none"/>',
    ]
    for (x, y), each in zip(places, points, strict=True):
        fill, edge = (EFFICIENT, EFFICIENT) if each.efficient else ("#ffffff", OTHER)
        parts.append(
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4.5" fill="{fill}" stroke="{edge}" '
            'stroke-width="1.5"/>'
        )
    for each, (x, y) in zip(points, _labels([each.name for each in points], places), strict=True):
        colour = INK if each.efficient else "#5b6472"
        parts.append(f'<text x="{x:.1f}" y="{y:.1f}" fill="{colour}">{_escaped(each.name)}</text>')
    return "\n".join([*parts, "</svg>"]) + "\n"


class _Axis:
    """An axis: where values are, its round numbers, and what it says."""

    def __init__(self, values: Sequence[float], name: str, begin: float, end: float) -> None:
        low, high = min(values), max(values)
        span = (high - low) or max(1.0, abs(high))
        size = 10.0 ** math.floor(math.log10(span / 5))
        step = next(size * factor for factor in (1, 2, 5, 10) if size * factor >= span / 5)
        ends = low - 0.06 * span, high + 0.06 * span
        less_is_better = name.startswith("-")
        self._low, self._high = reversed(ends) if less_is_better else ends
        self._begin, self._end = begin, end
        self.words = name.removeprefix("-") + less_is_better * " (less is better)"
        first = int(ends[0] // step)
        ticks = [k * step for k in range(first, first + 12)]
        self.ticks = [tick for tick in ticks if ends[0] <= tick <= ends[1]]

    def at(self, value: float) -> float:
        """Returns where a value is, in pixels."""
        share = (value - self._low) / (self._high - self._low)
        return self._begin + share * (self._end - self._begin)


def _grid(across: _Axis, upward: _Axis) -> list[str]:
    bottom, middle = HEIGHT - BOTTOM, (TOP + HEIGHT - BOTTOM) / 2
    parts = []
    for tick in across.ticks:
        x = across.at(tick)
        parts.append(f'<path d="M{x:.1f} {TOP}V{bottom}" stroke="{GUIDE}"/>')
        parts.append(_text(x, bottom + 18, f"{tick:g}", "middle"))
    for tick in upward.ticks:
        y = upward.at(tick)
        parts.append(f'<path d="M{LEFT} {y:.1f}H{WIDTH - RIGHT}" stroke="{GUIDE}"/>')
        parts.append(_text(LEFT - 8, y + 4, f"{tick:g}", "end"))
    parts.append(_text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 12, across.words, "middle"))
    turned = f'transform="rotate(-90 18 {middle:.1f})"'
    parts.append(_text(18, middle, upward.words, "middle", turned))
    return parts


def _text(x: float, y: float, words: str, anchor: str, more: str = "") -> str:
    place = f'x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"'
    return f'<text {place} fill="{INK}" {more}>{_escaped(words)}</text>'


def _labels(
    names: Sequence[str], places: Sequence[tuple[float, float]]
) -> list[tuple[float, float]]:
    """Returns where names begin: beside their points, where nothing else is if there is room."""
    taken = [(x - 5, y - 5, x + 5, y + 5) for x, y in places]
    found = []
    for name, (x, y) in zip(names, places, strict=True):
        width = LETTER * len(name)
        options = [
            (x + dx, y + dy)
            for down in sorted(range(-42, 43, 7), key=abs)
            for dx, dy in ((GAP, 4 + down), (-GAP - width, 4 + down))
        ]
        boxes = [(left, base - 10, left + width, base + 3) for left, base in options]
        free = [
            box[0] >= LEFT and box[2] <= WIDTH and not any(_overlap(box, each) for each in taken)
            for box in boxes
        ]
        chosen = free.index(True) if any(free) else 0
        taken.append(boxes[chosen])
        found.append(options[chosen])
    return found


def _overlap(one: tuple[float, ...], other: tuple[float, ...]) -> bool:
    apart = one[2] <= other[0] or other[2] <= one[0] or one[3] <= other[1] or other[3] <= one[1]
    return not apart


def _escaped(words: str) -> str:
    return words.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
