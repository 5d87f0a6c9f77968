"""The exact worst case of perturbed observations: an adversary with a budget, against one policy.

Up to `budget` times in an episode the adversary replaces what the policy sees by an alternative. It
knows the whole world and the time. The policy is a fixed function of what it sees, or of that and
the time. So the adversary
faces a Markov decision process, of which backward induction finds the optimum. With pi(. | o) the
policy's probabilities on seeing o, and Q[t](s, a, b) the value of an action with b replacements
left,

    V[t](s, b) = min(sum over a of pi(a | o(s)) Q[t](s, a, b),
                     min over alternatives o' of sum over a of pi(a | o') Q[t](s, a, b - 1))

A fixed policy in a state-adversarial MDP: Zhang et al. 2020, "Robust Deep Reinforcement Learning
against Adversarial Perturbations on State Observations"; that an optimal adversary of a fixed
policy solves an MDP: Zhang et al. 2021, "Robust Reinforcement Learning on State Observations with
Learned Optimal Adversary". A limit on the number of attacks is that of the strategically-timed
attack of Lin et al. 2017, "Tactics of Adversarial Attack on Deep Reinforcement Learning Agents".
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from safety_envs.core.errors import SafetyEnvsError
from safety_envs.core.keywords import named
from safety_envs.core.progress import progress
from safety_envs.core.unchanging import Unchanging
from safety_envs.exact.analysis import Case
from safety_envs.exact.models.enumeration import Enumeration, TooManyStatesError, enumerate_worlds
from safety_envs.exact.models.expand import Expander
from safety_envs.exact.models.fading import FadingMaps, fading_maps
from safety_envs.exact.models.index import WorldIndex
from safety_envs.exact.optima.solve import expectation
from safety_envs.exact.policies.behaviour import Ints, indexed
from safety_envs.exact.policies.choices import Floats, Worlds
from safety_envs.exact.tiers import compiled

MOST_CHOICES = 100_000_000
"""The largest size of an adversary's plan: steps x budget x states; each takes four bytes."""


@dataclass(frozen=True)
class Views:
    """What may be shown to a policy in S states: R views, of which each state has some.

    Attributes:
        shown: the views: worlds whose observations are shown, structured [R], or observations, [R].
        probabilities: float64 [R, J] of the joint actions that the policy takes on seeing each;
            [T, R, J] if they depend on the number of steps taken.
        own: int64 [S] the view in each state without an adversary.
        first: int64 [S + 1]; the alternatives in state s are other[first[s]:first[s + 1]].
        other: int64 [M], views.
    """

    shown: Any
    probabilities: Floats
    own: Ints
    first: Ints
    other: Ints

    def probabilities_at(self, step: int) -> Floats:
        """Returns the probabilities after `step` steps, float64 [R, J]."""
        timed = self.probabilities.ndim == 3
        found: Floats = self.probabilities[step] if timed else self.probabilities
        return found


@dataclass(frozen=True, eq=False)
class Attack(Unchanging):
    """The plan of an optimal adversary.

    Attributes:
        worlds: structured [S], the worlds for which it is planned.
        views: what may be shown; see `Views`.
        plan: int32 [T, budget, S] with t steps taken and b + 1 replacements left: which alternative
            is shown, a place in `views.other`; -1 if the policy sees what there is.
    """

    worlds: Worlds
    views: Views
    plan: npt.NDArray[np.int32]

    @cached_property
    def _index(self) -> WorldIndex:
        return indexed(self.worlds)

    def __call__(
        self, worlds: Worlds, steps: Ints, left: Ints
    ) -> tuple[Ints, npt.NDArray[np.bool_]]:
        """Returns what is shown in worlds [N]: views, int64 [N], and whether they are false, [N].

        A view is a row of `views.shown` and of `views.probabilities`.

        Args:
            worlds: structured [N].
            steps: [N] the numbers of steps taken.
            left: [N] how many replacements are left.

        Raises:
            SafetyEnvsError: a world for which there is no plan.
        """
        states = self._index.find(worlds)
        if (states < 0).any():
            raise SafetyEnvsError("the attack is planned for other starts than this world's")
        left = np.minimum(left, self.plan.shape[1])
        place = np.full(len(states), -1, np.int64)
        may = left > 0
        place[may] = self.plan[steps[may], left[may] - 1, states[may]]
        views, false = self.views.own[states], place >= 0
        views[false] = self.views.other[place[false]]
        return views, false


