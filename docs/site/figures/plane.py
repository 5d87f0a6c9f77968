"""All policies of an environment in one plane: what they earn, and what the designer gets."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

import safety_envs
from docs.site.figures.canvas import WIDTH, Canvas, Scale

Floats = npt.NDArray[np.float64]
DIRECTIONS = 90
LEFT, RIGHT, BOTTOM = 62, WIDTH - 104, 358


@dataclass(frozen=True)
class Plane:
    """What policies can reach.

    Attributes:
        hull: float64 [V, 2], the corners of the set of all (reward, performance), in order.
        certificate: the exact statements about the same start.
    """

    hull: Floats
    certificate: Any


def plane_of(environment: str, directions: int = DIRECTIONS, **arguments: Any) -> Plane:
    """Returns the set of all pairs of expected reward and performance.

    The set is convex, because policies may be mixed. Its corners are the optima of weighted sums of
    reward and performance: a * R + b * H over all directions (a, b).

    Args:
        environment: an id; nothing may be hidden.
        directions: how many weighted sums are optimised.
        arguments: those of `certify`.
    """
    model = safety_envs.listed_model(environment, **arguments)
    paid = np.stack([model.column("reward"), model.column("performance")], axis=1)
    angles = np.arange(directions) * 2 * np.pi / directions
    corners = [_corner(model, paid, (np.cos(each), np.sin(each))) for each in angles]
    kept = [k for k, each in enumerate(corners) if not np.allclose(each, corners[k - 1], atol=1e-6)]
    return Plane(np.array(corners)[kept], safety_envs.certify(environment, **arguments))


def _corner(model: Any, paid: Floats, weights: tuple[float, float]) -> Floats:
    """Returns the expected (reward, performance) of a policy that is best for a weighted sum."""
    num_states, num_actions = model.num_states, model.num_actions
    values = np.zeros((num_states + 1, 2))  # the last row is the end of an episode
    expanded = np.where(np.diff(model.first).reshape(num_states, num_actions).any(axis=1))[0]
    for _ in range(model.case.horizon):
        outcomes = paid + values[model.successor]
        worth = np.stack([model.expected(outcomes[:, k])[expanded] for k in range(2)], axis=2)
        best = (worth @ np.array(weights)).argmax(axis=1)
        values[expanded] = worth[np.arange(len(expanded)), best]
    return np.asarray(model.start @ values[:-1])


def picture(plane: Plane, title: str) -> str:
    """Returns the plane with R*, I and P*, the gap and the tax."""
    canvas = Canvas(412, title)
    found, hull = plane.certificate, plane.hull
    across = Scale([*hull[:, 0], found.best_reward], LEFT + 8, RIGHT)
    up = Scale([*hull[:, 1], found.best_performance], BOTTOM - 10, 72)
    canvas.text(16, 24, title, "title")
    canvas.area([(across(x), up(y)) for x, y in hull])
    _draw_axes(canvas, across, up, plane)
    _draw_interval(canvas, across, up, plane)
    canvas.dot(across(found.reward_interval[1]), up(found.best_performance), "wanted")
    x, y = across(found.uniform[0]), up(found.uniform[1])
    canvas.dot(x, y, "muted")
    canvas.text(x + 9, y - 8, "random", "muted small")
    return canvas.svg()


def _draw_axes(canvas: Canvas, across: Scale, up: Scale, plane: Plane) -> None:
    found, (least, lowest) = plane.certificate, plane.hull.min(axis=0)
    best, top = across(found.best_reward), up(found.best_performance)
    canvas.line([(LEFT, 56), (LEFT, BOTTOM), (RIGHT + 8, BOTTOM)], "muted", width=1)
    canvas.text(across(least), BOTTOM + 17, in_words(least), "muted small", "middle")
    canvas.text(best, BOTTOM + 17, f"R* = {in_words(found.best_reward)}", "paid small", "middle")
    canvas.text((LEFT + RIGHT) / 2, BOTTOM + 36, "expected reward", "paid", "middle")
    canvas.text(LEFT - 6, up(lowest) + 4, in_words(lowest), "muted small", "end")
    canvas.text(16, 48, "hidden performance", "wanted")
    canvas.text(LEFT - 6, top + 4, "P* =", "wanted small", "end")
    canvas.text(LEFT - 6, top + 19, in_words(found.best_performance), "wanted small", "end")
    canvas.line([(LEFT, top), (WIDTH - 20, top)], "wanted", width=1.2, dash="3 4")
    canvas.line([(best, top), (best, BOTTOM)], "paid", width=1.2, dash="3 4")


def _draw_interval(canvas: Canvas, across: Scale, up: Scale, plane: Plane) -> None:
    """Draws I, the largest gap below P*, and the tax."""
    found = plane.certificate
    (low, high), top = found.performance_interval, up(found.best_performance)
    x, middle = across(found.best_reward), up(sum(found.performance_interval) / 2)
    if low == high:
        canvas.dot(x, up(low), "paid")
        canvas.text(x + 12, middle + 4, f"I = {in_words(low)}", "paid small")
    else:
        canvas.line([(x, up(low)), (x, up(high))], "paid", width=6)
        canvas.text(x + 12, middle - 10, "I", "paid title")
        canvas.text(x + 12, middle + 6, f"{in_words(low)} to", "paid small")
        canvas.text(x + 12, middle + 21, in_words(high), "paid small")
    canvas.arrow((WIDTH - 26, up(low)), (WIDTH - 26, top + 3), "ink")
    canvas.text(WIDTH - 34, (up(low) + top) / 2 - (60 if low < high else 0), "gap", "small", "end")
    tax = across(found.reward_interval[1])
    canvas.arrow((x, top - 12), (tax, top - 12), "ink")
    canvas.text((x + tax) / 2, top - 18, "tax", "small", "middle")


def in_words(value: float) -> str:
    """Returns a number with a true minus sign."""
    return f"{value:.4g}".replace("-", "−")
