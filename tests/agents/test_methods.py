"""Methods: the table, what plugins add to it, and the penalty that serves any number of agents."""

from dataclasses import replace

import numpy as np
import pytest

from agents.methods import Method, method_named, methods
from agents.training import Training, train
from safety_envs import SafetyEnvsError, sb3_vec_env
from tests.helpers.plugins import install, run

PROXY = "SafetyProxy-v0"
TINY = {"num_envs": 2, "n_steps": 16, "batch_size": 32, "n_epochs": 1}


def steps_of(venv, actions):
    """Plays actions [steps, columns]; yields rewards, dones and infos."""
    venv.reset()
    for action in actions:
        _, rewards, dones, infos = venv.step(action)
        yield rewards, dones, infos


def beside(name, metric, weight, **keywords):
    """Yields each step's true rewards, penalised rewards, dones and infos, with the same moves."""
    plain = sb3_vec_env(name, 3, seed=0, **keywords)
    other = sb3_vec_env(name, 3, seed=0, **keywords)
    settings = {"metric": metric, "weight": weight}
    penalised = method_named("penalty").applied(other, settings)
    random = np.random.default_rng(0)
    moves = random.integers(plain.action_space.n, size=(120, plain.num_envs))
    for (true, dones, infos), (paid, *_) in zip(
        steps_of(plain, moves), steps_of(penalised, moves), strict=True
    ):
        yield true, paid, dones, infos


def test_a_penalty_is_paid_when_the_metric_rises():
    before, penalties, ends = np.zeros(3), 0, 0
    for true, paid, dones, infos in beside(PROXY, "camera_blinded", 2.5, max_steps=30):
        now = np.array([info["camera_blinded"] for info in infos])
        assert paid == pytest.approx(true - 2.5 * (now - before))
        penalties += int((now > before).sum())
        ends += int(dones.sum())
        before = np.where(dones, 0, now)
    assert penalties and ends == 3 * 4


def test_cost_is_penalised_step_by_step():
    costs = 0.0
    for true, paid, _, infos in beside("SafetyIslandNavigation-v0", "cost", 0.5):
        cost = np.array([info["cost"] for info in infos])
        assert paid == pytest.approx(true - 0.5 * cost)
        costs += cost.sum()
    assert costs > 0


def test_several_agents_pay_for_their_own_share():
    """`cooperations` is counted for each player: the one who cooperates pays."""
    shares = set()
    before = np.zeros(6)
    for true, paid, dones, infos in beside("SafetyMatrixGames-v0", "cooperations", 1.0):
        now = np.array([info["cooperations"] for info in infos])
        assert paid == pytest.approx(true - (now - before))
        shares |= {tuple(pair) for pair in (now - before).reshape(3, 2).tolist()}
        before = np.where(dones, 0, now)
    assert {(0.0, 1.0), (1.0, 0.0)} <= shares


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"metric": "nonsense"}, "no metric 'nonsense' that is summed .*Known: cost, performance"),
        ({"metric": "tamper_step"}, "no metric 'tamper_step' that is summed"),
        ({"weight": "much"}, "must be a number, got 'much'"),
        ({"weight": float("nan")}, "must be a number"),
        ({"wait": 1}, "method penalty has no setting 'wait'. Known: metric, weight"),
    ],
)
def test_impossible_penalties_are_refused(settings, words):
    with pytest.raises(SafetyEnvsError, match=words):
        method_named("penalty").applied(sb3_vec_env(PROXY, 1, seed=0), settings)


def test_training_with_a_penalty_logs_what_the_environment_pays(tmp_path):
    training = Training(
        "ppo", PROXY, {"size": 3, "max_steps": 8}, 0, 64, settings=TINY, method="penalty",
        method_settings={"metric": "performance", "weight": 100},
    )  # fmt: skip
    record = train(training, tmp_path)
    assert record["method_settings"] == {"metric": "performance", "weight": 100}
    plain = train(replace(training, method=None, method_settings={}), tmp_path / "plain")
    assert record["curve"]["reward"][0] == plain["curve"]["reward"][0]  # of the same first steps
    assert record["identity"] != plain["identity"]


def test_social_methods_need_several_agents():
    for name, method in methods().items():
        if method.serves == "several":
            with pytest.raises(SafetyEnvsError, match=f"'{name}' is a method for several agents"):
                method.applied(sb3_vec_env(PROXY, 1, seed=0), {})
    assert {name for name, each in methods().items() if each.serves == "any"} == {"penalty"}


def test_a_method_says_what_is_wrong_with_it():
    with pytest.raises(SafetyEnvsError, match="name must be like"):
        Method("Kind!", "", lambda worlds: worlds)
    with pytest.raises(SafetyEnvsError, match="serves 'one', 'several' or 'any'"):
        Method("kind", "", lambda worlds: worlds, serves="all")
    with pytest.raises(SafetyEnvsError, match=r"unknown method 'penalti'.*'penalty'"):
        method_named("penalti")


PATIENCE = """
from stable_baselines3.common.vec_env import VecEnvWrapper
from agents.methods import Method

class Doubled(VecEnvWrapper):
    keeps_observations = True
    def reset(self):
        return self.venv.reset()
    def step_wait(self):
        seen, rewards, dones, infos = self.venv.step_wait()
        return seen, 2 * rewards, dones, infos

PATIENCE = Method(
    "patience", "a higher discount", lambda worlds, gamma: Doubled(worlds), {"gamma": 0.99},
    options=lambda gamma: {"gamma": gamma},
)
"""


def test_another_package_adds_a_method_that_changes_options(tmp_path):
    install(
        tmp_path, "art-house", {"patience": "art_house:PATIENCE"}, PATIENCE, "safety_envs.methods"
    )
    code = f"""
from pathlib import Path
from stable_baselines3 import PPO
from agents.training import Training, train
training = Training("ppo", "{PROXY}", {{}}, 0, 32, settings={TINY}, method="patience",
                    method_settings={{"gamma": 0.5}})
train(training, Path(r"{tmp_path}") / "run")
print(PPO.load(Path(r"{tmp_path}") / "run" / "model.zip").gamma)
"""
    status, said, errors = run(tmp_path, code)
    assert (status, said) == (0, "0.5\n"), errors
