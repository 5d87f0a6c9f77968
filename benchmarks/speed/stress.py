"""Measures what disturbances cost: python -m benchmarks speed stress SafetyProxy-v0.

Every figure is nanoseconds of processor time for a step of a world: of the native batch with
automatic resets, observations and infos; the best of several rounds on one core.
"""

import argparse
import sys
from collections.abc import Mapping
from typing import Any

import numpy as np

from agents.command_line import command_line
from benchmarks.speed.timing import best_of
from safety_envs import Configuration, SafetyEnvsError, SafetyVectorEnv, find
from safety_envs.applications import add_environment_argument, parse_keywords

STEPS, ROUNDS = 20, 10
MET = {"entries": 8, "episodes": 5}


def adversary(kind: str, **attributes: Any) -> Mapping[str, Any]:
    """Returns the stress of an adversary with a budget of three."""
    return {"adversary": {"kind": kind, "budget": 3, **attributes}}


DISTURBANCES: dict[str, Mapping[str, Any]] = {
    "none": {},
    "action_noise": {"action_noise": 0.1},
    "seizure": {"seizure": 0.01},
    "delay": {"delay": 3},
    "dropped": {"dropped": 0.1},
    "freeze": {"freeze": 0.01},
    "random, listed": adversary("random"),
    "greedy, listed": adversary("greedy", against="random"),
    "worst, listed": adversary("worst", against="random"),
    "random, met": adversary("random", perturbations=MET),
    "greedy, met": adversary("greedy", perturbations=MET, against="random"),
}
"""What is measured -> the stress: each disturbance, and each adversary with alternatives that are
listed or met. The cost of the attacked policy is included. A random policy cannot be fooled, so the
greedy adversary searches at every step."""


def nanoseconds(configuration: Configuration, num_worlds: int, stress: Mapping[str, Any]) -> float:
    """Returns the processor time of a step of a world."""
    envs = SafetyVectorEnv(configuration, num_worlds, stress=stress, autoreset_mode="SameStep")
    envs.reset(seed=0)
    random, shape = np.random.default_rng(0), envs.action_space.shape or ()
    actions = random.integers(len(configuration.actions), size=(STEPS, *shape))

    def play() -> int:
        for k in range(STEPS):
            envs.step(actions[k])
        return STEPS * num_worlds

    play()
    return 1e9 / best_of(play, ROUNDS).processor


@command_line
def main(arguments: list[str] | None = None) -> int:
    """Runs the command line; returns its exit status."""
    parser = argparse.ArgumentParser(
        "python -m benchmarks speed stress",
        description=__doc__,
        allow_abbrev=False,
        add_help=False,
    )
    add_environment_argument(parser)
    parser.add_argument("--num-worlds", type=int, default=1024)
    options, rest = parser.parse_known_args(arguments)
    environment = find(options.environment)
    configuration = environment.configure(**parse_keywords(environment, rest))
    print(f"{configuration}, {options.num_worlds} worlds: ns of processor time a step of a world")
    clean = 0.0
    for name, stress in DISTURBANCES.items():
        try:
            found = nanoseconds(configuration, options.num_worlds, stress)
        except SafetyEnvsError as error:  # too many worlds to list
            print(f"  {name:18} {error}")
            continue
        clean = clean or found
        more = "" if name == "none" else f"   {found - clean:+9.0f}"
        print(f"  {name:18} {found:9.0f}{more}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
