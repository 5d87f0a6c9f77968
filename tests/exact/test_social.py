"""Social analysis against second models, against every deviation there is, and by playing."""

import itertools
import json

import numpy as np
import pytest

from safety_envs import SafetyEnvsError, certify, find, policy, rollout
from safety_envs.core.compile import rule
from safety_envs.core.definition import Environment
from safety_envs.core.dice import flip
from safety_envs.core.fields import fields
from safety_envs.core.metric import total
from safety_envs.exact.games.equilibrium import find_equilibria
from safety_envs.exact.games.joint_model import joint_model
from safety_envs.exact.games.stage import StageGames
from safety_envs.exact.models.model import starts_of
from tests.helpers.definitions import DILEMMA
from tests.helpers.small_games import SMALL_GAME

RACE = find("SafetyRace-v0")
STOCK = find("SafetyCommonsStock-v0")


def test_the_dilemma_s_only_equilibrium_is_to_defect_though_to_cooperate_is_best():
    certificate = certify(DILEMMA)
    assert certificate.best_reward == pytest.approx(-20)
    assert certificate.best_performance == pytest.approx(-10)
    for found in (certificate.symmetric, certificate.pure):
        for payoff in (found.worst, found.best):
            assert (payoff.reward, payoff.performance) == pytest.approx((-40, -20))
    assert certificate.uniform.reward == pytest.approx(-30)
    assert certificate.hazard_class == "E"


def game(payoffs, agents=2, makes_up=0.5, numbered=0):
    """Returns a game in which 0 or 1 is chosen and paid by the number of the others that chose 1.

    Agents look alike to themselves unless they are numbered.
    """
    table = np.array(payoffs, float)  # [own choice, others that chose 1]

    @rule
    def reset(world, level, dice):
        world.quarrel = 0

    @rule
    def step(world, level, action, dice, outcome):
        claims = 0
        for agent in range(agents):
            claims += action[agent]
        for agent in range(agents):
            own = action[agent]
            if not world.quarrel:
                outcome.reward[agent] += table[own, claims - own]
            outcome.performance += (agent + 1) * own
        if world.quarrel:
            world.quarrel = flip(dice, makes_up)
        else:
            world.quarrel = claims == agents

    @rule
    def observe(world, level, agent, features):
        features[0] = world.quarrel + 2 * numbered * agent

    return Environment(
        id="SafetyTestGame-v0",
        problem="coordination",
        actions=("yield", "claim"),
        metrics={"performance": total("claims", "claims")},
        world=fields(quarrel="u1"),
        reset=reset,
        step=step,
        features={"quarrel": (0, 1 + 2 * agents)},
        observe=observe,
        agents=agents,
        max_steps=3,
    )


CHICKEN = game([[3, 1], [4, 0]])
HUNT = game([[1, 1], [0, 3]])
CROWD = game([[2, 2, 2], [3, 1, 0]], agents=3)


def value_of(model, policies, agent):
    """Returns what an agent earns if each plays a policy: (time, state) -> action, by recursion."""
    worlds, horizon = model.worlds, model.configuration.max_steps
    num_actions = len(model.configuration.actions)

    def value(state, t):
        if t == horizon:
            return 0.0
        joint = 0
        for one in policies:
            joint = joint * num_actions + one[t, state]
        pair = state * model.alike.shape[1] + joint
        total = model.payments[agent, state, joint]
        for edge in range(worlds.first[pair], worlds.first[pair + 1]):
            if worlds.successor[edge] >= 0:
                total += worlds.probability[edge] * value(worlds.successor[edge], t + 1)
        return total

    return sum(p * value(s, 0) for s, p in enumerate(worlds.start) if p)


def all_policies(horizon, num_states, num_actions):
    for choice in itertools.product(range(num_actions), repeat=horizon * num_states):
        yield np.array(choice).reshape(horizon, num_states)


@pytest.mark.parametrize(
    ("environment", "keywords"),
    [
        (CHICKEN, {}),
        (HUNT, {}),
        (CROWD, {}),
        (DILEMMA, {"max_steps": 2}),
        (STOCK, {"agents": 2, "capacity": 2, "max_steps": 3}),
        (STOCK, {"agents": 3, "capacity": 2, "growth": 2.0, "max_steps": 2}),
    ],
)
@pytest.mark.parametrize("symmetric", [False, True])
def test_no_whole_policy_of_one_agent_beats_an_equilibrium(environment, keywords, symmetric):
    configuration = environment.configure(**keywords)
    model = joint_model(configuration, *starts_of(configuration, None, None))
    games = StageGames(model)
    plans = find_equilibria(games, symmetric=symmetric).plans
    assert plans or (environment in (CHICKEN, CROWD) and symmetric)
    agents = model.configuration.agents
    num_actions = len(model.configuration.actions)
    shape = (num_actions,) * agents
    for joint in plans:
        start = model.expected(games.values_of(joint, symmetric=symmetric))
        policies = np.stack(np.unravel_index(joint, shape))  # [n, T, S]
        for agent in range(agents):
            assert value_of(model, policies, agent) == pytest.approx(start[agent])
            for other in all_policies(*joint.shape, num_actions):
                changed = [*policies[:agent], other, *policies[agent + 1 :]]
                assert value_of(model, changed, agent) <= start[agent] + 1e-9


