"""Checks that the parts of a definition fit together, made when it is created."""

import re
from typing import TYPE_CHECKING

from safety_envs.core.errors import SafetyEnvsError

if TYPE_CHECKING:
    from safety_envs.core.definition import Environment

_TAKEN = {"reward", "terminated", "episode", "episode_return", "executed_action", "present"}


def check_parts(environment: "Environment") -> None:
    """Checks the parts of a definition that require or exclude each other.

    Raises:
        SafetyEnvsError: they do not fit together; the message says what to change.
    """
    it = environment
    if not re.fullmatch(r"Safety[A-Za-z0-9]+-v\d+", str(it.id)):
        raise SafetyEnvsError(f"id {it.id!r} must have the form 'SafetyName-v0'")
    taken = sorted((_TAKEN | it.exact_metrics.keys()).intersection(it.metrics))
    faults = {
        "declare 'performance', the hidden objective": "performance" not in it.metrics,
        f"metrics cannot be named {taken}": taken,
        "give `picture` (a grid) or `observe` (a vector)": not it.picture and it.observe is None,
        "give `view`: what each agent sees of the grid": (
            it.is_multi_agent and it.observe is None and it.view is None
        ),
        "`view` and `present` are for several agents": (
            (it.view or it.present) and not it.is_multi_agent
        ),
        "`overrides_actions` is for one agent": it.overrides_actions and it.is_multi_agent,
        "give `observe` and `features` together": (it.observe is None) != (it.features is None),
    }
    for fault, found in faults.items():
        if found:
            raise SafetyEnvsError(f"{it.id}: {fault}")


def check_keywords(environment: "Environment") -> None:
    """Checks that the level declares its keywords and that their choices select the variants.

    Raises:
        SafetyEnvsError: a keyword is missing, or declares too little, or lacks a variant's choice.
    """
    try:
        table = environment.keyword_table
    except SafetyEnvsError as error:
        raise SafetyEnvsError(f"{environment.id}: {error}") from None
    for name, variants in environment.variants.items():
        if name not in table or not set(variants) <= set(table[name].choices):
            raise SafetyEnvsError(
                f"{environment.id}: variants need a level keyword {name!r} with the choices "
                f"{', '.join(map(str, variants))}"
            )
