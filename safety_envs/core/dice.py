"""Dice: the only source of chance.

Fair dice are one splitmix64 stream per world (Steele, Lea and Flood 2014, "Fast splittable
pseudorandom number generators"), so a world plays alone exactly as it plays in a batch. Loaded
dice follow a script and multiply its probability: the exact solver runs the very rule that the
simulator runs, once for every way in which the dice can fall.
"""

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from safety_envs.core.compile import rule
from safety_envs.core.errors import SafetyEnvsError
from safety_envs.core.fields import fields

FAIR = fields(state="u8")
"""One stream: all there is to know about a world's future chance."""

MOST_THROWS = 64
"""How often a rule may throw loaded dice in one step."""

LOADED = fields(
    chance="f8",  # probability of the faces thrown so far
    thrown="i4",  # how many throws this run has made
    script="i4",  # how many throws are prescribed; further ones show face 0
    face=("i4", MOST_THROWS),
    faces=("i4", MOST_THROWS),  # how many faces that throw could have shown
)

_MASK = 0xFFFF_FFFF_FFFF_FFFF
_GOLDEN = 0x9E37_79B9_7F4A_7C15


@rule
def scrambled(word):
    """Returns splitmix64's scrambling of a 64-bit word."""
    word = ((word ^ (word >> 30)) * 0xBF58_476D_1CE4_E5B9) & _MASK
    word = ((word ^ (word >> 27)) * 0x94D0_49BB_1331_11EB) & _MASK
    return word ^ (word >> 31)


@rule
def uniform(dice):
    """Draws a real number in [0, 1), one of 2^53. Not for environments that are to be solved."""
    dice.state = (dice.state + _GOLDEN) & _MASK
    return (scrambled(dice.state) >> 11) * (1.0 / 9007199254740992.0)


@rule
def normal(dice, mean, std):
    """Draws a normally distributed number (Box and Muller 1958); it is within 8.6 std of mean."""
    radius = math.sqrt(-2.0 * math.log(1.0 - uniform(dice)))
    return mean + std * radius * math.cos(2.0 * math.pi * uniform(dice))


@rule
def flip(dice, probability):
    """Flips a coin: True with the given probability."""
    return uniform(dice) < probability


@rule
def roll(dice, sides):
    """Rolls a die: 0 .. sides-1, each equally likely."""
    return int(uniform(dice) * sides)


@rule
def skip(dice, log_miss):
    """Draws how many coins show tails before the first head; log_miss = log(1 - P(head)) < 0.

    Where many things happen, each with a small probability, going from head to head costs as many
    throws as things that happen. Not for environments that are to be solved.
    """
    return int(math.log(1.0 - uniform(dice)) / log_miss)


@rule
def deal(dice, num_cards, hand):
    """Deals distinct cards of 0 .. num_cards-1 into an array, every order equally likely."""
    for k in range(len(hand)):
        hand[k] = roll(dice, num_cards - k)  # which of the cards that are left
    for k in range(len(hand) - 2, -1, -1):
        for later in range(k + 1, len(hand)):
            if hand[later] >= hand[k]:
                hand[later] += 1


@rule
def fade(dice, flags, probability):
    """Clears each set flag of an array with a probability, one after another."""
    for i in range(len(flags)):
        if flags[i] and flip(dice, probability):
            flags[i] = 0


@rule
def loaded_flip(dice, probability):
    """Shows the prescribed side, False first; a certain coin is not thrown."""
    if probability <= 0.0 or probability >= 1.0:
        return probability >= 1.0
    heads = prescribed(dice, 2) == 1
    dice.chance *= probability if heads else 1.0 - probability
    return heads


@rule
def loaded_roll(dice, sides):
    """Shows the prescribed face; a die of one side is not thrown."""
    if sides == 1:
        return 0
    dice.chance *= 1.0 / sides
    return prescribed(dice, sides)


@rule
def loaded_uniform(dice):
    """Refuses: a real number has too many faces to try them all."""
    if dice.thrown >= 0:  # always; but the compiler wants to see what would be returned
        raise ValueError("a rule draws real numbers, so its outcomes cannot be listed one by one")
    return 0.0


@rule
def prescribed(dice, sides):
    """Returns the face that the script prescribes for this throw, and notes the throw."""
    at = dice.thrown
    if at >= MOST_THROWS:
        raise ValueError("a rule rolls the dice too often for its outcomes to be listed")
    if at >= dice.script:
        dice.face[at] = 0
        dice.script = at + 1
    dice.faces[at] = sides
    dice.thrown = at + 1
    return dice.face[at]


@rule
def load_first(dice):
    """Readies loaded dice for the first of all ways in which they can fall."""
    dice.script = 0
    rewind(dice)


@rule
def load_next(dice):
    """Readies loaded dice for the next way to fall; False when all have been tried."""
    last = dice.thrown - 1
    while last >= 0 and dice.face[last] == dice.faces[last] - 1:
        last -= 1
    if last < 0:
        return False
    dice.face[last] += 1
    dice.script = last + 1
    rewind(dice)
    return True


@rule
def rewind(dice):
    """Starts the script again from its first throw."""
    dice.thrown = 0
    dice.chance = 1.0


LOADING: dict[Callable[..., Any], Callable[..., Any]] = {
    flip: loaded_flip,
    roll: loaded_roll,
    uniform: loaded_uniform,
}
"""Which rule stands in for which when the dice are loaded."""


def seeded(seeds: Sequence[Any] | npt.NDArray[np.integer]) -> npt.NDArray[np.void]:
    """Returns fair dice, one stream for each seed.

    Seeds are scrambled first, so that neighbouring seeds have unrelated streams.

    Raises:
        SafetyEnvsError: a seed is not a whole number of at least 0.
    """
    dice = np.zeros(len(seeds), FAIR)
    for i, seed in enumerate(seeds):
        dice["state"][i] = hashed(checked_seed(seed))
    return dice


def checked_seed(seed: Any, name: str = "seed") -> int:
    """Returns a seed as an `int`. The one check of seeds, for every API.

    Args:
        seed: a whole number of at least 0, of any size; Python's or NumPy's.
        name: what the caller calls it, for the message.

    Raises:
        SafetyEnvsError: it is something else, a boolean included.
    """
    if isinstance(seed, (bool, np.bool_)) or not isinstance(seed, (int, np.integer)) or seed < 0:
        raise SafetyEnvsError(f"{name} must be a whole number of at least 0, got {seed!r}")
    return int(seed)


def spread_seed(seed: int, *path: int) -> int:
    """Returns a seed for something that must be independent of its neighbours, in 0 .. 2^63-1.

    A batch gives its world i the seed s + i, so batches of the seeds 0, 1, 2 share most of their
    worlds. Runs that are to be independent spread their seeds over 63 bits first.

    Args:
        seed: a run's seed.
        path: numbers that tell apart what one run seeds: the agent, the session.

    Raises:
        SafetyEnvsError: one of the numbers is not a whole number of at least 0.
    """
    state = hashed(checked_seed(seed))
    for number in path:
        state = scrambled(scrambled(state + _GOLDEN & _MASK) ^ hashed(checked_seed(number)))
    return int(state >> 1)


def hashed(number: int) -> int:
    """Returns 64 bits of a whole number of any size; bits above the 64th are folded in."""
    state: int = scrambled(((number & _MASK) + _GOLDEN) & _MASK)
    while number := number >> 64:
        state = scrambled((((number & _MASK) ^ state) + _GOLDEN) & _MASK)
    return state
