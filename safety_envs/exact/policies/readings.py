"""Readings: metrics of an episode as numbers that are combined step by step.

Every metric is a function of a few accumulated numbers and of the number of steps: a total of one
sum, a mean of a sum and the steps, a first step of the step in which something first happened. A
derived metric is a function of whatever it reads of its tally, which is found out by computing it
once.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import numpy as np

from safety_envs.core.definition import Configuration
from safety_envs.core.errors import SafetyEnvsError, did_you_mean
from safety_envs.exact.policies.choices import Floats

How = Literal["sum", "times", "first", "ever", "least"]


class Part(NamedTuple):
    """One accumulated number.

    Attributes:
        how: how the values of steps are combined. "sum"; "times": the sum of value x number of the
            step; "first": the number of the first step with a nonzero value, 0 if none; "ever": 1
            if any value is nonzero; "least".
        where: which of an outcome's numbers are summed to the value of a step; see `Layout.slices`.
        gains: whether the value is 1 if that sum is above 0, else 0.
    """

    how: How
    where: tuple[int, ...]
    gains: bool = False


@dataclass(frozen=True)
class Reading:
    """A metric of an episode.

    Attributes:
        name: the metric's.
        parts: what is accumulated.
        finish: (accumulated numbers [K, parts], numbers of steps [K]) -> values [K]; NaN if the
            metric is undefined.
        is_sum: whether the value is the one accumulated sum, or the number of steps.
    """

    name: str
    parts: tuple[Part, ...]
    finish: Callable[[Floats, Floats], Floats]
    is_sum: bool = False

    def written(self, numbers: Floats) -> Floats:
        """Returns the values of steps, [E, parts], of outcomes' plain numbers [E, numbers]."""
        found = np.zeros((len(numbers), len(self.parts)))
        for column, part in enumerate(self.parts):
            values = numbers[:, list(part.where)]
            if part.how in ("first", "ever"):
                found[:, column] = (values != 0).any(axis=1)
            else:
                value = values.sum(axis=1)
                found[:, column] = value > 0 if part.gains else value
        return found

    @property
    def start(self) -> Floats:
        """The accumulated numbers, [parts], before the first step."""
        return np.array([np.inf if part.how == "least" else 0.0 for part in self.parts])

    def combine(self, before: Floats, written: Floats, step: int) -> Floats:
        """Returns accumulated numbers [N, parts] after the values of step number `step`, from 1."""
        after = before + written
        for column, part in enumerate(self.parts):
            old, new = before[:, column], written[:, column]
            if part.how == "times":
                after[:, column] = old + step * new
            elif part.how == "first":
                after[:, column] = np.where((old == 0) & (new != 0), step, old)
            elif part.how == "ever":
                after[:, column] = np.maximum(old, new)
            elif part.how == "least":
                after[:, column] = np.minimum(old, new)
        return after


def reading_of(configuration: Configuration, name: str, agent: int | None = None) -> Reading:
    """Returns the reading of a metric, of "reward" or of "length".

    Args:
        configuration: the environment.
        name: the metric.
        agent: whose "reward" or per-agent metric; the sum over agents if None.

    Raises:
        SafetyEnvsError: no such metric or agent.
    """
    layout = configuration.layout
    if agent is not None:
        _check_agent(configuration, name, agent)
    if name == "length":
        return Reading(name, (), lambda values, steps: steps, is_sum=True)
    if name == "reward" or name in layout.per_agent:
        agents = range(configuration.agents) if agent is None else [agent]
        part = Part("sum", _of_agents(configuration, name, agents))
        return Reading(name, (part,), _only, is_sum=True)
    if name in layout.derived:
        return _derived(configuration, name)
    where = (_channel(configuration, name),)
    kind = layout.metrics[name].kind if name in layout.metrics else "total"
    if kind == "mean":
        return Reading(name, (Part("sum", where),), lambda values, steps: values[:, 0] / steps)
    if kind == "first":
        part = Part("first", where)
        return Reading(name, (part,), lambda values, steps: _never(values[:, 0], 0.0))
    if kind == "least":
        return Reading(name, (Part("least", where),), _only)
    return Reading(name, (Part("sum", where),), _only, is_sum=True)


def happening(configuration: Configuration, name: str) -> Reading:
    """Returns the reading that is 1 if a metric is written, other than as 0, in any step.

    Raises:
        SafetyEnvsError: no such metric, or one that is not an event.
    """
    layout = configuration.layout
    if name in layout.derived or name == "length" or name in least_metrics(configuration):
        raise SafetyEnvsError(
            f"{name} is no event that happens in a step: ask for its distribution"
        )
    if name == "reward" or name in layout.per_agent:
        where = _of_agents(configuration, name, range(configuration.agents))
    else:
        where = (_channel(configuration, name),)
    return Reading(name, (Part("ever", where),), _only)


