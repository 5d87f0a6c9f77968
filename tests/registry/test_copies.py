"""A copy or a pickle of anything plays on exactly as the original would, chance included."""

import copy
import pickle
from collections.abc import Callable
from typing import Any

import cloudpickle
import gymnasium as gym
import numpy as np
import pytest
from stable_baselines3.common.vec_env import DummyVecEnv

from safety_envs import Engine, SafetyEnv, SafetyVectorEnv, environments, sb3_vec_env
from safety_envs.adapters.pettingzoo_env import SafetyParallelEnv, aec_env
from tests.helpers.configurations import CONFIGURATIONS, Case, has_several, name_of, shortened

Copier = Callable[[Any], Any]
COPIERS: dict[str, Copier] = {
    "deepcopy": copy.deepcopy,
    "pickle": lambda each: pickle.loads(pickle.dumps(each)),
    "cloudpickle": lambda each: pickle.loads(cloudpickle.dumps(each)),
}
SHORT = 40
"""Steps of an episode, so that two of them are played; environments of fewer steps play more."""


def frozen(value: Any) -> Any:
    """Returns nested values as bytes and plain data, of which equality is meaningful."""
    if isinstance(value, dict):
        return {key: frozen(each) for key, each in value.items() if key != "t"}  # wall time
    if isinstance(value, (list, tuple)):
        return [frozen(each) for each in value]
    if isinstance(value, np.ndarray) and value.dtype != object:
        return value.dtype.str, value.shape, value.tobytes()
    return value


class Engines:
    """An engine, reset by hand."""

    def make(self, case: Case) -> Any:
        environment, keywords = shortened(case, SHORT)
        engine = Engine(environments()[environment].configure(**keywords), 3)
        engine.seed([4, 5, 6])
        engine.reset()
        return engine

    def step(self, engine: Any, random: np.random.Generator) -> Any:
        number = len(engine.configuration.actions)
        engine.step(random.integers(number, size=engine.action_shape))
        happened = [engine.worlds.tobytes(), *(column.tobytes() for column in engine.ledger)]
        if engine.done.any():
            engine.reset(engine.done)
        return [*happened, engine.worlds.tobytes(), engine.dice.tobytes()]


class Singles:
    """`gymnasium.Env`, with Gymnasium's own wrappers around it."""

    def make(self, case: Case) -> Any:
        environment, keywords = shortened(case, SHORT)
        env = gym.make(environment, **keywords)
        env.reset(seed=4)
        return env

    def step(self, env: Any, random: np.random.Generator) -> Any:
        step = env.step(int(random.integers(env.action_space.n)))
        return [step, env.reset() if step[2] or step[3] else None]


class Vectors:
    """The native batch."""

    def make(self, case: Case) -> Any:
        environment, keywords = shortened(case, SHORT)
        envs = gym.make_vec(environment, num_envs=3, **keywords)
        envs.reset(seed=4)
        return envs

    def step(self, envs: Any, random: np.random.Generator) -> Any:
        number = len(envs.unwrapped.configuration.actions)
        return envs.step(random.integers(number, size=envs.action_space.shape))


class Columns:
    """Stable-Baselines3's batch."""

    def make(self, case: Case) -> Any:
        environment, keywords = shortened(case, SHORT)
        venv = sb3_vec_env(environment, 3, seed=4, **keywords)
        venv.reset()
        return venv

    def step(self, venv: Any, random: np.random.Generator) -> Any:
        return venv.step(random.integers(venv.action_space.n, size=venv.num_envs))


class Parallels:
    """PettingZoo's parallel environment."""

    def make(self, case: Case) -> Any:
        environment, keywords = shortened(case, SHORT)
        env = SafetyParallelEnv(environment, **keywords)
        env.reset(seed=4)
        return env

    def step(self, env: Any, random: np.random.Generator) -> Any:
        again = None if env.agents else env.reset()
        number = env.action_space(env.possible_agents[0]).n
        rows = random.integers(number, size=len(env.agents)).tolist()
        return [again, env.step(dict(zip(env.agents, rows, strict=True)))]


class Cycles:
    """PettingZoo's agent-environment cycle."""

    def make(self, case: Case) -> Any:
        environment, keywords = shortened(case, SHORT)
        env = aec_env(environment, **keywords)
        env.reset(seed=4)
        return env

    def step(self, env: Any, random: np.random.Generator) -> Any:
        if not env.agents:
            env.reset()
        agent = env.agent_selection
        seen = env.last()
        over = env.terminations[agent] or env.truncations[agent]
        action = int(random.integers(env.action_space(agent).n))
        env.step(None if over else action)
        return [agent, seen]


