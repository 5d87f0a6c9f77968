"""A line chart as inline SVG, for notebooks.

Its texts have the notebook's own colour, and the lines have colours that stand out on a light and
on a dark ground (a contrast of at least 4 with either). Each line is named at its end.
"""

import math
from collections.abc import Mapping, Sequence
from html import escape

WIDTH, HEIGHT = 620, 300
LEFT, RIGHT, TOP, BOTTOM = 64, 150, 14, 46
COLOURS = ("#2f6fed", "#d6336c")
APART = 16.0  # pixels between two names

Points = Sequence[tuple[float, float]]


def line_chart(
    title: str, across: str, lines: Mapping[str, Points], marks: Mapping[str, Points]
) -> str:
    """Returns the chart as SVG.

    Args:
        title: what it shows, for those who do not see it.
        across: what the horizontal axis is.
        lines: name -> its points, from left to right; one or two lines.
        marks: name -> one point for each line, one above the other; they are drawn as circles.
    """
    points = [point for group in (*lines.values(), *marks.values()) for point in group]
    columns, rows = _Scale([x for x, _ in points]), _Scale([y for _, y in points])

    def place(point: tuple[float, float]) -> tuple[float, float]:
        x = LEFT + columns.share(point[0]) * (WIDTH - LEFT - RIGHT)
        return x, HEIGHT - BOTTOM - rows.share(point[1]) * (HEIGHT - TOP - BOTTOM)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        f'style="max-width:{WIDTH}px;width:100%" font-family="sans-serif" font-size="12" '
        f'fill="currentColor"><title>{escape(title)}</title>',
        *(_rule(place((columns.low, tick))[1], f"{tick:g}") for tick in rows.ticks),
        *(
            f'<text x="{place((tick, rows.low))[0]:.1f}" y="{HEIGHT - BOTTOM + 18}" '
            f'text-anchor="middle">{tick:g}</text>'
            for tick in columns.ticks
        ),
        f'<text x="{(LEFT + WIDTH - RIGHT) / 2:.0f}" y="{HEIGHT - 8}" text-anchor="middle">'
        f"{escape(across)}</text>",
    ]
    ends = []
    for colour, (name, line) in zip(COLOURS, lines.items(), strict=False):
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in map(place, line))
        parts.append(f'<polyline points="{path}" stroke="{colour}" stroke-width="2" fill="none"/>')
        x, y = place(line[-1])
        ends.append((y, x, colour, name))
    for name, group in marks.items():
        parts += _mark(name, [place(point) for point in group])
    return "".join([*parts, *_names(ends), "</svg>"])


class _Scale:
    """An axis: its ends, its round numbers, and where values are.

    Attributes:
        low, high: the least and the greatest value.
        ticks: round numbers between them.
    """

    def __init__(self, values: Sequence[float]) -> None:
        self.low, self.high = min(values), max(values)
        if self.high - self.low <= 1e-9 * max(1.0, abs(self.high)):
            self.low, self.high = self.low - 0.5, self.high + 0.5
        self.ticks = round_numbers(self.low, self.high)

    def share(self, value: float) -> float:
        """Returns how far a value is from the low to the high end, 0 to 1."""
        return (value - self.low) / (self.high - self.low)


def round_numbers(low: float, high: float) -> list[float]:
    """Returns up to six round numbers between two that differ."""
    size = 10.0 ** math.floor(math.log10((high - low) / 5))
    step = next(size * factor for factor in (1, 2, 5, 10) if size * factor >= (high - low) / 5)
    first = math.ceil(low / step - 1e-9)
    return [k * step for k in range(first, first + 12) if k * step <= high + 1e-9 * step]


def _rule(y: float, name: str) -> str:
    return (
        f'<path d="M{LEFT} {y:.1f}H{WIDTH - RIGHT}" stroke="currentColor" opacity="0.25"/>'
        f'<text x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{name}</text>'
    )


def _mark(name: str, places: Sequence[tuple[float, float]]) -> list[str]:
    """Returns a circle of each line's colour, a line that joins them, and the name above them."""
    x, top, bottom = places[0][0], min(y for _, y in places), max(y for _, y in places)
    circles = [
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4.5" fill="none" stroke="{colour}" '
        'stroke-width="2.5"/>'
        for colour, (x, y) in zip(COLOURS, places, strict=False)
    ]
    return [
        f'<path d="M{x:.1f} {top:.1f}V{bottom:.1f}" stroke="currentColor" opacity="0.5" '
        'stroke-dasharray="2 3"/>',
        *circles,
        f'<text x="{x:.1f}" y="{top - 9:.1f}" text-anchor="middle">{escape(name)}</text>',
    ]


def _names(ends: Sequence[tuple[float, float, str, str]]) -> list[str]:
    """Returns the names of lines beside their ends, one below another, with dots of their colours.

    Args:
        ends: y, x, colour and name of each line.
    """
    found, last = [], -math.inf
    for y, x, colour, name in sorted(ends):
        last = max(y, last + APART)
        found.append(
            f'<circle cx="{x + 12:.1f}" cy="{last:.1f}" r="4" fill="{colour}"/>'
            f'<text x="{x + 20:.1f}" y="{last + 4:.1f}">{escape(name)}</text>'
        )
    return found
