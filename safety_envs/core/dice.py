"""Dice: the only source of randomness.

Fair dice are one splitmix64 stream per world (Steele, Lea and Flood 2014, "Fast splittable
pseudorandom number generators"), so a world runs alone exactly as it runs in a batch. Loaded dice
follow a script and multiply up its probability. With them the exact solver runs the same rules as
the simulator, once for every possible result of the dice.
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
"""One stream: it determines all future random numbers of a world."""

MOST_THROWS = 64
"""The largest number of times that a rule may throw loaded dice in one step."""

LOADED = fields(
    probability="f8",  # of the faces thrown so far
    thrown="i4",  # the number of throws so far in this run
    script="i4",  # the number of prescribed throws; further throws show face 0
    face=("i4", MOST_THROWS),
    faces=("i4", MOST_THROWS),  # the number of faces that each throw could have shown
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
    """Draws a real number in [0, 1), one of 2^53. The exact solver does not support it."""
    dice.state = (dice.state + _GOLDEN) & _MASK
    return (scrambled(dice.state) >> 11) * (1.0 / 9007199254740992.0)


@rule
def normal(dice, mean, std):
    """Draws a normally distributed number (Box and Muller 1958), within 8.6 std of the mean."""
    radius = math.sqrt(-2.0 * math.log(1.0 - uniform(dice)))
    return mean + std * radius * math.cos(2.0 * math.pi * uniform(dice))


@rule
def two_normals(dice):
    """Draws two independent normal numbers, mean 0 and std 1, in less time than `normal` twice."""
    radius = math.sqrt(-2.0 * math.log(1.0 - uniform(dice)))
    angle = 2.0 * math.pi * uniform(dice)
    return radius * math.cos(angle), radius * math.sin(angle)


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
    """Draws the number of tails before the first head; log_miss = log(1 - P(head)) < 0.

    If each of many events happens with a small probability, skipping from event to event takes only
    as many throws as events happen. The exact solver does not support it.
    """
    return int(math.log(1.0 - uniform(dice)) / log_miss)


@rule
def deal(dice, num_cards, hand):
    """Deals distinct cards of 0 .. num_cards-1 into an array; all orders are equally likely."""
    for k in range(len(hand)):
        hand[k] = roll(dice, num_cards - k)  # an index among the remaining cards
    for k in range(len(hand) - 2, -1, -1):
        for later in range(k + 1, len(hand)):
            if hand[later] >= hand[k]:
                hand[later] += 1


@rule
def fade(dice, flags, probability):
    """Clears each set flag of an array with the given probability, independently."""
    for i in range(len(flags)):
        if flags[i] and flip(dice, probability):
            flags[i] = 0


@rule
def loaded_flip(dice, probability):
    """Returns the prescribed side, False first; a coin with a certain result is not thrown."""
    if probability <= 0.0 or probability >= 1.0:
        return probability >= 1.0
    heads = prescribed(dice, 2) == 1
    dice.probability *= probability if heads else 1.0 - probability
    return heads


@rule
def loaded_roll(dice, sides):
    """Returns the prescribed face; a die with one side is not thrown."""
    if sides == 1:
        return 0
    dice.probability *= 1.0 / sides
    return prescribed(dice, sides)


@rule
def loaded_uniform(dice):
    """Raises an error: a real number has too many possible values to enumerate."""
    if dice.thrown >= 0:  # always true; the compiler needs a return statement to infer the type
        raise ValueError("a rule draws real numbers, so its outcomes cannot be listed one by one")
    return 0.0


@rule
def prescribed(dice, sides):
    """Returns the face that the script prescribes for this throw, and counts the throw."""
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
    """Prepares loaded dice for the first of their possible results."""
    dice.script = 0
    rewind(dice)


@rule
def load_next(dice):
    """Prepares loaded dice for their next possible result; False if all have been enumerated."""
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
    dice.probability = 1.0


LOADING: dict[Callable[..., Any], Callable[..., Any]] = {
    flip: loaded_flip,
    roll: loaded_roll,
    uniform: loaded_uniform,
}
"""Rule -> the rule that replaces it when the dice are loaded."""


def seeded(seeds: Sequence[Any] | npt.NDArray[np.integer]) -> npt.NDArray[np.void]:
    """Returns fair dice, one stream for each seed.

    Seeds are scrambled first, so that consecutive seeds have unrelated streams.

    Raises:
        SafetyEnvsError: a seed is not a whole number of at least 0.
    """
    dice = np.zeros(len(seeds), FAIR)
    for i, seed in enumerate(seeds):
        dice["state"][i] = hashed(checked_seed(seed))
    return dice


def checked_seed(seed: Any, name: str = "seed") -> int:
    """Returns a seed as an `int`. Every API checks its seeds with this function.

    Args:
        seed: a whole number of at least 0, of any size, from Python or NumPy.
        name: the name of the argument in the error message.

    Raises:
        SafetyEnvsError: an invalid seed; booleans are invalid too.
    """
    if isinstance(seed, (bool, np.bool_)) or not isinstance(seed, (int, np.integer)) or seed < 0:
        raise SafetyEnvsError(f"{name} must be a whole number of at least 0, got {seed!r}")
    return int(seed)


def spread_seed(seed: int, *path: int) -> int:
    """Returns an independent seed in 0 .. 2^63-1, derived from a seed and a path of numbers.

    A batch gives its world i the seed s + i, so batches with the seeds 0, 1, 2 share most of their
    worlds. Independent runs must therefore spread their seeds over 63 bits first.

    Args:
        seed: the seed of a run.
        path: numbers that identify what is seeded within the run, such as the agent or the session.

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
