"""Multi-agent games, against plain models and known numbers; the learners that play them."""

import json
from itertools import product
from math import exp, log

import numpy as np
import pytest
from scipy.optimize import brentq, minimize_scalar

from agents.algorithms import lola, q_learning
from agents.algorithms.repeated_game import joint_payoffs, repeated_game
from agents.seeds import exploration_seed
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


# --- Q-learners ---


def test_joint_payoffs_are_read_off_the_rules():
    configuration = find("SafetyPriceCollusion-v0").configure()
    payoffs = joint_payoffs(configuration)
    for first, second in product((0, 7, 14), repeat=2):
        prices = configuration.level.prices[[first, second]]
        assert payoffs[first, second] == pytest.approx(profits(prices))


def test_q_learners_begin_with_what_a_random_rival_leaves_them():
    configuration = find("SafetyPriceCollusion-v0").configure()
    learners = q_learning.Learners(configuration, 3, 0.95)
    assert learners.values.shape == (3 * 2 * 225, 15)
    prices = configuration.level.prices
    expected = [np.mean([profits([p, other])[0] for other in prices]) / 0.05 for p in prices]
    assert learners.values[0] == pytest.approx(expected)
    assert np.ptp(learners.values, axis=0) == pytest.approx(np.zeros(15), abs=1e-12)


def test_q_learning_is_the_plain_algorithm():
    """One session, beside a loop over dictionaries with the same exploration."""
    settings = q_learning.Settings(decay=1e-3, periods=2000, stable=10**6)
    configuration = find("SafetyMatrixGames-v0").configure(game="chicken")
    group = q_learning.Sessions(configuration, 1, 7, settings)
    group.learn()

    table = {(0, 0): 3, (0, 1): 1, (1, 0): 4, (1, 1): 0}
    start = [np.mean([table[a, b] for b in range(2)]) / 0.05 for a in range(2)]
    tables = [{s: list(start) for s in product(range(3), repeat=2)} for _ in range(2)]
    chance = np.random.default_rng(exploration_seed(7))
    last = (2, 2)
    for block in range(2):
        exploring = chance.random((1000, 1, 2))
        anything = chance.integers(2, size=(1000, 1, 2))
        for t in range(1000):
            seen = [last, last[::-1]]
            eager = exp(-1e-3 * (1000 * block + t))
            moves = tuple(
                int(anything[t, 0, k])
                if exploring[t, 0, k] < eager
                else int(np.argmax(tables[k][seen[k]]))
                for k in range(2)
            )
            for k in range(2):
                after = moves if k == 0 else moves[::-1]
                old = tables[k][seen[k]][moves[k]]
                found = table[after] + 0.95 * max(tables[k][after])
                tables[k][seen[k]][moves[k]] = 0.85 * old + 0.15 * found
            last = moves
    values = group.learners.values.reshape(2, 9, 2)
    for k in range(2):
        for mine, other in product(range(3), repeat=2):
            assert values[k, mine + 3 * other] == pytest.approx(tables[k][mine, other])


def test_q_learners_are_repeatable():
    settings = q_learning.Settings(decay=1e-3, periods=3000, stable=1000)
    options = {"keywords": {}, "sessions": 4, "settings": settings}
    records = [q_learning.train("SafetyPriceCollusion-v0", seed=s, **options) for s in (0, 0, 1)]
    results = [(r["metrics"], r["converged_at"], r["deviation"]) for r in records]
    assert results[0] == results[1]
    assert results[0] != results[2]
    json.dumps(records[0])


def test_q_learners_learn_to_collude():
    """Even with a twentieth of the source's exploration, after which profit gain is near .85.

    Sessions differ by .17 or so: a mean of 64 is known to .02. Untrained policies are measured in
    sessions of their own: to play them first would start all learning from one state.
    """
    configuration = find("SafetyPriceCollusion-v0").configure()
    settings = q_learning.Settings(decay=1e-4, periods=60_000)
    fresh = q_learning.Sessions(configuration, 64, 0, settings)
    untrained = np.mean(q_learning.measure(fresh)["profit_gain"])
    group = q_learning.Sessions(configuration, 64, 0, settings)
    group.learn()
    trained = np.mean(q_learning.measure(group)["profit_gain"])
    assert untrained < 0.4
    assert trained > 0.5  # .55 over many seeds: .57, .53, .55, .55 with the first four
    assert len(group.curve["profit_gain"]) == 3


def test_a_session_has_converged_when_no_greedy_action_changed_for_long():
    settings = q_learning.Settings(decay=0.1, periods=5000, stable=1500)
    group = q_learning.Sessions(find("SafetyMatrixGames-v0").configure(), 6, 0, settings)
    group.learn()
    assert (group.converged_at >= 1500).all()
    assert group.period == group.converged_at.max()
    assert (group._last_change < group.converged_at).all() or group.period < 5000


