"""Social analysis against second models, against every deviation there is, and by playing."""

import itertools
import json
from functools import cache

import numpy as np
import pytest

from safety_envs import (
    Engine,
    SafetyEnvsError,
    SocialCertificate,
    certify,
    find,
    policy,
    rollout,
)
from safety_envs.core.compile import rule
from safety_envs.core.definition import Environment
from safety_envs.core.dice import flip
from safety_envs.core.expectations import Payoff
from safety_envs.core.fields import fields
from safety_envs.core.metric import total
from safety_envs.envs.systemic.race import SAFETY
from safety_envs.envs.systemic.race_equilibrium import race_equilibrium
from safety_envs.exact.equilibrium import find_equilibria
from safety_envs.exact.joint_model import joint_model
from safety_envs.exact.model import starts_of
from safety_envs.exact.stage import StageGames
from tests.definitions import DILEMMA
from tests.small_games import SMALL_GAME

STOCK = find("SafetyCommonsStock-v0")
RACE = find("SafetyRace-v0")


class Pond:
    """SafetyCommonsStock written down a second time, from the catalogue, in another style."""

    def __init__(self, agents, capacity=20, growth=0.4):
        self.agents, self.capacity, self.growth = agents, capacity, growth

    def fish(self, stock, asks):
        """Returns what each has and what is there in the next step."""
        if sum(asks) > stock:
            catches = tuple(stock * ask / sum(asks) for ask in asks)
            left = 0
        else:
            catches, left = tuple(float(ask) for ask in asks), stock - sum(asks)
        more = self.growth * left * (1 - left / self.capacity)
        return catches, min(self.capacity, int(left + more + 0.5))

    def optimum(self, horizon):
        """The best catch of all: only how much is asked together matters."""

        @cache
        def best(stock, left):
            if not left:
                return 0
            options = []
            for asked in range(2 * self.agents + 1):
                asks = [min(2, max(0, asked - 2 * i)) for i in range(self.agents)]
                catches, after = self.fish(stock, asks)
                options.append(round(sum(catches)) + best(after, left - 1))
            return max(options)

        return best(self.capacity, horizon)

    def symmetric(self, horizon, best):
        """The catch of each if all ask alike and nobody gains by asking for something else."""
        sign = 1 if best else -1

        @cache
        def each(stock, left):
            if not left:
                return 0.0
            stable = []
            for ask in range(3):
                worth = []
                for own in range(3):
                    catches, after = self.fish(stock, (own, *[ask] * (self.agents - 1)))
                    later = each(after, left - 1)
                    worth.append(None if later is None else catches[0] + later)
                if None in worth:
                    return None
                if worth[ask] > max(worth) - 1e-9:
                    stable.append(worth[ask])
            return sign * max(sign * worth for worth in stable) if stable else None

        return each(self.capacity, horizon)


@pytest.mark.parametrize("agents", [2, 3, 5])
@pytest.mark.parametrize("horizon", [1, 2, 3, 7, 12, 50])
def test_the_commons_equals_a_second_model(agents, horizon):
    certificate = certify(STOCK, agents=agents, horizon=horizon)
    pond = Pond(agents)
    assert certificate.best_reward == pytest.approx(pond.optimum(horizon))
    assert certificate.best_performance == pytest.approx(pond.optimum(horizon))
    # The second model takes one stage equilibrium everywhere: an equilibrium, if there is any.
    found = certificate.symmetric
    for best in (False, True):
        each = pond.symmetric(horizon, best)
        if each is not None:
            assert found.worst.reward - 1e-9 <= agents * each <= found.best.reward + 1e-9
    if agents > 2:  # whatever is selected, there is one only
        assert (found.known, found.worst) == ("all", found.best)
        assert found.best.reward == pytest.approx(agents * each)
    assert (found is None) == (agents == 2 and horizon >= 12)


@pytest.mark.parametrize(("capacity", "growth"), [(9, 0.4), (12, 1.0), (20, 0.0), (30, 2.5)])
def test_other_ponds_equal_a_second_model(capacity, growth):
    certificate = certify(STOCK, agents=3, capacity=capacity, growth=growth, horizon=15)
    pond = Pond(3, capacity, growth)
    assert certificate.best_reward == pytest.approx(pond.optimum(15))
    each = pond.symmetric(15, True)
    if each is not None:
        found = certificate.symmetric
        assert found.worst.reward - 1e-9 <= 3 * each <= found.best.reward + 1e-9


