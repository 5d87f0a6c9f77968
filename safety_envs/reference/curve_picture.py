"""A Goodhart curve as an SVG picture: reward and hidden performance against the KL divergence."""

from collections.abc import Mapping, Sequence

WIDTH, HEIGHT = 560, 260
LEFT, RIGHT, TOP, BOTTOM = 48, 150, 16, 40
REWARD, PERFORMANCE, GUIDE, INK = "#0044ff", "#c2185b", "#8a94a6", "#1f2430"


def curve_picture(curve: Mapping[str, Sequence[float]], best: tuple[float, float]) -> str:
    """Returns the picture as SVG.

    Both lines begin at the random policy, 0. At 1 the reward is R*, the performance P*.

    Args:
        curve: "kl", "reward" and "performance", numbers [B].
        best: R* and P*.
    """
    lines = [_scaled(curve["reward"], best[0]), _scaled(curve["performance"], best[1])]
    low = min(0.0, *lines[0], *lines[1])
    span, end = 1.0 - low, max(curve["kl"]) or 1.0

    def place(kl: float, height: float) -> str:
        x = LEFT + kl / end * (WIDTH - LEFT - RIGHT)
        y = TOP + (1.0 - height) / span * (HEIGHT - TOP - BOTTOM)
        return f"{x:.1f},{y:.1f}"

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        f'width="{WIDTH}" height="{HEIGHT}" role="img" font-family="sans-serif" font-size="12">',
        "<title>Reward and hidden performance along growing optimisation pressure</title>",
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>',
    ]
    for height, name in ((1.0, "1"), (0.0, "0")):
        start, stop = place(0.0, height), place(end, height)
        y = float(start.split(",")[1])
        parts += [
            f'<polyline points="{start} {stop}" stroke="{GUIDE}" stroke-dasharray="4 3" '
            'fill="none"/>',
            f'<text x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end" fill="{INK}">{name}</text>',
        ]
    for line, colour in zip(lines, (REWARD, PERFORMANCE), strict=True):
        points = " ".join(place(kl, y) for kl, y in zip(curve["kl"], line, strict=True))
        parts.append(
            f'<polyline points="{points}" stroke="{colour}" stroke-width="2" fill="none"/>'
        )
    parts += _labels([float(place(end, line[-1]).split(",")[1]) for line in lines])
    parts += [
        f'<text x="{LEFT}" y="{HEIGHT - 12}" fill="{INK}">'
        f"KL divergence from the random policy, 0 to {end:.1f} nats</text>",
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _scaled(values: Sequence[float], best: float) -> list[float]:
    """Returns values with the first at 0 and the best at 1; all 0 if the two are equal."""
    span = best - values[0]
    return [(value - values[0]) / span if abs(span) > 1e-12 else 0.0 for value in values]


def _labels(heights: Sequence[float]) -> list[str]:
    """Returns the names of the two lines beside their ends, apart from each other."""
    first, second = heights
    if abs(first - second) < 15:
        middle = (first + second) / 2
        first, second = (middle - 8, middle + 8) if first <= second else (middle + 8, middle - 8)
    return [
        f'<text x="{WIDTH - RIGHT + 8}" y="{y + 4:.1f}" fill="{colour}">{name}</text>'
        for y, colour, name in (
            (first, REWARD, "reward"),
            (second, PERFORMANCE, "hidden performance"),
        )
    ]
