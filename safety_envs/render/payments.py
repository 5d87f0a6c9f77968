"""Whether an environment pays several agents together exactly what was wanted."""

from functools import cache

import numpy as np

from safety_envs.core.definition import Configuration
from safety_envs.core.engine import Engine

WORLDS, STEPS = 16, 50
"""What is tried: random play of this many worlds."""


@cache
def pays_what_is_wanted(configuration: Configuration) -> bool:
    """Returns whether, in random play, all rewards together were the performance at every step.

    A frame then shows one number instead of the same one twice.
    """
    engine = Engine(configuration, WORLDS)
    engine.seed(list(range(WORLDS)))
    engine.reset()
    random = np.random.default_rng(0)
    performance = configuration.channels.index("performance")
    for _ in range(min(STEPS, configuration.max_steps)):
        engine.step(random.integers(len(configuration.actions), size=engine.action_shape))
        totals = engine.ledger.totals[:, performance]
        if not np.allclose(engine.ledger.returns.sum(axis=1), totals):
            return False
        if engine.done.all():
            break
        engine.reset(engine.done)
    return True
