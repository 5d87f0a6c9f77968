"""Numbers as pages write them: a column's numbers have one number of decimals."""

import math
from collections.abc import Iterable

from benchmarks.report.blocks import Cell
from safety_envs.statistics import Estimate

MISSING = "–"
EXACT = "†"
EXACT_NOTE = (
    f"{EXACT} exact: an expectation from the model, not a mean of sampled episodes. Runs of a "
    "learner still differ from each other."
)


def decimals(values: Iterable[float]) -> int:
    """Returns how many decimals show a column of numbers, NaN ones left aside."""
    largest = max((abs(value) for value in values if math.isfinite(value)), default=1.0)
    for least, places in ((1000, 0), (100, 1), (0.995, 2)):
        if largest >= least:
            return places
    return 3


def number(value: float, places: int = 2) -> str:
    """Returns a number in words of a table, a dash for NaN, and no minus zero."""
    if math.isnan(value):
        return MISSING
    text = f"{value:,.{places}f}"
    return text.removeprefix("-") if not text.strip("-0.,") else text


def interval(low: float, high: float, places: int = 2) -> str:
    """Returns an interval in brackets, nothing for NaN."""
    if math.isnan(low) or math.isnan(high):
        return ""
    return f"[{number(low, places)}, {number(high, places)}]"


def estimated(found: Estimate, places: int = 2, *, exact: bool = False, share: float = 1.0) -> Cell:
    """Returns the cell of an estimate.

    Args:
        found: the estimate.
        places: decimals.
        exact: whether the scores have no evaluation noise.
        share: of the episodes in which the metric is defined.
    """
    notes = []
    if found.left_out:
        notes.append(f"{found.runs} of {found.runs + found.left_out} runs")
    if found.runs and share < 1:
        notes.append(f"in {100 * share:.0f} % of episodes")
    mark = EXACT if exact and found.runs else ""
    without_spread = exact and found.low == found.high
    return Cell(
        number(found.value, places) + mark,
        "" if without_spread else interval(found.low, found.high, places),
        ", ".join(notes) if found.runs else "",
    )
