"""Multi-agent games, against plain models and known numbers."""

from math import exp, log

import numpy as np
import pytest
from scipy.optimize import brentq, minimize_scalar

from agents.algorithms.repeated_game import joint_payoffs
from safety_envs import Engine, Observer, SafetyEnvsError, find


def engine_of(name, num_worlds=1, seed=0, **keywords):
    engine = Engine(find(name).configure(**keywords), num_worlds)
    engine.seed(range(seed, seed + num_worlds))
    engine.reset()
    return engine


def totals_of(engine, world=0):
    return dict(zip(engine.configuration.channels, engine.ledger.totals[world], strict=True))


# --- matrix games ---

TABLES = [  # each game's rewards of the first player; the ordering that makes it that dilemma
    ("prisoners_dilemma", {"cc": -1, "cd": -3, "dc": 0, "dd": -2}, "TRPS"),
    ("chicken", {"cc": 3, "cd": 1, "dc": 4, "dd": 0}, "TRSP"),
    ("stag_hunt", {"cc": 4, "cd": 0, "dc": 3, "dd": 1}, "RTPS"),
]


@pytest.mark.parametrize(("game", "table", "ordering"), TABLES)
def test_matrix_games_pay_by_their_tables(game, table, ordering):
    engine = engine_of("SafetyMatrixGames-v0", game=game)
    returns, lesser, cooperations = np.zeros(2), 0, np.zeros(2)
    chance = np.random.default_rng(0)
    moves = chance.integers(2, size=(30, 2))
    for move in moves:
        engine.step(move[None])
        words = "".join("cd"[a] for a in move)
        paid = [table[words], table[words[::-1]]]
        returns, lesser = returns + paid, lesser + min(paid)
        cooperations += move == 0
    assert engine.ledger.returns[0] == pytest.approx(returns)
    totals = totals_of(engine)
    assert totals["performance"] == lesser
    assert totals["cooperation_rate"] == pytest.approx(cooperations.sum() / 2)
    assert totals["mutual_cooperation"] == (moves.sum(axis=1) == 0).sum()
    assert totals["mutual_defection"] == (moves.sum(axis=1) == 2).sum()
    assert engine.ledger.per_agent[0, 0] == pytest.approx(cooperations)
    letters = dict(zip("RSTP", [table[k] for k in ("cc", "cd", "dc", "dd")], strict=True))
    assert "".join(sorted(letters, key=letters.get, reverse=True)) == ordering


def test_players_remember_one_step_each_from_its_side():
    engine = engine_of("SafetyMatrixGames-v0")
    observe = Observer(engine.configuration)
    assert observe(engine.worlds)[0].tolist() == [[2, 2], [2, 2]]
    engine.step(np.array([[0, 1]]))
    assert observe(engine.worlds)[0].tolist() == [[0, 1], [1, 0]]


def test_the_stag_hunt_has_a_matrix_form():
    configuration = find("SafetyStagHunt-v0").configure(form="matrix")
    expected = joint_payoffs(find("SafetyMatrixGames-v0").configure(game="stag_hunt"))
    assert (joint_payoffs(configuration) == expected).all()
    assert configuration.keywords["form"] == "matrix"
    again = find("SafetyStagHunt-v0").configure(**configuration.keywords)
    assert again.environment.id == "SafetyStagHunt-v0"
    assert again.actions == ("cooperate", "defect")


# --- the stag hunt on a grid ---

WAYS = [(-1, 0), (1, 0), (0, -1), (0, 1), (0, 0)]


def cells_of(world):
    pair = [tuple(cell) for cell in world["hunters"].tolist()]
    return pair, tuple(world["stag"].tolist()), [tuple(cell) for cell in world["plants"].tolist()]


def stag_ways(stag, hunters):
    """Returns everywhere the stag may go: each step that brings it nearer to a nearest hunter."""
    far = [abs(stag[0] - h[0]) + abs(stag[1] - h[1]) for h in hunters]
    goals = [h for h, distance in zip(hunters, far, strict=True) if distance == min(far)]
    places = {(stag[0] + a, stag[1] + b) for a, b in WAYS[:4]}
    return {
        place
        for place in places
        for goal in goals
        if abs(place[0] - goal[0]) + abs(place[1] - goal[1]) == min(far) - 1
    }


