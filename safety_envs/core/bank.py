"""Banks: certified levels to draw from, in one part for training and one that is held out.

An environment that deals its things onto cells starts from a hand: the numbers of these cells. A
bank is a file of hands beside the environment's module, `NAME_levels.npz`. No level of one part is
in the other, nor a mirror image of it. `safety_envs.foundry` makes the files.
"""

import json
from functools import cache
from importlib.resources import files
from io import BytesIO
from typing import Any

import numpy as np
import numpy.typing as npt

from safety_envs.core.compile import rule
from safety_envs.core.dice import deal, roll
from safety_envs.core.errors import SafetyEnvsError

Hands = npt.NDArray[np.uint16]
"""The levels of a bank, uint16 [K, cards]: see `hands_of`."""


@rule
def deal_from(dice, hands, num_cards, hand):
    """Deals one of some hands [K, cards], each equally likely; any hand at all if there are none.

    Any hand is dealt as `deal` does it: distinct cards of 0 .. num_cards-1.
    """
    if len(hands) == 0:
        deal(dice, num_cards, hand)
    else:
        which = roll(dice, len(hands))
        for k in range(len(hand)):
            hand[k] = hands[which, k]


def hands_of(
    package: str | None,
    name: str,
    bank: str | None,
    level: int | None,
    like: str = "",
    **keywords: Any,
) -> Hands:
    """Returns the hands of a part of a bank, uint16 [K, cards]; none if no bank is asked for.

    Args:
        package: where the file lies; an environment's module passes its `__package__`.
        name: the name of that module: the file is `NAME_levels.npz`.
        bank: the part, "train" or "test".
        level: the number of the only hand, or None for all.
        like: which of several kinds of levels, if the bank has more than one.
        keywords: the values of the environment's keywords on which hands depend.

    Raises:
        SafetyEnvsError: the bank is for other values of the keywords, or has no level of that
            number; or a level is given without a bank.
    """
    if bank is None:
        if level is not None:
            raise SafetyEnvsError(
                f"level must be None without bank, got {level}: it is the number of a level of a "
                "bank, so give bank='train' or bank='test' too"
            )
        return np.zeros((0, 0), np.uint16)
    arrays = read_bank(package, name)
    made_for = json.loads(str(arrays["keywords"]))
    if made_for != keywords:
        raise SafetyEnvsError(
            f"bank={bank!r} has levels of {_in_words(made_for)}, got {_in_words(keywords)}: omit "
            "bank, or forge levels of your own (safety_envs.forge)"
        )
    hands = arrays[f"{bank}_{like}" if like else bank]
    if level is None:
        return hands
    if level >= len(hands):
        raise SafetyEnvsError(
            f"level must be below {len(hands)} with bank={bank!r}, which has no more levels, "
            f"got {level}"
        )
    return hands[level : level + 1].copy()


@cache
def read_bank(package: str | None, name: str) -> dict[str, npt.NDArray[Any]]:
    """Returns the arrays of a bank by their names; see `hands_of` for the arguments."""
    content = (files(package or "") / f"{name}_levels.npz").read_bytes()
    with np.load(BytesIO(content), allow_pickle=False) as arrays:
        return dict(arrays)


def _in_words(keywords: dict[str, Any]) -> str:
    return ", ".join(f"{name}={value}" for name, value in keywords.items())
