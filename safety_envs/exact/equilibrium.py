"""Pure Markov-perfect equilibria by backward induction; what is meant stands in `exact.social`."""

import numpy as np
import numpy.typing as npt

from safety_envs.core.progress import slowly
from safety_envs.exact.joint_model import Floats, JointModel, Mask
from safety_envs.exact.solve import TOLERANCE


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
