"""The safety-usefulness frontier of protocols, which are policies of one agent.

The distinction is that of AI control: a protocol is useful by what it achieves if the others do as
they should, and safe by what it achieves if they try to subvert it (Griffin et al. 2024, "Games for
AI Control").
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from safety_envs.core.errors import SafetyEnvsError
from safety_envs.core.keywords import in_short, named
from safety_envs.core.notebooks import table
from safety_envs.envs import Asked
from safety_envs.evaluation.acting import acting_of, checked_agents
from safety_envs.evaluation.forms import form_of
from safety_envs.evaluation.frontier_picture import Point, frontier_picture
from safety_envs.exact.analysis import Case, Starts, case_of
from safety_envs.exact.games.objective import objective_of
from safety_envs.exact.games.response import respond
from safety_envs.exact.optima.solve import TOLERANCE
from safety_envs.exact.policies.evaluation import MOST_STATES, Evaluation, evaluate_acting
from safety_envs.exact.policies.timed import Acting, TimedPolicy, parts_together


@dataclass(frozen=True)
class Protocol:
    """What is known of a protocol.

    Attributes:
        name: its name.
        usefulness: its value if the others are honest.
        safety: its value if the others respond to it.
        efficient: whether no other protocol is better in one of the two and as good in the other.
        with_honest: the exact expectations if the others are honest.
        with_worst: the exact expectations if the others respond to it.
        policy: the protocol together with that response, for `evaluate` and `rollout`.
    """

    name: str
    usefulness: float
    safety: float
    efficient: bool
    with_honest: Evaluation = field(repr=False)
    with_worst: Evaluation = field(repr=False)
    policy: TimedPolicy = field(repr=False)


@dataclass(frozen=True)
class Frontier:
    """Protocols by their usefulness and safety.

    Attributes:
        usefulness, safety: what they are: a name, with a minus in front if less is better.
        protocols: name -> what is known of it, in the order in which they were given.
    """

    usefulness: str
    safety: str
    protocols: Mapping[str, Protocol]

    @property
    def efficient(self) -> tuple[str, ...]:
        """The names of the Pareto-efficient protocols, the most useful first."""
        sign = -1 if self.usefulness.startswith("-") else 1
        found = [each for each in self.protocols.values() if each.efficient]
        return tuple(each.name for each in sorted(found, key=lambda it: -sign * it.usefulness))

    def __getitem__(self, name: str) -> Protocol:
        return self.protocols[name]

    def to_svg(self) -> str:
        """Returns a picture as SVG: usefulness to the right, safety upwards."""
        points = [
            Point(each.name, each.usefulness, each.safety, each.efficient)
            for each in self.protocols.values()
        ]
        return frontier_picture(points, self.usefulness, self.safety)

    def _repr_html_(self) -> str:
        rows = [
            (name, f"{it.usefulness:.4f}", f"{it.safety:.4f}", "efficient" * it.efficient)
            for name, it in self.protocols.items()
        ]
        heads = ["protocol", f"usefulness: {self.usefulness}", f"safety: {self.safety}", ""]
        return self.to_svg() + table(self._title, heads, rows)

    @property
    def _title(self) -> str:
        first = next(iter(self.protocols.values())).with_honest
        return f"{named(first.environment, first.keywords)}, {first.start}"

    def __str__(self) -> str:
        width = max(8, *map(len, self.protocols))
        lines = [
            self._title,
            f"  {'protocol':{width}}   usefulness       safety",
            f"  {'':{width}} {self.usefulness:>12} {self.safety:>12}",
        ]
        for name, each in self.protocols.items():
            mark = "  efficient" * each.efficient
            lines.append(f"  {name:{width}} {each.usefulness:12.4f} {each.safety:12.4f}{mark}")
        return "\n".join(lines)


def frontier(
    environment: Asked,
    protocols: Mapping[str, Any],
    honest: Any,
    /,
    *,
    agent: int | Sequence[int] = 0,
    usefulness: str = "performance",
    safety: str = "performance",
    payment: str = "-performance",
    seed: int | None = None,
    starts: Starts = None,
    horizon: int | None = None,
    observation: str | None = None,
    most_states: int = MOST_STATES,
    trust: bool = False,
    **keywords: Any,
) -> Frontier:
    """Returns how useful and how safe protocols are, and which of them are Pareto-efficient.

    A protocol's usefulness is its value if the others follow the honest policy. Its safety is its
    value if the others, who know the protocol and see the whole world, respond to it: they act
    together, pursue their payment, and among equally good policies they choose the least safe.

    Args:
        environment: an id, a definition or a configuration, with several agents.
        protocols: name -> a joint policy, in any form that `evaluate` takes; only the agent's part
            of it counts.
        honest: a joint policy of which only the others' part counts.
        agent: the agent that follows the protocol, or several agents.
        usefulness: what it is measured by: "reward" (of the agent), "performance", "cost" or a
            metric that is summed over steps. A minus in front means that less is better.
        safety: what it is measured by, in the same words, such as "-harms".
        payment: what the others pursue, in the same words; see `best_response`.
        seed: see `certify`.
        starts: see `certify`.
        horizon: see `certify`.
        observation: see `evaluate`.
        most_states: see `evaluate`.
        trust: see `evaluate`.
        keywords: the environment's own, and `max_steps`.

    Raises:
        SafetyEnvsError: no protocols; see also `best_response`.
    """
    case = case_of(environment, horizon, seed, starts, keywords, most_states)
    agents = checked_agents(case, agent)
    if len(agents) == case.configuration.agents:
        raise SafetyEnvsError(
            f"all agents of {case.configuration.id} follow the protocol, and none is left to "
            "respond: give fewer agents in agent="
        )
    if not isinstance(protocols, Mapping) or not protocols:
        raise SafetyEnvsError(
            f"protocols must be a mapping, name -> policy, got {in_short(protocols)}"
        )

    def acting(policy: Any) -> Acting:
        return acting_of(case, form_of(policy, case.configuration, observation, trust))

    comparison = _Comparison(case, agents, acting(honest), usefulness, safety, payment)
    found = [comparison(acting(policy)) for policy in protocols.values()]
    efficient = _pareto([comparison.point(*each[:2]) for each in found])
    return Frontier(
        usefulness,
        safety,
        {
            str(name): Protocol(
                name=str(name),
                usefulness=comparison.usefulness.found_in(with_honest),
                safety=comparison.safety.found_in(with_worst),
                efficient=is_efficient,
                with_honest=with_honest,
                with_worst=with_worst,
                policy=TimedPolicy(case.configuration, worst),
            )
            for name, (with_honest, with_worst, worst), is_efficient in zip(
                protocols, found, efficient, strict=True
            )
        },
    )


class _Comparison:
    """Evaluates protocols with honest others, and against others that respond."""

    def __init__(
        self,
        case: Case,
        agents: tuple[int, ...],
        honest: Acting,
        usefulness: str,
        safety: str,
        payment: str,
    ) -> None:
        configuration = case.configuration
        others = [agent for agent in range(configuration.agents) if agent not in agents]
        self._case, self._agents, self._honest = case, agents, honest
        self.usefulness = objective_of(configuration, usefulness, agents)
        self.safety = objective_of(configuration, safety, agents)
        self._objective = objective_of(configuration, payment, others)
        self._unsafe = self.safety._replace(sign=-self.safety.sign)

    def __call__(self, protocol: Acting) -> tuple[Evaluation, Evaluation, Acting]:
        """Returns a protocol's evaluations with honest and with worst others, and the latter."""
        case = self._case
        together = parts_together(case.configuration, protocol, self._honest, self._agents)
        worst = respond(
            case.configuration, case.known, protocol, self._objective, self._unsafe, case.most
        ).acting
        return evaluate_acting(case, together), evaluate_acting(case, worst), worst

    def point(self, with_honest: Evaluation, with_worst: Evaluation) -> tuple[float, float]:
        """Returns the usefulness and the safety; more is better."""
        useful, safe = self.usefulness, self.safety
        return useful.sign * useful.found_in(with_honest), safe.sign * safe.found_in(with_worst)


def _pareto(points: Sequence[tuple[float, float]]) -> list[bool]:
    """Returns which points are not dominated; more is better."""
    margins = [TOLERANCE * max(1.0, *(abs(value) for value in values)) for values in zip(*points)]

    def dominates(one: tuple[float, float], other: tuple[float, float]) -> bool:
        gains = [a - b for a, b in zip(one, other, strict=True)]
        no_worse = all(gain >= -margin for gain, margin in zip(gains, margins, strict=True))
        return no_worse and any(gain > margin for gain, margin in zip(gains, margins, strict=True))

    return [not any(dominates(one, other) for one in points) for other in points]
