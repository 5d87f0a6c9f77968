"""Checkpoints keep how observations were changed, and no code of theirs is run."""

import copy
import io
import json
import os
import pickle
import zipfile
from pathlib import Path
from typing import Any

import gymnasium as gym
import numpy as np
import pytest
import torch
from stable_baselines3 import A2C, DQN, PPO
from stable_baselines3.common.save_util import data_to_json
from stable_baselines3.common.torch_layers import FlattenExtractor
from stable_baselines3.common.vec_env import (
    DummyVecEnv,
    SubprocVecEnv,
    VecEnvWrapper,
    VecFrameStack,
    VecMonitor,
    VecNormalize,
    VecTransposeImage,
)

from agents.training import Training, train
from safety_envs import (
    Engine,
    SafetyEnvsError,
    TrainedPolicy,
    find,
    policy,
    rollout,
    save_checkpoint,
    sb3_vec_env,
)
from safety_envs.__main__ import main

ID = "SafetyProxy-v0"
SMALL: dict[str, Any] = {"size": 3, "patches": 2}
STEPS = {"n_steps": 16, "device": "cpu", "seed": 0}


def record_of(**changes):
    return {
        "environment": ID,
        "keywords": dict(SMALL),
        "observation": "planes",
        "algorithm": "ppo",
    } | changes


def batch(observation="planes", num_envs=16):
    return sb3_vec_env(ID, num_envs, observation=observation, seed=0, **SMALL)


def ppo(venv, **options):
    return PPO("MlpPolicy", venv, batch_size=64, n_epochs=1, **STEPS, **options)


def engine_at(seed=50, num_worlds=64, moves=7):
    """Worlds in the middle of their episodes."""
    configuration = find(ID).configure(**SMALL)
    engine = Engine(configuration, num_worlds)
    engine.seed([seed + i for i in range(num_worlds)])
    engine.reset()
    chance = np.random.default_rng(seed)
    for _ in range(moves):
        engine.step(chance.integers(len(configuration.actions), size=engine.action_shape))
    return engine


def distribution(network, seen):
    """The logits of a network of an actor, or the values of one of DQN."""
    with torch.no_grad():
        tensor, _ = network.obs_to_tensor(seen)
        if hasattr(network, "q_net"):
            return network.q_net(tensor).numpy()
        return network.get_distribution(tensor).distribution.logits.numpy()


def loaded(folder):
    return TrainedPolicy(folder, find(ID).configure(**SMALL))


def logits_of(acting, engine):
    """What a loaded policy makes of an engine's worlds."""
    (actor,) = acting._actors
    seen = acting._columns(engine.worlds)
    for change in actor._changes:
        seen = change(seen)
    return distribution(actor.network, seen)


WRAPPINGS = {
    "bare": ("planes", lambda venv: venv),
    "normalised": ("planes", VecNormalize),
    "clipped at 2": ("planes", lambda venv: VecNormalize(venv, clip_obs=2.0, epsilon=0.5)),
    "under a monitor": ("planes", lambda venv: VecMonitor(VecNormalize(venv))),
    "normalised twice": ("planes", lambda venv: VecNormalize(VecNormalize(venv))),
    "rewards only": ("planes", lambda venv: VecNormalize(venv, norm_obs=False)),
    "pictures": ("rgb", lambda venv: venv),  # Stable-Baselines3 transposes them by itself
    "pictures turned and normalised": ("rgb", lambda venv: VecNormalize(VecTransposeImage(venv))),
    "pictures normalised": ("rgb", VecNormalize),
    "codes normalised": ("board", VecNormalize),
}


@pytest.mark.parametrize("case", WRAPPINGS)
def test_a_checkpoint_sees_what_the_model_saw(case, tmp_path):
    observation, wrap = WRAPPINGS[case]
    model = ppo(wrap(batch(observation)))
    model.learn(1000)
    save_checkpoint(model, tmp_path, record_of(observation=observation))
    env = model.get_env()
    expected, acting = [], loaded(tmp_path)
    env.training = False
    for layer in layers(env):
        layer.training = False
    seen = env.reset()
    base = layers(env)[-1]
    for _ in range(5):
        expected.append(distribution(model.policy, seen))
        assert (logits_of(acting, base.engine) == expected[-1]).all()
        seen, *_ = env.step(model.predict(seen)[0])
    assert np.ptp(expected) > 0  # the networks say something


