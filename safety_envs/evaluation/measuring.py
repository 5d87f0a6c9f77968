"""The exact metrics that environments declare: of a policy, and of episodes that were played."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from safety_envs.core.definition import Configuration
from safety_envs.core.errors import SafetyEnvsError, did_you_mean
from safety_envs.core.keywords import named
from safety_envs.core.notebooks import table
from safety_envs.envs import Asked
from safety_envs.evaluation.acting import acting_of
from safety_envs.evaluation.flow import flow
from safety_envs.evaluation.forms import form_of
from safety_envs.exact.analysis import Starts, case_of
from safety_envs.exact.measures.episode_measures import COMPUTED, Episodes, Sample
from safety_envs.exact.measures.graph import Floats, Graph, Ints, graph_of
from safety_envs.exact.measures.power import check_sample
from safety_envs.trajectories import Trajectory


@dataclass(frozen=True)
class Measures:
    """Exact metrics: expectations over episodes.

    Attributes:
        environment: its id.
        keywords: all its keywords.
        start: which starts they are over, in words.
        values: name -> value; units are those of `Environment.exact_metrics`.
        errors: name -> standard error from the sampled goals; 0 if there are none. The expectation
            over episodes is exact for a policy, and the plain mean for played episodes.
    """

    environment: str
    keywords: Mapping[str, Any]
    start: str
    values: Mapping[str, float]
    errors: Mapping[str, float]

    def __getitem__(self, name: str) -> float:
        return self.values[name]

    def __str__(self) -> str:
        width = max(map(len, self.values))
        return "\n".join(
            [self._title, *(f"  {name:{width}} {value}" for name, value in self._rows)]
        )

    def _repr_html_(self) -> str:
        return table(self._title, [], self._rows, align="left")

    @property
    def _title(self) -> str:
        return f"{named(self.environment, self.keywords)}, {self.start}"

    @property
    def _rows(self) -> list[tuple[str, str]]:
        """What is shown of each metric: its name, and its value with the standard error."""
        errors = {name: f" ± {error:.4f}" if error else "" for name, error in self.errors.items()}
        return [(name, f"{value:8.4f}{errors[name]}") for name, value in self.values.items()]


def measure(
    policy: Any,
    environment: Asked,
    *,
    metrics: Sequence[str] | None = None,
    seed: int | None = None,
    starts: Starts = None,
    horizon: int | None = None,
    observation: str | None = None,
    gamma: float = 0.99,
    goals: int = 1000,
    rng: int = 0,
    trust: bool = False,
    **keywords: Any,
) -> Measures:
    """Returns the expected exact metrics of a policy's episodes, without playing them.

    Args:
        policy: in a form that `evaluate` takes.
        environment: an id, a definition or a configuration of one agent.
        metrics: names, of those in `safety_envs.exact.measures.episode_measures`; those that the
            environment declares if None.
        seed: as in `evaluate`, as for all that follow without a word.
        starts: see there. Each start takes a model of its own.
        horizon: see there.
        observation: see there.
        gamma: the discount of sampled goals, more than 0 and less than 1.
        goals: how many goals are sampled, at least 2.
        rng: the seed of the sample.
        trust: see `safety_envs.policy`.
        keywords: the environment's own, and `max_steps`.

    Raises:
        TooManyStatesError: too many states to list.
        SafetyEnvsError: the environment declares none, or an unknown metric; a planner from which
            something is hidden; or the errors of `evaluate`.
    """
    check_sample(gamma, goals)
    case = case_of(environment, horizon, seed, starts, keywords)
    names = _names(case.configuration, metrics)
    acting = acting_of(case, form_of(policy, case.configuration, observation, trust))
    worlds, probabilities = case.known
    found = []
    for number in range(len(worlds)):
        graph = graph_of(case.configuration, worlds[number : number + 1], np.ones(1))
        last, visited = flow(graph, acting, case.horizon)
        found.append(Episodes(graph, last, visited, Sample(gamma, goals, rng)))
    return _measures(names, found, probabilities, case.configuration, case.start_in_words)


def measure_episodes(
    trajectory: Trajectory,
    *,
    metrics: Sequence[str] | None = None,
    gamma: float = 0.99,
    goals: int = 1000,
    rng: int = 0,
) -> Measures:
    """Returns the mean exact metrics of episodes that were played.

    Args:
        trajectory: N episodes. For one of them give `trajectory.episode(i)`.
        metrics: see `measure`, as for all that follow.
        gamma: see there.
        goals: see there.
        rng: see there.

    Raises:
        SafetyEnvsError: the errors of `measure`.
    """
    check_sample(gamma, goals)
    configuration, worlds = trajectory.configuration, trajectory.worlds
    names, found, weights = _names(configuration, metrics), [], []
    starts, which = np.unique(worlds[0], return_inverse=True)
    for number in range(len(starts)):
        graph = graph_of(configuration, starts[number : number + 1], np.ones(1))
        members = np.flatnonzero(which == number)
        paths = [_path(graph, trajectory, i) for i in members.tolist()]
        found.append(_of_paths(graph, paths, Sample(gamma, goals, rng)))
        weights.append(len(members) / len(which))
    return _measures(
        names, found, np.array(weights), configuration, f"{len(which)} played episodes"
    )


def _path(graph: Graph, trajectory: Trajectory, number: int) -> Ints:
    """Returns the states of an episode's worlds, the first and the last included."""
    length = int(trajectory.lengths[number])
    worlds = trajectory.worlds[: length + 1, number]
    ended = bool(trajectory.terminated[:, number].any())
    return np.append(graph.find(worlds[:-1]), graph.find(worlds[-1:], ended))


def _of_paths(graph: Graph, paths: Sequence[Ints], sample: Sample) -> Episodes:
    """Returns episodes from one start, all equally likely."""
    ends = [path[-1] for path in paths]
    last = np.bincount(ends, minlength=graph.num_states) / len(paths)

    def visited(values: Floats) -> Floats:
        means: Floats = np.mean([values[path].mean(axis=0) for path in paths], axis=0)
        return means

    return Episodes(graph, last, visited, sample)


def _names(configuration: Configuration, metrics: Sequence[str] | None) -> tuple[str, ...]:
    """Returns the names of what is to be measured."""
    names = tuple(configuration.environment.exact_metrics if metrics is None else metrics)
    if not names:
        which = "declares no exact metrics" if metrics is None else "is asked for no metrics"
        raise SafetyEnvsError(
            f"{named(configuration.id, configuration.keywords)} {which}: give metrics=, of "
            f"{', '.join(COMPUTED)}"
        )
    for name in names:
        if name not in COMPUTED:
            raise SafetyEnvsError(
                f"no exact metric {name!r} is known. {did_you_mean(str(name), COMPUTED)}"
            )
    return names


def _measures(
    names: Iterable[str],
    found: Sequence[Episodes],
    weights: Floats,
    configuration: Configuration,
    start: str,
) -> Measures:
    values, errors = {}, {}
    for name in names:
        # the goals are the same for all starts, so that they are averaged over the starts first
        sample = weights @ np.array([COMPUTED[name](each) for each in found])
        values[name] = float(sample.mean())
        errors[name] = float(sample.std(ddof=1) / np.sqrt(len(sample))) if len(sample) > 1 else 0.0
    return Measures(
        environment=configuration.id,
        keywords=dict(configuration.keywords),
        start=start,
        values=values,
        errors=errors,
    )
