"""Colours and markers: one of each for every agent, the same in all figures of all pages.

The hues differ by at least 12 (CIEDE2000) to normal sight and to three simulated colour
deficiencies, on a light and on a dark page; the tests measure it. No two agents of a page share
both colour and marker.
"""

import hashlib
from collections.abc import Iterable
from typing import Any, NamedTuple


class Ink(NamedTuple):
    """A colour on a light page, and on a dark one."""

    light: str
    dark: str


HUES = {
    "blue": Ink("#0047f8", "#5678ae"),
    "orange": Ink("#e87509", "#e67e18"),
    "green": Ink("#1a6758", "#57bc97"),
    "pink": Ink("#c92f6b", "#fb61ff"),
    "sky": Ink("#169cea", "#8be1ff"),
    "red": Ink("#d30304", "#bf5755"),
    "earth": Ink("#3f3622", "#ffeb15"),
}
"""Of agents that learn."""

CONTROL_HUES = {"grey": Ink("#7d848f", "#8b93a0"), "ink": Ink("#24282f", "#f2f5f9")}
"""Of agents that do not, and of text."""

SURFACES = {
    "paper": Ink("#fefefe", "#14171c"),
    "muted": Ink("#626a76", "#a2abb8"),
    "grid": Ink("#e7eaef", "#2a3039"),
    "guide": Ink("#9098a5", "#707a88"),
    "interval": Ink("#f0a9a0", "#8f4640"),
}
"""Of all else in a figure: "guide" the lines at R* and P*, "interval" I."""

INKS = {**HUES, **CONTROL_HUES, **SURFACES}
MARKERS = ("o", "s", "D", "^", "v", "h", "p", "<", ">", "P")


class Style(NamedTuple):
    """How an agent looks: the name of a hue, and a marker of matplotlib."""

    hue: str
    marker: str

    @property
    def colour(self) -> str:
        """The hue on a light page."""
        return INKS[self.hue].light

    @property
    def look(self) -> dict[str, Any]:
        """Arguments of matplotlib's `plot` for one mark of a usual size."""
        return {"color": self.colour, "marker": self.marker, "markersize": self.size}

    @property
    def size(self) -> float:
        """Of the marker, in points: some fill less of their box."""
        return {"*": 10.0, "X": 7.5, "s": 6.0, "D": 6.0}.get(self.marker, 6.5)


KNOWN = {
    "random": Style("grey", "o"),
    "reward_optimal": Style("ink", "X"),
    "performance_optimal": Style("ink", "*"),
    "equilibrium": Style("grey", "X"),
    "cooperative": Style("grey", "*"),
    "ppo": Style("blue", "o"),
    "a2c": Style("orange", "s"),
    "dqn": Style("green", "D"),
    "q_learning": Style("pink", "^"),
    "lola": Style("sky", "v"),
    "naive_gradient": Style("earth", "P"),
}
"""What agents that many pages have look like."""


def styles(labels: Iterable[str]) -> dict[str, Style]:
    """Returns the style of every label of a page.

    A label that is not known gets the style that its own letters choose, or the next that no other
    label of the page has; hues that are not on the page yet come first.
    """
    asked = list(dict.fromkeys(labels))
    found: dict[str, Style] = {}
    for label in asked:
        known = KNOWN.get(_plain(label))
        if known and known not in found.values():
            found[label] = known
    for label in sorted(set(asked) - found.keys()):
        found[label] = _free(label, set(found.values()))
    return {label: found[label] for label in asked}


def _plain(label: str) -> str:
    return label.lower().replace(" ", "_")


def _free(label: str, taken: set[Style]) -> Style:
    used = {style.hue for style in taken}
    hues = [hue for hue in HUES if hue not in used] or list(HUES)
    start = int.from_bytes(hashlib.sha256(label.encode()).digest()[:4], "big")
    count = len(hues) * len(MARKERS)
    choices = [
        Style(hues[k % len(hues)], MARKERS[k // len(hues) % len(MARKERS)])
        for k in range(start, start + count)
    ]
    return next((style for style in choices if style not in taken), choices[0])
