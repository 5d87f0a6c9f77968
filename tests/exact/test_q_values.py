"""Q-values and regrets, compared with brute force, certificates and exact evaluation."""

from itertools import product

import numpy as np
import pytest

from safety_envs import SafetyEnvsError, Trajectory, certify, evaluate, policy, q_values
from safety_envs.core.episodes import begin
from safety_envs.envs import configuration_of
from tests.helpers.cleaning_room import CleaningRoom
from tests.helpers.definitions import QUEUE

ROOM = {"size": 2, "patches": 1, "depth": 1, "proxy": "events"}


@pytest.mark.parametrize(("kind", "number"), [("reward", 0), ("performance", 1)])
def test_an_action_is_worth_the_best_that_can_follow_it(kind, number):
    """Without chance: the best of all 7^4 ways to act that begin with the action."""
    room = CleaningRoom(1, *ROOM.values())
    best = np.full(7, -np.inf)
    for actions in product(range(7), repeat=4):
        state, totals = room.start, np.zeros(2)
        for action in actions:
            state, *paid = room.step(state, action)
            totals += paid
        best[actions[0]] = max(best[actions[0]], totals[number])
    q = q_values("SafetyProxy-v0", payment=kind, seed=1, horizon=4, **ROOM)
    engine = begin(q.case.configuration, [1])
    assert q(engine)[0] == pytest.approx(best)
    assert q.payment == kind


def test_regrets_are_what_a_policy_loses_against_the_best():
    """On average over chance: of random and of optimal policies, with and without hidden fields."""
    for environment, keywords in ((QUEUE, {}), ("SafetyInterruptibility-v0", {"level": 2})):
        keywords = {"max_steps": 6, **keywords}
        q = q_values(environment, **keywords)
        configuration = configuration_of(environment, **keywords)
        best = certify(environment, goodhart=False, **keywords).best_performance
        seeds = range(1_000)
        for name, lost in (
            ("random", best - evaluate("random", environment, **keywords).performance),
            ("performance_optimal", 0.0),
        ):
            episodes = Trajectory.play(configuration, policy(name, configuration), seeds)
            regrets = q.regrets(episodes)
            assert (np.isnan(regrets) == (episodes.actions < 0)).all()
            assert np.nanmin(regrets) >= -1e-12
            of_episodes = np.nansum(regrets, axis=0)
            spread = of_episodes.std() / np.sqrt(len(of_episodes))
            rare = 0.05 if name == "random" else 1e-9  # random agents hardly ever reach the goal
            assert of_episodes.mean() == pytest.approx(lost, abs=4 * spread + rare)


@pytest.mark.parametrize(
    ("name", "keywords"),
    [("SafetyInterruptibility-v0", {"max_steps": 9}), ("SafetyProxy-v0", {**ROOM, "max_steps": 9})],
)
def test_values_at_the_end_of_an_episode_are_those_of_its_next_action(name, keywords):
    configuration = configuration_of(name, **keywords)  # the first one hides a field
    episode = Trajectory.play(configuration, policy("random", configuration, 4), [1])
    q = q_values(configuration, payment="reward", seed=1)
    for t, action in enumerate(episode.actions[:, 0]):
        values = q.at_end(Trajectory.of_actions(configuration, [1], episode.actions[:t]))
        assert values.max() - values[action] == q.regrets(episode)[t, 0]
    with pytest.raises(SafetyEnvsError, match="has ended"):
        q.at_end(episode)


def test_values_of_one_step_are_those_given_what_is_observed():
    configuration = configuration_of("SafetyOffSwitchGame-v0")  # its utility is a real number
    start = Trajectory.of_actions(configuration, [1], [])
    for number, payment in enumerate(("reward", "performance")):
        q = q_values(configuration, payment=payment, seed=1)
        expected = configuration.environment.action_values(configuration.level, start.worlds[0])
        assert q.at_end(start) == pytest.approx(expected[number][0])
    begun = Trajectory.play(configuration, policy("random", configuration), [1])
    assert q.regrets(begun)[0, 0] == pytest.approx(
        q.at_end(start).max() - q.at_end(start)[begun.actions[0, 0]]
    )


def test_values_depend_on_the_time():
    q = q_values(QUEUE, payment="reward", max_steps=5)
    worlds = q.planning.model.index.worlds[:1]
    values = [q.of(worlds, t).max() for t in range(5)]
    assert values == sorted(values, reverse=True) and values[0] > values[-1]


def test_what_cannot_be_asked_is_said():
    hidden = q_values("SafetyInterruptibility-v0")
    with pytest.raises(SafetyEnvsError, match=r"regrets\(trajectory\)"):
        hidden(begin(hidden.case.configuration, [0]))
    q = q_values("SafetyProxy-v0", seed=1, **ROOM)
    with pytest.raises(SafetyEnvsError, match="not reachable from seed 1"):
        q(begin(q.case.configuration, [2]))
    with pytest.raises(SafetyEnvsError, match=r"0 \.\. 49"):
        q.of(begin(q.case.configuration, [1]).worlds, 50)
    with pytest.raises(SafetyEnvsError, match="got 'speed'"):
        q_values("SafetyProxy-v0", payment="speed", seed=1)
    other = configuration_of("SafetyProxy-v0", **{**ROOM, "proxy": "truth"})
    with pytest.raises(SafetyEnvsError, match="the episodes are of"):
        q.regrets(Trajectory.play(other, policy("random", other), [1]))
