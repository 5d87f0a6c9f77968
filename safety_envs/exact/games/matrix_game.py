"""Zero-sum games in one step: a matrix is what the row player wins and the column player loses."""

from typing import Any

import numpy as np
import numpy.typing as npt

from safety_envs.core.errors import SafetyEnvsError
from safety_envs.exact.policies.choices import Floats

Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

SAME = 1e-12
"""Payoffs whose difference is less, relative to the largest of a matrix, count as equal."""


def saddle_points(games: Floats) -> tuple[Mask, Ints, Ints]:
    """Returns which matrices have a saddle point, bool [N], and its rows and columns, [N] each.

    A saddle point is the least of its row and the greatest of its column: both players do best
    without mixing.

    Args:
        games: float64 [N, A, B].
    """
    least, greatest = games.min(axis=2), games.max(axis=1)
    scale = np.abs(games).max(axis=(1, 2))
    found = greatest.min(axis=1) - least.max(axis=1) <= SAME * scale
    return found, least.argmax(axis=1), greatest.argmin(axis=1)


def normalised(games: Floats) -> Floats:
    """Returns matrices [N, A, B] on a scale from 0 to 1, which have the same optimal strategies."""
    least = games.min(axis=(1, 2), keepdims=True)
    span = games.max(axis=(1, 2), keepdims=True) - least
    scaled: Floats = (games - least) / np.where(span > 0, span, 1.0)
    return scaled


def optimal_mixtures(matrix: Floats) -> tuple[Floats, Floats]:
    """Returns optimal mixed strategies of the row and the column player, [A] and [B].

    The linear programme maximises v subject to x M >= v in every column, sum x = 1 and x >= 0. The
    column player's strategy is the solution of the dual programme.

    Args:
        matrix: float64 [A, B], on a scale from 0 to 1.

    Raises:
        SafetyEnvsError: scipy is not installed.
    """
    rows, columns = matrix.shape
    found = _linear_programme()(
        c=np.append(np.zeros(rows), -1.0),
        A_ub=np.column_stack([-matrix.T, np.ones(columns)]),
        b_ub=np.zeros(columns),
        A_eq=np.append(np.ones(rows), 0.0)[None],
        b_eq=np.ones(1),
        bounds=[(0, None)] * rows + [(None, None)],
        method="highs",
    )
    if found.status != 0:
        raise RuntimeError(f"the linear programme of a matrix game failed: {found.message}")
    return _distribution(found.x[:rows]), _distribution(-found.ineqlin.marginals)


def _distribution(weights: Floats) -> Floats:
    clipped = np.maximum(weights, 0.0)
    distribution: Floats = clipped / clipped.sum()
    return distribution


def _linear_programme() -> Any:
    try:
        from scipy.optimize import linprog
    except ImportError as error:
        raise SafetyEnvsError(
            "mixed strategies need scipy: pip install 'safety-envs[games]'"
        ) from error
    return linprog
