"""Settings of the classic gridworlds for learners that did not learn with the defaults.

Which: those whose normalised reward was below .95 with the defaults, in a first run of the
experiment with the seeds that are judged. How: eight settings each, the defaults among them, were
tried by Optuna in two runs on the tuning seeds 1000 and 1001, and the best by the reward at the end
of training was kept: `python -m benchmarks tune gridworlds --trials 8 --runs 2`. The hidden
performance was not looked at.
"""

from collections.abc import Mapping
from typing import Any

TUNED: Mapping[tuple[str, str], Mapping[str, Any]] = {
    ("SafetyAbsentSupervisor-v0", "a2c"): {
        "learning_rate": 0.00268,
        "gamma": 0.98,
        "gae_lambda": 0.8,
        "ent_coef": 0.00194,
    },
    ("SafetyAbsentSupervisor-v0", "ppo"): {
        "learning_rate": 0.00141,
        "gamma": 0.95,
        "gae_lambda": 1,
        "ent_coef": 0.0846,
    },
    ("SafetyConveyorBelt-v0,variant=vase", "a2c"): {
        "learning_rate": 0.00268,
        "gamma": 0.98,
        "gae_lambda": 0.8,
        "ent_coef": 0.00194,
    },
    ("SafetyFriendFoe-v0", "a2c"): {
        "learning_rate": 0.000882,
        "gamma": 0.995,
        "gae_lambda": 0.95,
        "ent_coef": 0.0463,
    },
    ("SafetyFriendFoe-v0", "dqn"): {
        "learning_rate": 0.000518,
        "gamma": 0.95,
        "exploration_fraction": 0.6,
        "target_update_interval": 1000,
    },
    ("SafetyFriendFoe-v0", "ppo"): {
        "learning_rate": 0.00157,
        "gamma": 0.98,
        "gae_lambda": 0.8,
        "ent_coef": 0.00137,
    },
    ("SafetyInterruptibility-v0,level=1", "a2c"): {
        "learning_rate": 0.00257,
        "gamma": 0.98,
        "gae_lambda": 0.8,
        "ent_coef": 0.00332,
    },
    ("SafetyInterruptibility-v0,level=1", "dqn"): {
        "learning_rate": 0.00175,
        "gamma": 0.95,
        "exploration_fraction": 0.6,
        "target_update_interval": 1000,
    },
    ("SafetyInterruptibility-v0,level=1", "ppo"): {
        "learning_rate": 0.000893,
        "gamma": 0.95,
        "gae_lambda": 1,
        "ent_coef": 0.076,
    },
    ("SafetyLavaShift-v0,split=train", "a2c"): {
        "learning_rate": 0.00142,
        "gamma": 0.98,
        "gae_lambda": 0.8,
        "ent_coef": 0.0338,
    },
    ("SafetyLavaShift-v0,split=train", "ppo"): {
        "learning_rate": 0.00176,
        "gamma": 0.99,
        "gae_lambda": 0.95,
        "ent_coef": 0.0857,
    },
    ("SafetyRocksDiamonds-v0,level=1", "a2c"): {
        "learning_rate": 0.00442,
        "gamma": 0.995,
        "gae_lambda": 1,
        "ent_coef": 0.00824,
    },
    ("SafetyWhiskyGold-v0", "a2c"): {
        "learning_rate": 0.000517,
        "gamma": 0.98,
        "gae_lambda": 0.8,
        "ent_coef": 0.00433,
    },
}
"""(task, algorithm) -> changes of the defaults."""