def faces_of(case: Case) -> list[type]:
    return [Engines, Vectors, Columns, *([Parallels, Cycles] if has_several(case) else [Singles])]


CASES = [
    pytest.param(face(), case, id=f"{face.__name__}-{name_of(case)}")
    for case in reversed(CONFIGURATIONS)  # so that two workers do not compile the same at once
    for face in faces_of(case)
]


@pytest.mark.parametrize(("face", "case"), CASES)
def test_copies_play_on_as_the_original(face: Any, case: Case) -> None:
    """Copied in mid-episode; then all play the same actions, over two episodes and more."""
    original = face.make(case)
    agents = environments()[case[0]].configure(**case[1]).agents
    scale = agents if isinstance(face, Cycles) else 1  # where a step is one agent's
    before = np.random.default_rng(0)
    for _ in range(7 * scale):
        face.step(original, before)
    copies = {name: make(original) for name, make in COPIERS.items()}
    later = {name: np.random.default_rng(1) for name in ("original", *copies)}
    for _ in range((2 * SHORT + 5) * scale):
        expected = frozen(face.step(original, later["original"]))
        for name, other in copies.items():
            assert frozen(face.step(other, later[name])) == expected, name


@pytest.mark.parametrize("copier", [copy.copy, copy.deepcopy])
@pytest.mark.parametrize("make", [SafetyEnv, SafetyVectorEnv, sb3_vec_env, SafetyParallelEnv])
def test_a_copy_leaves_the_original_alone(make: Any, copier: Copier) -> None:
    """A shallow copy that shared the worlds would be stepped twice without a word."""
    several = make is SafetyParallelEnv
    env = make("SafetyCommonsStock-v0" if several else "SafetyProxy-v0")
    env.reset()
    world, dice = env.engine.worlds.copy(), env.engine.dice.copy()
    other = copier(env)
    for _ in range(20):
        if several:
            other.step(dict.fromkeys(other.agents, 2))
        else:
            other.step(0 if make is SafetyEnv else np.zeros(1, np.int64))
    other.reset()
    assert env.engine.worlds == world and env.engine.dice == dice
    assert env.engine.ledger.steps[0] == 0 and other.engine is not env.engine


def test_a_copy_can_be_looked_ahead_in() -> None:
    """The use that copies have: what would each action bring, from here?"""
    env = SafetyEnv("SafetyIslandNavigation-v0")
    env.reset(seed=0)
    before = env.engine.worlds.copy()

    def drowns(action: int) -> bool:
        ahead = copy.deepcopy(env)
        while True:
            _, _, terminated, truncated, info = ahead.step(action)
            if terminated or truncated:
                return bool(info["water_entries"])

    assert [drowns(action) for action in range(4)] == [False, False, True, True]
    assert env.engine.worlds == before


def test_processes_step_what_they_were_sent() -> None:
    from stable_baselines3.common.vec_env import SubprocVecEnv

    env = SafetyEnv("SafetyIslandNavigation-v0", max_steps=20)
    env.reset(seed=0)
    here = DummyVecEnv([lambda: copy.deepcopy(env)])
    there = SubprocVecEnv([lambda: env], start_method="spawn")
    try:
        for venv in (here, there):
            venv.seed(5)
            venv.reset()
        random = np.random.default_rng(2)
        rewards = []
        for _ in range(45):
            action = random.integers(4, size=1)
            one, other = here.step(action), there.step(action)
            for mine, theirs in zip(one[:3], other[:3], strict=True):
                assert np.array_equal(np.asarray(mine), np.asarray(theirs))
            rewards.append(float(one[1][0]))
        assert any(rewards), "the copy is paid"
    finally:
        there.close()


@pytest.mark.parametrize("make", [SafetyEnv, SafetyVectorEnv, sb3_vec_env])
def test_a_copy_with_a_picture_draws(make: Any) -> None:
    env = make("SafetyProxy-v0", render_mode="rgb_array")
    env.seed(1) if make is sb3_vec_env else env.reset(seed=1)
    if make is sb3_vec_env:
        env.reset()
    other = pickle.loads(pickle.dumps(env))
    assert np.array_equal(np.asarray(other.render()), np.asarray(env.render()))


def test_parallel_environments_are_deeply_copied_by_wrappers() -> None:
    """PettingZoo's and SuperSuit's wrappers copy whole environments."""
    env = SafetyParallelEnv("SafetyCommonsStock-v0", agents=2)
    env.reset(seed=0)
    twin = copy.deepcopy(env)
    actions = dict.fromkeys(env.agents, 2)
    paid = env.step(actions)[1]
    assert twin.step(actions)[1] == paid and any(paid.values())
