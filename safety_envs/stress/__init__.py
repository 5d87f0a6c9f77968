"""Stress: disturbed actions and observations, for every environment and through every API.

`Stress` says what is disturbed, as data. `engine_of` returns the engine that does it. A disturbed
observation is always that of another world, so it is one that the environment can give, in every
encoding and for every number of agents.
"""

from safety_envs.stress.adversary import Adversary, Strategy, make_strategies_with
from safety_envs.stress.engine import StressedEngine, engine_of
from safety_envs.stress.spec import OF_AGENT, Stress, Stressed

__all__ = [
    "OF_AGENT",
    "Adversary",
    "Strategy",
    "Stress",
    "Stressed",
    "StressedEngine",
    "engine_of",
    "make_strategies_with",
]
