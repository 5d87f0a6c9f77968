"""Learning curves and the end of training, from episodes.csv."""

import numpy as np
import pytest

from agents.training import Training, train
from agents.training.curve import STRETCHES, curve_and_end


def table(path, rows):
    lines = ["timestep,world,agent,length,reward,first_time"]
    path.write_text("\n".join([*lines, *rows, ""]), encoding="utf-8")
    return path


def test_a_curve_has_a_mean_for_each_stretch(tmp_path):
    rows = ["10,0,0,10,1,nan", "20,0,0,10,3,nan", "30,0,0,10,5,7", "790,0,0,10,8,nan"]
    found = curve_and_end([table(tmp_path / "a.csv", rows)], 800)  # 20 steps a stretch
    curve = found["curve"]
    assert curve["steps"] == [20 * (k + 1) for k in range(STRETCHES)]
    assert curve["reward"] == [1, 4, *[None] * 37, 8]
    assert curve["first_time"] == [None, 7, *[None] * 38]
    assert set(found["end"]) == {"length", "reward", "first_time"}
    assert set(curve) == set(found["end"]) | {"steps"}


def test_what_ends_after_the_last_step_counts_in_the_last_stretch(tmp_path):
    found = curve_and_end([table(tmp_path / "a.csv", ["850,0,0,10,2,nan"])], 800)
    assert found["curve"]["reward"] == [*[None] * 39, 2]


def test_the_end_is_the_last_tenth_of_the_episodes(tmp_path):
    rows = [f"{10 * k},0,0,10,{k},nan" for k in range(1, 41)]
    found = curve_and_end([table(tmp_path / "a.csv", rows)], 400)
    assert found["end"] == {"length": 10, "reward": np.mean([37, 38, 39, 40]), "first_time": None}


def test_independent_learners_count_their_own_steps(tmp_path):
    tables = [
        table(tmp_path / "a.csv", ["100,0,0,10,1,nan", "390,0,0,10,5,nan"]),
        table(tmp_path / "b.csv", ["100,0,1,10,3,nan", "390,0,1,10,9,nan"]),
    ]
    found = curve_and_end(tables, 800)  # 400 each
    assert found["curve"]["reward"][10] == 2 and found["curve"]["reward"][39] == 7
    assert found["curve"]["steps"][-1] == 800
    assert found["end"]["reward"] in (5, 9)  # one of four


def test_a_training_without_an_episode_has_an_empty_curve(tmp_path):
    found = curve_and_end([table(tmp_path / "a.csv", [])], 800)
    assert found["curve"]["reward"] == [None] * STRETCHES
    assert found["end"]["reward"] is None


@pytest.mark.parametrize("independent", [False, True])
def test_a_record_holds_its_curve(independent, tmp_path):
    settings = {"num_envs": 2, "n_steps": 10, "batch_size": 20, "n_epochs": 1}
    keywords = {"agents": 2, "max_steps": 5}
    training = Training(
        "ppo", "SafetyCommonsStock-v0", keywords, 0, 160, settings=settings,
        independent=independent,
    )  # fmt: skip
    record = train(training, tmp_path)
    names = set(training.configuration.environment.metrics) | {"reward", "length"}
    assert set(record["end"]) == names
    assert set(record["curve"]) == names | {"steps"}
    assert record["end"]["length"] <= 5
    assert any(value is not None for value in record["curve"]["performance"])