def test_five_fishers_empty_the_pond_in_three_steps_where_118_fish_could_be_had():
    certificate = certify(STOCK)
    assert isinstance(certificate, SocialCertificate)
    assert certificate.best_reward == pytest.approx(118)
    assert certificate.symmetric.worst.reward == pytest.approx(23)
    assert certificate.symmetric.best.reward == pytest.approx(23)
    assert certificate.hazard_class == "E"


def test_random_fishers_by_playing():
    certificate = certify(STOCK, agents=3)
    random = np.random.default_rng(5)
    episodes = rollout(
        STOCK.configure(agents=3), lambda engine: random.integers(3, size=(2000, 3)), [0] * 2000
    )
    for name, expected in (
        ("reward", certificate.uniform.reward),
        ("performance", certificate.uniform.performance),
    ):
        error = episodes[name].std() / np.sqrt(2000)
        assert abs(episodes[name].mean() - expected) < 4 * error


def test_the_dilemma_s_only_equilibrium_is_to_defect_though_to_cooperate_is_best():
    certificate = certify(DILEMMA)
    assert certificate.best_reward == pytest.approx(-20)
    assert certificate.best_performance == pytest.approx(-10)
    for found in (certificate.symmetric, certificate.pure):
        for payoff in (found.worst, found.best):
            assert (payoff.reward, payoff.performance) == pytest.approx((-40, -20))
    assert certificate.uniform.reward == pytest.approx(-30)
    assert certificate.hazard_class == "E"


# A game of two or three, with chance: a player that claims while others yield has the most; players
# that claim together fall out, and may not make up. Without falling out it is chicken, or a hunt.


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


# The race.


@pytest.mark.parametrize("mu", [0.5, 1.0, 2.0, 4.0])
def test_two_teams_round_half_their_capability(mu):
    """The grades nearest to x / 2; the disaster's probability follows by a sum over the grades."""
    race = race_equilibrium(2, mu, 1.0, SAFETY, reckless=True)
    nearest = np.minimum(1, np.round(race.capability / 2 / 0.05) * 0.05)
    assert race.strategy @ SAFETY == pytest.approx(nearest, abs=1e-3)
    x = (np.arange(4000) + 0.5) / 4000 * mu
    grade = np.minimum(1, np.round(x / 2 / 0.05) * 0.05)
    faster = (x - grade)[:, None] > x - grade
    expected = 1 - 2 * (grade[:, None] * faster).mean()
    assert race.disaster == pytest.approx(expected, abs=1e-3)
    assert race.gain < 1e-6
    paper = 1 - mu / 3 if mu <= 2 else 1 - (8 / 3 / mu**2 * 1 + 1 - 4 / mu**2)
    assert race.disaster == pytest.approx(paper, abs=2e-3)


@pytest.mark.parametrize("agents", [2, 3, 5])
@pytest.mark.parametrize("enmity", [1.0, 0.5, 0.25])
def test_no_team_gains_by_another_grade(agents, enmity):
    for mu in (0.3, 1.0):
        worst, best = (
            race_equilibrium(agents, mu, enmity, SAFETY, reckless=reckless)
            for reckless in (True, False)
        )
        for race in (worst, best):
            assert race.strategy.sum(axis=1) == pytest.approx(1)
            assert race.gain < 2e-3
        assert best.disaster <= worst.disaster + 1e-3


def test_full_safety_is_an_equilibrium_of_teams_that_hardly_mind_who_wins():
    """A step of safety costs .05 of a win, which is all that it gains a team of this enmity."""
    certificate = certify(RACE, agents=3, mu=0.3, enmity=0.05)
    assert certificate.symmetric.known == "some"
    assert certificate.symmetric.worst == certificate.symmetric.best == Payoff(2.9, 1.0)
    assert certificate.hazard_class == "C or none"
    assert "one equilibrium, not all" in str(certificate)
    for own in range(21):
        worth = full_safety_but_for(own, 3, 0.3, 0.05)
        assert (worth <= full_safety_but_for(20, 3, 0.3, 0.05) + 1e-12).all()
    tempted = full_safety_but_for(19, 3, 0.3, 0.06) - full_safety_but_for(20, 3, 0.3, 0.06)
    assert tempted.max() > 0
    some = certify(RACE, agents=3, mu=0.3, enmity=0.06)
    assert some.hazard_class == "E"
    assert some.symmetric is None or some.symmetric.best.performance < 1


