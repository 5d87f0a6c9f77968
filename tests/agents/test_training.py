"""Training and recording, end to end, in small runs."""

import csv
import json

import gymnasium as gym
import numpy as np
import pytest
from PIL import Image
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from agents.__main__ import main as train_main
from agents.training import Training, train
from agents.training.metrics_log import MetricsLog
from safety_envs import SafetyEnvsError, find, policy, rollout, sb3_vec_env
from safety_envs.__main__ import main

ID = "SafetyProxy-v0"
METRICS = set(find(ID).metrics)


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A PPO run of some thousand steps, by the command line."""
    folder = tmp_path_factory.mktemp("runs") / "ppo"
    assert train_main(arguments_for(folder)) == 0
    return folder


def arguments_for(folder):
    return ["ppo", ID, "--steps", "25600", "--seed", "1", "--size", "4", "--out", str(folder)]


def scalars(folder):
    (log,) = folder.glob("tensorboard_*")
    events = EventAccumulator(str(log))
    events.Reload()
    return {tag: [event.value for event in events.Scalars(tag)] for tag in events.Tags()["scalars"]}


def test_a_run_leaves_all_that_is_needed(trained):
    record = json.loads((trained / "run.json").read_text(encoding="utf-8"))
    assert record["environment"] == ID
    assert record["keywords"]["size"] == 4
    assert record["seed"] == 1
    assert record["identity"]["steps"] == 25600
    assert {"torch", "numba", "safety_envs", "python", "commit"} <= set(record["versions"])
    logged = scalars(trained)
    assert {f"safety/{name}" for name in METRICS | {"reward"}} <= set(logged)
    with (trained / "episodes.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 2 * 256
    assert METRICS | {"reward", "length", "timestep", "world", "agent"} == set(rows[0])
    mean = np.mean([float(row["performance"]) for row in rows if int(row["timestep"]) == 50 * 256])
    assert logged["safety/performance"][0] == pytest.approx(mean, rel=0.05)


def test_a_finished_run_is_not_trained_again(trained, capsys):
    before = (trained / "model.zip").stat().st_mtime_ns
    assert train_main(arguments_for(trained)) == 0
    assert "nothing to do" in capsys.readouterr().out
    assert train_main([*arguments_for(trained), "--steps", "51200"]) == 2
    assert "steps is 25600 there, 51200 here" in capsys.readouterr().err
    assert (trained / "model.zip").stat().st_mtime_ns == before


def test_the_same_seed_learns_the_same(tmp_path):
    runs = []
    for name in "ab":
        train(Training("a2c", ID, keywords={}, seed=3, steps=3000), tmp_path / name)
        with (tmp_path / name / "episodes.csv").open(encoding="utf-8") as file:
            episodes = file.read()
        actor = policy(tmp_path / name, find(ID).configure(), seed=0)
        rewards = rollout(find(ID).configure(), actor, range(8))["reward"].tolist()
        runs.append((episodes, rewards))
    assert runs[0] == runs[1]


def test_dqn_trains_and_logs(tmp_path):
    settings = {"learning_starts": 1000, "buffer_size": 5000}
    train(Training("dqn", ID, keywords={}, seed=0, steps=15_000, settings=settings), tmp_path)
    assert {f"safety/{name}" for name in METRICS} <= set(scalars(tmp_path))


def test_settings_may_change_in_training_and_rewards_may_be_scaled(tmp_path):
    from stable_baselines3 import PPO

    settings = {
        "learning_rate": {"from": 1e-3, "to": 0},
        "ent_coef": {"from": 0.5, "to": 0.1},
        "normalise_reward": True,
        "policy_kwargs": {"net_arch": [8], "activation_fn": "ReLU"},
        "num_envs": 32,
    }
    record = train(
        Training("ppo", ID, keywords={}, seed=0, steps=4 * 800, settings=settings), tmp_path
    )
    assert record["settings"]["ent_coef"] == {"from": 0.5, "to": 0.1}  # data, so that it is told
    rates = scalars(tmp_path)["train/learning_rate"]
    assert rates == pytest.approx([7.5e-4, 5e-4, 2.5e-4])  # the last is not dumped any more
    model = PPO.load(tmp_path / "model.zip", device="cpu")
    assert model.ent_coef == pytest.approx(0.2)  # as the last of four rollouts began
    with (tmp_path / "episodes.csv").open(encoding="utf-8") as file:
        rewards = [float(row["reward"]) for row in csv.DictReader(file)]
    assert min(rewards) < -20  # what is logged is what was paid


def test_a_missing_metric_fails_loudly(tmp_path):
    from stable_baselines3 import PPO

    venv = sb3_vec_env(ID, 8, seed=0)
    honest = venv.step_wait

    def forgetful():
        observations, rewards, dones, infos = honest()
        for info in infos:
            del info["units_spilled"]
        return observations, rewards, dones, infos

    venv.step_wait = forgetful
    model = PPO("MlpPolicy", venv, n_steps=64, batch_size=64, n_epochs=1, device="cpu")
    with pytest.raises(SafetyEnvsError, match="units_spilled is missing"):
        model.learn(1000, callback=MetricsLog(venv.configuration, tmp_path / "episodes.csv"))


def test_a_checkpoint_acts_where_it_was_trained_and_nowhere_else(trained):
    configuration = find(ID).configure(size=4)
    episodes = rollout(configuration, policy(trained, configuration), range(20))
    assert set(episodes) == METRICS | {"reward", "length"}
    assert (episodes["length"] == 50).all()
    again = rollout(configuration, policy(trained, configuration), range(20))
    assert (episodes["reward"] == again["reward"]).all()
    with pytest.raises(SafetyEnvsError, match=r"observations of shape .* trained with"):
        policy(trained, find(ID).configure(size=5))


def test_gymnasium_and_stable_baselines3_meet_without_us(trained):
    """A user's own loop, with a plain SB3 model on a plain Gymnasium environment."""
    from stable_baselines3 import PPO

    model = PPO.load(trained / "model.zip", device="cpu")
    env = gym.make(ID, size=4)
    observation, _ = env.reset(seed=0)
    for _ in range(10):
        action, _ = model.predict(observation)
        observation, *_ = env.step(action)


@pytest.mark.parametrize("ending", ["gif", "mp4", "webp"])
def test_videos(trained, tmp_path, ending, capsys):
    out = tmp_path / "deep" / f"film.{ending}"
    agents = ["--agent", str(trained), "--agent", "performance_optimal", "--title", "learned"]
    assert main(["record", ID, "--size", "4", *agents, "--out", str(out), "--seed", "5"]) == 0
    said = capsys.readouterr().out
    assert "learned: reward" in said
    assert "performance optimal: reward" in said
    assert [path.name for path in out.parent.iterdir()] == [out.name]
    if ending == "mp4":
        import av

        with av.open(str(out)) as film:
            frames = [frame.to_ndarray(format="rgb24") for frame in film.decode(video=0)]
    else:
        with Image.open(out) as film:
            frames = []
            for i in range(film.n_frames):
                film.seek(i)
                frames.append(np.array(film.convert("RGB")))
    assert len(frames) >= 40  # WebP merges equal neighbours
    assert frames[0].shape[1] > 2 * 300
    assert (frames[0] != frames[30]).any()


def test_no_unfinished_files_are_left(trained):
    assert not [path for path in trained.rglob("*") if "tmp" in path.name]
    assert not (trained / "resume.pkl").exists()
