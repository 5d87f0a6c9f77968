"""Figures of equal panels. On a narrow screen a page shows the panels one below the other."""

from collections.abc import Iterable, Mapping
from typing import Any

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from benchmarks.report.palette import INKS, Style
from benchmarks.report.words import agent_words

WIDTH, HEIGHT = 3.3, 2.75  # of a panel [inches]
LETTER = 0.078  # width of a title's letter, about [inches]
LEFT, RIGHT, BOTTOM, TOP = 0.62, 0.12, 0.52, 0.34  # margins within a panel [inches]
LEGEND_LINE, IN_A_LINE = 0.26, 6
TEXT = 8.0  # points
LOOK: Any = {
    "axes.edgecolor": INKS["guide"].light,
    "axes.facecolor": "none",
    "axes.grid": True,
    "axes.axisbelow": True,
    "axes.labelcolor": INKS["muted"].light,
    "axes.labelsize": TEXT,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlecolor": INKS["ink"].light,
    "axes.titlelocation": "left",
    "axes.titlesize": TEXT + 0.5,
    "axes.titleweight": "bold",
    "figure.facecolor": INKS["paper"].light,
    "font.size": TEXT,
    "grid.color": INKS["grid"].light,
    "grid.linewidth": 0.7,
    "legend.frameon": False,
    "savefig.facecolor": INKS["paper"].light,
    "svg.fonttype": "none",
    "svg.hashsalt": "safety_envs",
    "text.color": INKS["ink"].light,
    "xtick.color": INKS["muted"].light,
    "xtick.labelsize": TEXT - 0.5,
    "xtick.major.size": 0,
    "ytick.color": INKS["muted"].light,
    "ytick.labelsize": TEXT - 0.5,
    "ytick.major.size": 0,
}
"""Settings of matplotlib while figures are drawn and saved."""


class Panels(Figure):
    """A figure of equal panels, row by row.

    Attributes:
        panels: their axes.
        cells: where each is, from the figure's top left: left, top, width, height [points].
        legend_styles: label -> style of the agents that the legend names.
        guides: what lines and surfaces mean: words -> hue.
        across: how many panels a wide page shows side by side.
    """

    def __init__(
        self,
        count: int,
        legend_styles: Mapping[str, Style],
        *,
        guides: Mapping[str, str] | None = None,
        across: int = 3,
        width: float = WIDTH,
        height: float = HEIGHT,
        left: float = LEFT,
    ) -> None:
        """Makes empty panels.

        Args:
            count: of panels.
            legend_styles: agents in the legend; none if empty.
            guides: what else the legend explains: words -> hue.
            across: panels side by side, at most.
            width: of a panel [inches].
            height: of a panel [inches].
            left: margin for the labels of its y axis [inches].
        """
        self.legend_styles, self.guides = dict(legend_styles), dict(guides or {})
        self.across = across
        across = min(count, across)
        rows = -(-count // across)
        entries = len(self.legend_styles) + len(self.guides)
        in_a_line = min(IN_A_LINE, 2 * across)
        legend = LEGEND_LINE * -(-entries // in_a_line)
        wide, high = width * across, height * rows + legend
        super().__init__(figsize=(wide, high))
        self.panels: list[Axes] = []
        self.cells: list[tuple[float, float, float, float]] = []
        for k in range(count):
            x, y = width * (k % across), height * (k // across)  # of the cell, from the top left
            box = (
                (x + left) / wide,
                (high - y - height + BOTTOM) / high,
                (width - left - RIGHT) / wide,
                (height - BOTTOM - TOP) / high,
            )
            panel = self.add_axes(box)
            panel.set_gid(f"panel-{k}")
            panel.locator_params(nbins=5)
            self.panels.append(panel)
            self.cells.append((72 * x, 72 * y, 72 * width, 72 * height))
        if entries:
            self._draw_legend(in_a_line)

    def name(self, panel: Axes, title: str) -> None:
        """Writes the title of a panel above it, from the left edge of its cell on."""
        box = panel.get_position()
        wide, _ = self.get_size_inches()
        width = self.cells[0][2] / 72
        left = (self.cells[self.panels.index(panel)][0] / 72 + 0.12 - wide * box.x0) / wide
        smaller = min(1.0, (width - 0.2) / (LETTER * len(title)))
        panel.set_title(title, x=left / box.width, fontsize=(TEXT + 0.5) * smaller)

    def _draw_legend(self, in_a_line: int) -> None:
        handles = [
            Line2D([], [], color=style.colour, marker=style.marker, linestyle="none", label=label)
            for label, style in (
                (agent_words(name), style) for name, style in self.legend_styles.items()
            )
        ]
        handles += [
            Line2D(
                [],
                [],
                color=INKS[hue].light,
                linewidth=2,
                label=words,
                linestyle="--" if hue == "guide" else "-",
            )
            for words, hue in self.guides.items()
        ]
        self.legend(handles=handles, loc="lower center", ncols=in_a_line, borderaxespad=0.2)


def tag(artists: Artist | Iterable[Any], label: str, text: str = "") -> None:
    """Marks what is drawn of an agent, so that a page can dim the others and say what it is.

    Args:
        artists: what was drawn.
        label: of the agent.
        text: what a page shows where the pointer rests.
    """
    for artist in [artists] if isinstance(artists, Artist) else list(artists):
        if isinstance(artist, Artist):
            artist.set_gid(f"agent|{label}|{text}")
        elif artist is not None:
            tag(artist, label, text)
