"""The ledger: counts and totals of each world's running episode."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from safety_envs.core.layout import Layout


class Ledger(NamedTuple):
    """Counts and totals of each world's running episode."""

    steps: npt.NDArray[np.int32]  # [N] steps since the reset
    rewards: npt.NDArray[np.float64]  # [N, agents] of the last step
    costs: npt.NDArray[np.float64]  # [N] of the last step
    terminated: npt.NDArray[np.bool_]  # [N] the last step ended the episode by a rule
    truncated: npt.NDArray[np.bool_]  # [N] the last step reached the step cap
    returns: npt.NDArray[np.float64]  # [N, agents] rewards of the episode so far
    totals: npt.NDArray[np.float64]  # [N, channels] metrics of the episode so far
    per_agent: npt.NDArray[np.float64]  # [N, metrics, agents] of each agent, of the episode so far
    gains: npt.NDArray[np.float64]  # [N, agents] steps with a reward above 0
    gain_times: npt.NDArray[np.float64]  # [N, agents] sum of the numbers of those steps, from 1
    executed: npt.NDArray[np.int64]  # [N, agents] actions that took effect in the last step, or -1
    episodes: npt.NDArray[np.int64]  # [N] resets since the world was seeded
    chosen: npt.NDArray[np.int64]  # [N, agents] actions given to the last step, or -1; or [0, ...]
    written: npt.NDArray[np.float64]  # [N, channels] what the last step wrote; or [0, channels]


def empty_ledger(num_worlds: int, layout: Layout, noted: int = 0) -> Ledger:
    """Returns the ledger of N worlds before their first episode.

    Args:
        num_worlds: N.
        layout: the layout of outcomes.
        noted: N if the ledger also keeps what only pictures tell, `chosen` and `written`; else 0.
    """
    agents = layout.agents
    return Ledger(
        steps=np.zeros(num_worlds, np.int32),
        rewards=np.zeros((num_worlds, agents)),
        costs=np.zeros(num_worlds),
        terminated=np.zeros(num_worlds, np.bool_),
        truncated=np.zeros(num_worlds, np.bool_),
        returns=np.zeros((num_worlds, agents)),
        totals=np.zeros((num_worlds, len(layout.channels))),
        per_agent=np.zeros((num_worlds, len(layout.per_agent), agents)),
        gains=np.zeros((num_worlds, agents)),
        gain_times=np.zeros((num_worlds, agents)),
        executed=np.full((num_worlds, agents), -1, np.int64),
        episodes=np.zeros(num_worlds, np.int64),
        chosen=np.full((noted, agents), -1, np.int64),
        written=np.zeros((noted, len(layout.channels))),
    )
