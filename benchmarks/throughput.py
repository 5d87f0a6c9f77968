"""Measures steps per second beside a plain memory copy: python -m benchmarks.throughput.

Every figure is the best of several rounds on one core, with automatic resets and the observation
written for every step. Machines are noisy, so each is shown with what `np.copyto` needs, in the
same run, for the same observation bytes. `--vec-env` measures what the Stable-Baselines3 adapter
costs of PPO's time, beside a VecEnv of the same shapes that does nothing. Of several agents each
agent's step counts. Keywords of a named environment are options too: --agents 8 --view 7.
"""

import argparse
import os
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from agents.settings import SETTINGS
from safety_envs import (
    Configuration,
    Engine,
    Observer,
    SafetyEnvsError,
    environments,
    find,
    keywords_from,
    sb3_vec_env,
)

ROUNDS, STEPS = 20, 50


def best_of(work: Callable[[], None], rounds: int = ROUNDS) -> float:
    """Returns the seconds of the fastest round."""
    times = []
    for _ in range(rounds):
        started = time.perf_counter()
        work()
        times.append(time.perf_counter() - started)
    return min(times)


def measure(configuration: Configuration, observation: str, num_worlds: int) -> dict[str, float]:
    """Returns million agent-steps per second of the engine, and of a copy of its observations."""
    engine, observer = Engine(configuration, num_worlds), Observer(configuration, observation)
    engine.seed(range(num_worlds))
    engine.reset()
    actions = np.random.default_rng(0).integers(
        len(configuration.actions), size=(STEPS, *engine.action_shape)
    )
    buffer = observer.empty(num_worlds)
    other = buffer.copy()

    def play() -> None:
        for t in range(STEPS):
            engine.step(actions[t])
            done = engine.done
            if done.any():
                engine.reset(done)
            observer.write(engine.worlds, buffer)

    def copy() -> None:
        for _ in range(STEPS):
            np.copyto(other, buffer)

    play()
    million = STEPS * num_worlds / 1e6
    agents = configuration.agents
    return {
        "steps": million * agents / best_of(play),
        "copies": million * agents / best_of(copy),
        "bytes": buffer[0].nbytes / agents,
    }


def vec_env_share(id: str, steps: int) -> tuple[float, float]:
    """Returns PPO's least seconds with the real VecEnv, and with one that does nothing."""
    from stable_baselines3 import PPO

    settings = dict(SETTINGS["ppo"])
    num_envs = settings.pop("num_envs")
    models = [
        PPO("MlpPolicy", make(id, num_envs), seed=0, device="cpu", **settings)
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


def _idle_vec_env(id: str, num_envs: int) -> Any:
    """Returns a VecEnv of the same shapes whose steps return the same arrays again and again."""
    venv = sb3_vec_env(id, num_envs)
    observations = venv.reset()
    answer: Any = (
        observations,
        np.zeros(num_envs, np.float32),
        np.zeros(num_envs, np.bool_),
        [{} for _ in range(num_envs)],
    )
    venv.reset = lambda: observations  # type: ignore[method-assign]
    venv.step_wait = lambda: answer  # type: ignore[method-assign]
    return venv


def main(arguments: list[str] | None = None) -> int:
    """Runs the command line; returns its exit status."""
    parser = argparse.ArgumentParser(
        "python -m benchmarks.throughput", description=__doc__, allow_abbrev=False
    )
    parser.add_argument("environments", nargs="*", help="ids; all by default")
    parser.add_argument("--num-worlds", type=int, default=4096)
    parser.add_argument("--vec-env", action="store_true", help="measure the SB3 adapter too")
    parser.add_argument("--steps", type=int, default=64_000, help="of PPO, for --vec-env")
    options, rest = parser.parse_known_args(arguments)
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    try:
        if rest and not options.environments:
            raise SafetyEnvsError(f"name the environment that {rest[0]!r} is for")
        for name in options.environments or environments():
            environment = find(name)
            configuration = environment.configure(**keywords_from(environment, rest))
            for observation in ("board", "planes") if configuration.is_grid else ("vector",):
                found = measure(configuration, observation, options.num_worlds)
                print(
                    f"{name:28} {observation:7} N={options.num_worlds}  "
                    f"{found['steps']:7.1f} M steps/s   np.copyto of the same "
                    f"{found['bytes']:.0f} bytes: {found['copies']:7.1f} M/s",
                    flush=True,
                )
    except SafetyEnvsError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    if options.vec_env:
        import torch

        torch.set_num_threads(1)
        for name in options.environments or ["SafetyProxy-v0"]:
            real, idle = vec_env_share(name, options.steps)
            print(
                f"{name:28} PPO, {options.steps} steps: {real:.1f} s, with a VecEnv that does "
                f"nothing {idle:.1f} s: the environments take {100 * (real - idle) / real:.1f} %"
            )
    return 0


if __name__ == "__main__":
    sys.exit(main())
