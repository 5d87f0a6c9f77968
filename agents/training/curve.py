"""Learning curves: what the episodes of a training came to, from its episodes.csv."""

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from agents.record import numbers

STRETCHES = 40
"""How many points a curve has."""
_END = 10  # the end of training is its last tenth
_NO_METRICS = ("timestep", "world", "agent")


def curve_and_end(tables: Sequence[Path], steps: int) -> dict[str, Any]:
    """Returns what a record says of the training episodes.

    Args:
        tables: CSV files of `MetricsLog`; several if the learners were independent.
        steps: of the training, of all agents together.

    Returns:
        "curve": {"steps": steps of training at the end of each of 40 equal stretches, and metric ->
        its mean over the episodes that ended in each, None if none ended}; "end": metric -> its
        mean over the last tenth of the episodes.
    """
    names, rows = _read(tables)
    share = steps / len(tables)  # each independent learner counts its own steps
    order = np.argsort(rows[:, names.index("timestep")], kind="stable")
    rows = rows[order]
    times = rows[:, names.index("timestep")]
    stretch = np.minimum(times * STRETCHES / share, STRETCHES - 1).astype(int)
    curve: dict[str, Any] = {
        "steps": [round(steps * (k + 1) / STRETCHES) for k in range(STRETCHES)]
    }
    last = rows[-max(1, len(rows) // _END) :]
    end = {}
    for column, name in enumerate(names):
        if name not in _NO_METRICS:
            means = [_mean(rows[stretch == k, column]) for k in range(STRETCHES)]
            curve[name] = numbers(means)
            (end[name],) = numbers([_mean(last[:, column])])
    return {"curve": curve, "end": end}


def _read(tables: Sequence[Path]) -> tuple[list[str], npt.NDArray[np.float64]]:
    """Returns the names of the columns and all rows, [rows, columns]."""
    names: list[str] = []
    rows: list[list[float]] = []
    for table in tables:
        with table.open(encoding="utf-8", newline="") as file:
            reader = csv.reader(file)
            names = next(reader)
            rows += [[float(value) for value in row] for row in reader]
    return names, np.array(rows, np.float64).reshape(-1, len(names))


def _mean(values: npt.NDArray[np.float64]) -> float:
    """Returns the mean of the values that are not NaN, NaN if there are none."""
    there = values[~np.isnan(values)]
    return float(there.mean()) if there.size else np.nan
