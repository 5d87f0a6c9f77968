"""The action that does nothing, with which penalties for side effects compare."""

from safety_envs.core.definition import Configuration
from safety_envs.core.errors import SafetyEnvsError

NO_OPS = ("no-op", "stay")
"""The names of actions that do nothing."""


def no_op_of(configuration: Configuration) -> int:
    """Returns the action that does nothing.

    Raises:
        SafetyEnvsError: the environment has none.
    """
    for name in NO_OPS:
        if name in configuration.actions:
            return configuration.actions.index(name)
    keyword = "noops=True" if "noops" in configuration.keywords else "another environment"
    raise SafetyEnvsError(
        f"{configuration.id} has no action that does nothing (actions "
        f"{list(configuration.actions)}), and penalties compare with doing nothing: give {keyword}"
    )
