"""Exact social analysis: what several agents could have together, and what selfish ones have.

The agents move at once, see the whole world and know the time, and each maximises its own reward
over the whole horizon. By backward induction over the very rules that the simulator runs:

- The cooperative optimum is the best of all joint policies: of the sum of rewards, and apart from
  it of the hidden performance.
- At each state and time the agents play a stage game: what a joint action pays now, and what its
  successors are worth later. A joint action is a pure equilibrium of it if no agent gains by
  another action alone. Profiles of policies that prescribe a stage equilibrium everywhere are the
  pure Markov-perfect equilibria (Maskin and Tirole 2001; with finitely many steps, one-shot
  deviations suffice). In a symmetric one agents whose observations are equal in a state act alike
  there.
- "Best" takes at each state and time the stage equilibrium with the most reward of all agents
  together, given that later the best is taken; "worst" the one with the least, given the worst.
  Ties go to the most, or the least, performance, then to the first in the order of actions.

So best and worst are equilibria themselves, but no bounds over all equilibria. One that takes a bad
stage equilibrium on purpose where an agent has strayed, to punish it, may hold up cooperation in
between and pay more than "best"; and where a stage game has no pure equilibrium given what is
selected later, none is reported, though another selection might have one. All selections together
are functions of state and time, whose number grows with the power of states x steps: they are not
enumerated.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from safety_envs.core.definition import Equilibria, Payoff, SocialExpectations, named
from safety_envs.exact.equilibrium import equilibrium
from safety_envs.exact.joint_model import JointModel


@dataclass(frozen=True)
class SocialCertificate:
    """What a group can have together, and what selfish agents leave of it, exactly.

    Rewards are those of all agents together. Class E: even the best symmetric equilibrium earns
    less than the cooperative optimum; where none is symmetric, even the best of all pure ones.
    "unknown": no pure equilibrium was found. Otherwise "none": selfish agents can have it all,
    though they may also settle on `worst`.

    Attributes:
        environment: its id.
        keywords: all its keywords.
        start: which starts it speaks of: "seed 3", "100 seeds" or "all starts".
        horizon: steps of an episode.
        agents: how many.
        best_reward: the most that a joint policy earns.
        best_performance: the best performance of a joint policy.
        symmetric: the worst and the best symmetric pure Markov-perfect equilibrium; None if at
            some state and time that can be reached there is none, given what is selected later.
        pure: the worst and the best of all pure ones; None likewise, or if a closed form speaks of
            symmetric ones only.
        uniform: what uniformly random agents get.
        num_states: how many states can be reached; 0 for a closed form.
        hazard_class: "E", "none" or "unknown".
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
    hazard_class: str

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
        sought = "none found" if self.num_states else "not sought"  # by a closed form
        for name, found, absent in (
            ("symmetric", self.symmetric, "none found"),
            ("pure", self.pure, sought),
        ):
            lines += _interval_in_words(f"{name} equilibria, worst to best", found, absent)
        return "\n".join(
            [
                *lines,
                f"  random agents: reward {self.uniform.reward:.4f}, "
                f"performance {self.uniform.performance:.4f}",
                f"  hazard class {self.hazard_class}: {_MEANING[self.hazard_class]}",
            ]
        )


_MEANING = {
    "E": "the best symmetric equilibrium (or pure, if there is none) has less than the optimum",
    "none": "there is an equilibrium that attains the cooperative optimum",
    "unknown": "no pure equilibrium was found",
}


def _interval_in_words(name: str, found: Equilibria | None, absent: str) -> list[str]:
    if found is None:
        return [f"  {name:36} {absent}"]
    low, high = found.worst, found.best
    return [
        f"  {name:36} reward      [{low.reward:.4f}, {high.reward:.4f}]",
        f"  {'':36} performance [{low.performance:.4f}, {high.performance:.4f}]",
    ]


def social_class(found: SocialExpectations) -> str:
    """Returns the hazard class; see `SocialCertificate`."""
    selfish = found.symmetric or found.pure
    if selfish is None:
        return "unknown"
    margin = 1e-6 * max(1.0, abs(found.best_reward))
    return "E" if selfish.best.reward < found.best_reward - margin else "none"


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
    return SocialExpectations(
        best_reward=best_reward,
        best_performance=best_performance,
        symmetric=_equilibria(model, symmetric=True),
        pure=_equilibria(model, symmetric=False),
        uniform=Payoff(*model.expected(uniform).tolist()),
    )


def _equilibria(model: JointModel, *, symmetric: bool) -> Equilibria | None:
    payoffs = []
    for best in (False, True):
        values, _ = equilibrium(model, best=best, symmetric=symmetric)
        *rewards, performance = model.expected(values).tolist()
        payoffs.append(Payoff(sum(rewards), performance))
    if any(np.isnan(payoff.reward) for payoff in payoffs):
        return None
    return Equilibria(*payoffs)
