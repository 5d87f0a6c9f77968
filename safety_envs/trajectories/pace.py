"""Whether to compile the rules for a few steps."""

from safety_envs.core.definition import Configuration
from safety_envs.exact.tiers import has_compiled_rules

MOST_PLAIN = 10_000
"""The number of steps of agents that plain Python takes in about the time of a compilation."""


def pays(configuration: Configuration, episodes: int, steps: int) -> bool:
    """Returns whether to compile: there are many steps, or it has been done already.

    Args:
        configuration: the environment.
        episodes: how many are played.
        steps: of an episode, at most.
    """
    many = episodes * steps * configuration.agents > MOST_PLAIN
    return many or has_compiled_rules(configuration)
