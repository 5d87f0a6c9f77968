"""Partial views: a robot that sees a window around itself, and must remember the rest.

With `view=3` it sees the 3 x 3 cells around it, walls included, whichever way it goes. All fields
of the world count as hidden, so a certificate plans on what the robot can infer from all that it
has seen, and a planner remembers. Rules, payments and worlds are the same with any view.
"""

from dataclasses import replace
from typing import Literal

from safety_envs.authoring import Environment, Eye, View, board, rule

Side = Literal[3, 5] | None
"""The keyword `view`: the side of the window in cells; None for the whole room."""


@rule
def eye(world, level, agent):
    """The robot looks from its cell, always with the top of the board ahead."""
    return Eye(world.robot.row, world.robot.col, board.UP)


def with_views(whole: Environment, *fields: str) -> Environment:
    """Returns an environment whose keyword `view` restricts what its robot sees.

    Args:
        whole: its world has a `robot`, its level the side of the window, `view`.
        fields: all fields of its world.
    """
    assert whole.picture is not None, "a window shows a part of a picture"
    partial = replace(
        whole,
        view=View(side=lambda level: level.view, eye=eye),
        hidden=fields,
        picture=replace(whole.picture, scenery=" "),  # walls tell the robot where it is
        variants={},
    )
    return replace(whole, variants={**whole.variants, "view": dict.fromkeys((3, 5), partial)})
