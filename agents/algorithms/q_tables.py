"""The tables of Q-learners, for many sessions of a repeated game at once."""

import numpy as np
import numpy.typing as npt

from agents.algorithms.repeated_game import joint_payoffs, repeats
from safety_envs import Configuration, SafetyEnvsError

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

MOST_ROWS = 10**5


class Learners:
    """The tables of all agents of all sessions, and their greedy policies.

    Attributes:
        values: float64 [rows, actions]; each learner has a stretch of rows, one for each thing
            that it may observe.
        greedy: int64 [rows], the best action by the values.
        best: float64 [rows], its value.
    """

    def __init__(self, configuration: Configuration, sessions: int, discount: float) -> None:
        bounds = np.array(list(configuration.features.values()), np.float64).reshape(-1, 2)
        agents, actions = configuration.agents, len(configuration.actions)
        counts = bounds[:, 1] - bounds[:, 0] + 1
        if agents < 2 or not len(bounds) or counts.prod() > MOST_ROWS or not repeats(configuration):
            raise SafetyEnvsError(
                f"{configuration.id} does not suit Q-learners with tables: they need several "
                f"agents, at most {MOST_ROWS} different observations of whole numbers, no end, and "
                "rewards that depend on the joint action alone"
            )
        learners = sessions * agents
        rows = int(counts.prod())
        self._low = bounds[:, 0]
        self._weights = np.concatenate(([1.0], counts[:-1].cumprod()))
        self._first = rows * np.arange(learners).reshape(sessions, agents)
        payoffs = joint_payoffs(configuration)
        start = np.empty((agents, actions))
        for agent in range(agents):  # against rivals that do anything
            others = tuple(axis for axis in range(agents) if axis != agent)
            start[agent] = payoffs[..., agent].mean(axis=others) / (1 - discount)
        everywhere = np.broadcast_to(start[None, :, None], (sessions, agents, rows, actions))
        self.values = everywhere.reshape(learners * rows, actions).copy()
        self.greedy = self.values.argmax(axis=1)
        self.best = self.values.max(axis=1)

    def rows(self, observations: npt.NDArray[np.float32]) -> Integers:
        """Returns the learners' rows, int64 [sessions, agents], for what they observe."""
        numbers: Integers = ((observations - self._low) @ self._weights).astype(np.int64)
        return self._first + numbers

    def update(
        self, rows: Integers, actions: Integers, found: Floats, rate: float
    ) -> npt.NDArray[np.bool_]:
        """Moves values toward what was found; returns whose greedy action there has changed."""
        self.values[rows, actions] += rate * (found - self.values[rows, actions])
        values = self.values[rows]
        greedy = values.argmax(axis=2)
        changed: npt.NDArray[np.bool_] = greedy != self.greedy[rows]
        self.greedy[rows] = greedy
        self.best[rows] = values.max(axis=2)
        return changed
