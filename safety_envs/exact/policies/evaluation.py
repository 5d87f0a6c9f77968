"""Exact evaluation of policies, by enumerating the model instead of playing episodes.

What is summed over an episode has an expectation that follows from how often each world is met. It
is found by one pass forward over the steps of an episode. There is no evaluation noise: differences
between runs are those of training.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np

from safety_envs.core.errors import SafetyEnvsError
from safety_envs.core.keywords import named
from safety_envs.core.notebooks import table
from safety_envs.exact.analysis import Case
from safety_envs.exact.games.social_planner import SocialPlanner
from safety_envs.exact.models.expand import Expander
from safety_envs.exact.models.information import visible
from safety_envs.exact.models.planning_model import (
    PlanningModel,
)
from safety_envs.exact.optima.planner import Planner
from safety_envs.exact.policies.accumulate import MOST_PAIRS, accumulate, distribution_of
from safety_envs.exact.policies.behaviour import Behaviour, of_beliefs, of_plan
from safety_envs.exact.policies.chain import (
    chain,
    columns,
    follow_plan,
    settlements,
    totals_of_acting,
    totals_of_chain,
    totals_of_plan,
)
from safety_envs.exact.policies.choices import Choices, Floats
from safety_envs.exact.policies.distribution import Distribution
from safety_envs.exact.policies.moments import mean_and_variance
from safety_envs.exact.policies.one_step import behaviour_of_one_step, totals_of_one_step
from safety_envs.exact.policies.readings import happening, reading_of
from safety_envs.exact.policies.timed import Acting

MOST_STATES = 1_000_000
"""States up to which a policy is evaluated, if nothing else is said."""


@dataclass(frozen=True)
class Evaluation:
    """The exact expectations of a policy's episodes, and their distributions when asked.

    Attributes:
        environment: its id.
        keywords: all its keywords.
        start: which starts it is over, in words; see `Certificate.start`.
        horizon: steps of an episode.
        means: "reward", "performance", "cost", "length" and every metric that is a sum over steps
            -> its expectation. With several agents "reward" and per-agent metrics are those of all
            together, as in `rollout`.
        per_agent: with several agents "reward" and every per-agent metric -> one for each agent.
        left_out: the metrics that are no expectation of a sum: derived ones, first steps, least
            values, and means where episodes may end early. They have a `distribution`.
        num_states: how many states the policy may reach; of beliefs for a planner from which
            something is hidden.
        behaviour: returns how the policy acts in each state; None if only expectations are known.
    """

    environment: str
    keywords: Mapping[str, Any]
    start: str
    horizon: int
    means: Mapping[str, float]
    per_agent: Mapping[str, tuple[float, ...]]
    left_out: tuple[str, ...]
    num_states: int
    behaviour: Callable[[], Behaviour] | None = field(default=None, repr=False, compare=False)

    @property
    def reward(self) -> float:
        """The expected reward of an episode; of all agents together."""
        return self.means["reward"]

    @property
    def performance(self) -> float:
        """The expected hidden performance of an episode."""
        return self.means["performance"]

    def distribution(
        self, name: str, agent: int | None = None, *, most_pairs: int = MOST_PAIRS
    ) -> Distribution:
        """Returns the exact distribution of a metric over episodes.

        Chance in the environment, in the policy and in the start all count. It is computed at each
        call, by a forward pass over pairs of a state and what the metric has accumulated so far.
        All kinds of metrics have distributions: totals, means over steps, first steps, least values
        and derived metrics.

        Args:
            name: "reward", "length" or any metric.
            agent: the agent whose reward or per-agent metric it is; that of all together if None.
            most_pairs: how many pairs there may be after a step; ten million take 80 MB.

        Raises:
            TooManyStatesError: more pairs: most often of payments that take many values, or of a
                derived metric that reads the totals of several agents.
            SafetyEnvsError: no such metric or agent; an environment of which only expectations are
                known; or a metric that needs whole steps where flags fade.
        """
        behaviour = self._known_behaviour()
        reading = reading_of(behaviour.configuration, name, agent)
        return distribution_of(reading, accumulate(behaviour, reading, self.horizon, most_pairs))

    def standard_deviation(self, name: str, agent: int | None = None) -> float:
        """Returns the exact standard deviation of a metric over episodes.

        That of a sum over steps is computed backwards and needs no distribution, so it is known
        where a distribution has too many values. See `distribution` for arguments and errors.
        """
        behaviour = self._known_behaviour()
        reading = reading_of(behaviour.configuration, name, agent)
        if not reading.is_sum:
            return self.distribution(name, agent).standard_deviation
        return float(np.sqrt(mean_and_variance(behaviour, reading, self.horizon)[1]))

    def probability(self, name: str) -> float:
        """Returns the probability that something happens at all in an episode.

        It happens if the rules write a value of the metric other than 0 in any step. That needs
        twice as many states as the expectation, where a distribution may need many more.

        Args:
            name: a metric that rules write, but no least value.

        Raises:
            SafetyEnvsError: no such metric; or see `distribution`.
        """
        behaviour = self._known_behaviour()
        reading = happening(behaviour.configuration, name)
        return distribution_of(reading, accumulate(behaviour, reading, self.horizon)).at_least(1)

    def event_probabilities(self) -> dict[str, float]:
        """Returns the `probability` of every total, first step and per-agent metric."""
        layout = self._known_behaviour().configuration.layout
        events = [
            name
            for name, metric in layout.metrics.items()
            if metric.kind in ("total", "first", "per_agent") and name != "performance"
        ]
        return {name: self.probability(name) for name in events}

    def _known_behaviour(self) -> Behaviour:
        if self.behaviour is None:
            raise SafetyEnvsError(
                f"of {self.environment} only expectations are known here: a definition with "
                "`action_values` needs `unseen` as well, and a joint policy must not depend on "
                "the time. Play the policy instead (safety_envs.rollout)"
            )
        return self.behaviour()

    def __getitem__(self, name: str) -> float:
        return self.means[name]

    def __str__(self) -> str:
        width = max(map(len, self.means))
        lines = [self._title]
        for name, mean, *each in self._rows:
            of_agents = f"  of agents [{', '.join(each)}]" if each else ""
            lines.append(f"  {name:{width}} {mean:>12}{of_agents}")
        if self.left_out:
            lines.append(f"  left out, no sums over steps: {', '.join(self.left_out)}")
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        most = max((len(each) for each in self.per_agent.values()), default=0)
        rows = [row + [""] * (2 + most - len(row)) for row in self._rows]
        rows += [[name, "no sum over steps"] + [""] * most for name in self.left_out]
        agents = [f"agent {number}" for number in range(most)]
        return table(self._title, ["metric", "expectation", *agents], rows)

    @property
    def _title(self) -> str:
        asked = named(self.environment, self.keywords)
        return f"{asked}, {self.start}, {self.num_states:,} states"

    @property
    def _rows(self) -> list[list[str]]:
        """What is shown of each metric: its name, its expectation, and that of each agent."""
        return [
            [name, *(f"{mean:.4f}" for mean in (self.means[name], *self.per_agent.get(name, ())))]
            for name in dict.fromkeys(("reward", "performance", *self.means))
        ]


def evaluate_choices(case: Case, choices: Choices) -> Evaluation:
    """Returns the evaluation of a policy that acts on what it sees.

    Raises:
        TooManyStatesError: it can reach more than `case.most` states.
        SafetyEnvsError: chance that cannot be listed.
    """
    configuration = case.configuration
    if configuration.environment.action_values:
        known = case.planning
        often = known.model.start[:, None] * choices(
            visible(configuration, known.model.index.worlds)
        )
        return _of_one_step(case, known, often)
    expander = Expander(configuration, without_fading=True)
    found = chain(expander, *case.known, choices, case.most)
    behaviour = partial(
        Behaviour, configuration, found.states.worlds, found.start, 1, *found.acting
    )
    totals = totals_of_chain(configuration, found)
    return evaluation_of(case, totals, len(found.states), behaviour)


def evaluate_planner(case: Case, planner: Planner) -> Evaluation:
    """Returns the evaluation of an optimal policy of one agent; errors as `certify`."""
    configuration = case.configuration
    known = case.planning
    model = known.model
    plan = planner.plan_in(known)
    num_actions = model.reward.shape[1]
    often, faded = follow_plan(model.edges, model.start, plan, num_actions, model.fading)
    if configuration.environment.action_values:
        return _of_one_step(case, known, np.where(model.start[:, None] > 0, often, 0.0))
    behaviour = partial(of_plan, configuration, model.index.worlds, model.start, plan, often)
    if known.tracker is not None:
        behaviour = partial(of_beliefs, known, plan, often, *case.known)
        often = _of_worlds(known, often)
    expander = Expander(configuration, without_fading=True)
    totals = totals_of_plan(expander, model.index.worlds, often)
    totals += settlements(configuration, model.index, faded, model.fading)
    return evaluation_of(case, totals, model.num_states, behaviour)


def evaluate_social_planner(case: Case, planner: SocialPlanner) -> Evaluation:
    """Returns the evaluation of a joint policy of several agents; errors as `SocialPlanner`."""
    starts, probabilities = case.known
    model, plan = planner.solved(starts, np.zeros(len(starts), np.int64))
    worlds, numbers = model.worlds, model.worlds.states.find(starts)
    start = np.bincount(numbers, probabilities, len(worlds.start)).astype(np.float64)
    edges = worlds.first, worlds.successor, worlds.probability
    often, _ = follow_plan(edges, start, plan, len(model.joint_actions))
    totals = totals_of_plan(Expander(case.configuration), worlds.states.worlds, often)
    behaviour = partial(of_plan, case.configuration, worlds.states.worlds, start, plan, often)
    return evaluation_of(case, totals, len(start), behaviour)


def evaluate_acting(case: Case, acting: Acting) -> Evaluation:
    """Returns the evaluation of a joint policy that may depend on the time.

    Raises:
        TooManyStatesError: it can reach more than `case.most` states.
        SafetyEnvsError: chance that cannot be listed.
    """
    if not acting.depends_on_time:
        return evaluate_choices(case, lambda worlds: acting.at(worlds, 0))
    expander = Expander(case.configuration)
    totals, num_states = totals_of_acting(expander, *case.known, acting.at, case.most)
    return evaluation_of(case, totals, num_states)


def _of_worlds(known: PlanningModel, often: Floats) -> Floats:
    """Returns how often actions are taken in worlds, of how often they are in beliefs."""
    assert known.tracker is not None, "there are beliefs"
    beliefs = known.tracker.beliefs
    found = np.zeros((len(known.model.index), often.shape[1]))
    for number in np.flatnonzero(often.any(axis=1)):
        for world, share in beliefs[number]:
            found[world] += share * often[number]
    return found


def _of_one_step(case: Case, known: PlanningModel, often: Floats) -> Evaluation:
    """Returns the evaluation of one step, of which only reward and performance have means."""
    totals = totals_of_one_step(known.model, often)
    behaviour = behaviour_of_one_step(known.model, often)
    return evaluation_of(case, totals, known.model.num_states, behaviour)


def evaluation_of(
    case: Case,
    totals: Floats,
    num_states: int,
    behaviour: Callable[[], Behaviour] | None = None,
) -> Evaluation:
    """Returns the evaluation of what is expected over an episode, [columns]; see `columns`."""
    configuration = case.configuration
    layout, agents = configuration.layout, configuration.agents
    found = dict(zip(columns(configuration), (totals + 0.0).tolist(), strict=True))
    length = found.pop("length")
    per_agent = {
        name: tuple(found.pop(f"{name}[{agent}]") for agent in range(agents))
        for name in ("reward", *layout.per_agent)
    }
    for name, metric in layout.metrics.items():
        if metric.kind == "mean":  # of steps: known only where all episodes have as many
            mean = found.pop(name) / length
            if length >= configuration.max_steps * (1 - 1e-12):
                found[name] = mean
    means = {name: sum(each) for name, each in per_agent.items()} | found | {"length": length}
    undefined = {name for name, metric in layout.metrics.items() if metric.may_be_undefined}
    means = {k: v for k, v in means.items() if not (np.isnan(v) or k in undefined)}
    return Evaluation(
        environment=configuration.id,
        keywords=dict(configuration.keywords),
        start=case.start_in_words,
        horizon=configuration.max_steps,
        means=means,
        per_agent=per_agent if configuration.environment.is_multi_agent else {},
        left_out=tuple(name for name in layout.metrics if name not in means),
        num_states=num_states,
        behaviour=behaviour,
    )
