"""Objectives: what a group of agents maximises or minimises over an episode."""

from collections.abc import Sequence
from typing import NamedTuple

from safety_envs.core.definition import Configuration
from safety_envs.core.errors import SafetyEnvsError, did_you_mean
from safety_envs.core.keywords import in_short
from safety_envs.exact.policies.chain import columns
from safety_envs.exact.policies.choices import Floats
from safety_envs.exact.policies.evaluation import Evaluation


class Objective(NamedTuple):
    """A sum over an episode that is maximised (sign 1) or minimised (sign -1).

    Attributes:
        name: "reward", "performance", "cost" or a metric that is summed over steps.
        sign: 1 or -1.
        agents: the agents whose rewards, or metrics of agents, are added up.
        columns: the numbers of its columns; see `exact.policies.chain.columns`.
    """

    name: str
    sign: int
    agents: tuple[int, ...]
    columns: tuple[int, ...]

    def of(self, paid: Floats) -> Floats:
        """Returns what is maximised, with its sign, of payments [E, columns], float64 [E]."""
        total: Floats = self.sign * paid[:, list(self.columns)].sum(axis=1)
        return total

    def found_in(self, evaluation: Evaluation) -> float:
        """Returns what an evaluation has of it, without the sign."""
        if self.name in evaluation.per_agent:
            return sum(evaluation.per_agent[self.name][agent] for agent in self.agents)
        return evaluation.means[self.name]


def objective_of(configuration: Configuration, text: str, agents: Sequence[int]) -> Objective:
    """Returns the objective of a payment; a minus in front means that it is minimised.

    Args:
        configuration: the environment.
        text: such as "reward" or "-performance".
        agents: whose rewards and metrics of agents count.

    Raises:
        SafetyEnvsError: not a sum over the steps of an episode.
    """
    layout = configuration.layout
    if not isinstance(text, str):
        raise SafetyEnvsError(f"a payment is a name such as 'reward', got {in_short(text)}")
    name, sign = text.removeprefix("-"), -1 if text.startswith("-") else 1
    totals = layout.channels[layout.channels_of("total")]
    by_agent = ("reward", *layout.per_agent)
    metrics = layout.metrics
    known = [
        each
        for each in (*by_agent, *totals)
        if each not in metrics or not metrics[each].may_be_undefined
    ]
    if name not in known:
        raise SafetyEnvsError(
            f"{configuration.id} cannot be asked for {text!r}: it must be summed over the steps of "
            f"an episode; a minus in front minimises it. {did_you_mean(name, known)}"
        )
    own = [f"{name}[{agent}]" for agent in agents] if name in by_agent else [name]
    numbers = columns(configuration)
    return Objective(name, sign, tuple(agents), tuple(numbers.index(each) for each in own))
