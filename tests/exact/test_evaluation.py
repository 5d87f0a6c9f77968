"""Exact evaluation, compared with certificates and with means over played episodes."""

import zlib
from dataclasses import replace

import numpy as np
import pytest
from stable_baselines3 import DQN, PPO
from stable_baselines3.common.vec_env import VecNormalize

from safety_envs import (
    Evaluation,
    NamedPolicy,
    Observer,
    Planner,
    SafetyEnvsError,
    SocialPlanner,
    Trajectory,
    certify,
    evaluate,
    find,
    policy,
    rollout,
    save_checkpoint,
    sb3_vec_env,
)
from safety_envs.core.episodes import begin, play, totals
from safety_envs.core.metric import total
from safety_envs.exact.models.enumeration import TooManyStatesError
from safety_envs.policies.named import BUILT_IN
from tests.helpers.configurations import CONFIGURATIONS, has_several, name_of
from tests.helpers.definitions import DILEMMA, QUEUE

SMALL = 20_000
STARTS = [0, 1]
LARGE = {
    "SafetyAnomalyWatch-v0",
    "SafetyCleanUp-v0",
    "SafetyCleanUp-v0-layout=brook-agents=3-max_steps=60",
    "SafetyCommonsHarvest-v0",
    "SafetyCommonsHarvest-v0-layout=harvest-regrowth=harvest-view=11",
    "SafetyCommonsHarvest-v0-layout=small-agents=4-max_steps=60",
    "SafetyCommonsHarvest-v0-layout=walled-agents=4-max_steps=60",
    "SafetyPower-v0-view=3",
    "SafetyPriceCollusion-v0-agents=3",
    "SafetyProxy-v0-view=5",
    "SafetyRace-v0",
    "SafetyRace-v0-agents=3-mu=2.0-enmity=0.5",
    "SafetyRocksDiamonds-v0",
    "SafetySokoban-v0-level=1-noops=True",
    "SafetySokoban-v0-level=2-noops=True",
    "SafetySokoban-v0-level=3-noops=True",
    "SafetyStagHunt-v0",
    "SafetyStagHunt-v0-size=4-mauling=2",
    "SafetyTomatoWatering-v0",
}
"""Configurations whose models have too many states, beliefs or starts; no other may be left out."""


def certificate_of(case):
    """The certificate of a small model over two seeds' starts, None if it is large."""
    environment, keywords = case
    try:
        evaluate("random", environment, starts=STARTS, most_states=SMALL, **keywords)
        return certify(environment, starts=STARTS, goodhart=None, **keywords)
    except SafetyEnvsError:
        return None


@pytest.mark.parametrize("case", CONFIGURATIONS, ids=name_of)
def test_planners_and_chance_score_what_certificates_say(case):
    environment, keywords = case
    found = certificate_of(case)
    assert (found is None) == (name_of(case) in LARGE)
    if found is None:
        pytest.skip("its model is large, or its starts cannot be listed")

    def score(name):
        each = evaluate(name, environment, starts=STARTS, **keywords)
        assert each.start == found.start and each.horizon == found.horizon
        return each.reward, each.performance

    def close(values):
        return pytest.approx(values, abs=1e-7, rel=1e-7)

    if has_several(case):
        assert score("random") == close((found.uniform.reward, found.uniform.performance))
        assert score("cooperative")[0] == close(found.best_reward)
        return
    low, high = found.performance_interval
    reward, performance = score("reward_optimal")
    assert (reward, performance) == close((found.best_reward, low))
    reward, performance = score("performance_optimal")
    assert (performance, reward) == close((found.best_performance, found.reward_interval[1]))
    assert score("random") == close(found.uniform)
    most = Planner(find(environment).configure(**keywords), "reward", ties="most")
    assert score(most) == close((found.best_reward, high))


def by_chance(configuration, salt=0):
    """A fixed policy: what it does is drawn once for each observation of each agent."""
    number, agents = len(configuration.actions), configuration.agents

    def act(seen):
        rows = np.ascontiguousarray(seen).reshape(len(seen) * agents, -1)
        actions = [zlib.crc32(row.tobytes(), salt) % number for row in rows]
        shape = (len(seen), agents) if configuration.environment.is_multi_agent else len(seen)
        return np.array(actions).reshape(shape)

    return act


def assert_same(exact, played, standard_errors=4):
    """Every exact mean is within some standard errors of the mean of what was played."""
    assert set(exact.means) == set(played) - set(exact.left_out) | {"cost"}
    for name, mean in exact.means.items():
        if name in played:  # the cost is in infos only step by step, if it is not declared
            values = played[name]
            error = values.std() / np.sqrt(len(values))
            assert abs(mean - values.mean()) <= standard_errors * error + 1e-6, name


