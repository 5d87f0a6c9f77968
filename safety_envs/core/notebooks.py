"""What notebooks show of a value, as HTML: a table, or the card of an environment.

All texts are escaped, nothing runs and nothing is loaded. Texts have the notebook's own colour, so
that they can be read on a light and on a dark ground.
"""

from collections.abc import Callable, Iterable, Sequence
from html import escape
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from safety_envs.core.definition import Configuration
    from safety_envs.core.engine import Engine


def table(
    caption: str, heads: Sequence[str], rows: Iterable[Sequence[str]], *, align: str = ""
) -> str:
    """Returns a table as HTML; the first cell of each row is its heading.

    Args:
        caption: of the table.
        heads: of the columns; none if empty.
        rows: texts, one for each column.
        align: of the texts in their cells, "left" for prose; the notebook's own way if empty.
    """
    style = f' style="text-align:{align}"' if align else ""
    head = "".join(f'<th scope="col"{style}>{escape(each)}</th>' for each in heads)
    body = "".join(
        f'<tr><th scope="row"{style}>{escape(first)}</th>'
        + "".join(f"<td{style}>{escape(cell)}</td>" for cell in rest)
        + "</tr>"
        for first, *rest in rows
    )
    return (
        f'<table><caption style="text-align:left">{escape(caption)}</caption>'
        + (f"<thead><tr>{head}</tr></thead>" if heads else "")
        + f"<tbody>{body}</tbody></table>"
    )


class Cards(NamedTuple):
    """Two functions of a configuration and an engine, whose first world is shown.

    If the engine is None, the first world of an episode is shown.
    """

    html: "Callable[[Configuration, Engine | None], str]"
    png: "Callable[[Configuration, Engine | None], bytes]"


_cards: list[Cards] = []


def draw_cards_with(cards: Cards) -> None:
    """Registers the functions that draw cards, which are in a higher layer."""
    _cards[:] = [cards]


def card(configuration: "Configuration", engine: "Engine | None" = None) -> str:
    """Returns the card of an environment as HTML: a picture, what it is about, keywords, metrics.

    Args:
        configuration: the environment.
        engine: its first world is drawn; the first world of an episode if None.
    """
    assert _cards, "importing safety_envs registers what draws cards"
    return _cards[0].html(configuration, engine)


def picture(configuration: "Configuration", engine: "Engine | None" = None) -> bytes:
    """Returns the picture of a card as a PNG file; see `card`."""
    assert _cards, "importing safety_envs registers what draws cards"
    return _cards[0].png(configuration, engine)


class Shown:
    """A mixin for interfaces of an environment: notebooks show its card, with the first world.

    Before the first reset it is the first world of an episode.
    """

    configuration: "Configuration"
    engine: Any
    _seeded: bool

    def _repr_html_(self) -> str:
        return card(self.configuration, self.engine if self._seeded else None)

    def _repr_png_(self) -> bytes:
        return picture(self.configuration, self.engine if self._seeded else None)
