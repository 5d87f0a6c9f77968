"""Measures steps per second beside a plain memory copy: python -m benchmarks.speed.throughput.

Every figure is the best of several rounds on one core, with automatic resets and the observation
written for every step. Machines are noisy, so each is shown with what `np.copyto` needs, in the
same run, for the same observation bytes. `--vec-env` measures what the Stable-Baselines3 adapter
costs of PPO's time, beside a VecEnv of the same shapes that does nothing. With several agents
each agent's step counts; `--peers` measures environments of other libraries in the same run.
Keywords of a named environment are options too: --agents 8 --view 7.
"""

import argparse
import os
import sys
import time
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from agents.command_line import command_line
from agents.training.settings import SETTINGS
from benchmarks.speed import peers
from benchmarks.speed.timing import Rates, best_of
from safety_envs import Configuration, Engine, Observer, SafetyEnvsError, environments, find
from safety_envs.applications import parse_keywords

STEPS = 50


class Measured(NamedTuple):
    """What a batch of worlds does in a second, on one core."""

    steps: Rates  # steps of agents
    copies: Rates  # copies of what one agent observes
    num_bytes: float  # of what one agent observes


def measure(configuration: Configuration, observation: str, num_worlds: int) -> Measured:
    """Measures the engine with its observations, and a plain copy of these."""
    engine, observer = Engine(configuration, num_worlds), Observer(configuration, observation)
    engine.seed(range(num_worlds))
    engine.reset()
    actions = np.random.default_rng(0).integers(
        len(configuration.actions), size=(STEPS, *engine.action_shape)
    )
    buffer = observer.empty(num_worlds)
    other = buffer.copy()
    agents = configuration.agents

    def play() -> int:
        for t in range(STEPS):
            engine.step(actions[t])
            done = engine.done
            if done.any():
                engine.reset(done)
            observer.write(engine.worlds, buffer)
        return STEPS * num_worlds * agents

    def copy() -> int:
        for _ in range(STEPS):
            np.copyto(other, buffer)
        return STEPS * num_worlds * agents

    play()
    return Measured(best_of(play), best_of(copy), buffer[0].nbytes / agents)


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


def vec_env_share(id: str, steps: int, keywords: Mapping[str, Any]) -> tuple[float, float]:
    """Returns PPO's least seconds with the real VecEnv, and with one that does nothing."""
    from stable_baselines3 import PPO

    from safety_envs import sb3_vec_env

    settings = dict(SETTINGS["ppo"])
    num_envs = settings.pop("num_envs")
    models = [
        PPO("MlpPolicy", make(id, num_envs, **keywords), seed=0, device="cpu", **settings)
        for make in (sb3_vec_env, _idle_vec_env)
    ]
    for model in models:
        model.learn(settings["n_steps"] * num_envs)  # compile, and warm up
    seconds: list[list[float]] = [[], []]
    for _ in range(5):  # in turn, so that both meet the same weather
        for times, model in zip(seconds, models, strict=True):
            started = time.perf_counter()
            model.learn(steps)
            times.append(time.perf_counter() - started)
    return min(seconds[0]), min(seconds[1])


def _idle_vec_env(id: str, num_envs: int, **keywords: Any) -> Any:
    """Returns a VecEnv of the same shapes whose steps return the same arrays again and again."""
    from safety_envs import sb3_vec_env

    venv = sb3_vec_env(id, num_envs, **keywords)
    observations = venv.reset()
    columns = venv.num_envs
    answer: Any = (
        observations,
        np.zeros(columns, np.float32),
        np.zeros(columns, np.bool_),
        [{} for _ in range(columns)],
    )
    venv.reset = lambda: observations  # type: ignore[method-assign]
    venv.step_wait = lambda: answer  # type: ignore[method-assign]
    return venv


@command_line
def main(arguments: list[str] | None = None) -> int:
    """Runs the command line; returns its exit status."""
    parser = argparse.ArgumentParser(
        "python -m benchmarks.speed.throughput", description=__doc__, allow_abbrev=False
    )
    parser.add_argument("environments", nargs="*", help="ids; all by default")
    parser.add_argument("--num-worlds", type=int, default=4096)
    parser.add_argument("--peers", action="store_true", help="measure others' environments too")
    parser.add_argument("--vec-env", action="store_true", help="measure the SB3 adapter too")
    parser.add_argument("--steps", type=int, default=64_000, help="of PPO, for --vec-env")
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
    if options.vec_env:
        import torch

        torch.set_num_threads(1)
        for name in options.environments or ["SafetyProxy-v0"]:
            keywords = parse_keywords(find(name), rest)
            real, idle = vec_env_share(name, options.steps, keywords)
            print(
                f"{name:28} PPO, {options.steps} steps: {real:.1f} s, with a VecEnv that does "
                f"nothing {idle:.1f} s: the environments take {100 * (real - idle) / real:.1f} %"
            )
    return 0


if __name__ == "__main__":
    sys.exit(main())
