"""Exact evaluation of policies, by enumerating the model instead of playing episodes.

What is summed over an episode has an expectation that follows from how often each world is met. It
is found by one pass forward over the steps of an episode. There is no evaluation noise: differences
between runs are those of training.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from safety_envs.core.keywords import named
from safety_envs.exact.analysis import Case
from safety_envs.exact.chain import (
    chain,
    columns,
    follow_plan,
    settlements,
    totals_of_chain,
    totals_of_plan,
)
from safety_envs.exact.choices import Choices, Floats
from safety_envs.exact.expand import Expander
from safety_envs.exact.information import visible
from safety_envs.exact.planner import Planner
from safety_envs.exact.planning_model import (
    PlanningModel,
    check_policies_are_observable,
)
from safety_envs.exact.social_planner import SocialPlanner
from safety_envs.exact.solve import optimise

MOST_STATES = 1_000_000
"""States up to which a policy is evaluated, if nothing else is said."""


@dataclass(frozen=True)
class Evaluation:
    """The exact expectations of a policy's episodes.

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
            values, and means where episodes may end early.
        num_states: how many states the policy may reach; of beliefs for a planner from which
            something is hidden.
    """

    environment: str
    keywords: Mapping[str, Any]
    start: str
    horizon: int
    means: Mapping[str, float]
    per_agent: Mapping[str, tuple[float, ...]]
    left_out: tuple[str, ...]
    num_states: int

    @property
    def exact_metrics(self) -> tuple[str, ...]:
        """The names of all means."""
        return tuple(self.means)

    @property
    def reward(self) -> float:
        """The expected reward of an episode; of all agents together."""
        return self.means["reward"]

    @property
    def performance(self) -> float:
        """The expected hidden performance of an episode."""
        return self.means["performance"]

    def __getitem__(self, name: str) -> float:
        return self.means[name]

    def __str__(self) -> str:
        asked = named(self.environment, self.keywords)
        width = max(map(len, self.means))
        lines = [f"{asked}, {self.start}, {self.num_states:,} states"]
        for name in dict.fromkeys(("reward", "performance", *self.means)):
            each = ", ".join(f"{mean:.4f}" for mean in self.per_agent.get(name, ()))
            of_agents = f"  of agents [{each}]" if each else ""
            lines.append(f"  {name:{width}} {self.means[name]:12.4f}{of_agents}")
        if self.left_out:
            lines.append(f"  left out, no sums over steps: {', '.join(self.left_out)}")
        return "\n".join(lines)


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
    return _evaluation(case, totals_of_chain(configuration, found), len(found.states))


def evaluate_planner(case: Case, planner: Planner) -> Evaluation:
    """Returns the evaluation of an optimal policy of one agent; errors as `certify`."""
    configuration = case.configuration
    known = case.planning
    model = known.model
    solution = optimise(model, planner.objective, configuration.max_steps)
    plan = solution.least_action if planner.ties == "least" else solution.most_action
    check_policies_are_observable(known, plan)
    num_actions = model.reward.shape[1]
    often, faded = follow_plan(model.edges, model.start, plan, num_actions, model.fading)
    if configuration.environment.action_values:
        return _of_one_step(case, known, np.where(model.start[:, None] > 0, often, 0.0))
    if known.tracker is not None:
        often = _of_worlds(known, often)
    expander = Expander(configuration, without_fading=True)
    totals = totals_of_plan(expander, model.index.worlds, often)
    totals += settlements(configuration, model.index, faded, model.fading)
    return _evaluation(case, totals, model.num_states)


def evaluate_social_planner(case: Case, planner: SocialPlanner) -> Evaluation:
    """Returns the evaluation of a joint policy of several agents; errors as `SocialPlanner`."""
    starts, probabilities = case.known
    model, plan = planner.solved(starts, np.zeros(len(starts), np.int64))
    worlds, numbers = model.worlds, model.worlds.states.find(starts)
    start = np.bincount(numbers, probabilities, len(worlds.start)).astype(np.float64)
    edges = worlds.first, worlds.successor, worlds.probability
    often, _ = follow_plan(edges, start, plan, len(model.joint_actions))
    totals = totals_of_plan(Expander(case.configuration), worlds.states.worlds, often)
    return _evaluation(case, totals, len(start))


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
    """Returns the evaluation of one step, of which only reward and performance are known."""
    model, names = known.model, columns(case.configuration)
    totals = np.full(len(names), np.nan)
    paid = {
        "length": 1.0,
        "reward[0]": float((often * model.reward).sum()),
        "performance": float((often * model.performance).sum()),
    }
    if "cost" not in case.configuration.layout.metrics:
        paid["cost"] = 0.0
    for name, value in paid.items():
        totals[names.index(name)] = value
    return _evaluation(case, totals, model.num_states)


def _evaluation(case: Case, totals: Floats, num_states: int) -> Evaluation:
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
    )
