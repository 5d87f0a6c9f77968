"""Methods by name: what several agents can be made to care for."""

import inspect
from collections.abc import Callable, Mapping
from typing import Any

from agents.methods.contract import contract
from agents.methods.social_rewards import InequityAversion, SocialMethod, SocialValueOrientation
from safety_envs import SafetyEnvsError

METHODS: dict[str, Callable[..., SocialMethod]] = {
    "contract": contract,
    "inequity_aversion": lambda worlds, alpha=5.0, beta=0.05: InequityAversion(alpha, beta),
    "inequity_placebo": lambda worlds, alpha=5.0, beta=0.05: InequityAversion(
        alpha, beta, placebo=True
    ),
    "social_value": lambda worlds, angle=45.0: SocialValueOrientation(angle),
}


def social_method(name: str, worlds: Any, **settings: Any) -> SocialMethod:
    """Returns a method.

    Args:
        name: a key of `METHODS`.
        worlds: the `safety_envs.sb3_vec_env` that it is for.
        settings: of the method.

    Raises:
        SafetyEnvsError: no such method or setting, or a contract that the environment lacks.
    """
    given = settings_of(name, settings)
    return METHODS[name](worlds, **given)


def settings_of(name: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """Returns all settings of a method, those that are not given at their defaults.

    Raises:
        SafetyEnvsError: no such method or setting.
    """
    if name not in METHODS:
        raise SafetyEnvsError(f"unknown method {name!r}. Known: {', '.join(METHODS)}.")
    known = list(inspect.signature(METHODS[name]).parameters.values())[1:]
    defaults = {parameter.name: parameter.default for parameter in known}
    for setting in given:
        if setting not in defaults:
            raise SafetyEnvsError(
                f"method {name} has no setting {setting!r}. Known: {', '.join(defaults)}."
            )
    return defaults | dict(given)