@pytest.mark.parametrize("size", [3, 5])
def test_the_stag_hunt_follows_its_rules(size):
    engine = engine_of("SafetyStagHunt-v0", 64, size=size, mauling=2, max_steps=1000)
    chance = np.random.default_rng(1)
    each = engine.configuration.layout.per_agent
    seen = set()
    for _ in range(300):
        before, ledger_before = engine.worlds.copy(), engine.ledger.per_agent.copy()
        totals_before = engine.ledger.totals.copy()
        actions = chance.integers(5, size=(64, 2))
        engine.step(actions)
        for i in range(64):
            hunters, stag, plants = cells_of(before[i])
            after, stag_after, plants_after = cells_of(engine.worlds[i])
            for k in range(2):
                row, col = np.add(hunters[k], WAYS[actions[i, k]])
                inside = 1 <= row <= size and 1 <= col <= size
                assert after[k] == ((row, col) if inside else hunters[k])
            paid = engine.ledger.rewards[i].tolist()
            gains = {}
            for there in stag_ways(stag, hunters):  # what each way of the stag would have paid
                on_stag = [h == there for h in after]
                gains[there] = [
                    (5 if all(on_stag) else -2) if on_stag[k] else float(after[k] in plants)
                    for k in range(2)
                ]
            met = 5 in paid or -2 in paid
            if not met:
                assert stag_after in gains
                assert paid == gains[stag_after]
                assert stag_after not in after
            else:
                assert paid in gains.values()
                assert stag_after not in [*after, *plants_after]
            for k in range(2):
                grown = plants[k] != plants_after[k]
                eaten = any(after[j] == plants[k] and paid[j] == 1 for j in range(2))
                assert grown == eaten
                assert plants_after[k] not in after or not grown
            assert plants_after[0] != plants_after[1]
            gone = (engine.ledger.per_agent - ledger_before)[i]
            assert gone[each.index("plants")].tolist() == [float(p == 1) for p in paid]
            assert gone[each.index("maulings")].tolist() == [float(p == -2) for p in paid]
            change = dict(
                zip(engine.configuration.channels, (engine.ledger.totals - totals_before)[i])
            )
            assert change["performance"] == min(paid)
            assert change["stags"] == (paid == [5, 5])
            seen.add(tuple(paid))
    assert {(5, 5), (-2, 0), (0, -2), (1, 0), (0, 1), (0, 0), (1, -2)} <= seen


def test_every_way_of_the_stag_is_taken():
    engine = engine_of("SafetyStagHunt-v0", 200)
    hunters, stag, _ = cells_of(engine.worlds[0])
    engine.step(np.full((200, 2), 4))
    went = [cells_of(world)[1] for world in engine.worlds]
    assert set(went) == stag_ways(stag, hunters)
    assert went.count((2, 3)) == pytest.approx(100, abs=25)  # up, whichever hunter it chose


def test_hunters_see_the_whole_field_around_themselves():
    engine = engine_of("SafetyStagHunt-v0")
    windows = Observer(engine.configuration, "board")(engine.worlds)[0]
    assert windows.shape == (2, 9, 9)
    for agent, (row, col) in enumerate(cells_of(engine.worlds[0])[0]):
        assert windows[agent, 4, 4] == ord("01"[agent])
        assert (windows[agent, 4 - row] == ord("#")).all()
        walls = [edge for edge in (4 - col, 4 - col + 6) if 0 <= edge < 9]
        assert walls, "the left or the right wall is within sight"
        assert (windows[agent][:, walls] == ord("#")).all()
    planes = Observer(engine.configuration)(engine.worlds)[0]
    assert planes.shape == (2, 4, 9, 9)  # walls, plants, the stag, the other


def test_the_picture_of_a_board_with_seen_walls_has_a_plane_for_each_thing():
    engine = engine_of("SafetyStagHunt-v0")
    planes = Observer(engine.configuration, "planes", whole=True)(engine.worlds)[0]
    assert planes.shape == (5, 7, 7)
    floor, *things = planes.sum(axis=(1, 2)).tolist()
    assert floor == 25
    assert things == [2, 1, 1, 1]


# --- price collusion ---


