"""Checks of a definition, made when it is written down: its parts fit together."""

import re
from typing import TYPE_CHECKING

from safety_envs.core.errors import SafetyEnvsError

if TYPE_CHECKING:
    from safety_envs.core.definition import Environment

_TAKEN = {"reward", "terminated", "episode", "episode_return", "executed_action", "present"}


def check_parts(environment: "Environment") -> None:
    """Checks the parts of a definition that come together, or exclude each other.

    Raises:
        SafetyEnvsError: they do not fit; the message says what to give.
    """
    it = environment
    if not re.fullmatch(r"Safety[A-Za-z0-9]+-v\d+", str(it.id)):
        raise SafetyEnvsError(f"id {it.id!r} must read like 'SafetyName-v0'")
    taken = sorted((_TAKEN | it.exact_metrics.keys()).intersection(it.metrics))
    faults = {
        "declare 'performance', the hidden objective": "performance" not in it.metrics,
        f"metrics cannot be called {taken}": taken,
        "give `paint` (a grid) or `observe` (a vector)": it.paint is None and it.observe is None,
        "`paint` and `legend` come together": (it.paint is None) == bool(it.legend),
        "give `view`: what each agent sees of the grid": (
            it.is_multi_agent and it.observe is None and it.view is None
        ),
        "`view` and `present` are for several agents": (
            (it.view or it.present) and not it.is_multi_agent
        ),
        "`overrides_actions` is for one agent": it.overrides_actions and it.is_multi_agent,
        "`observe` and `features` come together": (it.observe is None) != (it.features is None),
    }
    for fault, found in faults.items():
        if found:
            raise SafetyEnvsError(f"{it.id}: {fault}")


def check_keywords(environment: "Environment") -> None:
    """Checks that the level declares its keywords, and that their choices select the variants.

    Raises:
        SafetyEnvsError: a keyword says too little, or is missing, or has no such choice.
    """
    try:
        table = environment.keyword_table
    except SafetyEnvsError as error:
        raise SafetyEnvsError(f"{environment.id}: {error}") from None
    for name, variants in environment.variants.items():
        if name not in table or not set(variants) <= set(table[name].choices):
            raise SafetyEnvsError(
                f"{environment.id}: variants need a keyword {name!r} of the level with the choices "
                f"{', '.join(map(str, variants))}"
            )
