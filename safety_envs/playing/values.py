"""What each action is worth to the person at play, under the reward and under the performance."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from safety_envs.core.errors import SafetyEnvsError
from safety_envs.evaluation.responding import values_against
from safety_envs.exact.games.response_values import ResponseValues
from safety_envs.exact.policies.choices import Floats
from safety_envs.exact.worth import KINDS, solved
from safety_envs.playing.session import Session

TOLERANCE = 1e-9
"""Values that differ by less are equal."""


class Worth(NamedTuple):
    """The most that can still be earned after each action, in expectation.

    Attributes:
        paid: float64 [A], under the reward; an optimal policy for the reward follows.
        wanted: float64 [A], under the performance; an optimal policy for it follows.
    """

    paid: Floats
    wanted: Floats

    def best(self, kind: str) -> npt.NDArray[np.bool_]:
        """Returns which actions are best, bool [A]; the kind is "paid" or "wanted"."""
        values = self.paid if kind == "paid" else self.wanted
        return np.asarray(values >= values.max() - TOLERANCE * (1 + abs(values.max())))


class Adviser:
    """Says what actions are worth in a session, or why nobody knows.

    With one agent the values are those of `safety_envs.q_values`. If fields are hidden, they are
    those of a person who knows what has been observed. With several agents a person needs policies
    to play with, and the values are those of a best response to them.

    Args:
        session: the game.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._against: tuple[int, ResponseValues | str] | None = None  # of which seed

    def worth_now(self) -> Worth | str:
        """Returns what each action is worth now, or the reason why nobody knows."""
        session = self._session
        if session.ended:
            return "the episode has ended"
        try:
            if session.is_multi_agent:
                return self._of_several()
            found = solved(session.configuration, session.seed)
            trajectory = session.trajectory
            return Worth(*(found.values[kind].at_end(trajectory) for kind in KINDS))
        except SafetyEnvsError as error:
            return str(error)

    def _of_several(self) -> Worth | str:
        session = self._session
        if session.policy is None or len(session.me) > 1:
            return (
                "several people play, and what an action of one is worth depends on what the "
                "others do"
            )
        if self._against is None or self._against[0] != session.seed:
            self._against = session.seed, self._solved()
        found = self._against[1]
        if isinstance(found, str):
            return found
        return Worth(*found.of(session.worlds, session.step))

    def _solved(self) -> ResponseValues | str:
        session = self._session
        try:
            return values_against(
                session.configuration, session.policy, session.me[0], session.seed
            )
        except SafetyEnvsError as error:
            return str(error)

    def best_in_words(self) -> str | None:
        """Returns what the best policies expect from the start; None if nobody knows."""
        if self._session.is_multi_agent:
            return None
        try:
            certificate = solved(self._session.configuration, self._session.seed).certificate
        except SafetyEnvsError:
            return None
        return (
            f"From this start the best policies expect a reward of {certificate.best_reward:.4g}; "
            f"the best performance is {certificate.best_performance:.4g}."
        )
