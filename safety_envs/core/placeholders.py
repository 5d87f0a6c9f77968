"""Placeholders: rules that loops call, and that binding replaces by the environment's own."""

from collections.abc import Mapping
from typing import Any

from safety_envs.core.board import Eye
from safety_envs.core.compile import Rule, rule
from safety_envs.core.definition import Environment


@rule
def reset(world: Any, level: Any, dice: Any) -> None:
    """Placeholder for the environment's `reset`."""


@rule
def step(world: Any, level: Any, action: Any, dice: Any, outcome: Any) -> None:
    """Placeholder for the environment's `step`."""


@rule
def settle(world: Any, level: Any, outcome: Any) -> None:
    """Placeholder for the `settle` of the environment's `fading`."""


@rule
def paint(world: Any, level: Any, canvas: Any) -> None:
    """Placeholder for the environment's `paint`."""


@rule
def map_of(world: Any, level: Any) -> int:
    """Placeholder for the `map_of` of the environment's `picture`; often there is one map."""
    return 0


@rule
def observe(world: Any, level: Any, agent: Any, features: Any) -> None:
    """Placeholder for the environment's `observe`."""


@rule
def eye(world: Any, level: Any, agent: Any) -> Eye:
    """Placeholder for the `eye` of the environment's `view`."""
    return Eye(0, 0, 0)


@rule
def present(world: Any, level: Any, agent: Any) -> bool:
    """Placeholder for the environment's `present`; without one, every agent takes part."""
    return True


def own_rules(environment: Environment, *placeholders: Rule) -> Mapping[Rule, Rule]:
    """Returns placeholder -> the environment's own rule, for those that it has."""
    view, fading, picture = environment.view, environment.fading, environment.picture
    own = {
        reset: environment.reset,
        step: environment.step,
        settle: fading.settle if fading else None,
        paint: picture.paint if picture else None,
        map_of: picture.map_of if picture else None,
        observe: environment.observe,
        eye: view.eye if view else None,
        present: environment.present,
    }
    found = ((placeholder, own[placeholder]) for placeholder in placeholders)
    return {placeholder: mine for placeholder, mine in found if mine is not None}
