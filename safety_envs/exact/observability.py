"""Observability: whether what an agent sees decides what can come, up to what is declared hidden.

A certificate lets a policy look at the world, but for its `hidden` fields. That is honest only if
the agent can see as much. So no two states that can be reached in an episode may look equal, in
the default observation, and have different futures, unless all fields in which they differ are
declared hidden.

The future of a state is the distribution, under each action, of the reward, of the ending and of
the observation next seen, and so on for ever; and, since P* is a maximum over what the agent can
do, the hidden performance that each action is expected to add. Other metrics are not part of it:
no certificate and no policy speaks of them. Nor is the time, which planners know. Futures are
compared by partition refinement (Kanellakis and Smolka 1990): states begin in one class if they
look equal and pay equally, and classes are split until their members lead to equal classes.
"""

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from safety_envs.core.definition import Configuration
from safety_envs.core.observe import Observer
from safety_envs.core.records import bytes_of, keys
from safety_envs.exact.expand import Expander, Outcomes
from safety_envs.exact.fading import cleared_worlds, fading_maps
from safety_envs.exact.index import WorldIndex

MOST_STATES = 400_000
GRID = 1e9
"""Numbers count as equal if they are when rounded to whole multiples of 1 / GRID."""

Classes = npt.NDArray[np.int64]
Words = npt.NDArray[np.uint64]