@pytest.mark.parametrize(
    ("environment", "keywords", "episodes"),
    [
        ("SafetyBoatRace-v0", {}, 10),
        ("SafetyAbsentSupervisor-v0", {}, 4000),  # chance in the start
        ("SafetyFriendFoe-v0", {}, 4000),  # hidden, and chance in the start
        ("SafetyInterruptibility-v0", {}, 4000),  # hidden
        ("SafetyWhiskyGold-v0", {}, 4000),  # actions are overridden by chance
        ("SafetyUserDrift-v0", {}, 4000),
        ("SafetyCommonsStock-v0", {"agents": 2, "capacity": 7, "growth": 1.5}, 200),
    ],
)
@pytest.mark.parametrize("salt", [0, 1])
def test_a_policy_of_observations_comes_to_what_playing_it_comes_to(
    environment, keywords, episodes, salt
):
    configuration = find(environment).configure(**keywords)
    act, observer = by_chance(configuration, salt), Observer(configuration)
    exact = evaluate(act, environment, **keywords)
    played = rollout(configuration, lambda engine: act(observer(engine.worlds)), range(episodes))
    assert_same(exact, played)


def played_from(configuration, seed, act, episodes):
    """What comes of episodes that all start as one seed's, with chance of their own."""
    engine = begin(configuration, range(episodes))
    engine.worlds[:] = begin(configuration, [seed]).worlds[0]
    observer = Observer(configuration)
    for _ in play(engine, lambda engine: act(observer(engine.worlds))):
        pass
    return totals(engine)


@pytest.mark.parametrize(
    ("environment", "keywords"),
    [
        ("SafetyStagHunt-v0", {"size": 4, "mauling": 2, "max_steps": 8}),  # several, and chance
        ("SafetyTomatoWatering-v0", {"max_steps": 12}),  # flags that fade
    ],
)
def test_a_policy_comes_to_the_same_from_one_start(environment, keywords):
    configuration = find(environment).configure(**keywords)
    act = by_chance(configuration)
    exact = evaluate(act, environment, seed=0, **keywords)
    assert_same(exact, played_from(configuration, 0, act, 4000))


def test_chances_are_played_as_chances():
    configuration = find("SafetyBoatRace-v0").configure()
    probabilities = np.array([0.5, 0.3, 0.1, 0.1])
    exact = evaluate(probabilities, "SafetyBoatRace-v0")
    random = np.random.default_rng(0)

    def act(engine):
        return random.choice(4, size=engine.action_shape, p=probabilities)

    assert_same(exact, rollout(configuration, act, range(4000)))
    assert evaluate([0.25] * 4, "SafetyBoatRace-v0").means == pytest.approx(
        evaluate("random", "SafetyBoatRace-v0").means
    )
    certain = evaluate([0, 0, 0, 1], "SafetyBoatRace-v0")
    always = evaluate(lambda seen: np.full(len(seen), 3), "SafetyBoatRace-v0")
    assert certain.means == pytest.approx(always.means)


def test_agents_act_independently_on_what_each_sees():
    """Two agents that cooperate with .9 and .2, in a dilemma worked out by hand."""
    exact = evaluate([[0.9, 0.1], [0.2, 0.8]], DILEMMA, max_steps=2)
    configuration = DILEMMA.configure(max_steps=2)
    random = np.random.default_rng(0)

    def act(engine):
        return (random.random(engine.action_shape) > [0.9, 0.2]).astype(np.int64)

    played = rollout(configuration, act, range(20_000))
    assert_same(exact, played)
    assert exact.reward == pytest.approx(sum(exact.per_agent["reward"]))
    assert exact.per_agent["reward"][1] > exact.per_agent["reward"][0]


def test_a_table_from_texts_is_a_policy():
    seen = {}

    def act(texts):
        for text in texts:
            seen.setdefault(text, zlib.crc32(text.encode()) % 4)
        return np.array([seen[text] for text in texts])

    exact = evaluate(act, "SafetyBoatRace-v0", observation="text")
    assert evaluate(seen, "SafetyBoatRace-v0") == exact
    with pytest.raises(SafetyEnvsError, match="no entry for what is seen here"):
        evaluate({"nothing": 0}, "SafetyBoatRace-v0")
    pairs = {}

    def act_both(texts):
        for text in (each for both in texts for each in both):
            pairs.setdefault(text, zlib.crc32(text.encode()) % 2)
        return np.array([[pairs[text] for text in both] for both in texts])

    exact = evaluate(act_both, "SafetyMatrixGames-v0", observation="text")
    assert evaluate(pairs, "SafetyMatrixGames-v0") == exact


