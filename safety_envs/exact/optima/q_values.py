"""Q-values: what each action is worth, in any world at any time.

With t steps taken, an action a in the state s is worth what it pays now plus what an optimal policy
expects from then on:

    Q_t(s, a) = r(s, a) + E[V_{t+1}(s')],   V_t(s) = max over a of Q_t(s, a),   V_T = 0.

The regret of an action is V_t(s) - Q_t(s, a): this very action was worth so much less than the
best. What is paid may be the reward, the hidden performance, or a reward of one's own.

Horizons are finite and nothing is discounted. If fields are hidden, the states are beliefs: values
are those of policies that act on what they have observed and done.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from safety_envs.core.engine import Engine
from safety_envs.core.errors import SafetyEnvsError
from safety_envs.core.keywords import in_short
from safety_envs.core.progress import progress
from safety_envs.envs import Asked
from safety_envs.exact.analysis import Case, Starts, case_of
from safety_envs.exact.models.information import Worlds, visible
from safety_envs.exact.models.planning_model import PlanningModel, check_policies_are_observable
from safety_envs.exact.optima.rewards import Reward, name_of, with_reward
from safety_envs.exact.optima.solve import expectation
from safety_envs.exact.tiers import compiled

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class QValues:
    """The values of all actions in the states that are reachable from some starts.

    Attributes:
        case: the configuration and the starts.
        payment: "reward", "performance", or the name of a reward of one's own.
        planning: the model; S states, A actions.
        kind: "reward" or "performance": which payment of the model it is.
        later: float64 [T, S], E[V_{t+1}] in a state after the action with which t + 1 steps are
            taken, before anything fades.
    """

    case: Case
    payment: str
    planning: PlanningModel
    kind: str
    later: Floats

    def __call__(self, engine: Engine) -> Floats:
        """Returns the values of actions in an engine's worlds, each at its own time, [N, A].

        Raises:
            SafetyEnvsError: see `of`.
        """
        return self.of(engine.worlds, engine.ledger.steps.astype(np.int64))

    def of(self, worlds: Worlds, steps: Any = 0) -> Floats:
        """Returns the values of actions in worlds, float64 [N, A].

        Args:
            worlds: structured [N].
            steps: the numbers of steps taken, one for all or [N], each below the horizon T.

        Raises:
            SafetyEnvsError: a world that is not reachable from the starts; or fields are hidden, so
                that a value depends on what was observed before: ask for `regrets`.
        """
        return self.of_states(self.states(worlds), steps)

    def states(self, worlds: Worlds) -> Ints:
        """Returns the numbers of worlds [N]; errors as `of`."""
        configuration = self.case.configuration
        if self.planning.tracker is not None:
            raise SafetyEnvsError(
                f"{configuration.id} hides {', '.join(configuration.environment.hidden)}, so what "
                "an action is worth depends on what was observed before: ask for the regrets of "
                "whole episodes, regrets(trajectory)"
            )
        if configuration.environment.action_values:  # states are what the agent observes
            worlds = visible(configuration, worlds)
        numbers = self.planning.model.index.find(worlds)
        if (numbers < 0).any():
            raise SafetyEnvsError(
                f"{configuration.id}: a world is not reachable from {self.case.start_in_words} "
                f"within {self.case.horizon} steps: ask for the Q-values of other starts"
            )
        return numbers

    def of_states(self, states: Ints, steps: Any = 0) -> Floats:
        """Returns the values of actions in states [N] of the model, float64 [N, A].

        Args:
            states: numbers of states.
            steps: see `of`.
        """
        times = np.broadcast_to(np.asarray(steps, np.int64), states.shape)
        if ((times < 0) | (times >= self.case.horizon)).any():
            raise SafetyEnvsError(
                f"steps must be in 0 .. {self.case.horizon - 1}, the horizon less one"
            )
        model = self.planning.model
        values = np.empty((len(states), model.reward.shape[1]))
        paid = model.payments(self.kind)
        compiled(values_of)(*model.edges, paid, self.later, states, times.copy(), values)
        return values

    def regrets(self, trajectory: Any) -> Floats:
        """Returns the regret of each action of recorded episodes, float64 [T, N].

        NaN after the end of an episode. The sum over an episode is on average, over chance, what
        its policy loses against the best.

        Args:
            trajectory: a `Trajectory` of the same configuration.

        Raises:
            SafetyEnvsError: another configuration, or a start that is not covered.
        """
        actions = trajectory.actions
        found = np.full(actions.shape, np.nan)
        for t, (running, states) in enumerate(self._states_along(trajectory, len(actions))):
            values = self.of_states(states, t)
            taken = actions[t, running]
            found[t, running] = values.max(axis=1) - values[np.arange(len(running)), taken]
        return found

    def at_end(self, trajectory: Any) -> Floats:
        """Returns the values of the next action of an episode that has not ended, float64 [A].

        If fields are hidden, they are those after all that was observed and done.

        Args:
            trajectory: a `Trajectory` of the same configuration, of one episode.

        Raises:
            SafetyEnvsError: another configuration, a start that is not covered, or an episode that
                has ended.
        """
        steps = trajectory.num_steps
        if trajectory.ended[0]:
            raise SafetyEnvsError("the episode has ended, so there is no next action")
        *_, (_, states) = self._states_along(trajectory, steps + 1)
        return np.asarray(self.of_states(states, steps)[0])

    def _states_along(self, trajectory: Any, number: int) -> Iterator[tuple[Ints, Ints]]:
        """Yields with 0 .. number-1 steps taken which episodes are running, and their states.

        Raises:
            SafetyEnvsError: another configuration, or a start that is not covered.
        """
        if trajectory.configuration != self.case.configuration:
            raise SafetyEnvsError(
                f"these Q-values are of {self.case.configuration}, the episodes are of "
                f"{trajectory.configuration}"
            )
        actions, worlds = trajectory.actions, trajectory.worlds
        states = np.zeros(actions.shape[1], np.int64)
        for t in range(number):
            at_end = t == len(actions)
            running = np.flatnonzero(~trajectory.ended if at_end else actions[t] >= 0)
            states[running] = self._states_at(
                t, worlds[t, running], states[running], actions[t - 1, running] if t else running
            )
            yield running, states[running]

    def _states_at(self, t: int, worlds: Worlds, before: Ints, actions: Ints) -> Ints:
        """Returns the states of episodes, given the last states and the last actions, [N] each."""
        tracker = self.planning.tracker
        if tracker is None:
            return self.states(worlds)
        seen = self.case.information.observations(worlds)
        if t == 0:
            found = [tracker.begin.get(each, -1) for each in seen]
        else:
            last = zip(before.tolist(), actions.tolist(), strict=True)
            found = [
                tracker.follow.get(pair, {}).get(each, -1)
                for pair, each in zip(last, seen, strict=True)
            ]
        if -1 in found:
            raise SafetyEnvsError(
                f"{self.case.configuration.id}: an episode is not among those that start as "
                f"{self.case.start_in_words}: ask for the Q-values of its own start"
            )
        return np.array(found, np.int64)


def q_values(
    environment: Asked,
    *,
    payment: Reward | str = "performance",
    horizon: int | None = None,
    seed: int | None = None,
    starts: Starts = None,
    observation: str | None = None,
    **keywords: Any,
) -> QValues:
    """Returns what each action is worth, in every world that is reachable from some starts.

    Args:
        environment: an id, a definition or a configuration; of one agent.
        payment: what is summed: the "reward", the hidden "performance", or a reward of one's own
            (see `certify`).
        horizon: T, the number of steps of an episode; `max_steps` if None.
        seed: the start of `reset(seed=seed)`, and all that look like it.
        starts: the starts of these seeds, or of 0 .. starts-1; all starts if neither is given.
        observation: the encoding that a reward of one's own takes.
        keywords: the environment's own, and `max_steps`.

    Raises:
        SafetyEnvsError: the errors of `certify`, or an unknown payment.
    """
    case = case_of(environment, horizon, seed, starts, keywords)
    own = not isinstance(payment, str)
    if not own and payment not in ("reward", "performance"):
        raise SafetyEnvsError(
            "payment= must be 'reward', 'performance' or a function, got " + in_short(payment)
        )
    planning, kind = case.planning, str(payment)
    if not isinstance(payment, str):
        planning, kind = with_reward(planning, payment, observation), "reward"
    name = kind if isinstance(payment, str) else name_of(payment)
    return values_in(case, planning, kind, name)


def values_in(case: Case, planning: PlanningModel, kind: str, name: str | None = None) -> QValues:
    """Returns the Q-values of a kind of payment in a model; the name is the kind's if None."""
    return QValues(case, name or kind, planning, kind, _later(planning, kind, case.horizon))


