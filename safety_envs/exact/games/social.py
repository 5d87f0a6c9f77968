"""Exact social analysis: the cooperative optimum and the equilibria of several agents.

The agents move simultaneously, see the whole world and know the time. Each maximises its own reward
over the whole horizon. Backward induction over the simulator's own rules computes:

- The cooperative optimum over all joint policies, separately for the sum of rewards and for the
  hidden performance.
- The pure Markov-perfect equilibria (Maskin and Tirole 2001). At each state and time the agents
  play a stage game. Its payoff is the payment of a joint action plus the expected value of its
  successors. A joint action is a pure equilibrium of the stage game if no agent gains by a
  unilateral deviation. A joint policy, a function of state and time, is a Markov-perfect
  equilibrium if it plays a stage equilibrium in every state that is reachable, also by deviations.
  (With finitely many steps, one-shot deviations suffice.) In a symmetric equilibrium, agents with
  equal observations act alike.
- The worst and the best of these equilibria, separately for reward and performance. The equilibrium
  that is played later may depend on earlier actions, as far as the state shows them. So equilibria
  may contain threats, and these equilibria are included.

The result states what is known: "all": the extremes over all equilibria are exact. "bounds": there
are too many equilibria to list, and all lie within the bounds. "some": some equilibria were found,
and others may lie outside. See `exact.games.equilibrium`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from safety_envs.core.expectations import Equilibria, Payoff, SocialExpectations
from safety_envs.core.notebooks import table
from safety_envs.exact.certified import Certified
from safety_envs.exact.games.equilibrium import equilibria_of
from safety_envs.exact.games.joint_model import Floats, JointModel

HazardClass = Literal["E", "C", "none", "E or C", "C or none", "unknown"]


@dataclass(frozen=True)
class SocialCertificate(Certified):
    """The cooperative optimum and the equilibria of several agents.

    Rewards are sums over all agents. The hazard classes describe the hidden performance of the
    symmetric equilibria, or of all pure equilibria if none is symmetric. "E": every equilibrium
    falls short of the best performance of a joint policy. "C": some fall short and some do not.
    "none": no equilibrium falls short. "E or C": an equilibrium is known to fall short, and it is
    unknown whether all do. "C or none": an equilibrium is known not to fall short, and it is
    unknown whether any does. "unknown": no equilibrium is known.

    Attributes, besides those of `Certified`:
        agents: the number of agents.
        symmetric: the symmetric pure Markov-perfect equilibria; None if there is none, or if a
            closed form has found none.
        pure: all pure Markov-perfect equilibria; None if there is none, or if a closed form does
            not cover them.
        uniform: the payoff of uniformly random agents.
        attainable: whether any equilibrium attains the best performance, if a closed form proves
            it; else None.
    """

    agents: int
    hazard_class: HazardClass
    symmetric: Equilibria | None
    pure: Equilibria | None
    uniform: Payoff
    attainable: bool | None = None

    @property
    def random(self) -> Payoff:
        """What uniformly random agents get."""
        return self.uniform

    @property
    def worst_performance(self) -> float:
        """The least performance of the symmetric equilibria, or of all pure ones; NaN if none."""
        found = self.symmetric or self.pure
        return found.worst.performance if found else float("nan")

    def __str__(self) -> str:
        lines = [self.title]
        for name, reward, performance in self._rows:
            lines.append(f"  {name:36} " + (f"reward      {reward}" if performance else reward))
            if performance:
                lines.append(f"  {'':36} performance {performance}")
        return "\n".join(
            [
                *lines,
                f"  random agents: reward {self.uniform.reward:.4f}, "
                f"performance {self.uniform.performance:.4f}",
                f"  hazard class {self.hazard_class}: {_MEANING[self.hazard_class]}",
            ]
        )

    def _repr_html_(self) -> str:
        caption = f"{self.title}; hazard class {self.hazard_class}: {_MEANING[self.hazard_class]}"
        random = (
            "random agents",
            f"{self.uniform.reward:.4f}",
            f"{self.uniform.performance:.4f}",
        )
        return table(caption, ["", "reward", "performance"], [*self._rows, random])

    @property
    def _rows(self) -> list[tuple[str, str, str]]:
        """What is shown of the optima and of equilibria: a name, the reward, the performance."""
        sought = ("there is none",) * 2 if self.num_states else ("none found", "not sought")
        best = f"{self.best_reward:10.4f}", f"{self.best_performance:10.4f}"
        return [
            ("cooperative optimum, all together", *best),
            *_rows_of("symmetric", self.symmetric, sought[0]),
            *_rows_of("pure", self.pure, sought[1]),
        ]


_MEANING: dict[HazardClass, str] = {
    "E": "every equilibrium falls short of the best performance",
    "C": "some equilibria fall short of the best performance, some do not",
    "none": "every equilibrium attains the best performance",
    "E or C": "an equilibrium falls short of the best performance; whether all do is not known",
    "C or none": "an equilibrium attains the best performance; whether all do is not known",
    "unknown": "no equilibrium is known",
}


def _rows_of(name: str, found: Equilibria | None, absent: str) -> list[tuple[str, str, str]]:
    if found is None:
        return [(f"{name} equilibria", absent, "")]
    title = f"{name} equilibria, {found.known}"
    if found.known == "some":
        number = "one equilibrium" if found.worst == found.best else "some equilibria"
        title = f"{name}: {number}, not all"
    rows = [_row(title, found.worst, found.best)]
    if found.known == "bounds" and found.found is None:
        rows.append(("  of these", "none found", ""))
    if found.known == "bounds" and found.found is not None:
        rows.append(_row("  of these found", *found.found))
    return rows


def _row(name: str, low: Payoff, high: Payoff) -> tuple[str, str, str]:
    return (
        name,
        f"[{low.reward:.4f}, {high.reward:.4f}]",
        f"[{low.performance:.4f}, {high.performance:.4f}]",
    )


def social_class(found: SocialExpectations) -> HazardClass:
    """Returns the hazard class; see `SocialCertificate`."""
    enough = found.best_performance - 1e-6 * max(1.0, abs(found.best_performance))
    if found.attainable is False:
        return "E"
    every = found.pure if found.symmetric is None else found.symmetric
    if every is None or every.attained is None:
        # Perhaps no equilibrium is symmetric. If all pure ones fall short, symmetric ones do too.
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


def of_all_together(model: JointModel, choose: Callable[..., Floats]) -> Payoff:
    """Returns the expected sum of the agents' rewards, and the expected performance.

    Args:
        model: S states, J joint actions.
        choose: reduces values [2, S, J] over `axis`: `np.max` for the optima, which need not be
            attained together; `np.mean` for uniformly random agents.
    """
    payments = np.stack([model.payments[:-1].sum(axis=0), model.payments[-1]])
    values = np.zeros((2, len(model.worlds.start)))
    for _ in range(model.configuration.max_steps):
        values = choose(payments + model.later(values), axis=2)
    return Payoff(*model.expected(values).tolist())


def solve_socially(model: JointModel) -> SocialExpectations:
    """Returns the cooperative optimum, the equilibria and the uniform policy's payoff."""
    best = of_all_together(model, np.max)
    symmetric, pure = equilibria_of(model)
    return SocialExpectations(
        best_reward=best.reward,
        best_performance=best.performance,
        symmetric=symmetric.equilibria,
        pure=pure.equilibria,
        uniform=of_all_together(model, np.mean),
    )
