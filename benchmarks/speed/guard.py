"""Compares speed with what was committed: python -m benchmarks speed guard [ID ...].

For each environment the engine with its default observation takes turns with a plain copy of the
same observations, round by round, by processor time. Their quotient is compared with that of the
committed file, which names the machine that it was measured on. The command fails if a quotient is
below a share of the committed one. `--write` measures and replaces the file instead.

`--observation board` shows the rates with another encoding, and the median of those with one agent.
"""

import argparse
import json
import platform
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from agents.command_line import command_line
from benchmarks.speed.throughput import works_of
from benchmarks.speed.timing import in_turn
from safety_envs import SafetyEnvsError, environments, find
from safety_envs.applications import write_atomically

COMMITTED = Path("docs/results/speed.json")
NUM_WORLDS = 4096
SLOWER = 1


def measured(name: str, rounds: int, observation: str | None = None) -> dict[str, float]:
    """Returns what is committed for an environment, with its default observation or another.

    `steps` and `copies` are medians of all rounds, in millions a second of processor time; `ratio`
    is the median of their quotients, and `spread` the distance between its quartiles as a share.
    """
    configuration = find(name).configure()
    found = in_turn(works_of(configuration, observation, NUM_WORLDS), rounds)
    steps, copies = found["steps"].processor, found["copies"].processor
    low, middle, high = np.quantile(steps / copies, (0.25, 0.5, 0.75))
    return {
        "steps": round(float(np.median(steps)) / 1e6, 2),
        "copies": round(float(np.median(copies)) / 1e6, 2),
        "ratio": float(f"{middle:.4g}"),
        "spread": round(float((high - low) / middle), 3),
    }


def show(names: Iterable[str], observation: str, rounds: int) -> None:
    """Prints the rates of the environments that have an encoding, and their median."""
    alone = []
    for name in names:
        try:
            steps = measured(name, rounds, observation)["steps"]
        except SafetyEnvsError:  # it has no such observation
            continue
        print(f"{name:28} {steps:7.2f} M steps/s", flush=True)
        if not find(name).is_multi_agent:
            alone.append(steps)
    if alone:
        print(
            f"{len(alone)} environments with one agent: median {np.median(alone):.2f} M steps/s, "
            f"least {min(alone):.2f}"
        )


def slower(
    before: Mapping[str, Mapping[str, float]],
    now: Mapping[str, Mapping[str, float]],
    least: float,
) -> Iterator[str]:
    """Returns a line for each environment whose ratio is below a share of the one before."""
    for name, found in now.items():
        if name in before and found["ratio"] < least * before[name]["ratio"]:
            share = found["ratio"] / before[name]["ratio"]
            yield f"{name}: {share:.0%} of the committed ratio"


def machine() -> dict[str, Any]:
    """Returns what the figures were measured on."""
    return {
        "processor": _processor(),
        "system": platform.platform(terse=True),
        "python": platform.python_version(),
        "numpy": np.__version__,
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor()
    named = (line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    return next(named, platform.processor())


def committed(path: Path) -> dict[str, Any]:
    """Reads the committed figures.

    Raises:
        SafetyEnvsError: there is no such file, or it is not one of ours.
    """
    try:
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        _ = found["environments"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise SafetyEnvsError(
            f"{path} cannot be compared with ({error}): write one by --write"
        ) from error
    return found


@command_line
def main(arguments: list[str] | None = None) -> int:
    """Runs the command line; returns its exit status, 1 if an environment has become slower."""
    parser = argparse.ArgumentParser(
        "python -m benchmarks speed guard", description=__doc__, allow_abbrev=False
    )
    parser.add_argument("environments", nargs="*", help="ids; all by default")
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--least", type=float, default=0.8, help="the least share; 0.8 by default")
    parser.add_argument("--file", type=Path, default=COMMITTED)
    parser.add_argument("--write", action="store_true", help="write the file instead")
    parser.add_argument("--observation", help="only show the rates with this encoding")
    options = parser.parse_args(arguments)
    if options.rounds < 1:
        raise SafetyEnvsError(f"--rounds must be at least 1, got {options.rounds}")
    names = [find(each).id for each in options.environments] or list(environments())
    if options.observation is not None:
        show(names, options.observation, options.rounds)
        return 0
    before = {} if options.write else committed(options.file)["environments"]
    now = {}
    for name in names:
        now[name] = found = measured(name, options.rounds)
        print(
            f"{name:28} {found['steps']:7.2f} M steps/s, copies {found['copies']:8.2f} M/s, ratio "
            f"{found['ratio']:.4g}"
            + (f" (was {before[name]['ratio']:.4g})" if name in before else ""),
            flush=True,
        )
    if options.write:
        figures = {"machine": machine(), "num_worlds": NUM_WORLDS, "environments": now}
        write_atomically(options.file, json.dumps(figures, indent=1) + "\n")
        return 0
    found_slower = list(slower(before, now, options.least))
    print(*(found_slower or ["none is slower"]), sep="\n")
    return SLOWER if found_slower else 0
