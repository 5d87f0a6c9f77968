"""Two-player zero-sum games: the value and both optimal mixed strategies.

Both players see the whole world, know the time and move simultaneously. With t steps to go, the
value of a state is that of its stage game (Shapley 1953, with finitely many steps):

    v_t(s) = max over x, min over y of sum over a, b of x(a) y(b) (r(s, a, b) + E v_(t-1)(s'))

The stage game has a pure solution if it has a saddle point. Otherwise a linear programme solves it.
"""

from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from safety_envs.core.errors import SafetyEnvsError
from safety_envs.core.keywords import named
from safety_envs.core.progress import progress
from safety_envs.envs import Asked
from safety_envs.exact.analysis import Starts, case_of
from safety_envs.exact.games.joint_model import JointModel
from safety_envs.exact.games.matrix_game import normalised, optimal_mixtures, saddle_points
from safety_envs.exact.models.finite import world_in_words
from safety_envs.exact.optima.solve import TOLERANCE
from safety_envs.exact.policies.choices import Floats, Worlds, joint
from safety_envs.exact.policies.evaluation import Evaluation, evaluate_acting
from safety_envs.exact.policies.timed import Acting, TimedPolicy, check_covered

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class ZeroSumSolution:
    """The value of a zero-sum game, and optimal strategies of both players.

    Attributes:
        agent: the number of the agent that maximises; the other one minimises.
        payment: "reward" (of that agent) or "performance".
        value: what the agent has if both play optimally.
        guaranteed: (low, high): its strategy earns at least `low` against every opponent, and the
            other's strategy allows at most `high`. They differ by rounding errors only.
        opening: float64 [K, 2, A], the probabilities of each agent's actions at the first step, in
            the worlds in which an episode may start.
        policy: both strategies as a joint policy, for `evaluate` and `rollout`.
        evaluation: the exact expectations if both play optimally.
        num_states: the number of reachable states.
        num_programmes: the number of linear programmes that were solved.
    """

    agent: int
    payment: str
    value: float
    guaranteed: tuple[float, float]
    opening: Floats = field(repr=False)
    policy: TimedPolicy = field(repr=False)
    evaluation: Evaluation = field(repr=False)
    num_states: int
    num_programmes: int

    def __str__(self) -> str:
        it = self.evaluation
        lines = [
            f"{named(it.environment, it.keywords)}, {it.start}, {self.num_states:,} states",
            f"  agent {self.agent} maximises {self.payment}: value {self.value:.4f}, "
            f"{self.num_programmes} linear programme{'s' * (self.num_programmes != 1)}",
        ]
        if len(self.opening) == 1:
            for agent, shares in enumerate(self.opening[0]):
                lines.append(
                    f"  agent {agent} begins with [{', '.join(f'{p:.4f}' for p in shares)}]"
                )
        return "\n".join(lines)


def zero_sum(
    environment: Asked,
    *,
    agent: int = 0,
    payment: Literal["reward", "performance"] = "reward",
    seed: int | None = None,
    starts: Starts = None,
    horizon: int | None = None,
    **keywords: Any,
) -> ZeroSumSolution:
    """Returns the value and both optimal mixed strategies of a zero-sum game of two agents.

    Args:
        environment: an id, a definition or a configuration.
        agent: the agent that maximises; the other one minimises.
        payment: "reward": the agent's reward, if the rewards of both sum to zero everywhere.
            "performance": the hidden performance, whatever the rewards are, so that the other agent
            is the worst opponent there is.
        seed: see `certify`.
        starts: see `certify`.
        horizon: see `certify`.
        keywords: the environment's own, and `max_steps`.

    Raises:
        SafetyEnvsError: not two agents; rewards that do not sum to zero; hidden fields; too many
            states; or a stage game without a saddle point, and scipy is not installed.
    """
    case = case_of(environment, horizon, seed, starts, keywords)
    configuration = case.configuration
    if configuration.agents != 2:
        raise SafetyEnvsError(
            f"a zero-sum game has two agents, but {configuration.id} has {configuration.agents}: "
            "use best_response for the others' worst policies together"
        )
    if payment not in ("reward", "performance"):
        raise SafetyEnvsError(f"payment must be 'reward' or 'performance', got {payment!r}")
    if agent not in (0, 1):
        raise SafetyEnvsError(f"agent must be 0 or 1, got {agent!r}")
    model = case.joint
    if payment == "reward":
        _check_zero_sum(model)
    payments = model.payments[agent if payment == "reward" else -1]
    game = _Game(model, payments, agent)
    low, high = model.expected(game.solve()).tolist()
    acting = Acting(game.probabilities)
    return ZeroSumSolution(
        agent=agent,
        payment=payment,
        value=(low + high) / 2,
        guaranteed=(low, high),
        opening=game.strategies(case.known[0], 0),
        policy=TimedPolicy(configuration, acting),
        evaluation=evaluate_acting(case, acting),
        num_states=len(model.worlds.start),
        num_programmes=game.num_programmes,
    )