def test_chicken_has_no_symmetric_equilibrium_and_a_hunt_has_two():
    chicken = certify(CHICKEN, horizon=1)
    assert chicken.symmetric is None
    assert chicken.pure.worst.reward == chicken.pure.best.reward == 5
    assert chicken.pure.worst.performance == 1  # ties: the one that claims counts
    assert chicken.pure.best.performance == 2
    assert chicken.best_reward == 6
    assert chicken.hazard_class == "E"
    hunt = certify(HUNT, horizon=1)
    assert (hunt.symmetric.worst.reward, hunt.symmetric.best.reward) == (2, 6)
    assert hunt.symmetric == hunt.pure
    assert hunt.hazard_class == "C"
    assert "there is none" in str(chicken)


def test_agents_who_see_different_things_may_act_differently():
    certificate = certify(game([[3, 1], [4, 0]], numbered=1), horizon=1)
    assert certificate.symmetric == certificate.pure
    assert certificate.symmetric.best.reward == 5


def test_symmetric_equilibria_are_found_among_all_profiles():
    """One step of the crowd: eight profiles, tried one by one."""
    certificate = certify(CROWD, horizon=1)
    payoff = [[2, 2, 2], [3, 1, 0]]
    found = []
    for profile in itertools.product((0, 1), repeat=3):
        others = [sum(profile) - own for own in profile]
        if all(
            payoff[own][k] >= payoff[1 - own][k] for own, k in zip(profile, others, strict=True)
        ):
            found.append(sum(payoff[own][k] for own, k in zip(profile, others, strict=True)))
    assert (certificate.pure.worst.reward, certificate.pure.best.reward) == (min(found), max(found))
    assert certificate.symmetric is None


def test_social_certificates_are_records():
    certificate = certify(STOCK, agents=3, horizon=4)
    record = json.loads(certificate.to_json())
    assert record["agents"] == 3
    assert record["symmetric"]["best"]["reward"] == certificate.symmetric.best.reward
    assert "symmetric equilibria" in str(certificate)
    assert "not sought" in str(certify(RACE))


def test_what_cannot_be_certified_is_refused_with_what_to_do():
    with pytest.raises(SafetyEnvsError, match="fewer agents"):
        certify(STOCK, agents=16)
    with pytest.raises(SafetyEnvsError, match=r"177147 joint actions.*fewer agents"):
        certify(STOCK, agents=11)
    with pytest.raises(SafetyEnvsError, match="hides capability"):
        certify(RACE, seed=3)
    with pytest.raises(SafetyEnvsError, match="closed form for 1 steps"):
        certify(RACE, horizon=2)
    for keywords in ({"growth": -1}, {"agents": 17}, {"capacity": 0}):
        with pytest.raises(SafetyEnvsError, match=next(iter(keywords))):
            STOCK.configure(**keywords)
    for keywords in ({"mu": 0}, {"mu": 11}, {"enmity": 2}, {"agents": 1}):
        with pytest.raises(SafetyEnvsError, match=next(iter(keywords))):
            RACE.configure(**keywords)


PLANNED = [
    ("SafetyCommonsStock-v0", {}),
    ("SafetyCommonsStock-v0", {"agents": 3, "max_steps": 12}),
    ("SafetyMatrixGames-v0", {"game": "stag_hunt", "max_steps": 6}),
    ("SafetyMatrixGames-v0", {"game": "chicken", "max_steps": 6}),
    ("SafetyCommonsStock-v0", {"agents": 2}),
    ("SafetyCommonsStock-v0", {"agents": 2, "capacity": 7, "growth": 1.5, "max_steps": 5}),
]


@pytest.mark.parametrize(("name", "keywords"), PLANNED)
def test_planners_attain_what_the_certificate_says(name, keywords):
    configuration = find(name).configure(**keywords)
    found = certify(name, **keywords)
    together = rollout(configuration, policy("cooperative", configuration), range(4))
    assert together["reward"] == pytest.approx(np.full(4, found.best_reward))
    selfish = rollout(configuration, policy("equilibrium", configuration), range(4))
    _, best = (found.symmetric or found.pure).attained
    assert selfish["reward"] == pytest.approx(np.full(4, best.reward))
    assert selfish["performance"] == pytest.approx(np.full(4, best.performance))


def test_planners_of_groups_say_what_they_cannot_do():
    proxy = find("SafetyProxy-v0").configure()
    with pytest.raises(SafetyEnvsError, match="one agent"):
        policy("cooperative", proxy)
    number = next(n for n in range(200) if certify(SMALL_GAME, number=n).pure is None)
    none = SMALL_GAME.configure(number=number)
    with pytest.raises(SafetyEnvsError, match="no pure equilibrium"):
        rollout(none, policy("equilibrium", none), [0])
