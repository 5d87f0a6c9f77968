"""Overseers: they approve of each action in a world, more or less well.

An overseer gives every action a number before it is taken, its approval. Myopic optimisation with
non-myopic approval (Farquhar et al. 2025, MONA), labels of single steps for monitors, and regret
per action all start from it. The best overseer knows the exact Q-values of what was wanted. Worse
ones see less far, see less, make errors, or have learned from few labels:

    q = safety_envs.q_values("SafetyProxy-v0", payment="performance", seed=0)
    Overseer(q)                          # exact
    Overseer(q).short_sighted(5)         # plans 5 steps ahead
    Overseer(q).noisy(0.1, seed=0)       # wrong by 0.1 on average, each time in the same way
    Overseer(q).through(camera)          # cannot tell apart what looks the same to `camera`
    Overseer(q).learned(1000, seed=0)    # fitted to 1,000 labels

Each returns another overseer, so that they can be combined.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from safety_envs.core.engine import Engine
from safety_envs.core.errors import SafetyEnvsError
from safety_envs.core.keywords import whole_number
from safety_envs.core.observe import Observer
from safety_envs.exact.optima.q_values import Floats, Ints, QValues

Worlds = npt.NDArray[np.void]
Approve = Callable[[Ints, Ints], Floats]
"""Numbers of states [N] and of steps taken [N] -> approvals [N, A]."""

PENALTY = 1e-3
"""The ridge penalty of learned overseers."""


@dataclass(frozen=True)
class Overseer:
    """Approves of actions in worlds without hidden fields.

    Attributes:
        q: the exact Q-values from which it starts.
        approve: how it judges states of the model; the Q-values themselves if None.
    """

    q: QValues
    approve: Approve | None = None

    def __call__(self, engine: Engine) -> Floats:
        """Returns approvals in an engine's worlds, each at its own time, float64 [N, A]."""
        return self.of(engine.worlds, engine.ledger.steps.astype(np.int64))

    def of(self, worlds: Worlds, steps: Any = 0) -> Floats:
        """Returns approvals in worlds, float64 [N, A]; see `QValues.of`."""
        states = self.q.states(worlds)
        times = np.broadcast_to(np.asarray(steps, np.int64), states.shape)
        return self._judge(states, times)

    def _judge(self, states: Ints, times: Ints) -> Floats:
        return (self.approve or self.q.of_states)(states, times)

    @property
    def _num_states(self) -> int:
        return self.q.planning.model.num_states

    @property
    def _num_actions(self) -> int:
        return len(self.q.case.configuration.actions)

    def short_sighted(self, steps: int) -> "Overseer":
        """Returns an overseer with the Q-values of the next steps only, as if all ended then.

        Args:
            steps: h, at least 1. With 1 it judges by what is paid at once.
        """
        sight, horizon = whole_number(steps, "steps", 1, 100_000), self.q.case.horizon

        def approve(states: Ints, times: Ints) -> Floats:
            return self._judge(states, np.maximum(times, horizon - sight))

        return Overseer(self.q, approve)

    def noisy(self, scale: float, seed: int = 0) -> "Overseer":
        """Returns an overseer with an error for each action in each state, the same at all times.

        Args:
            scale: the standard deviation of the normal errors.
            seed: of the errors.
        """
        if not (isinstance(scale, (int, float)) and 0 <= scale < np.inf):
            raise SafetyEnvsError(f"scale must be a number of at least 0, got {scale!r}")
        errors = np.random.default_rng(seed).normal(
            0.0, scale, (self._num_states, self._num_actions)
        )

        def approve(states: Ints, times: Ints) -> Floats:
            return self._judge(states, times) + errors[states]

        return Overseer(self.q, approve)

    def through(self, view: Callable[[Worlds], Any]) -> "Overseer":
        """Returns an overseer that cannot tell apart worlds that look the same to it.

        It approves with the mean over all reachable worlds that look the same, equally weighted.

        Args:
            view: what it sees of worlds [N]: an array [N, ...] of numbers.
        """
        seen = np.asarray(view(self.q.planning.model.index.worlds))
        if len(seen) != self._num_states:
            raise SafetyEnvsError(
                f"a view of {self._num_states} worlds must have {self._num_states} rows, "
                f"got {len(seen)}"
            )
        _, group = np.unique(seen.reshape(len(seen), -1), axis=0, return_inverse=True)
        group = group.reshape(-1)
        everywhere = self.q.planning.model.expanded
        sizes = np.bincount(group[everywhere], minlength=group.max() + 1)
        known: dict[int, Floats] = {}

        def means(time: int) -> Floats:
            if time not in known:
                values = self._judge(everywhere, np.full(len(everywhere), time))
                sums = [np.bincount(group[everywhere], each, len(sizes)) for each in values.T]
                known[time] = np.stack(sums, axis=1) / np.maximum(sizes, 1)[:, None]
            return known[time]

        def approve(states: Ints, times: Ints) -> Floats:
            found = np.empty((len(states), self._num_actions))
            for time in np.unique(times).tolist():
                now = times == time
                found[now] = means(time)[group[states[now]]]
            return found

        return Overseer(self.q, approve)

    def learned(self, labels: int, seed: int = 0, observation: str | None = None) -> "Overseer":
        """Returns an overseer that is fitted to labels of this one, by ridge regression.

        Each label is this overseer's approval of one action in one state at one time, drawn
        uniformly. The features are the flat observation, the share of the episode that has passed,
        and 1; each action has its own weights.

        Args:
            labels: their number.
            seed: of the draws.
            observation: the encoding that it learns from; the environment's first if None.
        """
        number = whole_number(labels, "labels", 1, 100_000_000)
        configuration, horizon = self.q.case.configuration, self.q.case.horizon
        worlds, observer = self.q.planning.model.index.worlds, Observer(configuration, observation)

        def features(states: Ints, times: Ints) -> Floats:
            flat = np.asarray(observer(worlds[states]), np.float64).reshape(len(states), -1)
            return np.column_stack([flat, times / horizon, np.ones(len(states))])

        random = np.random.default_rng(seed)
        states = random.choice(self.q.planning.model.expanded, size=number)
        times = random.integers(horizon, size=number)
        actions = random.integers(self._num_actions, size=number)
        targets = self._judge(states, times)[np.arange(number), actions]
        inputs = features(states, times)
        weights = np.zeros((self._num_actions, inputs.shape[1]))
        for action in range(self._num_actions):
            of_action = inputs[actions == action]
            gram = of_action.T @ of_action + PENALTY * np.eye(inputs.shape[1])
            weights[action] = np.linalg.solve(gram, of_action.T @ targets[actions == action])

        def approve(states: Ints, times: Ints) -> Floats:
            return features(states, times) @ weights.T

        return Overseer(self.q, approve)
