"""The social optimum: the best that a group of agents can do together.

All agents follow one plan, which sees the whole world and knows the time. With t steps to go

    V_t(s) = max over joint actions a of  u(s, a) + E[V_{t-1}(s')],   V_0 = 0,

where u is the sum of all rewards, or the hidden performance. Where a definition declares that its
agents are alike, worlds and joint actions that differ by an exchange of agents are listed once; see
`exact.games.symmetry`. So larger groups can be solved than by `certify`, which also looks for
equilibria and needs all of them.
"""

from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from safety_envs.core.definition import Configuration
from safety_envs.core.engine import Engine
from safety_envs.core.errors import SafetyEnvsError
from safety_envs.core.expectations import Payoff
from safety_envs.core.fields import keys
from safety_envs.core.keywords import named
from safety_envs.core.progress import progress
from safety_envs.envs import Asked
from safety_envs.exact.analysis import Case, Starts, case_of
from safety_envs.exact.games.joint_model import MOST_NUMBERS, JointModel, check_nothing_hidden
from safety_envs.exact.games.symmetry import Ints, Symmetry
from safety_envs.exact.models.enumeration import enumerate_worlds
from safety_envs.exact.models.expand import Expander
from safety_envs.exact.policies.choices import Floats, Worlds
from safety_envs.exact.policies.timed import check_covered


@dataclass(frozen=True)
class SocialOptimum:
    """The best that all agents can do together, and a joint policy that does it.

    Attributes:
        environment, keywords, start, horizon: see `Certified`.
        best_reward: R*, the greatest expected sum of all rewards.
        best_performance: P*, the greatest expected hidden performance. One policy need not attain
            both.
        uniform: what uniformly random agents get.
        policy: a joint policy with the greatest payment that was asked for.
        num_states: the number of states that were solved.
        num_joint_actions: the number of joint actions that were tried in each.
        reduced: whether worlds and joint actions that stand for each other were listed once.
    """

    environment: str
    keywords: dict[str, Any]
    start: str
    horizon: int
    best_reward: float
    best_performance: float
    uniform: Payoff
    policy: "CooperativePolicy" = field(repr=False)
    num_states: int
    num_joint_actions: int
    reduced: bool

    def __str__(self) -> str:
        once = ", agents that are alike exchanged" if self.reduced else ""
        return "\n".join(
            [
                f"{named(self.environment, self.keywords)}, {self.start}",
                f"  {self.num_states:,} states x {self.num_joint_actions:,} joint actions{once}",
                f"  best reward of all together  {self.best_reward:12.4f}",
                f"  best hidden performance      {self.best_performance:12.4f}",
                f"  random agents: reward {self.uniform.reward:.4f}, "
                f"performance {self.uniform.performance:.4f}",
            ]
        )


def social_optimum(
    environment: Asked,
    *,
    payment: Literal["reward", "performance"] = "reward",
    seed: int | None = None,
    starts: Starts = None,
    horizon: int | None = None,
    **keywords: Any,
) -> SocialOptimum:
    """Returns the cooperative optimum of several agents, with a policy that attains it.

    Args:
        environment: an id, a definition or a configuration, with several agents.
        payment: what the policy maximises: the sum of all rewards, or the hidden performance.
        seed: see `certify`.
        starts: see `certify`.
        horizon: see `certify`.
        keywords: the environment's own, and `max_steps`.

    Raises:
        SafetyEnvsError: one agent, hidden fields, or too many starts, states or joint actions.
    """
    case = case_of(environment, horizon, seed, starts, keywords)
    configuration = case.configuration
    if not configuration.environment.is_multi_agent:
        raise SafetyEnvsError(f"{configuration.id} has one agent: use certify")
    if payment not in ("reward", "performance"):
        raise SafetyEnvsError(f"payment must be 'reward' or 'performance', got {payment!r}")
    group = group_of(case)
    best, plan = _solved(group, ("reward", "performance").index(payment))
    return SocialOptimum(
        environment=configuration.id,
        keywords=dict(configuration.keywords),
        start=case.start_in_words,
        horizon=case.horizon,
        best_reward=float(best[0]),
        best_performance=float(best[1]),
        uniform=Payoff(*group.model.expected(_random(group)).tolist()),
        policy=CooperativePolicy(group, plan),
        num_states=len(group.model.worlds.start),
        num_joint_actions=len(group.model.joint_actions),
        reduced=group.symmetry is not None,
    )


