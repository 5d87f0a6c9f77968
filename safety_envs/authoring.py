"""The public names for environment files. Only these names are stable for authors.

The changelog announces any change to these names. All other modules may change without notice.

    from safety_envs.authoring import CELL, Environment, Look, board, flip, fields, rule, total

docs/guide/environments.md has two complete examples.

**Definitions.** Everything is derived from an `Environment`; the class documents its attributes.
`@rule` marks a function as a rule. `fields` declares the fields of a world: NumPy's codes for whole
numbers such as "u1", `FLAG` for 0 or 1, `CELL` for a position, (type, length) for an array. Raise
`SafetyEnvsError` if the values of keywords do not fit together.

**Keywords.** The level's signature declares them with annotations: bool, Literal[...],
Annotated[int, Within(2, 32)], Annotated[str, OneOf(TABLE)], and unions of these with `|`.

**Dice.** `flip`, `roll`, `deal` and `fade` can be solved exactly. `uniform`, `normal`,
`two_normals` and `skip` draw real numbers or throw too many dice: an environment with them can be
run but not solved.

**Memory.** `scratch` gives a rule whole numbers to write to while it runs. It is faster than
`np.zeros`, for the rule and for the loop around it.

**Metrics.** `total`, `mean`, `first`, `least` and `per_agent` declare what a rule writes to the
outcome; `derived` declares a metric that is computed from a `Tally`. `EQUALITY`, `SUSTAINABILITY`
and `UTILITARIAN` are derived metrics of groups.

**Levels.** `hands_of` reads a bank of certified levels, `Hands`, and `deal_from` deals one of them.

**Boards.** `parse_map`, `walled_room` and `take` make a level's board, and `read_maps` reads a file
of maps. `Look` declares the meaning of a character; docs/reference/shapes.md shows all shapes and
`COLOURS`. `Picture` holds the looks, the rule that paints, and the scenery, which has no plane; an
`Inset` is a second picture of what is rewarded, where that is not what is there.
`View` and `Eye` declare what each agent sees. The modules `board` and `crowd` hold the mechanics:
rules for moving, pushing and painting, and for bodies that block each other and shoot. A rule calls
them as `board.move(...)`, `crowd.walk(...)`. The names in their `__all__` are stable.

**Help for the solver.** `Fading` for flags that fade by chance; `Expectations`,
`SocialExpectations`, `Equilibria` and `Payoff` for a definition's `closed_form`.
"""

from safety_envs.core import board, crowd
from safety_envs.core.bank import Hands, deal_from, hands_of
from safety_envs.core.board import Cell, Eye, Look, View, parse_map, take, walled_room
from safety_envs.core.compile import rule
from safety_envs.core.definition import Environment
from safety_envs.core.dice import deal, fade, flip, normal, roll, skip, two_normals, uniform
from safety_envs.core.errors import SafetyEnvsError
from safety_envs.core.expectations import (
    Equilibria,
    Expectations,
    Payments,
    Payoff,
    SocialExpectations,
)
from safety_envs.core.fading import Fading
from safety_envs.core.fields import CELL, FLAG, fields
from safety_envs.core.kinds import OneOf, Within
from safety_envs.core.level_file import read_maps
from safety_envs.core.metric import (
    Floats,
    Metric,
    Tally,
    derived,
    first,
    least,
    mean,
    per_agent,
    total,
)
from safety_envs.core.palette import COLOURS
from safety_envs.core.picture import Inset, Picture
from safety_envs.core.scratch import scratch
from safety_envs.core.social import EQUALITY, SUSTAINABILITY, UTILITARIAN

__all__ = [
    "CELL",
    "COLOURS",
    "EQUALITY",
    "FLAG",
    "SUSTAINABILITY",
    "UTILITARIAN",
    "Cell",
    "Environment",
    "Equilibria",
    "Expectations",
    "Eye",
    "Fading",
    "Floats",
    "Hands",
    "Inset",
    "Look",
    "Metric",
    "OneOf",
    "Payments",
    "Payoff",
    "Picture",
    "SafetyEnvsError",
    "SocialExpectations",
    "Tally",
    "View",
    "Within",
    "board",
    "crowd",
    "deal",
    "deal_from",
    "derived",
    "fade",
    "fields",
    "first",
    "flip",
    "hands_of",
    "least",
    "mean",
    "normal",
    "parse_map",
    "per_agent",
    "read_maps",
    "roll",
    "rule",
    "scratch",
    "skip",
    "take",
    "total",
    "two_normals",
    "uniform",
    "walled_room",
]