def _later(known: PlanningModel, kind: str, horizon: int) -> Floats:
    """Returns `QValues.later`.

    Raises:
        SafetyEnvsError: the model knows more than the agent, and the optimum depends on it.
    """
    model = known.model
    later = np.empty((horizon, model.num_states))
    best = np.empty((horizon, model.num_states), np.uint8)
    values, back = np.zeros(model.num_states), compiled(best_back)
    for t in progress(range(horizon - 1, -1, -1), f"values of {kind}"):
        later[t] = model.before_chance(values[:, None], (kind,))[:, 0]
        back(*model.edges, model.payments(kind), later[t], values, best[t])
    check_policies_are_observable(known, best)
    return later


def best_back(
    first: Any, successor: Any, probability: Any, paid: Any, later: Any, now: Any, actions: Any
) -> None:
    """One step of backward induction: the best value of each state, and its first best action."""
    num_states, num_actions = paid.shape
    for s in range(num_states):
        now[s] = -np.inf
        for a in range(num_actions):
            pair = s * num_actions + a
            value = paid[s, a] + expectation(first, successor, probability, pair, later)
            if value > now[s]:
                now[s] = value
                actions[s] = a


def values_of(
    first: Any, successor: Any, probability: Any, paid: Any, later: Any,
    states: Any, times: Any, values: Any,
) -> None:  # fmt: skip
    """Writes the values of all actions in some states at some times."""
    num_actions = paid.shape[1]
    for i in range(len(states)):
        s = states[i]
        for a in range(num_actions):
            pair = s * num_actions + a
            values[i, a] = paid[s, a] + expectation(
                first, successor, probability, pair, later[times[i]]
            )