def test_what_is_exact_and_what_is_left_out():
    found = evaluate("random", "SafetyProxy-v0", seed=3)
    assert isinstance(found, Evaluation)
    assert found.left_out == ("tamper_step",)  # it is undefined in some episodes
    assert set(found.means) == {
        *("reward", "performance", "cost", "length"),
        *("patches_covered", "camera_blinded", "units_spilled", "units_removed"),
    }
    assert (found.start, found.horizon, found.num_states) == ("seed 3", 50, 6250)
    assert found["length"] == pytest.approx(50)
    assert found.per_agent == {}
    stock = evaluate("random", "SafetyCommonsStock-v0")
    assert set(stock.left_out) == {"collapse", "utilitarian", "equality", "sustainability"}
    assert len(stock.per_agent["catch"]) == 5
    assert stock["catch"] == pytest.approx(sum(stock.per_agent["catch"]))


def test_it_prints_as_a_table():
    found = evaluate("random", "SafetyWhiskyGold-v0")
    head, *lines = str(found).splitlines()
    assert head == f"{find('SafetyWhiskyGold-v0').configure()}, all starts, 34 states"
    assert [line.split()[0] for line in lines[:2]] == ["reward", "performance"]
    assert {line.split()[0]: float(line.split()[1]) for line in lines} == {
        name: pytest.approx(value, abs=1e-4) for name, value in found.means.items()
    }
    social = str(evaluate("random", "SafetyCommonsStock-v0", agents=2, max_steps=3))
    assert "of agents [" in social
    assert social.splitlines()[-1].startswith("  left out, no sums over steps: collapse, ")


def test_a_declared_cost_is_in_every_total():
    configuration = replace(QUEUE, metrics={**QUEUE.metrics, "cost": total("crowd", "steps")})
    exact = evaluate("random", configuration, arrival=1.0)
    episodes = Trajectory.play(configuration.configure(arrival=1.0), queue_random(), range(2000))
    played = rollout(configuration.configure(arrival=1.0), queue_random(), range(2000))
    assert played["cost"].max() > 1  # a sum over steps, not the cost of the last one
    assert {name: values.tolist() for name, values in episodes.totals.items()} == {
        name: values.tolist() for name, values in played.items()
    }
    assert_same(exact, played)


def queue_random():
    return policy("random", QUEUE)


def test_means_over_steps_are_exact_only_where_all_episodes_have_as_many():
    found = evaluate("random", "SafetyBoatRace-v0")
    played = rollout(
        find("SafetyBoatRace-v0").configure(),
        policy("random", find("SafetyBoatRace-v0").configure()),
        range(4000),
    )
    assert_same(found, played)
    assert found["oscillation_ratio"] == pytest.approx(played["oscillation_ratio"].mean(), abs=0.01)


def test_the_horizon_and_the_starts_are_the_certificate_s():
    for asked in ({"horizon": 7}, {"seed": 4}, {"starts": 3}, {"starts": [5, 2], "horizon": 9}):
        found = evaluate("random", "SafetyFriendFoe-v0", **asked)
        certificate = certify("SafetyFriendFoe-v0", **asked)
        assert (found.reward, found.performance) == pytest.approx(certificate.uniform)
        assert (found.start, found.horizon) == (certificate.start, certificate.horizon)
    with pytest.raises(SafetyEnvsError, match="seed= or starts="):
        evaluate("random", "SafetyFriendFoe-v0", seed=1, starts=2)


def test_a_model_that_is_too_large_is_said_to_be():
    for name in ("random", "reward_optimal"):
        with pytest.raises(TooManyStatesError, match="more than 100 states"):
            evaluate(name, "SafetyProxy-v0", seed=0, most_states=100)
    with pytest.raises(TooManyStatesError, match="more than 6000 transitions"):
        evaluate("random", "SafetyPriceCollusion-v0", seed=0, most_states=300)  # 225 x 225 edges
    few = evaluate(lambda seen: np.zeros(len(seen), int), "SafetyProxy-v0", seed=0, most_states=100)
    assert few.num_states <= 5  # only what the policy reaches is listed


def record_of(environment, algorithm, keywords):
    observation = find(environment).configure(**keywords)
    return {
        "environment": environment,
        "keywords": keywords,
        "observation": Observer(observation).encoding,
        "algorithm": algorithm,
    }


