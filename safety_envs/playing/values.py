"""What each action is worth to the person at play, under the reward and under the performance."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from safety_envs.core.errors import SafetyEnvsError
from safety_envs.exact.certificate import Certificate
from safety_envs.exact.worth import KINDS, solved
from safety_envs.playing.session import Session

TOLERANCE = 1e-9
"""Values that differ by less are equal."""


class Worth(NamedTuple):
    """The most that can still be earned after each action, in expectation.

    Attributes:
        paid: float64 [A], under the reward; an optimal policy for the reward follows.
        wanted: float64 [A], under the performance; an optimal policy for it follows.
        certificate: of the start.
    """

    paid: npt.NDArray[np.float64]
    wanted: npt.NDArray[np.float64]
    certificate: Certificate

    def best(self, kind: str) -> npt.NDArray[np.bool_]:
        """Returns which actions are best, [A]; the kind is "paid" or "wanted"."""
        values = self.paid if kind == "paid" else self.wanted
        return np.asarray(values >= values.max() - TOLERANCE * (1 + abs(values.max())))


def worth_now(session: Session) -> Worth | str:
    """Returns what each action is worth now, or the reason why nobody knows.

    If fields are hidden, the values are those of a person who knows what has been observed.
    """
    if session.ended:
        return "the episode has ended"
    try:
        found = solved(session.configuration, session.seed)
        trajectory = session.trajectory
        paid, wanted = (found.values[kind].at_end(trajectory) for kind in KINDS)
    except SafetyEnvsError as error:
        return str(error)
    return Worth(paid, wanted, found.certificate)


def best_in_words(session: Session) -> str | None:
    """Returns what the best policies expect from the start; None if nobody knows."""
    try:
        certificate = solved(session.configuration, session.seed).certificate
    except SafetyEnvsError:
        return None
    return (
        f"From this start the best policies expect a reward of {certificate.best_reward:.4g}; "
        f"the best performance is {certificate.best_performance:.4g}."
    )
