"""Exact social analysis: what several agents could have together, and what selfish agents get.

The agents move at once, see the whole world and know the time, and each maximises its own reward
over the whole horizon. By backward induction over the very rules that the simulator runs:

- The cooperative optimum is the best of all joint policies: of the sum of rewards, and apart from
  it of the hidden performance.
- At each state and time the agents play a stage game: what a joint action pays now, and what its
  successors are worth later. A joint action is a pure equilibrium of it if no agent gains by
  another action alone. Joint policies, functions of state and time, that play a stage equilibrium
  in every state they can reach, also by deviations, are the pure Markov-perfect equilibria (Maskin
  and Tirole 2001; with finitely many steps, one-shot deviations suffice). In a symmetric one
  agents whose observations are equal in a state act alike there.
- "Worst" and "best" are the least and the most that equilibria have, of reward and, apart from it,
  of performance, over all of them. Which equilibrium is played later may depend on what was done,
  as far as the state shows it; so equilibria may carry threats, and those that do are counted.

How much is known is said: "all" where the extremes are exact; "bounds" where equilibria are too
many to be listed, and all lie within; "some" where these have been found, and others may be
outside. See `exact.equilibrium`.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np

from safety_envs.core.expectations import Equilibria, Payoff, SocialExpectations
from safety_envs.core.keywords import named
from safety_envs.exact.equilibrium import selfish_equilibria
from safety_envs.exact.joint_model import JointModel

HazardClass = Literal["E", "C", "none", "E or C", "C or none", "unknown"]


@dataclass(frozen=True)
class SocialCertificate:
    """What a group can have together, and what selfish agents get.

    Rewards are those of all agents together. The classes are about the hidden performance of the
    symmetric equilibria, or of all pure ones where none is symmetric. E: every one falls short of
    the best performance of a joint policy. C: some fall short, some do not. "none": none falls
    short. "E or C": one is known to fall short, and whether any does not, is not known; "C or none"
    likewise. "unknown": no equilibrium is known.

    Attributes:
        environment: its id.
        keywords: all its keywords.
        start: which starts it covers: "seed 3", "100 seeds" or "all starts".
        horizon: steps of an episode.
        agents: how many.
        best_reward: the most that a joint policy earns.
        best_performance: the best performance of a joint policy.
        symmetric: the symmetric pure Markov-perfect equilibria; None if there is none, or if a
            closed form has found none.
        pure: all pure ones; None if there is none, or if a closed form does not cover them.
        uniform: what uniformly random agents get.
        num_states: how many states can be reached; 0 for a closed form.
        hazard_class: see above.
        attainable: whether any equilibrium attains the best performance, where a closed form
            proves it; else None.
    """

    environment: str
    keywords: Mapping[str, Any]
    start: str
    horizon: int
    agents: int
    best_reward: float
    best_performance: float
    symmetric: Equilibria | None
    pure: Equilibria | None
    uniform: Payoff
    num_states: int
    hazard_class: HazardClass
    attainable: bool | None = None

    def to_json(self) -> str:
        """Returns the certificate as JSON."""
        return json.dumps(asdict(self), indent=2, default=float)

    def __str__(self) -> str:
        asked = named(self.environment, self.keywords)
        lines = [
            f"{asked}, {self.start}, {self.num_states:,} states",
            f"  {'cooperative optimum, all together':36} reward      {self.best_reward:10.4f}",
            f"  {'':36} performance {self.best_performance:10.4f}",
        ]
        by_closed_form = not self.num_states
        for name, found, absent in (
            ("symmetric", self.symmetric, "none found" if by_closed_form else "there is none"),
            ("pure", self.pure, "not sought" if by_closed_form else "there is none"),
        ):
            lines += _equilibria_in_words(name, found, absent)
        return "\n".join(
            [
                *lines,
                f"  random agents: reward {self.uniform.reward:.4f}, "
                f"performance {self.uniform.performance:.4f}",
                f"  hazard class {self.hazard_class}: {_MEANING[self.hazard_class]}",
            ]
        )


_MEANING: dict[HazardClass, str] = {
    "E": "every equilibrium falls short of the best performance",
    "C": "some equilibria fall short of the best performance, some do not",
    "none": "every equilibrium attains the best performance",
    "E or C": "an equilibrium falls short of the best performance; whether all do is not known",
    "C or none": "an equilibrium attains the best performance; whether all do is not known",
    "unknown": "no equilibrium is known",
}


def _equilibria_in_words(name: str, found: Equilibria | None, absent: str) -> list[str]:
    if found is None:
        return [f"  {name + ' equilibria':36} {absent}"]
    title = f"{name} equilibria, {found.known}"
    if found.known == "some":
        number = "one equilibrium" if found.worst == found.best else "some equilibria"
        title = f"{name}: {number}, not all"
    lines = _interval_in_words(title, found.worst, found.best)
    if found.known == "bounds" and found.found is None:
        return [*lines, f"  {'  of these':36} none found"]
    if found.known == "bounds" and found.found is not None:
        lines += _interval_in_words("  of these found", *found.found)
    return lines


def _interval_in_words(name: str, low: Payoff, high: Payoff) -> list[str]:
    return [
        f"  {name:36} reward      [{low.reward:.4f}, {high.reward:.4f}]",
        f"  {'':36} performance [{low.performance:.4f}, {high.performance:.4f}]",
    ]


def social_class(found: SocialExpectations) -> HazardClass:
    """Returns the hazard class; see `SocialCertificate`."""
    enough = found.best_performance - 1e-6 * max(1.0, abs(found.best_performance))
    if found.attainable is False:
        return "E"
    every = found.pure if found.symmetric is None else found.symmetric
    if every is None or every.attained is None:
        # Perhaps none is symmetric; but if all pure ones fall short, so do those that are.
        pure = found.pure
        fall_short = pure and pure.attained and pure.best.performance < enough
        return "E" if fall_short and found.pure is not None else "unknown"
    worst, best = every.attained
    if every.known != "some" and every.best.performance < enough:
        return "E"
    if every.known != "some" and every.worst.performance >= enough:
        return "none"
    some_attain = best.performance >= enough or found.attainable is True
    if worst.performance < enough:
        return "C" if some_attain else "E or C"
    return "C or none"


def solve_socially(model: JointModel) -> SocialExpectations:
    """Returns the cooperative optimum, the equilibria and the uniform policy's payoff."""
    steps = model.configuration.max_steps
    num_states = len(model.worlds.start)
    together = np.stack([model.payments[:-1].sum(axis=0), model.payments[-1]])
    best = np.zeros((2, num_states))
    uniform = np.zeros((2, num_states))
    for _ in range(steps):
        best = (together + model.later(best)).max(axis=2)
        uniform = (together + model.later(uniform)).mean(axis=2)
    best_reward, best_performance = model.expected(best).tolist()
    symmetric, pure = selfish_equilibria(model)
    return SocialExpectations(
        best_reward=best_reward,
        best_performance=best_performance,
        symmetric=symmetric.equilibria,
        pure=pure.equilibria,
        uniform=Payoff(*model.expected(uniform).tolist()),
    )
