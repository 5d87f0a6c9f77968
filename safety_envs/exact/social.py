"""Exact social analysis: what several agents could have together, and what selfish ones have.

The agents move at once, see the whole world and know the time, and each maximises its own reward
over the whole horizon. By backward induction over the very rules that the simulator runs:

- The cooperative optimum is the best of all joint policies: of the sum of rewards, and apart from
  it of the hidden performance.
- At each state and time the agents play a stage game: what a joint action pays now, and what its
  successors are worth later. A joint action is a pure equilibrium of it if no agent gains by
  another action alone. Profiles of policies that prescribe a stage equilibrium everywhere are the
  pure Markov-perfect equilibria (Maskin and Tirole 2001; with finitely many steps, one-shot
  deviations suffice). In a symmetric one agents whose observations are equal act alike.
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
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from safety_envs.core.definition import Configuration, Equilibria, Payoff, SocialExpectations
from safety_envs.core.errors import SafetyEnvsError
from safety_envs.core.observe import Observer
from safety_envs.core.progress import slowly
from safety_envs.exact.expand import Expander
from safety_envs.exact.model import Enumeration, enumerate_worlds
from safety_envs.exact.solve import TOLERANCE

MOST_NUMBERS = 10_000_000
"""States x joint actions x agents, at the most: so many numbers a table of payments may hold."""

Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]


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
        keywords = ", ".join(f"{name}={value}" for name, value in self.keywords.items())
        lines = [
            f"{self.environment}({keywords}), {self.start}, {self.num_states:,} states",
            f"  cooperative optimum, all together  {'reward':>14} {self.best_reward:10.4f}",
            f"  {'':33}  {'performance':>14} {self.best_performance:10.4f}",
        ]
        absent = "none found" if self.num_states else "not sought"  # by a closed form
        for name, found in (("symmetric", self.symmetric), ("pure", self.pure)):
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
    "E": "selfish agents at their best have less than the cooperative optimum",
    "none": "there is an equilibrium that attains the cooperative optimum",
    "unknown": "no pure equilibrium was found",
}


def _interval_in_words(name: str, found: Equilibria | None, absent: str) -> list[str]:
    if found is None:
        return [f"  {name:34} {absent:>14}"]
    low, high = found.worst, found.best
    return [
        f"  {name:34} {'reward':>14} [{low.reward:.4f}, {high.reward:.4f}]",
        f"  {'':34} {'performance':>14} [{low.performance:.4f}, {high.performance:.4f}]",
    ]


def social_class(found: SocialExpectations) -> str:
    """Returns the hazard class; see `SocialCertificate`."""
    selfish = found.symmetric or found.pure
    if selfish is None:
        return "unknown"
    margin = 1e-6 * max(1.0, abs(found.best_reward))
    return "E" if selfish.best.reward < found.best_reward - margin else "none"


class JointModel(NamedTuple):
    """All that several agents can reach and are paid; S states, J joint actions, n agents."""

    configuration: Configuration
    worlds: Enumeration
    payments: Floats  # [n + 1, S, J] expected reward of each agent, then the performance
    alike: Mask  # [S, J] whether agents with equal observations act alike

    def later(self, values: Floats) -> Floats:
        """Returns what values [K, S] come to after every joint action, expected, [K, S, J].

        Nothing comes after an ending. A value that is undefined (NaN) leaves undefined whatever
        can lead to it.
        """
        worlds = self.worlds
        if len(worlds.successor) == 0:
            return np.zeros((len(values), *self.alike.shape))
        ended = np.column_stack([values, np.zeros(len(values))])  # number -1 is the last column
        edges = ended[:, worlds.successor] * worlds.probability
        return np.add.reduceat(edges, worlds.first[:-1], axis=1).reshape(-1, *self.alike.shape)

    def expected(self, values: Floats) -> Floats:
        """Returns the expectations of values [K, S] over the starts, [K]."""
        start = self.worlds.start
        return values[:, start > 0] @ start[start > 0] + 0.0  # + 0.0: no minus zero


def joint_model(
    configuration: Configuration, starts: npt.NDArray[np.void], chances: Floats
) -> JointModel:
    """Returns the model of several agents from the given starts [K] and their probabilities [K].

    Raises:
        SafetyEnvsError: too many states or joint actions, or something that agents cannot see.
    """
    environment, agents = configuration.environment, configuration.agents
    if environment.hidden:
        raise SafetyEnvsError(
            f"{environment.id} hides {', '.join(environment.hidden)}, and this analysis is for "
            "agents who all see the whole world"
        )
    expander = Expander(configuration)
    most = MOST_NUMBERS // (len(expander.actions) * agents)
    worlds = enumerate_worlds(expander, starts, chances, max(1, most))
    payments = np.concatenate([np.moveaxis(worlds.rewards, -1, 0), worlds.performance[None]])
    alike = acting_alike(expander.actions, observations(configuration, worlds.states.worlds))
    return JointModel(configuration, worlds, payments, alike)


def observations(configuration: Configuration, worlds: npt.NDArray[np.void]) -> npt.NDArray[Any]:
    """Returns what each agent sees of worlds [S], flat, [S, agents, numbers]."""
    seen: npt.NDArray[Any] = Observer(configuration)(worlds)
    return seen.reshape(len(worlds), configuration.agents, -1)


def acting_alike(actions: npt.NDArray[np.int64], seen: npt.NDArray[Any]) -> Mask:
    """Returns whether equal observations [S, n, numbers] meet equal actions [J, n], bool [S, J]."""
    alike = np.ones((len(seen), len(actions)), np.bool_)
    for one in range(seen.shape[1]):
        for other in range(one):
            equal = (seen[:, one] == seen[:, other]).all(axis=1)
            alike &= ~equal[:, None] | (actions[:, one] == actions[:, other])
    return alike


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


def equilibrium(
    model: JointModel, *, best: bool, symmetric: bool
) -> tuple[Floats, npt.NDArray[np.int64]]:
    """Returns the best or the worst pure Markov-perfect equilibrium.

    Args:
        model: S states, J joint actions, n agents.
        best: take the best stage equilibrium at each state and time, else the worst.
        symmetric: of those only in which agents with equal observations act alike.

    Returns:
        What each agent earns from a state on and the performance, [n + 1, S], NaN where there is
        no such equilibrium; and the joint action's number with t steps taken, [T, S], -1 likewise.
    """
    steps, states = model.configuration.max_steps, np.arange(len(model.worlds.start))
    values = np.zeros((len(model.payments), len(states)))
    actions = np.full((steps, len(states)), -1, np.int64)
    tolerance = TOLERANCE * max(1.0, float(np.abs(model.payments).max()) * steps)
    for t in slowly(range(steps - 1, -1, -1), "equilibrium"):
        worth = model.payments + model.later(values)
        stable = _stable(model, worth[:-1], tolerance)
        if symmetric:
            stable &= model.alike
        chosen = _preferred(worth, stable, tolerance, 1.0 if best else -1.0)
        found = stable.any(axis=1)
        values = np.where(found, worth[:, states, chosen], np.nan)
        actions[t] = np.where(found, chosen, -1)
    return values, actions


def _stable(model: JointModel, worth: Floats, tolerance: float) -> Mask:
    """Returns in which joint actions no agent gains by another action alone, bool [S, J].

    Args:
        model: S states, J joint actions, n agents.
        worth: [n, S, J] what each agent gets, now and later. Where something is undefined for a
            joint action of a state, nothing is stable in that state.
        tolerance: a gain of no more than this is none.
    """
    agents, num_states, num_joint = worth.shape
    shape = (num_states, *[len(model.configuration.actions)] * agents)
    defined = ~np.isnan(worth).any(axis=(0, 2))
    stable: Mask = np.repeat(defined, num_joint).reshape(shape)
    for agent in range(agents):
        own = worth[agent].reshape(shape)
        stable &= own >= own.max(axis=1 + agent, keepdims=True) - tolerance
    return stable.reshape(num_states, num_joint)


def _preferred(worth: Floats, stable: Mask, tolerance: float, sign: float) -> npt.NDArray[np.int64]:
    """Returns which stable joint action has the most (sign 1) or the least (-1) reward, [S]."""
    rewards = np.where(stable, sign * worth[:-1].sum(axis=0), -np.inf)
    first = stable & (rewards >= rewards.max(axis=1, keepdims=True) - tolerance)
    performance = np.where(first, sign * worth[-1], -np.inf)
    top = performance.max(axis=1, keepdims=True) - tolerance
    chosen: npt.NDArray[np.int64] = (first & (performance >= top)).argmax(axis=1)
    return chosen
