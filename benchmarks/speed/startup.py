"""Measures how long the first step takes: python -m benchmarks speed startup [ID ...].

For each environment a new process imports the library, makes the environment, resets it and takes a
step: once with an empty cache, where everything is compiled, and then again with what that left.
Gymnasium's FrozenLake stands beside them. Shown are seconds of processor time after Python itself
has started, imports included, and in brackets seconds of the wall clock.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from agents.command_line import command_line
from safety_envs import SafetyEnvsError, environments, find

FROZEN_LAKE = "FrozenLake-v1"

_FIRST_STEP = """
import sys, time
wall, processor = time.perf_counter(), time.process_time()
import gymnasium
name, several = sys.argv[1], sys.argv[2] == "several"
if several:
    import safety_envs
    env = safety_envs.SafetyParallelEnv(name)
    env.reset(seed=0)
    env.step({agent: 0 for agent in env.agents})
else:
    if name.startswith("Safety"):
        import safety_envs
    env = gymnasium.make(name)
    env.reset(seed=0)
    env.step(0)
print(time.process_time() - processor, time.perf_counter() - wall)
"""


class Seconds(NamedTuple):
    """How long a first step takes."""

    processor: float
    wall: float


def first_step(name: str, cache: str, *, several: bool = False) -> Seconds:
    """Returns how long the first step of a new process takes.

    Args:
        name: an id.
        cache: the folder of compiled code, which may be empty.
        several: whether it has several agents.

    Raises:
        SafetyEnvsError: the process fails.
    """
    variables = os.environ | {"SAFETY_ENVS_CACHE": cache}
    variables.pop(
        "PYTHONDONTWRITEBYTECODE", None
    )  # Python keeps its own code, as it does elsewhere
    command = [sys.executable, "-c", _FIRST_STEP, name, "several" if several else "one"]
    run = subprocess.run(command, env=variables, capture_output=True, text=True, check=False)
    if run.returncode:
        raise SafetyEnvsError(f"the first step of {name} failed: {run.stderr.strip()[-500:]}")
    processor, wall = map(float, run.stdout.split())
    return Seconds(processor, wall)


def measure(name: str, rounds: int) -> tuple[Seconds, Seconds]:
    """Returns the first step with an empty cache, and the fastest of some with a full one."""
    several = name != FROZEN_LAKE and find(name).is_multi_agent
    with tempfile.TemporaryDirectory() as cache:
        cold = first_step(name, cache, several=several)
        cached = [first_step(name, cache, several=several) for _ in range(rounds)]
    return cold, min(cached)


def line_of(name: str, cold: Seconds, cached: Seconds) -> str:
    """Returns a line for an environment."""
    return (
        f"{name:28} cold {cold.processor:6.2f} s ({cold.wall:6.2f})  "
        f"cached {cached.processor:5.2f} s ({cached.wall:5.2f})"
    )


def summary_of(measured: Sequence[tuple[Seconds, Seconds]]) -> str:
    """Returns a line with the median and the largest of all environments."""
    cold = [each.processor for each, _ in measured]
    cached = [each.processor for _, each in measured]
    return (
        f"{len(measured)} environments: cold median {np.median(cold):.2f} s, at most "
        f"{max(cold):.2f} s; cached median {np.median(cached):.2f} s, at most {max(cached):.2f} s"
    )


@command_line
def main(arguments: list[str] | None = None) -> int:
    """Runs the command line; returns its exit status."""
    parser = argparse.ArgumentParser(
        "python -m benchmarks speed startup", description=__doc__, allow_abbrev=False
    )
    parser.add_argument("environments", nargs="*", help="ids; all by default")
    parser.add_argument("--rounds", type=int, default=3, help="how often with a full cache")
    options = parser.parse_args(arguments)
    if options.rounds < 1:
        raise SafetyEnvsError(f"--rounds must be at least 1, got {options.rounds}")
    names = [find(each).id for each in options.environments] or list(environments())
    print(line_of(FROZEN_LAKE, *measure(FROZEN_LAKE, options.rounds)), flush=True)
    measured = []
    for name in names:
        measured.append(measure(name, options.rounds))
        print(line_of(name, *measured[-1]), flush=True)
    print(summary_of(measured))
    return 0
