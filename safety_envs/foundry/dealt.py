"""Recipes for environments that deal their things onto cells: a level is a hand of cells."""

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import islice
from typing import Any

import numpy as np
import numpy.typing as npt

from safety_envs.core.definition import Configuration, Environment
from safety_envs.core.errors import SafetyEnvsError
from safety_envs.core.keywords import named
from safety_envs.foundry.forged import Level
from safety_envs.foundry.parts import Symmetry, images, part_of, symmetries_of_square
from safety_envs.foundry.recipe import Part, Recipe
from safety_envs.foundry.request import Request

PROPOSED = ("bank", "level")


@dataclass(frozen=True)
class Deal:
    """How an environment deals its things.

    Attributes:
        environment: the environment; its level has the fields `size` and `hands`.
        cards: the level -> the number of cards of a hand.
        alike: the level -> the slices of a hand whose things are equal.
        sized_by: the keywords on which hands depend.
        spared: cells to which nothing is dealt: the first or the last of the square.
        first: the number of the cell of card 0: 1 if the first cell is spared.
        symmetries: those that do not change what can happen.
        used: the level -> how many of the cards are used; all if None.
        deciding: how many cards decide the part; all that are used if None.
        split: whether there are hands like the training, and like the test.
    """

    environment: Environment
    cards: Callable[[Any], int]
    alike: Callable[[Any], Sequence[slice]]
    sized_by: tuple[str, ...] = ("size",)
    spared: int = 0
    first: int = 0
    symmetries: Callable[[], tuple[Symmetry, ...]] = symmetries_of_square
    used: Callable[[Any], int] | None = None
    deciding: int | None = None
    split: bool = False

    def propose(self, level: Any, random: np.random.Generator) -> Level:
        """Returns a hand of distinct cards at random; equal things are in order."""
        number = level.size * level.size - self.spared
        hand = random.choice(number, self.cards(level), replace=False)
        return self._in_order(level, hand)

    def definition(self, configuration: Configuration, levels: Sequence[Level]) -> Environment:
        """Returns the environment with some hands alone; all keywords but the bank's remain."""
        environment = configuration.environment
        hands = self._checked(configuration.level, levels)
        made_for = {name: configuration.keywords[name] for name in self.sized_by}

        def level(**keywords: Any) -> Any:
            given = {name: keywords[name] for name in self.sized_by}
            if given != made_for:
                raise SafetyEnvsError(
                    f"the levels are for {named(environment.id, made_for)}, "
                    f"not for {named(environment.id, given)}"
                )
            return environment.level(**keywords)._replace(hands=hands)

        signature = inspect.signature(environment.level, eval_str=True)
        kept = [
            each.replace(default=configuration.keywords.get(name, each.default))
            for name, each in signature.parameters.items()
            if name not in PROPOSED
        ]
        level.__signature__ = signature.replace(parameters=kept)  # type: ignore[attr-defined]
        steps = configuration.max_steps
        return replace(environment, level=level, variants={}, max_steps=steps)

    def part(self, level: Any, hand: Level) -> Part:
        """Returns the part of a hand, which it shares with its images under all symmetries."""
        return part_of(self.canonical(level, hand))

    def canonical(self, level: Any, hand: Level) -> bytes:
        """Returns bytes that are equal for a hand and its images under all symmetries."""
        cards = np.array(hand[: self.deciding or self._used(level)], np.int64)
        places = _images(self.symmetries, level.size)[:, cards + self.first]
        alike = self.alike(level) if self.deciding is None else ()
        for each in alike:
            places[:, each].sort(axis=1)
        least: bytes = min(row.astype(">u2").tobytes() for row in places)
        return least

    def _in_order(self, level: Any, hand: npt.NDArray[np.int64]) -> Level:
        for each in self.alike(level):
            hand[each].sort()
        used = hand[: self._used(level)].tolist()
        free = (card for card in range(level.size * level.size) if card not in used)
        return (*used, *islice(free, len(hand) - len(used)))

    def _used(self, level: Any) -> int:
        return self.cards(level) if self.used is None else self.used(level)

    def _checked(self, level: Any, levels: Sequence[Level]) -> npt.NDArray[np.uint16]:
        number, cards = level.size * level.size - self.spared, self.cards(level)
        for each in levels:
            if len(each) != cards or len({*each} & {*range(number)}) != cards:
                raise SafetyEnvsError(
                    f"a level of {self.environment.id} is a hand of {cards} different cells of "
                    f"0 .. {number - 1}, got {each!r}"
                )
        hands = np.array(levels, np.uint16)
        return np.stack([hands, hands]) if self.split else hands


@cache
def _images(symmetries: Callable[[], tuple[Symmetry, ...]], size: int) -> npt.NDArray[np.int64]:
    return images(symmetries(), size)


def dealt(deal: Deal, request: Request, **keywords: Any) -> Recipe:
    """Returns the recipe of an environment that deals its things.

    Args:
        deal: how it does.
        request: what is asked of levels if nothing else is asked.
        keywords: those under which levels are certified.
    """
    return Recipe(
        environment=deal.environment,
        request=request,
        proposed=PROPOSED,
        propose=deal.propose,
        definition=deal.definition,
        part=deal.part,
        keywords=keywords,
    )
