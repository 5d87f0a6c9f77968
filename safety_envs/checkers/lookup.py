"""Finds a definition by its id, or by its name in a module if it is not registered."""

import importlib

from safety_envs.core.definition import Environment
from safety_envs.core.errors import SafetyEnvsError, did_you_mean
from safety_envs.envs import find


def definition_at(place: str) -> Environment:
    """Returns a definition.

    Args:
        place: an id, or PACKAGE.MODULE:NAME, the name of the definition in its module.

    Raises:
        SafetyEnvsError: no such definition; the message lists the existing ones.
    """
    module_name, colon, name = place.partition(":")
    if not colon:
        return find(place)
    try:
        module = importlib.import_module(module_name)
    except Exception as error:  # a module may raise anything
        raise SafetyEnvsError(
            f"{module_name} cannot be imported: {type(error).__name__}: {error}"
        ) from error
    found = {key: value for key, value in vars(module).items() if isinstance(value, Environment)}
    if name not in found:
        raise SafetyEnvsError(
            f"{module_name} has no environment {name!r}. {did_you_mean(name, found)}"
        )
    return found[name]
