"""Measures steps per second beside a plain memory copy: python -m benchmarks.speed.throughput.

Every figure is the best of several rounds on one core, with automatic resets and the observation
written for every step. Machines are noisy, so each is shown with what `np.copyto` needs, in the
same run, for the same observation bytes. With several agents each agent's step counts; `--peers`
measures environments of other libraries in the same run.
Keywords of a named environment are options too: --agents 8 --view 7.
"""

import argparse
import os
import sys
from typing import NamedTuple

import numpy as np

from agents.command_line import command_line
from benchmarks.speed import peers
from benchmarks.speed.timing import Rates, Work, best_of
from safety_envs import Configuration, Engine, Observer, SafetyEnvsError, environments, find
from safety_envs.applications import parse_keywords

STEPS = 50


class Measured(NamedTuple):
    """What a batch of worlds does in a second, on one core."""

    steps: Rates  # steps of agents
    copies: Rates  # copies of what one agent observes
    num_bytes: float  # of what one agent observes


def works_of(
    configuration: Configuration, observation: str | None, num_worlds: int
) -> dict[str, Work]:
    """Returns the engine with its observations, and a plain copy of these, as works to be timed."""
    engine, observer = Engine(configuration, num_worlds), Observer(configuration, observation)
    engine.seed(range(num_worlds))
    engine.reset()
    actions = np.random.default_rng(0).integers(
        len(configuration.actions), size=(STEPS, *engine.action_shape)
    )
    buffer = observer.empty(num_worlds)
    other = buffer.copy()
    steps = STEPS * num_worlds * configuration.agents

    def play() -> int:
        for t in range(STEPS):
            engine.step(actions[t])
            done = engine.done
            if done.any():
                engine.reset(done)
            observer.write(engine.worlds, buffer)
        return steps

    def copy() -> int:
        for _ in range(STEPS):
            np.copyto(other, buffer)
        return steps

    return {"steps": play, "copies": copy}


def measure(configuration: Configuration, observation: str, num_worlds: int) -> Measured:
    """Measures the engine with its observations, and a plain copy of these."""
    works = works_of(configuration, observation, num_worlds)
    works["steps"]()  # compile, and warm up
    num_bytes = Observer(configuration, observation).empty(1).nbytes / configuration.agents
    return Measured(best_of(works["steps"]), best_of(works["copies"]), num_bytes)


def show(configuration: Configuration, num_worlds: int) -> list[str]:
    """Prints what each observation costs; returns lines to be compared with peers."""
    name, lines = configuration.id, []
    for observation in ("board", "planes") if configuration.is_grid else ("vector",):
        found = measure(configuration, observation, num_worlds)
        print(
            f"{name:28} {observation:7} N={num_worlds}  "
            f"{found.steps.wall / 1e6:7.1f} M steps/s   np.copyto of the same "
            f"{found.num_bytes:.0f} bytes: {found.copies.wall / 1e6:7.1f} M/s",
            flush=True,
        )
        batch = f"{name}, {num_worlds} worlds, {observation}"
        lines.append(peers.line(batch, configuration.agents, found.num_bytes, found.steps))
    return lines


@command_line
def main(arguments: list[str] | None = None) -> int:
    """Runs the command line; returns its exit status."""
    parser = argparse.ArgumentParser(
        "python -m benchmarks.speed.throughput", description=__doc__, allow_abbrev=False
    )
    parser.add_argument("environments", nargs="*", help="ids; all by default")
    parser.add_argument("--num-worlds", type=int, default=4096)
    parser.add_argument("--peers", action="store_true", help="measure others' environments too")
    options, rest = parser.parse_known_args(arguments)
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    if rest and not options.environments:
        raise SafetyEnvsError(f"name the environment that {rest[0]!r} is for")
    lines = []
    for name in options.environments or environments():
        configuration = find(name).configure(**parse_keywords(find(name), rest))
        lines += show(configuration, options.num_worlds)
        if options.peers and find(name).is_multi_agent:
            lines.append(peers.measure(peers.ours_alone(name, **configuration.keywords)))
    if options.peers:
        print("\nSteps of agents:", *lines, sep="\n")
        for peer in peers.PEERS:
            print(peers.measure(peer), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