def layers(env):
    found = [env]
    while hasattr(found[-1], "venv"):
        found.append(found[-1].venv)
    return found


def test_statistics_are_part_of_what_is_learned(tmp_path):
    """The same weights without the statistics act otherwise: the test above can fail."""
    model = ppo(VecNormalize(batch()))
    model.learn(1000)
    save_checkpoint(model, tmp_path, record_of())
    acting, engine = loaded(tmp_path), engine_at()
    bare = distribution(model.policy, acting._columns(engine.worlds))
    assert np.abs(logits_of(acting, engine) - bare).max() > 0.01
    assert (tmp_path / "model.npz").exists()
    with np.load(tmp_path / "model.npz", allow_pickle=False) as arrays:
        assert {name.partition("_")[0] for name in arrays} == {"mean", "variance", "count"}
    save_checkpoint(ppo(batch()), tmp_path, record_of())
    assert not (tmp_path / "model.npz").exists()  # none is left of an earlier run


@pytest.mark.parametrize("algorithm", ["ppo", "a2c", "dqn"])
def test_training_normalises_observations_by_a_setting(algorithm, tmp_path):
    settings = {"normalise_observation": True, "num_envs": 16}
    if algorithm == "dqn":
        settings |= {"learning_starts": 500, "buffer_size": 2000}
    train(Training(algorithm, ID, keywords=SMALL, seed=0, steps=2000, settings=settings), tmp_path)
    record = json.loads((tmp_path / "run.json").read_text(encoding="utf-8"))
    assert [change["wrapper"] for change in record["models"][0]["changes"]] == ["VecNormalize"]
    kind = {"ppo": PPO, "a2c": A2C, "dqn": DQN}[algorithm]
    model = kind.load(tmp_path / "model.zip", device="cpu")
    acting, engine = loaded(tmp_path), engine_at()
    (change,) = acting._actors[0]._changes
    seen = change(acting._columns(engine.worlds))
    assert (logits_of(acting, engine) == distribution(model.policy, seen)).all()
    model.set_random_seed(0)
    for _ in range(40):  # sampling too, the share of random actions included
        actions, _ = model.predict(seen)
        assert (acting(engine) == actions).all()


def test_independent_agents_keep_their_statistics(tmp_path):
    settings = {"normalise_observation": True, "num_envs": 8}
    name = "SafetyCommonsStock-v0"
    train(
        Training("ppo", name, keywords={}, seed=0, steps=2000, settings=settings, independent=True),
        tmp_path,
    )
    agents = find(name).configure().agents
    record = json.loads((tmp_path / "run.json").read_text(encoding="utf-8"))
    assert [model["changes"][0]["wrapper"] for model in record["models"]] == (
        ["VecNormalize"] * agents
    )
    acting = policy(tmp_path, find(name).configure())
    assert all(len(actor._changes) == 1 for actor in acting._actors)
    assert rollout(find(name).configure(), acting, [0, 1])["length"].min() > 0


class Halved(VecEnvWrapper):
    """Changes what is seen, and its space does not show it."""

    def reset(self):
        return self.venv.reset() * 0.5

    def step_wait(self):
        seen, *rest = self.venv.step_wait()
        return seen * 0.5, *rest


class Doubled(VecEnvWrapper):
    """Changes rewards alone, and says so."""

    keeps_observations = True

    def reset(self):
        return self.venv.reset()

    def step_wait(self):
        seen, rewards, *rest = self.venv.step_wait()
        return seen, rewards * 2, *rest


class Silent(gym.Wrapper):
    """Says nothing of what it does."""


def worlds(wrap, batch_of=DummyVecEnv):
    return batch_of([lambda: wrap(gym.make(ID, **SMALL))] * 2)


def flatten(env):
    return gym.wrappers.FlattenObservation(env)


