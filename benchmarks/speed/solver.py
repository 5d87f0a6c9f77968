"""Measures the exact solver on a synthetic environment: python -m benchmarks speed solver.

Prints processor seconds of the enumeration and of backward induction, the milliseconds of one
sweep, and the peak memory of the process. Machines are noisy, so a sweep is shown with two
references from the same run: the same sweep in NumPy, for one of the eight values, and `np.copyto`
of a table of values. Layout "scattered" is the worst case for caches: successors may be anywhere,
and all states are reached within a few steps. In layout "near" they are nearby, as in a grid world.
"""

import argparse
import sys
import time
from typing import Any

import numpy as np
import numpy.typing as npt

from agents.command_line import command_line
from benchmarks.speed.depot import DEPOT
from benchmarks.speed.timing import best_of
from safety_envs import SafetyEnvsError
from safety_envs.applications import enumerate_model, expected_values, starts_of

Floats = npt.NDArray[np.float64]
VALUES = 8  # that one sweep computes for each state


def numpy_sweep(model: Any, later: Floats) -> Floats:
    """Returns the best rewards of all states, [S], given those one step later; in NumPy."""
    shares = np.append(later, 0.0)[model.successor] * model.probability
    begin, end = model.first[:-1], model.first[1:]
    sums = np.add.reduceat(np.append(shares, 0.0), begin)
    sums[begin == end] = 0.0  # there `reduceat` gives the next number instead of no sum
    best: Floats = (model.reward + sums.reshape(model.reward.shape)).max(axis=1)
    return best


def measure(places: int, layout: str, horizon: int) -> list[str]:
    """Returns lines about one model."""
    asked = {"layout": layout, "max_steps": horizon}
    _solve(DEPOT.configure(places=100, **asked))  # compile
    spent, started = time.process_time(), time.perf_counter()
    model = enumerate_model(*_arguments(DEPOT.configure(places=places, **asked)))
    listing = time.process_time() - spent
    spent = time.process_time()
    values = expected_values(model, horizon)
    solving = time.process_time() - spent
    wall = time.perf_counter() - started
    memory = _peak_memory()
    later, table = np.zeros(model.num_states), np.zeros((model.num_states, VALUES))
    other = table.copy()

    def by_numpy() -> int:
        numpy_sweep(model, later)
        return 1

    def by_copy() -> int:
        np.copyto(other, table)
        return 1

    return [
        f"{layout}, horizon {horizon}: {model.num_states:,} states, "
        f"{len(model.successor):,} edges, R* {values.best_reward:.6f}",
        f"  enumeration {listing:8.2f} s of processor time",
        f"  induction   {solving:8.2f} s, or {1e3 * solving / horizon:.1f} ms a sweep "
        f"for {VALUES} values",
        f"  together    {listing + solving:8.2f} s, {wall:.2f} s by the clock",
        f"  peak memory {memory}",
        f"  a sweep by NumPy, for one value: {1e3 / best_of(by_numpy, 2).processor:.1f} ms",
        f"  np.copyto of a table of values:  {1e3 / best_of(by_copy, 5).processor:.1f} ms",
    ]


def _arguments(configuration: Any) -> tuple[Any, ...]:
    return configuration, *starts_of(configuration, None, None), configuration.max_steps


def _solve(configuration: Any) -> None:
    expected_values(enumerate_model(*_arguments(configuration)), configuration.max_steps)


def _peak_memory() -> str:
    """Returns the most memory that this process has used, in words."""
    try:
        import resource
    except ImportError:  # Windows
        return "not known on this system"
    unit = 1 if sys.platform == "darwin" else 1024
    return f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 2**30:.2f} GiB"


@command_line
def main(arguments: list[str] | None = None) -> int:
    """Runs the command line; returns its exit status."""
    parser = argparse.ArgumentParser(
        "python -m benchmarks speed solver", description=__doc__, allow_abbrev=False
    )
    parser.add_argument("--states", type=int, default=1_000_000)
    parser.add_argument("--layout", choices=["scattered", "near"], default="scattered")
    parser.add_argument("--horizon", type=int, default=100)
    options = parser.parse_args(arguments)
    if options.horizon < 1:
        raise SafetyEnvsError(f"--horizon must be at least 1, got {options.horizon}")
    print("\n".join(measure(options.states, options.layout, options.horizon)), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
