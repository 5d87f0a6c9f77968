"""Certificates: exact statements about hazards.

R is the reward and H the hidden performance. Dynamic programming over the simulator's own rules
computes, over all policies and the whole horizon:

    R* = max E[R]     I = [min, max] of E[H] over all reward-optimal policies     P* = max E[H]

Class W, a wedge: max I < P*, so every reward-optimal policy falls short of P*. Class T, a tie:
min I < P* = max I, so some do. Class G, a Goodhart reversal: along the KL-regularised optima of the
reward, H first rises and then falls (see `exact.optima.goodhart`). G may hold together with W or T.
If no class holds, optimising the reward is safe in this environment. G never holds alone, because
if all reward-optimal policies attain P*, the curve ends at P*.

Policies act only on what the agent has observed and done. An agent does not know its seed. So
`seed=` selects the agent's first observation, and the certificate covers all starts with that
observation, each with its conditional probability: E is the expectation over this information set.
`starts=` averages over the information sets of the seeds. If nothing is hidden, an information set
is a single start.

For several agents, each with its own reward, see `exact.games.social`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from safety_envs.core.definition import Interval
from safety_envs.core.errors import SafetyEnvsError
from safety_envs.core.expectations import Expectations, Payoff, SocialExpectations
from safety_envs.core.notebooks import table
from safety_envs.envs import Asked
from safety_envs.exact.analysis import Case, Starts, case_of
from safety_envs.exact.certified import Certified
from safety_envs.exact.games.social import SocialCertificate, social_class, solve_socially
from safety_envs.exact.models.finite import check_numbers
from safety_envs.exact.models.planning_model import (
    PlanningModel,
    check_policies_are_observable,
    partial_observability_error,
)
from safety_envs.exact.optima.rewards import Reward, name_of, with_reward
from safety_envs.exact.optima.solve import expected_values, optimise
from safety_envs.exact.optima.turning import TurningPoint, is_quick, turning_point

MARGIN = 1e-6
"""Performances that differ by less, relative to the largest, count as equal."""


@dataclass(frozen=True)
class Certificate(Certified):
    """Exact statements about the policies that are optimal for the reward.

    Attributes, besides those of `Certified`:
        performance_interval: I = (lo, hi), hidden performance over all reward-optimal policies.
        reward_interval: reward over all performance-optimal policies.
        uniform: (reward, performance) of the uniformly random policy.
        classes: all classes that hold: `hazard_class` ("W", "T" or "none") unless it is "none", and
            "G".
        evidence: class -> name -> number. For W and T: the "least" and the "most" by which
            reward-optimal policies fall short of P*. For G: the turning point ("beta", "kl",
            "performance"), and "end_kl" and "end_performance" at infinite beta.
        examined_goodhart: whether class G was examined. If not, it may hold.
        own_reward: the name of the reward that was given in place of the environment's; else None.
    """

    performance_interval: Interval
    reward_interval: Interval
    uniform: Interval
    classes: tuple[str, ...]
    evidence: Mapping[str, Mapping[str, float]]
    examined_goodhart: bool
    own_reward: str | None = None

    @property
    def random(self) -> Payoff:
        """What the uniformly random policy gets."""
        return Payoff(*self.uniform)

    @property
    def worst_performance(self) -> float:
        """lo, the least performance of reward-optimal policies."""
        return self.performance_interval[0]

    @property
    def alignment_tax(self) -> float:
        """The reward that the best performance costs: R* minus the most such a policy earns."""
        return self.best_reward - self.reward_interval[1]

    def _repr_html_(self) -> str:
        own = [("reward of one's own", self.own_reward)] if self.own_reward else []
        words = " ".join(" ".join(self._reversal_in_words()).split())
        reversal = words.removeprefix("hazard class G")
        rows = [
            *own,
            ("best reward R*", f"{self.best_reward:.4f}"),
            ("hidden performance of reward-optimal policies I", _bounds(self.performance_interval)),
            ("best hidden performance P*", f"{self.best_performance:.4f}"),
            ("reward of performance-optimal policies", _bounds(self.reward_interval)),
            ("random policy: reward", f"{self.uniform[0]:.4f}"),
            ("random policy: performance", f"{self.uniform[1]:.4f}"),
            ("hazard class", f"{self.hazard_class}: {_MEANING[self.hazard_class]}"),
            *([("hazard class G", reversal.lstrip(": "))] if reversal else []),
        ]
        return table(self.title, [], rows, align="left")

    def __str__(self) -> str:
        kept, paid = _bounds(self.performance_interval), _bounds(self.reward_interval)
        return "\n".join(
            [
                self.title,
                *([f"  reward of one's own: {self.own_reward}"] if self.own_reward else ()),
                f"  best reward R*                     {self.best_reward:10.4f}",
                f"  hidden performance of reward-optimal policies I  {kept}",
                f"  best hidden performance P*         {self.best_performance:10.4f}",
                f"  reward of performance-optimal policies           {paid}",
                f"  random policy: reward {self.uniform[0]:.4f}, performance {self.uniform[1]:.4f}",
                f"  hazard class {self.hazard_class}: {_MEANING[self.hazard_class]}",
                *self._reversal_in_words(),
            ]
        )

    def _reversal_in_words(self) -> list[str]:
        if "G" in self.classes:
            at = self.evidence["G"]
            return [
                "  hazard class G: hidden performance is best at "
                f"beta {at['beta']:.3g}, KL {at['kl']:.3g}: {at['performance']:.4f};",
                f"    at the end, KL {at['end_kl']:.3g}, it is {at['end_performance']:.4f}",
            ]
        if not self.examined_goodhart:
            return ["  hazard class G was not looked for"]
        return []


def _bounds(interval: Interval) -> str:
    return f"[{interval[0]:.4f}, {interval[1]:.4f}]"


_MEANING = {
    "W": "every reward-optimal policy falls short of P*",
    "T": "some reward-optimal policies fall short of P*, some do not",
    "none": "every reward-optimal policy attains P*",
}


def certify(
    environment: Asked,
    *,
    horizon: int | None = None,
    seed: int | None = None,
    starts: Starts = None,
    goodhart: bool | None = None,
    reward: Reward | None = None,
    observation: str | None = None,
    **keywords: Any,
) -> Certificate | SocialCertificate:
    """Returns the certificate of an environment; a social one if it has several agents.

    Args:
        environment: an id, a definition or a configuration.
        horizon: the number of steps of an episode; `max_steps` if None.
        seed: certify the start that `reset(seed=seed)` draws, together with all starts that have
            the same observation.
        starts: certify the average over the starts of these seeds, or of 0 .. starts-1, each
            together with all starts that have the same observation. Without `seed` and `starts`,
            certify the expectation over all starts. After seeding, kept fields are 0.
        goodhart: whether to look for class G, which takes some 25 times as long as all the rest;
            if None, where that takes a few seconds at most. It is not looked for with several
            agents, nor in a closed form.
        reward: certify this reward in place of the environment's: a function of observations
            [N, ...] and actions [N] that returns rewards [N]; or a fitted model, whose `predict`
            takes features [N, d + A] (flat observation, one-hot action). For one agent.
        observation: the encoding that `reward` takes; the environment's first if None.
        keywords: the environment's keywords and `max_steps`.

    Raises:
        SafetyEnvsError: an unknown environment or keyword, too many starts or states to list,
            random draws that cannot be enumerated, or a reward that gives other than finite
            numbers.
    """
    case = case_of(environment, horizon, seed, starts, keywords)
    definition = case.configuration.environment
    if observation is not None and reward is None:
        raise SafetyEnvsError("observation= is the encoding that reward= takes: give both")
    if definition.is_multi_agent and (goodhart or reward is not None):
        wrong = "goodhart=" if goodhart else "reward="
        raise SafetyEnvsError(f"{definition.id} has several agents: omit {wrong}")
    if definition.closed_form and seed is None and starts is None:
        if reward is not None:
            raise SafetyEnvsError(
                f"{definition.id} is certified by a closed form for its own reward: give seed= or "
                "starts=, or omit reward="
            )
        return _by_closed_form(case, goodhart)
    if definition.is_multi_agent:
        return _certificate(case, solve_socially(case.joint), len(case.joint.worlds.start))
    return certificate_of(case, goodhart=goodhart, reward=reward, observation=observation)


def certificate_of(
    case: Case,
    *,
    goodhart: bool | None = None,
    reward: Reward | None = None,
    observation: str | None = None,
) -> Certificate:
    """Returns the certificate of one agent, by dynamic programming; see `certify`."""
    known = with_reward(case.planning, reward, observation)
    if known.observations is not None and goodhart:
        raise partial_observability_error(case.configuration)
    found = _expectations(known)
    falls_short = class_of(found.performance_interval, found.best_performance) != "none"
    examine = goodhart or (
        goodhart is None and known.observations is None and is_quick(known.model)
    )
    certificate = _certificate(
        case,
        found,
        known.model.num_states,
        turn=turning_point(known.model) if examine and falls_short else None,
        examined_goodhart=examine or not falls_short,  # the curve ends at P*, and does not fall
        own_reward=None if reward is None else name_of(reward),
    )
    assert isinstance(certificate, Certificate)
    return certificate


def _by_closed_form(case: Case, goodhart: bool | None) -> Certificate | SocialCertificate:
    configuration, definition = case.configuration, case.configuration.environment
    assert definition.closed_form is not None
    if configuration.max_steps != definition.max_steps:
        raise SafetyEnvsError(
            f"{definition.id} is certified by a closed form for {definition.max_steps} steps, "
            f"not for {configuration.max_steps}: "
            + ("omit horizon=" if definition.is_multi_agent else "give seed= or starts=")
        )
    if goodhart:
        raise SafetyEnvsError(
            f"{definition.id} is certified by a closed form, which does not determine whether "
            "class G holds: give seed= or starts=, or omit goodhart="
        )
    found = definition.closed_form(configuration.level)
    check_numbers(configuration, "closed_form", found.best_reward, found.best_performance)
    if isinstance(found, Expectations):
        check_numbers(configuration, "closed_form", *found)
    return _certificate(case, found, 0, start="all starts, by closed form")


def _expectations(known: PlanningModel) -> Expectations:
    model = known.model
    steps = model.configuration.max_steps
    if known.observations is not None:
        for kind in ("reward", "performance"):
            check_policies_are_observable(known, *optimise(model, kind, steps))
    found = expected_values(model, steps)
    return Expectations(
        best_reward=found.best_reward,
        performance_interval=(found.least_performance, found.most_performance),
        best_performance=found.best_performance,
        reward_interval=(found.least_reward, found.most_reward),
        uniform=(found.uniform_reward, found.uniform_performance),
    )


def _certificate(
    case: Case,
    found: Expectations | SocialExpectations,
    num_states: int,
    *,
    start: str | None = None,
    turn: TurningPoint | None = None,
    examined_goodhart: bool = False,
    own_reward: str | None = None,
) -> Certificate | SocialCertificate:
    common: dict[str, Any] = {
        "environment": case.configuration.id,
        "keywords": dict(case.configuration.keywords),
        "start": start or case.start_in_words,
        "horizon": case.horizon,
        "num_states": num_states,
        **found._asdict(),
    }
    if isinstance(found, SocialExpectations):
        return SocialCertificate(
            agents=case.configuration.agents, hazard_class=social_class(found), **common
        )
    (low, high), best = found.performance_interval, found.best_performance
    hazard_class = class_of(found.performance_interval, best)
    evidence: dict[str, dict[str, float]] = {}
    if hazard_class != "none":
        evidence[hazard_class] = {"least": float(best - high), "most": float(best - low)}
    if turn:
        evidence["G"] = turn._asdict()
    return Certificate(
        hazard_class=hazard_class,
        classes=tuple(evidence),
        evidence=evidence,
        examined_goodhart=examined_goodhart or hazard_class == "none",
        own_reward=own_reward,
        **common,
    )


def class_of(interval: Interval, best: float) -> str:
    """Returns "W", "T" or "none", given I and P*."""
    margin = MARGIN * max(1.0, abs(best), abs(interval[0]))
    if interval[1] < best - margin:
        return "W"
    return "T" if interval[0] < best - margin else "none"
