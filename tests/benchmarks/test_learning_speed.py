"""The comparison of learners, and the VecEnv that does nothing."""

import numpy as np
import pytest

from benchmarks.__main__ import main
from benchmarks.speed.learning import Run, compared, idle_vec_env


def test_the_idle_worlds_end_as_many_episodes_as_the_real_ones():
    venv = idle_vec_env("SafetyRocksDiamonds-v0", 20)
    venv.reset()
    horizon, ended = venv.configuration.max_steps, np.zeros(20, int)
    for _ in range(3 * horizon):
        venv.step_async(np.zeros(20, int))
        observations, rewards, dones, infos = venv.step_wait()
        assert observations.shape[0] == len(rewards) == len(infos) == 20
        assert [("terminal_observation" in info) for info in infos] == dones.tolist()
        ended += dones
    assert (ended == 3).all()


def test_learners_are_compared_seed_by_seed():
    runs = {
        "first": [Run(100.0, 1.0), Run(120.0, 5.0)],
        "twice": [Run(220.0, 2.0), Run(220.0, 6.0)],
    }
    first, twice = compared(runs)
    assert "1.00 times" in first and "+0.00 [+0.00, +0.00]" in first
    assert "2.00 times" in twice and "reward 4.00" in twice and "+1.00 [+1.00, +1.00]" in twice


@pytest.mark.parametrize(("words", "said"), [(["--learners", "dqn"], "'ppo'"), (["No-v0"], "No")])
def test_it_refuses_what_it_does_not_know(words, said, capsys):
    assert main(["speed", "learning", *words]) == 2
    assert said in capsys.readouterr().err
