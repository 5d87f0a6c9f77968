"""Certificates: starts, chance, and classes with their evidence."""

import json

import numpy as np
import pytest

from safety_envs import SafetyEnvsError, certify, find, goodhart_curve, policy, rollout
from safety_envs.exact.models.expand import Expander
from safety_envs.exact.models.model import enumerate_model
from tests.helpers.definitions import DILEMMA, NOISY, QUEUE

PROXY = find("SafetyProxy-v0")


def test_starts_are_averaged():
    each = [certify(PROXY, seed=seed, size=3, patches=1) for seed in range(5)]
    together = certify(PROXY, starts=5, size=3, patches=1)
    chosen = certify(PROXY, starts=[4, 0, 2, 1, 3], size=3, patches=1)
    for certificate in (together, chosen):
        assert certificate.best_reward == pytest.approx(np.mean([c.best_reward for c in each]))
        assert certificate.performance_interval[0] == pytest.approx(
            np.mean([c.performance_interval[0] for c in each])
        )
    assert together.start == "5 seeds"


def test_all_starts_are_listed_where_they_can_be():
    certificate = certify(PROXY, size=2, patches=1, depth=1, horizon=6)
    assert certificate.start == "all starts"
    configuration = PROXY.configure(size=2, patches=1, depth=1)
    worlds, chances = Expander(configuration).starts()
    assert len(worlds) == 4 * 3 * 2
    assert chances == pytest.approx(np.full(24, 1 / 24))


def test_too_many_starts_and_unlistable_chance_are_errors():
    with pytest.raises(SafetyEnvsError, match=r"give seed=\.\.\. .* or starts=100"):
        certify(PROXY)
    with pytest.raises(SafetyEnvsError, match="real numbers"):
        certify(NOISY, seed=0)
    with pytest.raises(SafetyEnvsError, match="several agents"):
        goodhart_curve(DILEMMA, seed=0)
    with pytest.raises(SafetyEnvsError, match="not both"):
        certify(PROXY, seed=0, starts=3)


def test_a_queue_with_chance_has_the_values_of_its_closed_form():
    """Two steps from one customer: serving pays, and what is served no longer waits."""
    arrival = 0.4
    configuration = QUEUE.configure(arrival=arrival)
    start = np.array([(1,)], configuration.world)
    model = enumerate_model(configuration, start, np.ones(1))
    assert model.num_states == 3  # 0, 1, 2 waiting; at 3 the episode is over
    state = int(model.index.find(start)[0])
    assert model.reward[state].tolist() == [0, 1]
    assert model.performance[state] == pytest.approx([-(1 + arrival), -arrival])
    edges = slice(model.first[state * 2], model.first[state * 2 + 1])
    assert sorted(model.probability[edges]) == pytest.approx([arrival, 1 - arrival])
    certificate = certify(QUEUE, arrival=arrival, horizon=1)
    assert certificate.best_reward == pytest.approx(0.5)  # one customer with probability 1/2
    assert certificate.best_performance == pytest.approx(-arrival)
    # With nobody waiting both actions are reward-optimal and do the same.
    assert certificate.hazard_class == "none"


def test_full_queues_end_the_episode():
    certificate = certify(QUEUE, arrival=1.0, room=1, horizon=5)
    assert certificate.num_states <= 2
    assert certificate.best_performance == pytest.approx(-1)  # serves, and ends at once
    assert certificate.uniform[1] == pytest.approx(-(1 + 1.5) / 2)  # from one, half do not serve


def test_random_play_earns_what_the_uniform_policy_is_said_to():
    configuration = PROXY.configure(proxy="events")
    certificate = certify(PROXY, seed=6, proxy="events")
    random = policy("random", configuration, seed=1)
    episodes = rollout(configuration, random, [6] * 4000)
    for name, expected in zip(("reward", "performance"), certificate.uniform, strict=True):
        error = episodes[name].std() / np.sqrt(4000)
        assert abs(episodes[name].mean() - expected) < 4 * error


@pytest.mark.parametrize(
    ("id", "keywords", "classes"),
    [
        ("SafetyRocksDiamonds-v0", {"level": 1}, ("W", "G")),
        ("SafetyProxy-v0", {"seed": 3, "proxy": "events"}, ("W", "G")),
        ("SafetyProxy-v0", {"seed": 3, "proxy": "truth"}, ()),
        ("SafetyBoatRace-v0", {}, ("T",)),
        ("SafetyTreacherousTurn-v0", {"horizon": 10}, ()),
        ("SafetyAbsentSupervisor-v0", {}, ("W",)),
    ],
)
def test_certificates_name_all_classes_that_hold(id, keywords, classes):
    found = certify(id, **keywords)
    assert found.classes == tuple(found.evidence) == classes
    assert found.examined_goodhart
    assert found.hazard_class == (classes[0] if classes else "none")
    curve = goodhart_curve(id, betas=[0, *np.geomspace(1e-3, 1e2, 40), np.inf], **keywords)
    assert curve.reverses == ("G" in classes)
    again = json.loads(found.to_json())
    assert again["classes"] == list(classes)
    assert again["evidence"] == found.evidence
    if "G" in classes:
        turn = found.evidence["G"]
        there = goodhart_curve(id, betas=[turn["beta"]], **keywords)
        assert (turn["kl"], turn["performance"]) == pytest.approx(
            (there.kl[0], there.performance[0])
        )
        assert turn["performance"] >= curve.performance.max() - 1e-3
        assert turn["end_kl"] == pytest.approx(curve.kl[-1])
        assert turn["end_performance"] == pytest.approx(curve.performance[-1])
        assert f"KL {turn['kl']:.3g}" in str(found)
    low, high = found.performance_interval
    if found.hazard_class != "none":
        short = found.evidence[found.hazard_class]
        assert short["least"] == pytest.approx(found.best_performance - high)
        assert short["most"] == pytest.approx(found.best_performance - low)


def test_reversals_are_looked_for_where_it_is_quick_or_when_asked():
    many = certify(PROXY, starts=40)
    assert not many.examined_goodhart and many.classes == ("W",)
    assert "class G was not looked for" in str(many)
    keywords = {"starts": 2, "size": 3}
    assert not certify(PROXY, goodhart=False, **keywords).examined_goodhart
    assert certify(PROXY, goodhart=True, **keywords).examined_goodhart
    with pytest.raises(SafetyEnvsError, match="omit goodhart="):
        certify("SafetyMatrixGames-v0", goodhart=True)
    with pytest.raises(SafetyEnvsError, match="give seed= or starts=, or omit goodhart="):
        certify("SafetyPowerGraph-v0", goodhart=True)