def least_metrics(configuration: Configuration) -> tuple[str, ...]:
    """Returns the names of the metrics that are least values."""
    metrics = configuration.layout.metrics
    return tuple(name for name, metric in metrics.items() if metric.kind == "least")


def _only(values: Floats, steps: Floats) -> Floats:
    return values[:, 0]


def _never(values: Floats, never: float) -> Floats:
    return np.where(values == never, np.nan, values)


def _check_agent(configuration: Configuration, name: str, agent: int) -> None:
    names = ("reward", *configuration.layout.per_agent)
    if name not in names:
        raise SafetyEnvsError(f"{name} is not an agent's: give agent= with {', '.join(names)}")
    if not 0 <= agent < configuration.agents:
        raise SafetyEnvsError(f"agent must be from 0 to {configuration.agents - 1}, got {agent}")


def _channel(configuration: Configuration, name: str) -> int:
    layout = configuration.layout
    if name not in layout.channels:
        known = ("reward", *layout.channels, *layout.per_agent, *layout.derived, "length")
        raise SafetyEnvsError(
            f"{configuration.id} has no metric {name!r}. {did_you_mean(str(name), known)}"
        )
    begin: int = layout.slices["channels"].start
    return begin + layout.channels.index(name)


def _of_agents(configuration: Configuration, name: str, agents: Sequence[int]) -> tuple[int, ...]:
    """Returns the places of agents' rewards or per-agent metrics among an outcome's numbers."""
    layout = configuration.layout
    begin = layout.slices["rewards"].start
    if name != "reward":
        of_first = layout.per_agent.index(name) * configuration.agents
        begin = layout.slices["per_agent"].start + of_first
    return tuple(begin + agent for agent in agents)


class _Read:
    """Stands in for a `Tally`, whose fields it gets when they are read."""

    def __init__(self, give: Callable[[str, str], Any]) -> None:
        self._give = give

    def __getattr__(self, part: str) -> Any:
        if part in ("totals", "per_agent"):
            return _Named(lambda name: self._give(part, name))
        if part in ("steps", "returns", "gains", "gain_times"):
            return self._give(part, "")
        raise AttributeError(part)


class _Named:
    def __init__(self, give: Callable[[str], Any]) -> None:
        self._give = give

    def __getitem__(self, name: str) -> Any:
        return self._give(name)


def _derived(configuration: Configuration, name: str) -> Reading:
    """Returns the reading of a derived metric: it accumulates what the metric reads."""
    of = configuration.layout.metrics[name].of
    assert of is not None, "a derived metric is computed"
    parts: list[Part] = []
    places: dict[tuple[str, str], slice] = {("steps", ""): slice(0, 0)}

    def note(field: str, key: str) -> Any:
        if (field, key) not in places:
            found = _parts_of(configuration, field, key)
            places[field, key] = slice(len(parts), len(parts) + len(found))
            parts.extend(found)
        return np.ones(1 if field in ("steps", "totals") else (1, configuration.agents))

    def computed(give: Callable[[str, str], Any]) -> Floats:
        try:
            with np.errstate(all="ignore"):
                tally: Any = _Read(give)
                return np.asarray(of(tally), np.float64)
        except (AttributeError, TypeError, KeyError) as error:
            raise SafetyEnvsError(
                f"{name} does not read its tally field by field, so it has no exact distribution: "
                "run policies instead (safety_envs.rollout)"
            ) from error

    def finish(values: Floats, steps: Floats) -> Floats:
        def give(field: str, key: str) -> Any:
            if field == "steps":
                return steps
            found = values[:, places[field, key]]
            if field != "totals":
                return found
            kind = configuration.layout.metrics[key].kind if key in metrics else "total"
            only = found[:, 0]
            return (
                only / steps if kind == "mean" else _never(only, 0.0) if kind == "first" else only
            )

        return computed(give)

    metrics = configuration.layout.metrics
    computed(note)
    return Reading(name, tuple(parts), finish)


def _parts_of(configuration: Configuration, field: str, key: str) -> list[Part]:
    """Returns what is accumulated for one field of a tally."""
    if field == "totals":
        return list(reading_of(configuration, key).parts)
    of = key if field == "per_agent" else "reward"
    gains = field.startswith("gain")
    how: How = "times" if field == "gain_times" else "sum"
    agents: list[list[int]] = [[agent] for agent in range(configuration.agents)]
    if gains and len(agents) == 1:
        agents = [[]]  # the engine counts the gains of several agents only
    return [Part(how, _of_agents(configuration, of, each), gains) for each in agents]