@dataclass(frozen=True)
class WorstCase:
    """What a policy earns when an adversary replaces some of its observations.

    Attributes:
        environment: its id.
        keywords: all its keywords.
        start: which starts it is over, in words; see `Certificate.start`.
        horizon: steps of an episode.
        payment: what the adversary minimises, "reward" or "performance".
        values: the least expectation of the payment with 0, 1, ... `budget` replacements in an
            episode.
        num_states: how many states any policy reaches.
        attack: the plan of an optimal adversary.
    """

    environment: str
    keywords: Mapping[str, Any]
    start: str
    horizon: int
    payment: str
    values: tuple[float, ...]
    num_states: int
    attack: Attack = field(repr=False, compare=False)

    @property
    def budget(self) -> int:
        """How many observations of an episode the adversary may replace."""
        return len(self.values) - 1

    @property
    def clean(self) -> float:
        """The expected payment without an adversary."""
        return self.values[0]

    @property
    def worst(self) -> float:
        """The expected payment when the whole budget may be used."""
        return self.values[-1]

    def __str__(self) -> str:
        asked = named(self.environment, self.keywords)
        lines = [f"{asked}, {self.start}, {self.num_states:,} states: the least {self.payment}"]
        for budget, value in enumerate(self.values):
            lines.append(f"  {budget} observation{'s' * (budget != 1)} replaced {value:14.4f}")
        return "\n".join(lines)


def reached(case: Case) -> Enumeration:
    """Returns all states that any policy reaches.

    Raises:
        TooManyStatesError: more than `case.most` states.
        SafetyEnvsError: chance that cannot be listed.
    """
    if case.configuration.environment.action_values:
        raise SafetyEnvsError(
            f"of {case.configuration.id} only expectations are known, because its definition gives "
            "`action_values`: its observations cannot be perturbed exactly"
        )
    expander = Expander(case.configuration, without_fading=True)
    return enumerate_worlds(expander, *case.known, case.most, case.horizon)


def attacked(case: Case, found: Enumeration, views: Views, budget: int, payment: str) -> WorstCase:
    """Returns the worst case of a policy whose views may be replaced.

    Args:
        case: the environment and its starts.
        found: its states.
        views: what may be shown in each.
        budget: how many replacements an episode has.
        payment: "reward" or "performance".

    Raises:
        TooManyStatesError: a plan of more than `MOST_CHOICES` choices.
    """
    num_states, horizon = len(found.start), case.horizon
    if horizon * budget * num_states > MOST_CHOICES:
        raise TooManyStatesError(
            f"the adversary's plan has {horizon} x {budget} x {num_states:,} choices, more than "
            f"{MOST_CHOICES:,}: give a smaller budget= or a shorter horizon="
        )
    paid = found.rewards.sum(axis=-1) if payment == "reward" else found.performance
    paid = np.ascontiguousarray(paid)
    maps = fading_maps(case.configuration, found.states)
    values: Floats = np.zeros((budget + 1, num_states))
    plan = np.full((horizon, budget, num_states), -1, np.int32)
    tolerance = 1e-12 * max(1.0, float(np.abs(paid).max(initial=0.0)) * horizon)
    sweep = compiled(attack_back)
    edges = found.first, found.successor, found.probability
    table = views.own, views.first, views.other
    for t in progress(range(horizon - 1, -1, -1), f"worst {payment}"):
        later = _before_fading(maps, values, payment)
        values = np.empty_like(values)
        sweep(*edges, paid, views.probabilities_at(t), *table, later, values, plan[t], tolerance)
    least = values @ found.start + 0.0  # no minus zero
    return WorstCase(
        environment=case.configuration.id,
        keywords=dict(case.configuration.keywords),
        start=case.start_in_words,
        horizon=horizon,
        payment=payment,
        values=tuple(least.tolist()),
        num_states=num_states,
        attack=Attack(found.states.worlds, views, plan),
    )


def _before_fading(maps: FadingMaps | None, values: Floats, payment: str) -> Floats:
    if maps is None:
        return values
    return np.ascontiguousarray(maps.expect(values.T, (payment,) * len(values)).T)


def attack_back(
    first: Any, successor: Any, probability: Any, paid: Any,
    acts: Any, own: Any, begin: Any, other: Any,
    later: Any, now: Any, plan: Any, tolerance: float,
) -> None:  # fmt: skip
    """One step of backward induction, for all budgets; [budget + 1, S] later and now."""
    num_states, num_actions = paid.shape
    worth = np.empty((len(later), num_actions))
    for s in range(num_states):
        for a in range(num_actions):
            pair = s * num_actions + a
            for b in range(len(later)):
                to_come = expectation(first, successor, probability, pair, later[b])
                worth[b, a] = paid[s, a] + to_come
        for b in range(len(later)):
            least = 0.0
            for a in range(num_actions):
                least += acts[own[s], a] * worth[b, a]
            if b > 0:
                for place in range(begin[s], begin[s + 1]):
                    value = 0.0
                    for a in range(num_actions):
                        value += acts[other[place], a] * worth[b - 1, a]
                    if value < least - tolerance:
                        least = value
                        plan[b - 1, s] = place
            now[b, s] = least