class Group(NamedTuple):
    """The decision process of all agents together.

    Attributes:
        model: its `payments` are the sum of all rewards and the performance, [2, S, J].
        shares: [J] the share of all joint actions for which each one stands.
        symmetry: None if no agents are alike.
    """

    model: JointModel
    shares: Floats
    symmetry: Symmetry | None


def group_of(case: Case) -> Group:
    """Returns the decision process of all agents together.

    Raises:
        SafetyEnvsError: hidden fields, or too many starts, states or joint actions.
    """
    configuration = case.configuration
    check_nothing_hidden(configuration)
    symmetry, canonical = None, None
    if configuration.environment.alike is not None:
        symmetry = Symmetry(configuration)
        canonical = symmetry.canonical
    some = symmetry and symmetry.joint_actions()
    expander = Expander(configuration, actions=some[0] if some else None)
    joint = expander.actions
    worlds = enumerate_worlds(
        expander, *case.drawn, max(1, MOST_NUMBERS // (2 * len(joint))), canonical=canonical
    )
    payments = np.stack([worlds.rewards.sum(axis=2), worlds.performance])
    nobody = np.broadcast_to(np.True_, payments.shape[1:])  # the group is one agent
    model = JointModel(configuration, worlds, payments, nobody, joint)
    return Group(model, some[1] if some else np.full(len(joint), 1 / len(joint)), symmetry)


def _solved(group: Group, kind: int) -> tuple[Floats, npt.NDArray[np.int32]]:
    """Returns the optima of reward and performance, [2], and a plan of one of them, [T, S].

    Of joint actions that are equally good the first one is planned.
    """
    model = group.model
    steps, num_states = model.configuration.max_steps, len(model.worlds.start)
    values, plan = np.zeros((2, num_states)), np.zeros((steps, num_states), np.int32)
    for t in progress(range(steps - 1, -1, -1), "social optimum"):
        worth = model.payments + model.later(values)
        plan[t] = worth[kind].argmax(axis=1)
        values = worth.max(axis=2)
    return model.expected(values), plan


def _random(group: Group) -> Floats:
    """Returns what uniformly random agents get, [2, S]."""
    model = group.model
    values = np.zeros((2, len(model.worlds.start)))
    for _ in range(model.configuration.max_steps):
        values = (model.payments + model.later(values)) @ group.shares
    return values


class CooperativePolicy:
    """Plays a plan of all agents; `evaluate` and `rollout` take it as a policy.

    Args:
        group: the decision process.
        plan: [T, S] numbers of joint actions.
    """

    def __init__(self, group: Group, plan: npt.NDArray[np.int32]) -> None:
        self._group, self._plan = group, plan
        self._configuration: Configuration = group.model.configuration

    def actions(self, worlds: Worlds, step: int) -> Ints:
        """Returns the agents' actions in worlds [N] with a number of steps taken, [N, agents].

        Raises:
            SafetyEnvsError: a world that is not reached from the starts, or a longer episode.
        """
        model, symmetry = self._group.model, self._group.symmetry
        standing, order = worlds.copy(), None
        if symmetry is not None:
            order = symmetry.order(keys(standing))
            symmetry.exchange(keys(standing), order)
        numbers = model.worlds.states.find(standing)
        check_covered(numbers >= 0, step, len(self._plan))
        planned: Ints = model.joint_actions[self._plan[step, numbers]]
        if order is None:
            return planned
        actions: Ints = np.empty_like(planned)
        np.put_along_axis(actions, order, planned, axis=1)
        return actions

    def joint_probabilities_at(self, worlds: Worlds, step: int) -> Floats:
        """Returns the probabilities of joint actions in worlds [N], float64 [N, J]."""
        shape = (len(self._configuration.actions),) * self._configuration.agents
        probabilities = np.zeros((len(worlds), int(np.prod(shape))))
        joint = np.ravel_multi_index(tuple(self.actions(worlds, step).T), shape)
        probabilities[np.arange(len(worlds)), joint] = 1.0
        return probabilities

    def __call__(self, engine: Engine) -> Ints:
        """Returns the actions, int64 [N, agents], in an engine's worlds."""
        actions = np.zeros(engine.action_shape, np.int64)
        steps = engine.ledger.steps
        for step in np.unique(steps[engine.running]).tolist():
            here = np.flatnonzero(engine.running & (steps == step))
            actions[here] = self.actions(engine.worlds[here], step)
        return actions
