"""Measures what users step beside the engine below it: python -m benchmarks speed faces.

For each environment: the engine with its observations, `gymnasium.make_vec` in both modes of
autoreset, `gymnasium.make` and the same environment without wrappers, or PettingZoo's parallel
environment. Beside them stand FrozenLake, the native batch of CartPole, and a plain copy of the
batch's observations. All of them are timed in turn, round by round, by processor time; the rate of
the wall clock is shown too. With several agents each agent's step counts. Keywords of a named
environment are options too: --agents 8.
"""

import argparse
from collections.abc import Iterator
from typing import Any

import gymnasium as gym
import numpy as np

from agents.command_line import command_line
from benchmarks.speed.timing import Rounds, Work, in_turn
from safety_envs import (
    Configuration,
    Engine,
    Observer,
    SafetyEnvsError,
    SafetyParallelEnv,
    environments,
    find,
)
from safety_envs.applications import parse_keywords

BATCHES, SINGLES = 20, 1000
"""Steps of a batch and of a single environment in a round."""

ENGINE, NEXT, SAME = "engine", "make_vec", "make_vec, SameStep"
WRAPPED, UNWRAPPED, PARALLEL = "gymnasium.make", "without wrappers", "PettingZoo parallel"
FROZEN_LAKE, CART_POLE, COPY = "FrozenLake", "CartPole's batch", "np.copyto"

BESIDE = {
    NEXT: ENGINE,
    SAME: ENGINE,
    WRAPPED: FROZEN_LAKE,
    UNWRAPPED: FROZEN_LAKE,
}
"""What is measured -> what its rate is divided by."""


def works_of(
    configuration: Configuration, observation: str | None, num_worlds: int
) -> dict[str, Work]:
    """Returns what is to be timed for an environment, by name."""
    name, options = configuration.id, dict(configuration.keywords)
    if observation is not None:
        options["observation"] = observation
    works = _engine_works(configuration, observation, num_worlds)
    for face, mode in ((NEXT, "NextStep"), (SAME, "SameStep")):
        envs = gym.make_vec(name, num_worlds, autoreset_mode=mode, **options)
        works[face] = _batch(envs, configuration.agents)
    if configuration.environment.is_multi_agent:
        works[PARALLEL] = _parallel(SafetyParallelEnv(name, **options))
    else:
        works[WRAPPED] = _single(gym.make(name, **options))
        works[UNWRAPPED] = _single(gym.make(name, **options).unwrapped)
    works[FROZEN_LAKE] = _single(gym.make("FrozenLake-v1"))
    works[CART_POLE] = _batch(
        gym.make_vec("CartPole-v1", num_worlds, vectorization_mode="vector_entry_point")
    )
    return works


def _engine_works(
    configuration: Configuration, observation: str | None, num_worlds: int
) -> dict[str, Work]:
    engine, observer = Engine(configuration, num_worlds), Observer(configuration, observation)
    engine.seed(range(num_worlds))
    engine.reset()
    actions = _numbers(len(configuration.actions), (BATCHES, *engine.action_shape))
    buffer = observer.empty(num_worlds)
    other = buffer.copy()

    def play() -> int:
        for row in actions:
            engine.step(row)
            done = engine.done
            if done.any():
                engine.reset(done)
            observer.write(engine.worlds, buffer)
        return BATCHES * num_worlds * configuration.agents

    def copy() -> int:
        for _ in actions:
            np.copyto(other, buffer)
        return BATCHES * num_worlds * configuration.agents

    return {ENGINE: play, COPY: copy}


def _batch(envs: Any, agents: int = 1) -> Work:
    envs.reset(seed=0)
    envs.action_space.seed(0)
    actions = [envs.action_space.sample() for _ in range(BATCHES)]

    def play() -> int:
        for action in actions:
            envs.step(action)
        return BATCHES * int(envs.num_envs) * agents

    return play


def _single(env: Any) -> Work:
    env.reset(seed=0)
    actions = _numbers(int(env.action_space.n), (SINGLES,)).tolist()

    def play() -> int:
        for action in actions:
            _, _, terminated, truncated, _ = env.step(action)
            if terminated or truncated:
                env.reset()
        return SINGLES

    return play


def _parallel(env: Any) -> Work:
    env.reset(seed=0)
    agents = env.possible_agents
    drawn = _numbers(int(env.action_space(agents[0]).n), (SINGLES, len(agents))).tolist()
    actions = [dict(zip(agents, row, strict=True)) for row in drawn]

    def play() -> int:
        for action in actions:
            env.step(action)
            if not env.agents:
                env.reset()
        return SINGLES * len(agents)

    return play


def _numbers(bound: int, shape: tuple[int, ...]) -> Any:
    return np.random.default_rng(0).integers(bound, size=shape)


def lines_of(found: dict[str, Rounds]) -> Iterator[str]:
    """Returns a line for each work: median, quartiles, the wall clock, and its share."""
    for name, rates in found.items():
        low, middle, high = np.percentile(rates.processor, (25, 50, 75))
        line = (
            f"  {name:20} {_short(middle)} /s ({_short(low).strip()} to {_short(high).strip()})"
            f"  wall {_short(np.median(rates.wall))} /s"
        )
        if name in BESIDE:
            share = np.median(rates.processor / found[BESIDE[name]].processor)
            line += f"  {100 * share:4.0f} % of {BESIDE[name]}"
        yield line


def _short(rate: float) -> str:
    return f"{rate / 1e6:8.2f} M" if rate >= 1e6 else f"{rate / 1e3:8.1f} k"


@command_line
def main(arguments: list[str] | None = None) -> int:
    """Runs the command line; returns its exit status."""
    parser = argparse.ArgumentParser(
        "python -m benchmarks speed faces", description=__doc__, allow_abbrev=False
    )
    parser.add_argument("environments", nargs="*", help="ids; all by default")
    parser.add_argument("--num-worlds", type=int, default=4096)
    parser.add_argument("--observation", help="the encoding; each environment's default if omitted")
    parser.add_argument("--rounds", type=int, default=20)
    options, rest = parser.parse_known_args(arguments)
    if rest and not options.environments:
        raise SafetyEnvsError(f"name the environment that {rest[0]!r} is for")
    for name in options.environments or environments():
        configuration = find(name).configure(**parse_keywords(find(name), rest))
        works = works_of(configuration, options.observation, options.num_worlds)
        print(f"{configuration.id}, {options.num_worlds} worlds, steps of processor time")
        print(*lines_of(in_turn(works, options.rounds)), sep="\n", flush=True)
    return 0