def test_a_checkpoint_and_its_model_are_evaluated_as_they_act(tmp_path):
    keywords = {"size": 3, "patches": 2}
    venv = VecNormalize(sb3_vec_env("SafetyProxy-v0", 16, seed=0, **keywords))
    model = PPO("MlpPolicy", venv, n_steps=16, batch_size=64, n_epochs=1, seed=0, device="cpu")
    model.learn(1024)
    save_checkpoint(model, tmp_path, record_of("SafetyProxy-v0", "ppo", keywords))
    exact = evaluate(tmp_path, "SafetyProxy-v0", seed=3, **keywords)
    configuration = find("SafetyProxy-v0").configure(**keywords)
    trained = policy(tmp_path, configuration)
    assert_same(exact, rollout(configuration, trained, [3] * 2000))
    assert evaluate(str(tmp_path), "SafetyProxy-v0", seed=3, **keywords) == exact
    assert evaluate(trained, "SafetyProxy-v0", seed=3, **keywords) == exact
    in_memory = evaluate(model, "SafetyProxy-v0", seed=3, **keywords)
    assert in_memory.means == pytest.approx(exact.means)
    with pytest.raises(SafetyEnvsError, match="the model sees observations of shape"):
        evaluate(model, "SafetyProxy-v0", seed=3)


def test_agents_that_share_a_network_explore_together(tmp_path):
    """They throw one coin, so that what they do is not independent."""
    keywords = {"agents": 2, "capacity": 7, "growth": 1.5, "max_steps": 3}
    venv = sb3_vec_env("SafetyCommonsStock-v0", 4, seed=0, **keywords)
    model = DQN("MlpPolicy", venv, seed=0, device="cpu", buffer_size=10)
    model.exploration_rate = 0.5
    save_checkpoint(model, tmp_path, record_of("SafetyCommonsStock-v0", "dqn", keywords))
    exact = evaluate(tmp_path, "SafetyCommonsStock-v0", **keywords)
    configuration = find("SafetyCommonsStock-v0").configure(**keywords)
    trained = policy(tmp_path, configuration)
    # A batch throws one coin too, so that episodes are independent only one by one.
    each = [rollout(configuration, trained, [seed]) for seed in range(1500)]
    assert_same(exact, {name: np.concatenate([one[name] for one in each]) for name in each[0]})


def test_planners_are_evaluated_as_they_are_played():
    configuration = find("SafetyInterruptibility-v0").configure()
    exact = evaluate(Planner(configuration, "reward"), "SafetyInterruptibility-v0")
    played = rollout(configuration, Planner(configuration, "reward"), range(3000))
    assert_same(exact, played)
    keywords = {"agents": 2, "capacity": 7, "growth": 1.5}
    configuration = find("SafetyCommonsStock-v0").configure(**keywords)
    for kind in ("cooperative", "equilibrium"):
        exact = evaluate(SocialPlanner(configuration, kind), "SafetyCommonsStock-v0", **keywords)
        assert_same(exact, rollout(configuration, policy(kind, configuration), range(50)))
        assert evaluate(kind, "SafetyCommonsStock-v0", **keywords) == exact


@pytest.mark.parametrize(
    ("act", "message"),
    [
        (lambda seen: np.full(len(seen), 4), "from 0 to 3"),
        (lambda seen: np.zeros((len(seen), 3)), r"probabilities of actions, of shape \(1, 4\)"),
        (lambda seen: np.zeros(len(seen)), "got float64"),
        (lambda seen: np.full((len(seen), 4), 0.3), "sum to 1"),
        (lambda seen: np.tile([1.5, -0.5, 0, 0], (len(seen), 1)), "at least 0"),
        ("nonsense", "neither a checkpoint folder nor a policy"),
        ("cooperative", "has one agent"),
        (3, "a policy is a name"),
        (None, "a policy is a name"),
    ],
)
def test_what_is_no_policy_is_refused(act, message):
    with pytest.raises(SafetyEnvsError, match=message):
        evaluate(act, "SafetyBoatRace-v0")


def test_a_named_policy_must_say_with_which_chances_it_acts(monkeypatch):
    def make(configuration, seed):
        return lambda engine: np.zeros(engine.action_shape, np.int64)

    patient = NamedPolicy("patient", "waits", make)
    monkeypatch.setattr("safety_envs.policies.named.BUILT_IN", (*BUILT_IN, patient))
    monkeypatch.setattr("safety_envs.evaluation.forms.policy_of", lambda *a, **k: make(None, 0))
    with pytest.raises(SafetyEnvsError, match="does not give its probabilities"):
        evaluate("patient", "SafetyBoatRace-v0")
