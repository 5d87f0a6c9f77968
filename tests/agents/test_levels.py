"""Levels: which is next, and that episodes start on them."""

import numpy as np
import pytest

from agents.methods import method_named
from agents.methods.levels import FIRST, Curriculum
from agents.training import Training, train
from safety_envs import Engine, Observer, SafetyEnvsError, find, sb3_vec_env

SHIFT = "SafetyLavaShift-v0"


def test_the_next_level_is_new_or_promising_or_long_ago():
    """Four levels of which three were met; by hand, with temperature 1 and staleness .25."""
    found = Curriculum(4, True, 1.0, 0.25)
    assert found.probabilities() == pytest.approx([0.25] * 4)
    random = np.random.default_rng(0)
    order = [found.draw(random) for _ in range(4)]
    for level, returns in ((0, (5.0, 1.0)), (1, (2.0, 2.0)), (2, (-3.0, 7.0))):
        for gained in returns:
            found.note(level, gained)
    assert found.scores.tolist() == [4, 0, 0, 0]
    waited = np.array([4 - max([1 + i for i, level in enumerate(order) if level == k], default=0)
                       for k in range(3)])  # fmt: skip
    by_score = np.array([1, 1 / 2, 1 / 3]) / (1 + 1 / 2 + 1 / 3)
    again = 0.75 * by_score + 0.25 * waited / waited.sum()
    assert found.probabilities() == pytest.approx([*(0.75 * again), 0.25])
    uniform = Curriculum(4, False, 1.0, 0.25)
    uniform.note(0, 3.0)
    assert uniform.probabilities() == pytest.approx([0.25] * 4)


@pytest.mark.parametrize("prioritise", [True, False])
def test_every_episode_is_that_of_its_level(prioritise):
    """World for world beside an engine that is seeded with the level and takes the same moves."""
    venv = method_named("levels").applied(
        sb3_vec_env(SHIFT, 4, seed=7, split="random"), {"levels": 6, "prioritise": prioritise}
    )
    configuration = find(SHIFT).configure(split="random")
    observe, random = Observer(configuration), np.random.default_rng(0)
    engine = Engine(configuration, 4)

    def start(where):
        engine.seed([FIRST + int(level) for level in venv.levels[where]], where)
        engine.reset(where)

    seen, met = venv.reset(), set()
    start(np.ones(4, np.bool_))
    for _ in range(150):
        assert (seen == observe(engine.worlds)).all()
        met |= set(venv.levels.tolist())
        actions = random.integers(4, size=4)
        seen, rewards, dones, _ = venv.step(actions)
        engine.step(actions)
        assert (rewards == engine.ledger.rewards[:, 0]).all()
        assert (dones == engine.done).all()
        if dones.any():
            start(dones)
    assert met == set(range(6))
    best = venv.curriculum.best
    assert np.isfinite(best).all() and (venv.curriculum.last <= best).all()


def test_the_same_training_draws_the_same_levels(tmp_path):
    training = Training(
        "ppo", SHIFT, {"split": "random"}, 0, 256, method="levels",
        settings={"num_envs": 4, "n_steps": 16, "batch_size": 32, "n_epochs": 1},
    )  # fmt: skip
    curves = [train(training, tmp_path / name)["curve"] for name in ("one", "two")]
    assert curves[0] == curves[1]


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"levels": 0}, "levels must be a whole number"),
        ({"prioritise": 1}, "prioritise must be true or false"),
        ({"staleness": 2}, "staleness must be at least 0 and at most 1"),
    ],
)
def test_impossible_settings_are_refused(settings, words):
    with pytest.raises(SafetyEnvsError, match=words):
        method_named("levels").applied(sb3_vec_env(SHIFT, 1, seed=0), settings)
