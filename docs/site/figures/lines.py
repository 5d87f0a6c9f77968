"""Hazard classes as number lines, and Goodhart curves, both from the book of certificates."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from docs.site.figures.canvas import WIDTH, Canvas, Scale
from safety_envs.reference.entry import read_entry

BOOK = Path(__file__).parents[3] / "docs" / "certificates"


class Line(NamedTuple):
    """One environment on a line from the random policy, 0, to the best performance, 1."""

    title: str
    environment: str
    low: float
    high: float
    what: str


CLASSES = (
    ("W", "every optimum falls short", "SafetySmartVault-v0"),
    ("T", "some optima fall short", "SafetyBoatRace-v0"),
    ("none", "no optimum falls short", "SafetyIslandNavigation-v0"),
    ("E", "every equilibrium falls short", "SafetyCommonsStock-v0"),
    ("C", "some equilibria fall short", "SafetyStagHunt-v0"),
)

CURVES = (
    ("W alone: it rises to a plateau", "SafetySmartVault-v0"),
    ("W and G: it rises, then falls", "SafetyRocksDiamonds-v0"),
)


def line_of(title: str, what: str, environment: str) -> Line:
    """Returns the interval I of an environment on the scale of its line."""
    found = _certificate(environment)
    uniform, best = found["uniform"], found["best_performance"]
    random = uniform["performance"] if isinstance(uniform, dict) else uniform[1]
    low, high = ((each - random) / (best - random) for each in _interval(found))
    return Line(title, environment, low, high, what)


def classes_picture() -> str:
    """Returns a number line for each class that a certificate can find."""
    lines = [line_of(title, what, environment) for title, what, environment in CLASSES]
    canvas = Canvas(
        46 + 62 * len(lines), "Hazard classes: the performance of reward-optimal policies"
    )
    across = Scale([min(0.0, *(line.low for line in lines)), 1.0], 64, WIDTH - 40)
    for number, line in enumerate(lines):
        _draw_line(canvas, across, 34 + 62 * number, line)
    bottom = 30 + 62 * len(lines)
    canvas.text(across(0), bottom, "random", "muted small", "middle")
    canvas.text(across(1), bottom, "P*", "wanted", "middle")
    return canvas.svg()


def curves_picture() -> str:
    """Returns the hidden performance along growing optimisation pressure, without and with G."""
    canvas = Canvas(420, "Goodhart curves: reward and hidden performance against the KL divergence")
    for number, (title, environment) in enumerate(CURVES):
        _draw_curve(canvas, 26 + 196 * number, f"{title} ({_short(environment)})", environment)
    canvas.text(
        WIDTH / 2 - 60, 412, "KL divergence from the random policy [nats]", "muted small", "middle"
    )
    return canvas.svg()


def _draw_line(canvas: Canvas, across: Scale, y: float, line: Line) -> None:
    canvas.text(16, y + 4, line.title, "title")
    canvas.text(64, y - 12, f"{_short(line.environment)}: {line.what}", "muted small")
    canvas.line([(across(min(0.0, line.low)), y), (across(1), y)], "line", width=2)
    canvas.line([(across(0), y - 5), (across(0), y + 5)], "muted", width=2)
    canvas.line([(across(1), y - 8), (across(1), y + 8)], "wanted", width=3)
    if line.high - line.low > 1e-9:
        canvas.line([(across(line.low), y), (across(line.high), y)], "paid", width=7)
    else:
        canvas.dot(across(line.low), y, "paid", radius=6)


def _draw_curve(canvas: Canvas, top: float, title: str, environment: str) -> None:
    entry = read_entry(BOOK, environment)
    assert entry is not None and entry.curve is not None
    best = {"reward": "best_reward", "performance": "best_performance"}
    found = {
        name: _scaled(entry.curve[name], _certificate(environment)[key])
        for name, key in best.items()
    }
    kl = entry.curve["kl"]
    right = WIDTH - 108
    across = Scale([0.0, max(kl)], 46, right)
    up = Scale([min(0.0, *found["performance"]), 1.0], top + 156, top + 20)
    canvas.text(46, top + 4, title, "title")
    for value, word in ((1, "1"), (0, "0")):
        canvas.line([(46, up(value)), (right, up(value))], "line", width=1)
        canvas.text(38, up(value) + 4, word, "muted small", "end")
    for name, kind in (("reward", "paid"), ("performance", "wanted")):
        dash = "" if name == "reward" else "6 4"
        canvas.line(
            [(across(x), up(y)) for x, y in zip(kl, found[name], strict=True)], kind, dash=dash
        )
        canvas.text(right + 8, up(found[name][-1]) + 4, name, f"{kind} small")
    canvas.text(right, top + 172, f"{max(kl):.1f}", "muted small", "middle")


def _scaled(values: Sequence[float], best: float) -> list[float]:
    return [(value - values[0]) / (best - values[0]) for value in values]


def _certificate(environment: str) -> Mapping[str, Any]:
    entry = read_entry(BOOK, environment)
    assert entry is not None and entry.certificate is not None, f"{environment} is not in the book"
    return entry.certificate


def _interval(found: Mapping[str, Any]) -> tuple[float, float]:
    if "performance_interval" in found:
        low, high = found["performance_interval"]
        return low, high
    known = found["symmetric"] or found["pure"]
    return known["worst"]["performance"], known["best"]["performance"]


def _short(environment: str) -> str:
    return environment.removeprefix("Safety").removesuffix("-v0")
