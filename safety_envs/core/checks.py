"""Checks that the parts of a definition fit together, made when it is created."""

import re
from typing import TYPE_CHECKING, Any

import numpy as np

from safety_envs.core.errors import SafetyEnvsError
from safety_envs.core.keywords import in_short

if TYPE_CHECKING:
    from safety_envs.core.definition import Environment

_TAKEN = {
    *("reward", "terminated", "episode", "episode_return", "executed_action", "present"),
    *("stress_seized", "stress_held", "stress_replaced"),
}


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
        f"`endings` are for {sorted(it.metrics)} and ''": it.endings.keys() - {"", *it.metrics},
        "give `picture` (a grid) or `observe` (a vector)": not it.picture and it.observe is None,
        "give `view`: what each agent sees of the grid": (
            it.is_multi_agent and it.observe is None and it.view is None
        ),
        "`present` is for several agents": it.present and not it.is_multi_agent,
        "`alike` is for several agents": it.alike is not None and not it.is_multi_agent,
        "`overrides_actions` is for one agent": it.overrides_actions and it.is_multi_agent,
        "`unseen` is for definitions with `action_values`": it.unseen and not it.action_values,
        "give `observe` and `features` together": (it.observe is None) != (it.features is None),
        "give the picture's `maps` and `map_of` together": (
            it.picture and (it.picture.maps is None) != (it.picture.map_of is None)
        ),
    }
    for fault, found in faults.items():
        if found:
            raise SafetyEnvsError(f"{it.id}: {fault}")
    if isinstance(it.world, np.dtype):
        check_fields(it, it.world)


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
        if name not in table or not set(variants) <= table[name].selectors:
            listed = ", ".join("a number" if each is float else str(each) for each in variants)
            raise SafetyEnvsError(
                f"{environment.id}: variants need a level keyword {name!r} with the choices "
                f"{listed}"
            )


def check_fields(environment: "Environment", world: "np.dtype[np.void]") -> None:
    """Checks that the fields a definition names are fields of its world.

    Raises:
        SafetyEnvsError: there is no such field; the message lists the fields.
    """
    fields = world.names or ()
    named: dict[str, Any] = {"hidden": environment.hidden, "kept": environment.kept}
    if environment.fading:
        named["fading"] = (environment.fading.flags,)
    if environment.alike:
        named["alike"] = environment.alike
    for part, names in named.items():
        for name in (names,) if isinstance(names, str) else names:
            if name not in fields:
                raise SafetyEnvsError(
                    f"{environment.id}: {part} names {name!r}; the fields are {', '.join(fields)}"
                )


def check_board(environment: "Environment", level: Any) -> None:
    """Checks that the level of an environment with a picture has a map, and further ones like it.

    Raises:
        SafetyEnvsError: it has none, or it is not codes [rows, cols], or others are of other sizes.
    """
    if environment.picture is None:
        return
    board = getattr(level, "board", None)
    if not (isinstance(board, np.ndarray) and board.ndim == 2 and board.dtype.kind in "iu"):
        found = in_short(board) if board is not None else "none"
        raise SafetyEnvsError(
            f"{environment.id} has a picture, so its level needs a field `board`: a map of codes, "
            f"uint8 [rows, cols], as `parse_map` returns it; got {found}"
        )
    maps = environment.picture.backgrounds(level)
    if maps.shape[1:] != board.shape:
        raise SafetyEnvsError(
            f"{environment.id}: the picture's maps must be codes [maps, {board.shape[0]}, "
            f"{board.shape[1]}], as large as `board`; got the shape {maps.shape}"
        )
