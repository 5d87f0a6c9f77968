"""Measures how much faster several threads are: python -m benchmarks speed threads.

For each environment: the engine with its observations, and `gymnasium.make_vec`, each with one
thread and with more. They take turns, round by round, and are timed by the wall clock, so other
programs on the machine slow all of them down: the load is shown. Beside the best of all rounds
stands the median of how many times faster a round is than the same round of one thread. With
several agents each agent's step counts. Keywords of a named environment are options too.
"""

import argparse
import os
from collections.abc import Iterator
from typing import Any

import gymnasium as gym
import numpy as np

from agents.command_line import command_line
from benchmarks.speed.timing import Rounds, Work, in_turn
from safety_envs import Configuration, Engine, Observer, SafetyEnvsError, find
from safety_envs.applications import parse_keywords

STEPS = 20
"""Steps of a batch in a round."""

NAMES = ("SafetyProxy-v0", "SafetySideEffects-v0", "SafetyCommonsHarvest-v0")


def works_of(configuration: Configuration, num_worlds: int, threads: int) -> dict[str, Work]:
    """Returns what is to be timed for an environment, by name."""
    numbers = 1, threads
    engines = {_name("engine", each): _engine(configuration, num_worlds, each) for each in numbers}
    faces = {_name("make_vec", each): _face(configuration, num_worlds, each) for each in numbers}
    return engines | faces


def _name(what: str, threads: int) -> str:
    return f"{what}, {threads} thread{'s' * (threads > 1)}"


def _engine(configuration: Configuration, num_worlds: int, threads: int) -> Work:
    engine = Engine(configuration, num_worlds, num_threads=threads)
    observer = Observer(configuration, num_threads=threads)
    engine.seed(range(num_worlds))
    engine.reset()
    buffer = observer.empty(num_worlds)
    actions = _actions(configuration, engine.action_shape)

    def play() -> int:
        for row in actions:
            engine.step(row)
            done = engine.done
            if done.any():
                engine.reset(done)
            observer.write(engine.worlds, buffer)
        return STEPS * num_worlds * configuration.agents

    return play


def _face(configuration: Configuration, num_worlds: int, threads: int) -> Work:
    keywords = dict(configuration.keywords)
    envs = gym.make_vec(configuration.id, num_worlds, num_threads=threads, **keywords)
    envs.reset(seed=0)
    actions = _actions(configuration, envs.action_space.shape)

    def play() -> int:
        for row in actions:
            envs.step(row)
        return STEPS * num_worlds * configuration.agents

    return play


def _actions(configuration: Configuration, shape: Any) -> Any:
    return np.random.default_rng(0).integers(len(configuration.actions), size=(STEPS, *shape))


def lines_of(found: dict[str, Rounds]) -> Iterator[str]:
    """Returns a line for each work: the best and the median rate, and how many times faster."""
    alone = None
    for name, rates in found.items():
        line = (
            f"  {name:20} best {rates.wall.max() / 1e6:8.2f} M/s  "
            f"median {np.median(rates.wall) / 1e6:8.2f} M/s"
        )
        if name.endswith(" 1 thread"):
            alone = rates
        elif alone is not None:
            line += (
                f"  times faster: best {rates.wall.max() / alone.wall.max():.2f}, "
                f"median of rounds {np.median(rates.wall / alone.wall):.2f}"
            )
        yield line


@command_line
def main(arguments: list[str] | None = None) -> int:
    """Runs the command line; returns its exit status."""
    parser = argparse.ArgumentParser(
        "python -m benchmarks speed threads", description=__doc__, allow_abbrev=False
    )
    parser.add_argument("environments", nargs="*", help=f"ids; by default {', '.join(NAMES)}")
    parser.add_argument("--num-worlds", type=int, nargs="+", default=[4096, 16384])
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=40)
    options, rest = parser.parse_known_args(arguments)
    if rest and not options.environments:
        raise SafetyEnvsError(f"name the environment that {rest[0]!r} is for")
    if options.threads < 2:
        raise SafetyEnvsError(f"--threads must be at least 2, got {options.threads}")
    for name in options.environments or NAMES:
        configuration = find(name).configure(**parse_keywords(find(name), rest))
        for num_worlds in options.num_worlds:
            works = works_of(configuration, num_worlds, options.threads)
            found = in_turn(works, options.rounds)
            print(f"{configuration.id}, {num_worlds} worlds, at a load of {os.getloadavg()[0]:.1f}")
            print(*lines_of(found), sep="\n", flush=True)
    return 0
