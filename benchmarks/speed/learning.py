"""Measures what makes PPO learn faster: python -m benchmarks speed learning [ID].

First, what the environments take of PPO's time: the same model learns with our VecEnv and, in turn,
with one of the same shapes that does nothing but end episodes. Second, what `torch.compile` gains
for its networks. Third, learners that differ in one respect are trained in turn with the same
seeds, and judged by their exact reward where the model is finite: a learner is faster only if it
learns as much. All times are processor time of one thread. Keywords of the environment are options
too.
"""

import argparse
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from agents.algorithms import algorithm_named
from agents.command_line import command_line
from agents.training.settings import SETTINGS
from agents.training.train import train
from agents.training.training import Training
from benchmarks.harness.evaluation import evaluated
from safety_envs import SafetyEnvsError, find
from safety_envs.applications import parse_keywords
from safety_envs.statistics import estimate

LEARNERS: dict[str, tuple[str, Mapping[str, Any]]] = {
    "ppo": ("ppo", {}),
    "ppo, 64 x 64": ("ppo", {"policy_kwargs": {"net_arch": [64, 64]}}),
    "ppo, 2 epochs": ("ppo", {"n_epochs": 2}),
    "ppo, batches of 3200": ("ppo", {"batch_size": 3200}),
    "sbx_ppo": ("sbx_ppo", {}),
    "sbx_ppo, 64 x 64": ("sbx_ppo", {"policy_kwargs": {"net_arch": [64, 64]}}),
}
"""Name -> algorithm, and settings that differ from its defaults."""
JUDGED_SEEDS = range(1_000, 1_032)


class Run(NamedTuple):
    """One training: steps a second of processor time, and the mean reward of an episode."""

    rate: float
    reward: float


def vec_env_share(id: str, steps: int, keywords: Mapping[str, Any]) -> tuple[float, float]:
    """Returns PPO's least seconds with the real VecEnv, and with one that does nothing."""
    from safety_envs import sb3_vec_env

    real, idle = _seconds_in_turn(
        [_ppo(make(id, NUM_ENVS, **keywords)) for make in (sb3_vec_env, idle_vec_env)], steps
    )
    return real, idle


def compiled_gain(id: str, steps: int, keywords: Mapping[str, Any]) -> tuple[float, float]:
    """Returns PPO's least seconds with its networks as they are, and by `torch.compile`."""
    import torch

    from safety_envs import sb3_vec_env

    models = [_ppo(sb3_vec_env(id, NUM_ENVS, **keywords)) for _ in range(2)]
    policy = models[1].policy
    policy.forward = torch.compile(policy.forward)
    policy.evaluate_actions = torch.compile(policy.evaluate_actions)
    plain, compiled = _seconds_in_turn(models, steps)
    return plain, compiled


NUM_ENVS = SETTINGS["ppo"]["num_envs"]


def _ppo(venv: Any) -> Any:
    from stable_baselines3 import PPO

    settings = {name: value for name, value in SETTINGS["ppo"].items() if name != "num_envs"}
    return PPO("MlpPolicy", venv, seed=0, device="cpu", **settings)


def _seconds_in_turn(models: Sequence[Any], steps: int) -> list[float]:
    """Returns the least processor time that each model needs to learn some steps, of five times."""
    for model in models:
        model.learn(model.n_steps * NUM_ENVS)  # compile, and warm up
    seconds: list[list[float]] = [[] for _ in models]
    for _ in range(5):  # in turn, so that both meet the same weather
        for times, model in zip(seconds, models, strict=True):
            started = time.process_time()
            model.learn(steps)
            times.append(time.process_time() - started)
    return [min(times) for times in seconds]


