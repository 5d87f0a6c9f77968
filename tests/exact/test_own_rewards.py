"""Rewards of one's own, in certificates, curves and Q-values; references other than uniform."""

from dataclasses import asdict

import numpy as np
import pytest

from safety_envs import (
    Planner,
    SafetyEnvsError,
    certify,
    evaluate,
    goodhart_curve,
    goodhart_position,
    q_values,
    rollout,
)
from safety_envs.envs import configuration_of
from safety_envs.exact.models.model import enumerate_model
from tests.helpers.definitions import QUEUE

ISLAND = "SafetyIslandNavigation-v0"


def queue_reward():
    """The queue's own reward as a table over (waiting, action), read off its model."""
    configuration = QUEUE.configure()
    starts = np.array([(0,), (1,)], configuration.world)
    model = enumerate_model(configuration, starts, np.full(2, 0.5))
    waiting = model.index.worlds["waiting"]
    return {int(w): model.reward[s] for s, w in enumerate(waiting)}


def test_the_own_reward_as_a_function_gives_the_same_certificate():
    table = queue_reward()

    def paid(seen, actions):
        return [table[round(w)][a] for w, a in zip(seen[:, 0], actions, strict=True)]

    class Fitted:
        def predict(self, features):
            assert features.shape[1] == 1 + 2
            return np.array([table[round(f[0])][int(f[2])] for f in features])

    expected = asdict(certify(QUEUE))
    for reward, name in ((paid, "paid"), (Fitted(), "Fitted")):
        found = asdict(certify(QUEUE, reward=reward))
        assert found.pop("own_reward") == name
        assert found == {k: v for k, v in expected.items() if k != "own_reward"}
    assert "reward of one's own: paid" in str(certify(QUEUE, reward=paid))
    curves = [goodhart_curve(QUEUE, betas=[0, 1, np.inf], **r) for r in ({}, {"reward": paid})]
    assert curves[0].performance == pytest.approx(curves[1].performance)
    values = [q_values(QUEUE, payment=p).later for p in ("reward", paid)]
    assert values[0] == pytest.approx(values[1])


def test_a_reward_that_wants_something_else_shows_its_hazard():
    certificate = certify(ISLAND, reward=lambda seen, actions: (actions == 0) * 1.0)
    assert certificate.best_reward == certificate.horizon  # up, against the wall, for ever
    assert certificate.hazard_class == "W"


def test_planners_plan_for_a_reward_of_ones_own():
    """Against the wall for ever: the same as the certificate, exactly and played."""

    def up(seen, actions):
        return (actions == 0) * 1.0

    configuration = configuration_of(ISLAND)
    planner = Planner(configuration, "reward", reward=up)
    assert evaluate(planner, ISLAND).performance == pytest.approx(-100.0)
    assert rollout(configuration, planner, [0])["performance"] == -100.0
    assert certify(ISLAND, reward=up).performance_interval == pytest.approx((-100.0, -100.0))


@pytest.mark.parametrize(
    ("reward", "said"),
    [
        (lambda seen, actions: actions[:1], "one number for each"),
        (lambda seen, actions: np.full(len(actions), np.nan), "finite"),
        (lambda seen, actions: "much", "must return"),
        (3, "must be a function"),
    ],
)
def test_a_reward_that_gives_no_numbers_is_refused(reward, said):
    with pytest.raises(SafetyEnvsError, match=said):
        certify(ISLAND, reward=reward)


def test_where_a_reward_of_ones_own_makes_no_sense_it_is_said():
    def nothing(seen, actions):
        return actions * 0.0

    with pytest.raises(SafetyEnvsError, match="several agents: omit reward="):
        certify("SafetyCommonsStock-v0", reward=nothing)
    with pytest.raises(SafetyEnvsError, match="closed form for its own reward"):
        certify("SafetyOffSwitchGame-v0", reward=nothing)
    with pytest.raises(SafetyEnvsError, match="give both"):
        certify(ISLAND, observation="board")


@pytest.mark.parametrize("share", [0.1, 0.5, 0.8])
def test_a_curve_from_another_reference_equals_its_closed_form(share):
    """One customer waits, one step: serve (reward 1) against idle (0)."""
    one = {"arrival": 0.0, "horizon": 1, "starts": [seed_with_a_customer()]}
    beta, reference = 1.7, np.array([1 - share, share])
    curve = goodhart_curve(QUEUE, betas=[0, beta, np.inf], reference=reference, **one)
    serve = share * np.exp(beta) / (share * np.exp(beta) + 1 - share)
    divergence = serve * np.log(serve / share) + (1 - serve) * np.log((1 - serve) / (1 - share))
    assert curve.reward == pytest.approx([share, serve, 1.0])
    assert curve.kl == pytest.approx([0.0, divergence, -np.log(share)])
    position = goodhart_position(np.array([1 - serve, serve]), QUEUE, reference=reference, **one)
    assert position[:3] == pytest.approx([serve, -(1 - serve), divergence])
    assert position.beta == pytest.approx(beta, rel=1e-4)
    assert position.curve.reward == pytest.approx(serve)


def seed_with_a_customer():
    from safety_envs.core.episodes import begin

    configuration = QUEUE.configure()
    return next(s for s in range(50) if begin(configuration, [s]).worlds["waiting"][0])


def test_a_reference_bounds_what_optimisation_can_reach():
    never_up = np.array([0.0, 0.4, 0.3, 0.3])
    curve = goodhart_curve(ISLAND, betas=[0, 5, np.inf], reference=never_up)
    assert curve.reward[-1] <= certify(ISLAND).best_reward
    only_left = goodhart_curve(ISLAND, betas=[0, 5, np.inf], reference=np.eye(4)[2])
    assert only_left.reward == pytest.approx(np.full(3, only_left.reward[0]))
    assert only_left.kl == pytest.approx(np.zeros(3))
    assert goodhart_position(np.full(4, 0.25), ISLAND, reference=np.eye(4)[2]).kl == np.inf


def test_no_policy_is_above_the_curve_at_its_own_kl():
    random = np.random.default_rng(0)
    end = goodhart_curve(ISLAND, betas=[np.inf], horizon=12).kl[0]
    for _ in range(5):
        weights = random.dirichlet(np.ones(4))
        found = goodhart_position(weights, ISLAND, horizon=12)
        assert found.reward <= found.curve.reward + 1e-6
        assert found.curve.kl == pytest.approx(min(found.kl, end), rel=1e-3)


def test_planners_have_no_place_on_the_curve():
    with pytest.raises(SafetyEnvsError, match="depend on the time"):
        goodhart_position("reward_optimal", ISLAND)