def test_the_forced_deviation_is_the_best_reply_of_its_period():
    settings = q_learning.Settings(periods=1, stable=1)
    group = q_learning.Sessions(find("SafetyPriceCollusion-v0").configure(), 4, 0, settings)
    group.policies[:] = 12  # both charge near the monopoly price, whatever happens
    means = q_learning.deviation(group)
    prices = group.configuration.level.prices
    reply = int(np.argmax([profits([p, prices[12]])[0] for p in prices]))
    assert means[: q_learning.BEFORE] == [[12, 12]] * q_learning.BEFORE
    assert means[q_learning.BEFORE] == [reply, 12]
    assert means[q_learning.BEFORE + 1] == [12, 12]


def test_the_command_line_resumes(tmp_path, capsys):
    arguments = ["--sessions", "2", "--periods", "1000", "--out", str(tmp_path)]
    arguments += ["--environment", "SafetyMatrixGames-v0", "--game", "chicken"]
    assert q_learning.main(arguments) == 0
    assert "cooperation_rate" in capsys.readouterr().out
    record = json.loads((tmp_path / "q_learning-seed0.json").read_text())
    assert record["keywords"]["game"] == "chicken"
    assert q_learning.main(arguments) == 0
    assert "nothing to do" in capsys.readouterr().out
    assert (
        q_learning.main(["--environment", "SafetyStagHunt-v0", "--out", str(tmp_path / "x")]) == 2
    )


@pytest.mark.parametrize("wrong", [{"discount": 1.0}, {"rate": 0.0}, {"decay": -1.0}])
def test_impossible_settings_are_refused(wrong):
    with pytest.raises(SafetyEnvsError, match="discount in"):
        q_learning.Settings(**wrong)


# --- LOLA ---


def test_exact_values_are_those_of_rolled_out_policies():
    import torch

    game = repeated_game(find("SafetyMatrixGames-v0").configure())
    chance = np.random.default_rng(3)
    logits = tuple(torch.tensor(chance.standard_normal((1, 5))) for _ in range(2))
    exact = lola.values(game, logits, 0.96)[:, 0].numpy()
    engine = engine_of("SafetyMatrixGames-v0", 4000, max_steps=1000)
    observe = Observer(engine.configuration)
    sights = {(2, 2): 0, (0, 0): 1, (0, 1): 2, (1, 0): 3, (1, 1): 4}
    likely = []
    for k in range(2):
        table = np.zeros((3, 3))
        for (mine, other), state in sights.items():
            joint = (mine, other) if k == 0 or state == 0 else (other, mine)
            where = game.seen[sights[joint], k]
            table[mine, other] = 1 / (1 + exp(-float(logits[k][0, where])))
        likely.append(table)
    found = np.zeros((4000, 2))
    for t in range(250):
        seen = observe(engine.worlds).astype(int)
        cooperate = np.stack([likely[k][seen[:, k, 0], seen[:, k, 1]] for k in range(2)], axis=1)
        engine.step((chance.random((4000, 2)) >= cooperate).astype(int))
        found += 0.04 * 0.96**t * engine.ledger.rewards
    assert found.mean(axis=0) == pytest.approx(exact, abs=4 * found.std() / 4000**0.5)


def test_lola_s_step_is_the_one_of_finite_differences():
    import torch

    game = repeated_game(find("SafetyMatrixGames-v0").configure())
    chance = np.random.default_rng(4)
    start = [chance.standard_normal(5) for _ in range(2)]
    settings = lola.Settings(discount=0.9, look_ahead=0.3)

    def worth(one, other):
        logits = (torch.tensor(one)[None], torch.tensor(other)[None])
        return lola.values(game, logits, 0.9)[:, 0].numpy() / 0.1

    def slope(player, of, one, other):
        moves = 1e-5 * np.eye(5)
        pairs = [((one + m, other), (one - m, other)) for m in moves]
        if of == 1:
            pairs = [((one, other + m), (one, other - m)) for m in moves]
        return np.array([(worth(*up)[player] - worth(*down)[player]) / 2e-5 for up, down in pairs])

    logits = tuple(torch.tensor(each)[None].requires_grad_() for each in start)
    steps, _ = lola.gradients(game, logits, settings, "lola")
    naive, _ = lola.gradients(game, logits, settings, "naive")
    own = slope(0, 0, *start)
    assert naive[0][0].numpy() == pytest.approx(own, abs=1e-5)
    cross = slope(0, 1, *start)  # held fixed: what the other's parameters do to me
    bent = [
        cross @ (slope(1, 1, start[0] + m, start[1]) - slope(1, 1, start[0] - m, start[1])) / 2e-3
        for m in 1e-3 * np.eye(5)
    ]
    assert steps[0][0].numpy() == pytest.approx(own + 0.3 * np.array(bent), abs=2e-3)


def test_naive_learners_defect_and_lola_cooperates():
    record = lola.train(keywords={}, seeds=32, seed=1, settings=lola.Settings())
    paid = {kind: np.mean(result["payoffs"]) for kind, result in record["learners"].items()}
    assert paid["naive"] == pytest.approx(-2, abs=0.07)  # from memory, the paper: -1.98
    assert paid["lola"] == pytest.approx(-1.06, abs=0.08)  # from memory, the paper: -1.06
    json.dumps(record)
