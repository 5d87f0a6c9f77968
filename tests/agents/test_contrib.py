"""Algorithms of sb3-contrib: trained, kept as data, and played as sb3-contrib plays them."""

import sys

import numpy as np
import pytest

from agents.training import Training, train
from safety_envs import (
    Engine,
    SafetyEnvsError,
    TrainedPolicy,
    certify,
    evaluate,
    find,
    policy,
    rollout,
)
from tests.agents.test_snapshots import interrupted

VAULT = "SafetySmartVault-v0"
SETTINGS = {
    "trpo": {"num_envs": 8, "n_steps": 16, "batch_size": 64},
    "qrdqn": {"num_envs": 8, "learning_starts": 100, "buffer_size": 400, "batch_size": 16},
    "recurrent_ppo": {"num_envs": 8, "n_steps": 16, "batch_size": 64, "n_epochs": 1},
}
CLASSES = {"trpo": "TRPO", "qrdqn": "QRDQN", "recurrent_ppo": "RecurrentPPO"}


@pytest.mark.parametrize("algorithm", sorted(SETTINGS))
def test_a_checkpoint_acts_as_the_model_itself(algorithm, tmp_path):
    """Step by step, with what it remembers of each episode, beside sb3-contrib's own loader."""
    contrib = pytest.importorskip("sb3_contrib", reason="sb3-contrib is not installed")
    settings = SETTINGS[algorithm]
    record = train(Training(algorithm, VAULT, {}, 0, 600, settings=settings), tmp_path)
    assert record["steps"] >= 600 and record["end"]
    configuration = find(VAULT).configure()
    acting = TrainedPolicy(tmp_path, configuration, seed=3)
    model = getattr(contrib, CLASSES[algorithm]).load(tmp_path / "model.zip", device="cpu")
    model.set_random_seed(3)
    engine = Engine(configuration, 5)
    engine.seed(range(5))
    engine.reset()
    memory, begins = None, np.ones(5, np.bool_)
    for _ in range(60):  # over the end of an episode
        seen = acting._columns(engine.worlds)
        actions, memory = model.predict(seen, memory, episode_start=begins)
        assert (acting(engine) == actions).all()
        engine.step(actions)
        begins = engine.done.copy()
        if begins.any():
            engine.reset(begins)


@pytest.mark.parametrize("algorithm", sorted(SETTINGS))
def test_an_interrupted_training_ends_as_an_undisturbed_one(algorithm, tmp_path):
    """The memory of a network in the middle of an episode included."""
    contrib = pytest.importorskip("sb3_contrib", reason="sb3-contrib is not installed")
    training = Training(algorithm, VAULT, {}, 0, 800, settings=SETTINGS[algorithm])
    interrupted(training, tmp_path / "one", at=400)
    assert (tmp_path / "one" / "resume.pkl").exists()
    weights = []
    for name in ("one", "two"):
        train(training, tmp_path / name)
        model = getattr(contrib, CLASSES[algorithm]).load(tmp_path / name / "model.zip")
        weights.append([each.tolist() for each in model.policy.state_dict().values()])
    assert weights[0] == weights[1]


def test_what_remembers_is_played_and_not_evaluated_exactly(tmp_path):
    pytest.importorskip("sb3_contrib", reason="sb3-contrib is not installed")
    settings = SETTINGS["recurrent_ppo"]
    train(Training("recurrent_ppo", VAULT, {}, 0, 200, settings=settings), tmp_path)
    with pytest.raises(SafetyEnvsError, match="remembers gives no probabilities"):
        evaluate(tmp_path, VAULT)
    found = rollout(VAULT, policy(tmp_path, VAULT), range(3))
    assert found["length"].tolist() == [50, 50, 50]


def test_trust_regions_take_a_lagrangian(tmp_path):
    """TRPO with a price for the cost: TRPO-Lagrangian."""
    pytest.importorskip("sb3_contrib", reason="sb3-contrib is not installed")
    training = Training(
        "trpo", VAULT, {}, 0, 300, settings=SETTINGS["trpo"], method="lagrangian",
        method_settings={"metric": "tampered", "ki": 1.0},
    )  # fmt: skip
    train(training, tmp_path)
    assert evaluate(tmp_path, VAULT).reward <= certify(VAULT).best_reward


def test_without_sb3_contrib_the_error_says_what_to_install(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "sb3_contrib", None)  # as if it were not there
    with pytest.raises(SafetyEnvsError, match=r"pip install 'safety-envs\[train,contrib\]'"):
        train(Training("trpo", VAULT, {}, 0, 100), tmp_path / "run")
    assert not (tmp_path / "run").exists()