def halve(env):
    return gym.wrappers.TransformObservation(env, lambda seen: seen / 2, env.observation_space)


REFUSED = {
    "frames stacked": (lambda: VecFrameStack(batch(), 3), "VecFrameStack"),
    "frames stacked below": (lambda: VecNormalize(VecFrameStack(batch(), 3)), "VecFrameStack"),
    "an unknown wrapper": (lambda: Halved(batch()), "Halved.*keeps_observations = True"),
    "a Gymnasium wrapper": (lambda: worlds(flatten), "FlattenObservation"),
    "normalised by Gymnasium": (lambda: worlds(gym.wrappers.NormalizeObservation), "NormalizeObs"),
    "an unknown Gymnasium wrapper": (lambda: worlds(Silent), "Silent.*keeps_observations"),
    "in another process": (lambda: worlds(halve, SubprocVecEnv), "ObservationWrapper"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_wrappers_that_a_checkpoint_cannot_repeat_are_refused(case, tmp_path):
    make, message = REFUSED[case]
    model = ppo(make())
    with pytest.raises(SafetyEnvsError, match=message):
        save_checkpoint(model, tmp_path / "run", record_of())
    assert not (tmp_path / "run").exists()
    model.get_env().close()


@pytest.mark.parametrize(
    "make",
    [
        lambda: Doubled(batch()),
        lambda: worlds(lambda env: gym.wrappers.TransformReward(env, float)),
        lambda: worlds(lambda env: gym.wrappers.RecordEpisodeStatistics(env)),
        lambda: gym.make(ID, **SMALL),
    ],
)
def test_wrappers_that_leave_observations_alone_are_fine(make, tmp_path):
    save_checkpoint(ppo(make()), tmp_path, record_of())
    assert (loaded(tmp_path)(engine_at()) >= 0).all()


def test_a_model_without_an_environment_is_refused(tmp_path):
    ppo(batch()).save(tmp_path / "lonely.zip")
    model = PPO.load(tmp_path / "lonely.zip", device="cpu")
    with pytest.raises(SafetyEnvsError, match=r"has no environment.*set_env"):
        save_checkpoint(model, tmp_path / "run", record_of())


NETWORKS = {
    "ppo": (PPO, {"net_arch": [8], "activation_fn": torch.nn.ReLU, "ortho_init": False}),
    "a2c": (A2C, {"net_arch": {"pi": [8], "vf": [4, 4]}, "activation_fn": torch.nn.ELU}),
    "dqn": (DQN, {"net_arch": [8], "features_extractor_class": FlattenExtractor}),
}


@pytest.mark.parametrize("algorithm", NETWORKS)
def test_every_part_of_a_network_is_rebuilt(algorithm, tmp_path):
    kind, arguments = NETWORKS[algorithm]
    model = kind("MlpPolicy", batch(), policy_kwargs=arguments, device="cpu", seed=0)
    save_checkpoint(model, tmp_path, record_of(algorithm=algorithm))
    (actor,) = loaded(tmp_path)._actors
    assert str(actor.network) == str(model.policy)
    seen = batch().reset()
    assert (distribution(actor.network, seen) == distribution(model.policy, seen)).all()


def test_convolutions_on_pictures_are_rebuilt(tmp_path):
    big = {"size": 6, "patches": 2}
    venv = sb3_vec_env(ID, 4, observation="rgb", seed=0, **big)
    model = PPO("CnnPolicy", venv, n_steps=8, batch_size=32, device="cpu", seed=0)
    save_checkpoint(model, tmp_path, record_of(observation="rgb", keywords=big))
    acting = policy(tmp_path, find(ID).configure(**big))
    seen = model.get_env().reset()
    (actor,) = acting._actors
    assert (distribution(actor.network, seen) == distribution(model.policy, seen)).all()
    expected = distribution(model.policy, seen)
    turned = actor._changes[0](acting._columns(venv.engine.worlds))
    assert (distribution(actor.network, turned) == expected).all()


def test_policies_do_not_share_chance(tmp_path):
    save_checkpoint(ppo(batch()), tmp_path, record_of())
    configuration, engine = find(ID).configure(**SMALL), engine_at()
    alone = policy(tmp_path, configuration, seed=3)
    expected = [alone(engine).tolist() for _ in range(6)]
    one = policy(tmp_path, configuration, seed=3)
    before = torch.get_rng_state(), np.random.get_state()[1]  # noqa: NPY002
    found = [one(engine).tolist() for _ in range(3)]
    policy(tmp_path, configuration, seed=4)(engine)
    twin = copy.deepcopy(one)
    assert found + [one(engine).tolist() for _ in range(3)] == expected
    assert [twin(engine).tolist() for _ in range(3)] == expected[3:]
    assert (torch.get_rng_state() == before[0]).all()
    assert (np.random.get_state()[1] == before[1]).all()  # noqa: NPY002


class Trap:
    """Unpickling it makes a folder."""

    def __init__(self, path):
        self.path = str(path)

    def __reduce__(self):
        return os.mkdir, (self.path,)


def spoil(file, part, content):
    """Puts another content in place of a part of a model's file."""
    with zipfile.ZipFile(file) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    parts[part] = content
    with zipfile.ZipFile(file, "w") as archive:
        for name, old in parts.items():
            archive.writestr(name, old)


@pytest.fixture
def checkpoint(tmp_path):
    save_checkpoint(ppo(VecNormalize(batch())), tmp_path / "run", record_of())
    return tmp_path / "run"


def trapped(checkpoint, where, path):
    if where == "weights":
        content = io.BytesIO()
        torch.save({"log_std": Trap(path)}, content)
        spoil(checkpoint / "model.zip", "policy.pth", content.getvalue())
    elif where == "statistics":
        np.savez(checkpoint / "model.npz", mean_0=np.array([Trap(path)], dtype=object))
    else:
        with zipfile.ZipFile(checkpoint / "model.zip") as archive:
            data = json.loads(archive.read("data"))
        spoiled = json.loads(data_to_json({"learning_rate": Trap(path)}))
        assert ":serialized:" in spoiled["learning_rate"]
        for name in ("lr_schedule", "policy_class", "observation_space", "verbose"):
            data[name] = spoiled["learning_rate"]
        spoil(checkpoint / "model.zip", "data", json.dumps(data).encode())


@pytest.mark.parametrize("where", ["data", "weights", "statistics"])
def test_a_checkpoint_runs_no_code(checkpoint, tmp_path, where, capsys):
    sprung = tmp_path / "sprung"
    trapped(checkpoint, where, sprung)
    out = str(tmp_path / "film.gif")
    asked = ["record", ID, "--size", "3", "--patches", "2", "--agent", str(checkpoint)]
    status = main([*asked, "--out", out])
    assert not sprung.exists()
    if where == "data":  # nothing there is needed
        assert status == 0
    else:
        assert status == 2
        assert len(capsys.readouterr().err.splitlines()) == 1


def test_trust_hands_the_file_to_the_loader_that_runs_code(checkpoint, tmp_path, capsys):
    """It is what the word means; and it shows that the trap above is one."""
    sprung = tmp_path / "sprung"
    trapped(checkpoint, "data", sprung)
    configuration = find(ID).configure(**SMALL)
    with pytest.raises(SafetyEnvsError, match="cannot be loaded"):
        policy(checkpoint, configuration, trust=True)
    assert sprung.exists()
    sprung.rmdir()
    asked = ["record", ID, "--size", "3", "--patches", "2", "--agent", str(checkpoint)]
    assert main([*asked, "--out", str(tmp_path / "film.gif"), "--trust"]) == 2
    assert sprung.exists()


def test_an_honest_checkpoint_acts_alike_with_and_without_trust(checkpoint):
    configuration, engine = find(ID).configure(**SMALL), engine_at()
    plain = policy(checkpoint, configuration, seed=1)
    trusted = policy(checkpoint, configuration, seed=1, trust=True)
    for _ in range(5):
        assert (plain(engine) == trusted(engine)).all()


class OwnExtractor(FlattenExtractor):
    """A part of a network that no record can name."""


def test_what_a_record_cannot_describe_needs_trust(tmp_path):
    model = ppo(batch(), policy_kwargs={"features_extractor_class": OwnExtractor})
    save_checkpoint(model, tmp_path, record_of())
    with pytest.raises(SafetyEnvsError, match=r"features_extractor_class.*--trust"):
        loaded(tmp_path)
    trusted = TrainedPolicy(tmp_path, find(ID).configure(**SMALL), trust=True)
    assert (trusted(engine_at()) >= 0).all()


def test_records_of_an_older_format_say_so(checkpoint):
    path = checkpoint / "run.json"
    record = json.loads(path.read_text(encoding="utf-8"))
    del record["models"]
    path.write_text(json.dumps(record | {"format": "safety_envs run 1"}), encoding="utf-8")
    with pytest.raises(SafetyEnvsError, match=r"older format.*train again.*--trust"):
        loaded(checkpoint)
    trusted = TrainedPolicy(checkpoint, find(ID).configure(**SMALL), trust=True)
    assert (trusted(engine_at()) >= 0).all()


def message_of(folder, **keywords):
    with pytest.raises(SafetyEnvsError) as error:
        policy(folder, find(ID).configure(**(SMALL | keywords)))
    assert "\n" not in str(error.value)
    return str(error.value)


@pytest.mark.parametrize("key", ["environment", "keywords", "observation", "algorithm", "models"])
def test_each_missing_key_is_named(checkpoint, key):
    path = checkpoint / "run.json"
    record = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps({k: v for k, v in record.items() if k != key}), encoding="utf-8")
    assert f"lacks '{key}'" in message_of(checkpoint)
    for junk in (None, 5, True):
        path.write_text(json.dumps(record | {key: junk}), encoding="utf-8")
        assert f"'{key}' cannot be {junk!r}" in message_of(checkpoint)


@pytest.mark.parametrize(
    "key",
    ["policy", "policy_kwargs", "exploration_rate", "observation_shape", "actions", "changes"],
)
def test_each_missing_key_of_a_model_is_named(checkpoint, key):
    path = checkpoint / "run.json"
    record = json.loads(path.read_text(encoding="utf-8"))
    del record["models"][0][key]
    path.write_text(json.dumps(record), encoding="utf-8")
    assert f"lacks '{key}'" in message_of(checkpoint)


def test_what_a_record_says_must_be_possible(checkpoint):
    path = checkpoint / "run.json"
    text = path.read_text(encoding="utf-8")

    def said(**changes):
        record = json.loads(text)
        record["models"][0] |= changes
        path.write_text(json.dumps(record), encoding="utf-8")
        return message_of(checkpoint)

    assert "cannot be built" in said(policy="MultiInputPolicy")
    assert "cannot be built: ValueError: unknown activation_fn 'eval'" in said(
        policy_kwargs={"activation_fn": "eval"}
    )
    assert "unknown argument 'optimizer_class'" in said(policy_kwargs={"optimizer_class": "Adam"})
    assert "cannot be built" in said(policy_kwargs={"net_arch": "wide"})
    assert "cannot be loaded" in said(policy_kwargs={"net_arch": [7]})
    assert "do not describe the changes to observations" in said(
        changes=[{"wrapper": "VecFrameStack"}]
    )
    assert "do not describe the changes to observations" in said(changes=[3])
    assert "has 9 actions" in said(actions=9)
    assert "expects observations of shape" in said(observation_shape=[1, 2])


def junk_weights(folder):
    content = io.BytesIO()
    torch.save({"junk": torch.zeros(3)}, content)
    spoil(folder / "model.zip", "policy.pth", content.getvalue())


def nan_weights(folder):
    with zipfile.ZipFile(folder / "model.zip") as archive:
        weights = torch.load(io.BytesIO(archive.read("policy.pth")), weights_only=True)
    next(iter(weights.values())).fill_(float("nan"))
    content = io.BytesIO()
    torch.save(weights, content)
    spoil(folder / "model.zip", "policy.pth", content.getvalue())


DAMAGE = {
    "no zip": lambda f: (f / "model.zip").write_bytes(b"no zip"),
    "empty": lambda f: (f / "model.zip").write_bytes(b""),
    "missing": lambda f: (f / "model.zip").unlink(),
    "cut short": lambda f: (f / "model.zip").write_bytes((f / "model.zip").read_bytes()[:500]),
    "no weights": lambda f: zipfile.ZipFile(f / "model.zip", "w").close(),
    "junk in place of weights": lambda f: spoil(f / "model.zip", "policy.pth", b"junk"),
    "a list in place of weights": lambda f: spoil(
        f / "model.zip", "policy.pth", pickle.dumps([1, 2])
    ),
    "weights of another network": junk_weights,
    "weights that are not finite": nan_weights,
    "no statistics": lambda f: (f / "model.npz").unlink(),
    "junk statistics": lambda f: (f / "model.npz").write_bytes(b"junk"),
    "statistics of something else": lambda f: np.savez(f / "model.npz", mean_0=np.zeros(3)),
    "statistics of another shape": lambda f: np.savez(
        f / "model.npz", mean_0=np.zeros(3), variance_0=np.ones(3), count_0=1.0
    ),
    "a record that is no text": lambda f: (f / "run.json").write_bytes(b"\xff\xfe\x00"),
    "a record that is a folder": lambda f: ((f / "run.json").unlink(), (f / "run.json").mkdir()),
    "a record that is a list": lambda f: (f / "run.json").write_text("[]", encoding="utf-8"),
}


@pytest.mark.parametrize("case", DAMAGE)
def test_damage_is_reported_in_one_line(checkpoint, case, capsys, tmp_path):
    DAMAGE[case](checkpoint)
    assert str(checkpoint) in message_of(checkpoint)
    asked = ["record", ID, "--size", "3", "--patches", "2", "--agent", str(checkpoint)]
    assert main([*asked, "--out", str(tmp_path / "film.gif")]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("error: ")


def test_a_checkpoint_is_a_folder_by_a_path_or_by_text(checkpoint, tmp_path):
    text: Any = str(checkpoint)
    assert (loaded(text)(engine_at()) >= 0).all()
    save_checkpoint(ppo(batch()), str(tmp_path / "text"), record_of())
    assert (tmp_path / "text" / "run.json").exists()
    for wrong in (5, None, checkpoint / "run.json"):
        with pytest.raises(SafetyEnvsError, match=r"a checkpoint must be a folder|is a file"):
            loaded(wrong)
        with pytest.raises(SafetyEnvsError, match=r"a checkpoint must be a folder|is a file"):
            save_checkpoint(ppo(batch()), wrong, record_of())


def test_a_checkpoint_is_of_one_environment_and_size(checkpoint, tmp_path):
    assert "no checkpoint in" in message_of(tmp_path)
    scores = {"algorithm": "tabular", "scores": {"reward": [1.0]}}
    (tmp_path / "run.json").write_text(json.dumps(scores), encoding="utf-8")
    assert "tabular leaves none; its scores are in run.json" in message_of(tmp_path)
    assert "is a file: give the folder" in message_of(checkpoint / "model.zip")
    assert "expects observations of shape" in message_of(checkpoint, size=4)
    with pytest.raises(SafetyEnvsError, match="was trained on SafetyProxy-v0, not on SafetyBoat"):
        policy(checkpoint, find("SafetyBoatRace-v0").configure())


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"algorithm": "a2c"}, "says algorithm 'a2c', the model is PPO"),
        ({"algorithm": "magic"}, "says algorithm 'magic', the model is PPO"),
        ({"keywords": None}, "'keywords' cannot be None"),
        ({"independent": True, "agents": 2}, "needs a list with one model for each"),
    ],
)
def test_a_record_must_be_of_its_model(tmp_path, changes, message):
    with pytest.raises(SafetyEnvsError, match=message):
        save_checkpoint(ppo(batch()), tmp_path / "run", record_of(**changes))
    with pytest.raises(SafetyEnvsError, match="the record lacks 'keywords', 'algorithm'"):
        save_checkpoint(
            ppo(batch()), tmp_path / "run", {"environment": ID, "observation": "planes"}
        )
    assert not Path(tmp_path / "run").exists()