def idle_vec_env(id: str, num_envs: int, **keywords: Any) -> Any:
    """Returns a VecEnv of the same shapes that does nothing, but ends episodes as often.

    Every world's episodes are cut off after the horizon, each at a time of its own; the learner
    then also computes the value of the last observation, as it does with the real worlds.
    """
    from safety_envs import sb3_vec_env

    venv = sb3_vec_env(id, num_envs, **keywords)
    observations, horizon = venv.reset(), venv.configuration.max_steps
    columns = venv.num_envs
    rewards, steps = np.zeros(columns, np.float32), 0
    offsets = np.arange(columns) * horizon // columns

    def step_wait() -> Any:
        nonlocal steps
        steps += 1
        dones = (steps + offsets) % horizon == 0
        infos: list[dict[str, Any]] = [{} for _ in range(columns)]
        for column in np.flatnonzero(dones):
            infos[column] = {
                "terminal_observation": observations[column],
                "TimeLimit.truncated": True,
                "episode": {"r": 0.0, "l": horizon, "t": 0.0},
            }
        return observations, rewards, dones, infos

    venv.reset = lambda: observations  # type: ignore[method-assign]
    venv.step_wait = step_wait  # type: ignore[method-assign]
    return venv


def learn(name: str, id: str, keywords: Mapping[str, Any], seed: int, steps: int) -> Run:
    """Trains a learner of the table and judges it."""
    algorithm, settings = LEARNERS[name]
    training = Training(algorithm, id, keywords, seed, steps, settings=settings)
    with tempfile.TemporaryDirectory() as folder:
        started = time.process_time()
        record = train(training, Path(folder))
        seconds = time.process_time() - started
        found = evaluated(Path(folder), training.configuration, JUDGED_SEEDS, seed)
    reward = found.scores["reward"][0]
    assert reward is not None  # the reward of an episode is always defined
    return Run(record["steps"] / seconds, reward)


def compared(runs: Mapping[str, Sequence[Run]]) -> Iterator[str]:
    """Returns a line for each learner: its rate, and its reward less that of the first learner.

    The differences are seed by seed; `safety_envs.statistics.interval` makes their interval.
    """
    first = next(iter(runs.values()))
    for name, found in runs.items():
        rate = np.median([run.rate for run in found])
        times = rate / np.median([run.rate for run in first])
        pairs = zip(found, first, strict=True)
        more = estimate([run.reward - other.reward for run, other in pairs], np.mean)
        yield (
            f"{name:22} {rate:8,.0f} steps/s, {times:.2f} times, reward "
            f"{np.mean([run.reward for run in found]):.2f}, difference "
            f"{more.value:+.2f} [{more.low:+.2f}, {more.high:+.2f}]"
        )


@command_line
def main(arguments: list[str] | None = None) -> int:
    """Runs the command line; returns its exit status."""
    parser = argparse.ArgumentParser(
        "python -m benchmarks speed learning", description=__doc__, allow_abbrev=False
    )
    parser.add_argument("environment", nargs="?", default="SafetyProxy-v0")
    parser.add_argument("--learners", nargs="+", default=list(LEARNERS), help="names of the table")
    parser.add_argument("--seeds", type=int, default=10, help="runs of each; 0: the share alone")
    parser.add_argument("--steps", type=int, default=600_000)
    options, rest = parser.parse_known_args(arguments)
    definition = find(options.environment)
    keywords = parse_keywords(definition, rest)
    for name in options.learners:
        if name not in LEARNERS:
            known = ", ".join(map(repr, LEARNERS))
            raise SafetyEnvsError(f"no learner is called {name!r}. Known: {known}.")
        algorithm, settings = LEARNERS[name]
        asked = Training(algorithm, definition.id, keywords, 0, options.steps, settings=settings)
        algorithm_named(algorithm).check(asked)
    import torch

    torch.set_num_threads(1)
    real, idle = vec_env_share(definition.id, 64_000, keywords)
    print(
        f"{definition.id} PPO, 64,000 steps: {real:.2f} s, with a VecEnv that does nothing "
        f"{idle:.2f} s: the environments take {100 * (real - idle) / real:.1f} %",
        flush=True,
    )
    plain, compiled = compiled_gain(definition.id, 64_000, keywords)
    print(
        f"with networks by torch.compile {compiled:.2f} s, beside {plain:.2f} s: "
        f"{plain / compiled:.2f} times as fast",
        flush=True,
    )
    runs: dict[str, list[Run]] = {name: [] for name in options.learners}
    for seed in range(options.seeds):
        for name, found in runs.items():
            found.append(learn(name, definition.id, keywords, seed, options.steps))
            rate, reward = found[-1]
            print(f"  {name:22} seed {seed}: {rate:8,.0f} steps/s, reward {reward:.2f}", flush=True)
    if options.seeds:
        print(*compared(runs), sep="\n")
    return 0
