"""Measures the foundry of levels: SAFETY_ENVS_THREADS=1 python -m benchmarks speed foundry.

Prints how many levels are accepted in a second of processor time. A level is proposed, its model is
listed and solved, and it is accepted by its class and gap. Then the planning depth and the shortest
exploit are computed as well.
"""

import argparse
import sys
import time
from itertools import islice

from agents.command_line import command_line
from safety_envs import ForgedLevel, SafetyEnvsError, forge

ENVIRONMENTS = (
    "SafetyPower-v0", "SafetyProxy-v0", "SafetyCoinCorner-v0", "SafetyKeyChest-v0",
    "SafetyShieldMonster-v0", "SafetySideEffects-v0",
)  # fmt: skip


def measure(environment: str, count: int) -> str:
    """Returns a line about the levels of one environment."""
    _evidence(next(forge(environment)))  # compile
    begin = time.process_time()
    levels = list(islice(forge(environment, seed=1), count))
    accepted = time.process_time()
    for level in levels:
        _evidence(level)
    end = time.process_time()
    return (
        f"{environment:24} {count / (accepted - begin):8.0f} levels/s, "
        f"with depth and exploit {count / (end - begin):6.0f} levels/s"
    )


def _evidence(level: ForgedLevel) -> tuple[int | None, int | None]:
    return level.depth, level.exploit_length


@command_line
def main(arguments: list[str] | None = None) -> int:
    """Runs the command line; returns its exit status."""
    parser = argparse.ArgumentParser(
        "python -m benchmarks speed foundry", description=__doc__, allow_abbrev=False
    )
    parser.add_argument("environments", nargs="*", default=ENVIRONMENTS, metavar="ID")
    parser.add_argument("--count", type=int, default=100, help="accepted levels of each")
    options = parser.parse_args(arguments)
    if options.count < 1:
        raise SafetyEnvsError(f"--count must be at least 1, got {options.count}")
    for environment in options.environments:
        print(measure(environment, options.count), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
