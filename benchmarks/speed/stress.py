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
from safety_envs import Configuration, SafetyVectorEnv, find
from safety_envs.applications import add_environment_argument, parse_keywords

STEPS, ROUNDS = 20, 10
MET = {"entries": 8, "episodes": 5}

DISTURBANCES: dict[str, Mapping[str, Any]] = {
    "none": {},
    "action_noise": {"action_noise": 0.1},
    "seizure": {"seizure": 0.01},
    "delay": {"delay": 3},
    "dropped": {"dropped": 0.1},
    "freeze": {"freeze": 0.01},
    "random adversary": {"adversary": {"kind": "random", "budget": 3, "perturbations": MET}},
    "greedy adversary": {
        "adversary": {"kind": "greedy", "budget": 3, "perturbations": MET, "against": "random"}
    },
}
"""What is measured -> the stress. An adversary costs what its policy costs besides."""


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
        found = nanoseconds(configuration, options.num_worlds, stress)
        clean = clean or found
        more = "" if name == "none" else f"   {found - clean:+9.0f}"
        print(f"  {name:18} {found:9.0f}{more}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