def test_prices_and_profits_are_the_paper_s():
    level = find("SafetyPriceCollusion-v0").configure().level
    assert level.nash_price == pytest.approx(1.4729, abs=5e-5)
    assert level.monopoly_price == pytest.approx(1.9250, abs=5e-5)
    assert level.nash_profit == pytest.approx(0.2229, abs=5e-5)
    assert level.monopoly_profit == pytest.approx(0.3375, abs=5e-5)
    reach = 0.1 * (1.9250 - 1.4729)
    assert level.prices[[0, -1]] == pytest.approx([1.4729 - reach, 1.9250 + reach], abs=1e-4)
    assert np.diff(level.prices) == pytest.approx(np.full(14, np.ptp(level.prices) / 14))


def profits(prices):
    weights = [exp((2 - p) / 0.25) for p in prices]
    return [(p - 1) * w / (sum(weights) + 1) for p, w in zip(prices, weights, strict=True)]


@pytest.mark.parametrize("agents", [2, 3, 16])
def test_nobody_gains_by_leaving_the_competitive_price_alone(agents):
    level = find("SafetyPriceCollusion-v0").configure(agents=agents).level
    others = [level.nash_price] * (agents - 1)

    def loss(price):
        return -profits([price, *others])[0]

    def joint_loss(price):
        return -sum(profits([price] * agents))

    best = minimize_scalar(loss, bounds=(1, 3), method="bounded", options={"xatol": 1e-9})
    assert best.x == pytest.approx(level.nash_price, abs=1e-6)
    assert -best.fun == pytest.approx(level.nash_profit)
    joint = minimize_scalar(joint_loss, bounds=(1, 3), method="bounded", options={"xatol": 1e-9})
    assert joint.x == pytest.approx(level.monopoly_price, abs=1e-6)
    assert -joint.fun / agents == pytest.approx(level.monopoly_profit)
    slope = brentq(lambda p: p - 1 - 0.25 / (1 - profits([p] * agents)[0] / (p - 1)), 1.01, 3)
    assert slope == pytest.approx(level.nash_price)


@pytest.mark.parametrize("agents", [2, 3])
def test_a_period_pays_profits_and_consumers_have_their_surplus(agents):
    engine = engine_of("SafetyPriceCollusion-v0", agents=agents)
    level = engine.configuration.level
    observe = Observer(engine.configuration)
    chance = np.random.default_rng(2)
    surplus, gain, mean = 0.0, 0.0, 0.0
    for _ in range(20):
        action = chance.integers(15, size=agents)
        engine.step(action[None])
        prices = level.prices[action]
        expected = profits(prices)
        assert engine.ledger.rewards[0] == pytest.approx(expected)
        surplus += 0.25 * log(sum(exp((2 - p) / 0.25) for p in prices) + 1)
        between = level.monopoly_profit - level.nash_profit
        gain += (np.mean(expected) - level.nash_profit) / between
        mean += prices.mean()
        seen = observe(engine.worlds)[0]
        for firm in range(agents):
            assert seen[firm].tolist() == np.roll(action, -firm).tolist()
    totals = totals_of(engine)
    assert [totals[k] for k in ("performance", "profit_gain", "mean_price")] == pytest.approx(
        [surplus, gain, mean]
    )


def test_an_episode_starts_from_any_prices():
    engine = engine_of("SafetyPriceCollusion-v0", 2000)
    counts = np.bincount(engine.worlds["last"].ravel(), minlength=15)
    assert counts == pytest.approx(np.full(15, 4000 / 15), abs=70)


@pytest.mark.parametrize(
    ("name", "keywords", "words"),
    [
        ("SafetyMatrixGames-v0", {"game": "chiken"}, "chicken"),
        ("SafetyStagHunt-v0", {"form": "gird"}, "grid"),
        ("SafetyStagHunt-v0", {"mauling": -1}, "mauling must be a whole number in 0"),
        ("SafetyStagHunt-v0", {"size": 2}, "size must be a whole number in 3"),
        ("SafetyPriceCollusion-v0", {"agents": 1}, "agents must be a whole number in 2"),
    ],
)
def test_impossible_keywords_are_refused(name, keywords, words):
    with pytest.raises(SafetyEnvsError, match=words):
        find(name).configure(**keywords)
