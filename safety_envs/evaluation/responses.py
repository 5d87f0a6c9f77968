"""Best responses and exploitability: exact analysis of one agent against the policies of others."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from safety_envs.core.keywords import named
from safety_envs.core.notebooks import table
from safety_envs.envs import Asked
from safety_envs.evaluation.acting import Followed, checked_agents, follow
from safety_envs.exact.analysis import Starts, case_of
from safety_envs.exact.games.objective import objective_of
from safety_envs.exact.games.observing import ObservingResponse, check_sees, respond_observing
from safety_envs.exact.games.remembering import RememberingPolicy
from safety_envs.exact.games.response import Response, respond
from safety_envs.exact.policies.evaluation import (
    MOST_STATES,
    Evaluation,
    evaluate_acting,
    evaluation_of,
)
from safety_envs.exact.policies.timed import TimedPolicy


@dataclass(frozen=True)
class BestResponse:
    """An optimal policy of one agent, or of several together, against fixed policies of the others.

    Attributes:
        agents: who responds.
        payment: what they maximise; with a minus in front, what they minimise.
        value: the expected payment if they respond.
        value_before: the expected payment if all agents follow the policy.
        before: the exact expectations if all agents follow the policy.
        evaluation: the exact expectations if they respond and the others follow the policy.
        policy: the response together with the others' policies, for `evaluate` and `rollout`. In
            worlds to which the others' policies never lead, the agents follow the given policy. A
            response that sees observations remembers them; it is for `rollout` alone.
        num_states: the number of states of the decision process. If the policy depends on the time,
            a state counts once for each number of steps in which it is reached. The number of
            beliefs, if the response sees observations.
    """

    agents: tuple[int, ...]
    payment: str
    value: float
    value_before: float
    before: Evaluation = field(repr=False)
    evaluation: Evaluation = field(repr=False)
    policy: TimedPolicy | RememberingPolicy = field(repr=False)
    num_states: int

    @property
    def gain(self) -> float:
        """How much the response improves the payment.

        At least 0, but for rounding errors, unless the policy sees more than the response.
        """
        change = self.value - self.value_before
        return -change if self.payment.startswith("-") else change

    @property
    def performance(self) -> float:
        """The hidden performance if they respond."""
        return self.evaluation.performance

    def __str__(self) -> str:
        return "\n".join(
            [
                self._title,
                f"  {'under the policy':20} {self.value_before:12.4f}",
                f"  {'best response':20} {self.value:12.4f}",
                f"  {'performance':20} {self.before.performance:12.4f} -> {self.performance:.4f}",
            ]
        )

    def _repr_html_(self) -> str:
        rows = [
            (self.payment.removeprefix("-"), f"{self.value_before:.4f}", f"{self.value:.4f}"),
            ("performance", f"{self.before.performance:.4f}", f"{self.performance:.4f}"),
        ]
        shown = rows[-1:] if rows[0] == rows[1] else rows
        return table(self._title, ["", "under the policy", "best response"], shown)

    @property
    def _title(self) -> str:
        asked = named(self.before.environment, self.before.keywords)
        who = f"agent{'s' * (len(self.agents) > 1)} {', '.join(map(str, self.agents))}"
        verb = "minimises" if self.payment.startswith("-") else "maximises"
        return f"{asked}, {self.before.start}: {who} {verb} {self.payment.removeprefix('-')}"


@dataclass(frozen=True)
class Exploitability:
    """How much each agent would gain by a unilateral change of its policy.

    Attributes:
        responses: the best response of each agent.
        before: the exact expectations if all agents follow the policy.
    """

    responses: tuple[BestResponse, ...]
    before: Evaluation = field(repr=False)

    @property
    def gains(self) -> tuple[float, ...]:
        """The gain of each agent; all are 0 in an equilibrium of agents that see everything."""
        return tuple(response.gain for response in self.responses)

    @property
    def nash_conv(self) -> float:
        """The sum of the gains (NashConv): if it is 0, the policy is a Nash equilibrium."""
        return sum(self.gains)

    def __str__(self) -> str:
        lines = [
            f"  {agent:9} {before:>12} -> {after:>12}  gains {gain}"
            for agent, before, after, gain in self._rows
        ]
        return "\n".join([self._title, *lines])

    def _repr_html_(self) -> str:
        return table(self._title, ["", "value", "best response", "gain"], self._rows)

    @property
    def _title(self) -> str:
        asked = named(self.before.environment, self.before.keywords)
        return f"{asked}, {self.before.start}: NashConv {self.nash_conv:.4f}"

    @property
    def _rows(self) -> list[tuple[str, ...]]:
        """What is shown of each agent: its number, its value before and after, and its gain."""
        return [
            (f"agent {agent}", *(f"{number:.4f}" for number in numbers))
            for agent, it in enumerate(self.responses)
            for numbers in [(it.value_before, it.value, max(0.0, it.gain))]
        ]


def best_response(
    environment: Asked,
    policy: Any,
    *,
    agent: int | Sequence[int],
    payment: str = "reward",
    ties: str | None = None,
    sees: Literal["world", "observation"] = "world",
    seed: int | None = None,
    starts: Starts = None,
    horizon: int | None = None,
    observation: str | None = None,
    most_states: int = MOST_STATES,
    trust: bool = False,
    **keywords: Any,
) -> BestResponse:
    """Returns the best that an agent can do if the others follow a policy.

    With `sees="world"` the agent sees the whole world, hidden fields included, and its policy may
    depend on the number of steps taken. So no policy that acts on observations does better. With
    `sees="observation"` it acts on all that it has observed and done, by its beliefs about the
    world, and the value is the best of any policy that can be played. It does not see what the
    others are about to do: where their policies are random, the response is to the average.

    The others follow their part of the joint policy: the probabilities of their actions, whatever
    the agent's own action is.

    Args:
        environment: an id, a definition or a configuration, with several agents.
        policy: a joint policy, in any form that `evaluate` takes.
        agent: who responds: a number, or several numbers of agents that act together.
        payment: what is maximised: "reward" (of the agent, or the sum over several), or
            "performance", "cost" or a metric that is summed over steps. A minus in front minimises
            it: "-performance" makes the agent the worst opponent there is.
        ties: what is maximised among the policies that are best for the payment. By default
            "-performance", the worst case; or "reward" if the payment is the performance.
        sees: what the agent sees: the "world", or the default "observation" of its own. Then it
            also knows how likely each of the asked starts is. Agents that act together share their
            observations.
        seed: see `certify`.
        starts: see `certify`.
        horizon: see `certify`.
        observation: see `evaluate`.
        most_states: see `evaluate`.
        trust: see `evaluate`.
        keywords: the environment's own, and `max_steps`.

    Raises:
        TooManyStatesError: more states than `most_states`.
        SafetyEnvsError: one agent, an unknown agent, payment or policy, or chance that cannot be
            listed.
    """
    case = case_of(environment, horizon, seed, starts, keywords, most_states)
    agents = checked_agents(case, agent)
    given = follow(case, policy, observation, trust)
    return response_to(given, agents, payment, ties, sees)


def exploitability(
    environment: Asked,
    policy: Any,
    *,
    payment: str = "reward",
    sees: Literal["world", "observation"] = "world",
    seed: int | None = None,
    starts: Starts = None,
    horizon: int | None = None,
    observation: str | None = None,
    most_states: int = MOST_STATES,
    trust: bool = False,
    **keywords: Any,
) -> Exploitability:
    """Returns how much each agent gains by a best response to a policy, and NashConv, the sum.

        NashConv = sum over agents i of max over policies p of (V_i(p, others) - V_i(policy))

    Source: Lanctot et al. 2017, "A Unified Game-Theoretic Approach to Multiagent Reinforcement
    Learning"; OpenSpiel's `nash_conv` has the same definition. With `sees="world"` responses see
    the whole world, so with hidden or unseen fields this is an upper bound. With
    `sees="observation"` it is exact for agents that act on what they observe.

    Args:
        environment: an id, a definition or a configuration, with several agents.
        policy: a joint policy, in any form that `evaluate` takes.
        payment: what each agent maximises; see `best_response`.
        sees: see `best_response`.
        seed: see `certify`.
        starts: see `certify`.
        horizon: see `certify`.
        observation: see `evaluate`.
        most_states: see `evaluate`.
        trust: see `evaluate`.
        keywords: the environment's own, and `max_steps`.

    Raises:
        SafetyEnvsError: see `best_response`.
    """
    case = case_of(environment, horizon, seed, starts, keywords, most_states)
    agents = checked_agents(case, range(case.configuration.agents))
    given = follow(case, policy, observation, trust)
    responses = (response_to(given, (agent,), payment, None, sees) for agent in agents)
    return Exploitability(tuple(responses), given.evaluation)


def response_to(
    given: Followed,
    agents: tuple[int, ...],
    payment: str,
    ties: str | None,
    sees: Literal["world", "observation"] = "world",
) -> BestResponse:
    """Returns the best response of some agents; see `best_response`."""
    check_sees(sees)
    case, configuration = given.case, given.case.configuration
    if ties is None:
        ties = "reward" if str(payment).endswith("performance") else "-performance"
    wanted = objective_of(configuration, payment, agents)
    among = objective_of(configuration, ties, agents)
    asked = configuration, case.known, given.acting, wanted, among, case.most
    found: Response | ObservingResponse
    policy: TimedPolicy | RememberingPolicy
    if sees == "observation":
        found = respond_observing(*asked)
        evaluation, policy = evaluation_of(case, found.totals, found.num_states), found.policy
    else:
        found = respond(*asked)
        evaluation = evaluate_acting(case, found.acting)
        policy = TimedPolicy(configuration, found.acting)
    return BestResponse(
        agents=agents,
        payment=payment,
        value=wanted.sign * found.value + 0.0,  # + 0.0: no minus zero
        value_before=wanted.found_in(given.evaluation),
        before=given.evaluation,
        evaluation=evaluation,
        policy=policy,
        num_states=found.num_states,
    )