def full_safety_but_for(own, agents, mu, enmity):
    """What a team of each capability has by a grade, if all others are quite safe."""
    capability = (np.arange(2000) + 0.5) / 2000 * mu
    wins = np.clip((capability + 1 - SAFETY[own]) / mu, 0, 1) ** (agents - 1)
    return wins * SAFETY[own] + (1 - wins) * (1 - enmity)


def play_race(race, agents, mu, enmity, episodes=40_000, own=None):
    """Plays the equilibrium; team 0 takes the grade `own` if one is given. Returns the engine."""
    configuration = RACE.configure(agents=agents, mu=mu, enmity=enmity)
    engine = Engine(configuration, episodes)
    engine.seed(range(episodes))
    engine.reset()
    capability = engine.worlds["capability"]
    cell = (capability / (race.capability[0] * 2)).astype(int)
    draw = np.random.default_rng(1).random((episodes, agents, 1))
    grades = (race.strategy.cumsum(axis=1)[cell] < draw).sum(axis=2).clip(max=20)
    if own is not None:
        grades[:, 0] = own
    engine.step(grades)
    return engine


@pytest.mark.parametrize(("agents", "mu", "enmity"), [(2, 0.5, 1.0), (3, 2.0, 1.0), (3, 1.0, 0.5)])
def test_the_race_by_playing(agents, mu, enmity):
    certificate = certify(RACE, agents=agents, mu=mu, enmity=enmity)
    race = race_equilibrium(agents, mu, enmity, SAFETY, reckless=True)
    engine = play_race(race, agents, mu, enmity)
    safe = engine.ledger.totals[:, engine.configuration.channels.index("performance")]
    reward = engine.ledger.returns
    assert certificate.symmetric.worst.performance == pytest.approx(1 - race.disaster)
    assert abs(safe.mean() - (1 - race.disaster)) < 4 * safe.std() / 200
    together = reward.sum(axis=1)
    assert abs(together.mean() - certificate.symmetric.worst.reward) < 4 * together.std() / 200
    spend = engine.ledger.per_agent[:, engine.configuration.layout.per_agent.index("safety_spend")]
    assert spend.mean() == pytest.approx(race.spend, abs=0.01)
    for own in range(0, 21, 2):
        gained = play_race(race, agents, mu, enmity, own=own).ledger.returns[:, 0]
        assert gained.mean() < reward[:, 0].mean() + 4 * reward[:, 0].std() / 200


def test_random_teams_by_playing():
    certificate = certify(RACE, agents=3, mu=2.0, enmity=0.5)
    random = np.random.default_rng(2)
    episodes = rollout(
        RACE.configure(agents=3, mu=2.0, enmity=0.5),
        lambda engine: random.integers(21, size=engine.action_shape),
        range(20_000),
    )
    safe = episodes["performance"]
    assert abs(safe.mean() - certificate.uniform.performance) < 4 * safe.std() / np.sqrt(20_000)
    assert episodes["price_of_racing"].mean() == pytest.approx(1 - safe.mean(), abs=0.02)


@pytest.mark.parametrize("agents", [2, 3])
def test_disaster_falls_with_the_spread_of_capability(agents):
    found = [certify(RACE, agents=agents, mu=mu) for mu in (0.5, 1.0, 2.0, 4.0)]
    for kind in ("worst", "best"):
        safe = [getattr(certificate.symmetric, kind).performance for certificate in found]
        assert sorted(safe) == safe
    for certificate in found:
        assert certificate.hazard_class == "E"
        assert (certificate.best_reward, certificate.best_performance) == (1, 1)
        assert certificate.symmetric.worst.reward <= certificate.symmetric.best.reward


def test_social_certificates_are_records():
    certificate = certify(STOCK, agents=3, horizon=4)
    record = json.loads(certificate.to_json())
    assert record["agents"] == 3
    assert record["symmetric"]["best"]["reward"] == certificate.symmetric.best.reward
    assert "symmetric equilibria" in str(certificate)
    assert "not sought" in str(certify(RACE))


def test_errors_say_what_to_do():
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
