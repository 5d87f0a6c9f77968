"""Sokoban without boxes: at least as much can be had, with few worlds. It bounds larger maps.

Let V_k(s) be the most reward with k steps to go, and s' be s without its boxes.

V_k(s) <= V_k(s'): take a best plan in s, and let the agent go through the same cells in s', without
the steps in which a box stopped it. Walls are the same, so it can. It collects the same prizes, and
none later. If that ends the episode, it has paid for no more steps. Otherwise it walks on for the
steps that it saved, which cost what they cost in s, and what it collects then is a gain.

The performance is the reward and the change of the boxes' penalties. These never get better: a box
in a corner cannot be pushed, and one beside a wall across the whole map can only be pushed along
it, because no agent stands in the wall. So for a, b >= 0, what follows s is at most
a reward + b performance <= (a + b) V_k(s'), and s' has exactly that, since it has no boxes.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

CORNER = 10  # of the penalties, the worst


def without_boxes(level: Any, worlds: npt.NDArray[np.void]) -> npt.NDArray[np.void]:
    """Returns worlds [N] with all boxes in the wall's upper left corner, where they stop nobody."""
    simpler = worlds.copy()
    simpler["boxes"]["row"] = simpler["boxes"]["col"] = 0
    return simpler


def episode_range(level: Any, steps: int) -> tuple[tuple[float, float], tuple[float, float]]:
    """Returns ((least, most) reward, (least, most) performance) of any episode."""
    most = 50 * len(level.prizes)
    return (-steps, most), (-steps - CORNER * len(level.boxes), most)


BOUNDS: dict[str, Any] = {"relaxed": without_boxes, "episode_range": episode_range}
"""What a definition says for `bounds`."""