def _check_zero_sum(model: JointModel) -> None:
    first, second = model.payments[:2]
    wrong = abs(first + second) > TOLERANCE * np.maximum(1.0, abs(first))
    if not wrong.any():
        return
    state, number = np.argwhere(wrong)[0].tolist()
    configuration = model.configuration
    actions = (repr(configuration.actions[action]) for action in model.joint_actions[number])
    raise SafetyEnvsError(
        f"the rewards of {configuration.id} do not sum to zero: for {' and '.join(actions)} they "
        f"are {first[state, number]:g} and {second[state, number]:g} in the world "
        f"{world_in_words(model.worlds.states.worlds[state])}: use payment='performance', or "
        "best_response"
    )


class _Game:
    """Solves a game's stages, the last first. Stages with equal solutions share them.

    Args:
        model: S states, J = A * A joint actions.
        payments: float64 [S, J], what the maximising agent has.
        agent: its number.
    """

    def __init__(self, model: JointModel, payments: Floats, agent: int) -> None:
        self._model, self._payments, self._agent = model, payments, agent
        self._num_actions = len(model.configuration.actions)
        self._numbers: dict[bytes | tuple[int, int], int] = {}  # matrix or saddle point
        self._found: list[tuple[Floats, Floats]] = []  # strategies: of the agent, of the other
        self._plan = np.zeros((model.configuration.max_steps, len(payments)), np.int64)
        self._distance = _distances(model)
        self.num_programmes = 0

    def solve(self) -> Floats:
        """Returns what each of both guarantees, [2, S]: the agent's least, the other's most."""
        steps, values = len(self._plan), np.zeros((2, len(self._payments)))
        for t in progress(range(steps - 1, -1, -1), "zero-sum game"):
            worth = self._payments + self._model.later(values)
            games = worth.reshape(2, -1, self._num_actions, self._num_actions)
            if self._agent == 1:
                games = games.swapaxes(2, 3)
            here = np.flatnonzero(self._distance <= t)
            self._plan[t, here] = self._solutions(games[:, here].mean(axis=0))
            own, other = self._strategies(self._plan[t, here])
            values = np.zeros_like(values)
            values[0, here] = np.einsum("sa,sab->sb", own, games[0, here]).min(axis=1)
            values[1, here] = np.einsum("sab,sb->sa", games[1, here], other).max(axis=1)
        return values

    def _solutions(self, games: Floats) -> Ints:
        """Returns the numbers of the solutions of matrices [N, A, A], [N]."""
        pure, rows, columns = saddle_points(games)
        numbers = np.empty(len(games), np.int64)
        certain = np.eye(self._num_actions)
        for row, column in np.unique(np.stack([rows, columns])[:, pure], axis=1).T.tolist():
            number = self._number((row, column))
            if number == len(self._found):
                self._found.append((certain[row], certain[column]))
            numbers[pure & (rows == row) & (columns == column)] = number
        mixed = np.flatnonzero(~pure)
        for state, matrix in zip(mixed.tolist(), normalised(games[mixed]), strict=True):
            number = self._number(matrix.round(12).tobytes())
            if number == len(self._found):
                self._found.append(optimal_mixtures(matrix))
                self.num_programmes += 1
            numbers[state] = number
        return numbers

    def _number(self, key: bytes | tuple[int, int]) -> int:
        """Returns the number of a solution; a new one is entered into `_found` next."""
        return self._numbers.setdefault(key, len(self._numbers))

    def _strategies(self, numbers: Ints) -> tuple[Floats, Floats]:
        own, other = (np.array(each) for each in zip(*self._found, strict=True))
        return own[numbers], other[numbers]

    def strategies(self, worlds: Worlds, step: int) -> Floats:
        """Returns the probabilities of each agent's actions in worlds [N], float64 [N, 2, A]."""
        found = self._model.worlds.states.find(worlds)
        check_covered((found >= 0) & (self._distance[found] <= step), step, len(self._plan))
        both = self._strategies(self._plan[step, found])
        return np.stack(both if self._agent == 0 else both[::-1], axis=1)

    def probabilities(self, worlds: Worlds, step: int) -> Floats:
        """Returns the probabilities of joint actions in worlds [N], float64 [N, J]."""
        return joint(self.strategies(worlds, step))


def _distances(model: JointModel) -> Ints:
    """Returns the least number of steps in which each state is reached, [S]."""
    worlds = model.worlds
    num_states, num_joint = model.alike.shape
    source = np.repeat(np.arange(num_states), np.diff(worlds.first[::num_joint]))
    alive = worlds.successor >= 0
    source, successor = source[alive], worlds.successor[alive]
    distance = np.full(num_states, num_states)
    reached = worlds.start > 0
    for steps in range(num_states):
        distance[reached & (distance == num_states)] = steps
        after = reached.copy()
        after[successor[reached[source]]] = True
        if (after == reached).all():
            break
        reached = after
    return distance
