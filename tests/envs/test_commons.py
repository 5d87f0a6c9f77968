"""Commons harvest and clean-up: their rules and metrics against their sources."""

import numpy as np
import pytest

from safety_envs import Observer, SafetyEnvsError, find
from safety_envs.core.infos import info_keys, info_table
from safety_envs.core.views import window_planes
from tests.helpers.engines import started

HARVEST, CLEAN_UP = find("SafetyCommonsHarvest-v0"), find("SafetyCleanUp-v0")
COMMONS = [
    pytest.param(HARVEST, {"layout": "small", "agents": 6, "timeout": 4}, id="small"),
    pytest.param(HARVEST, {"layout": "harvest", "regrowth": "harvest"}, id="harvest"),
    pytest.param(CLEAN_UP, {"layout": "brook", "agents": 5, "timeout": 4}, id="brook"),
    pytest.param(CLEAN_UP, {"layout": "clean_up", "agents": 16}, id="clean_up"),
]


def history(environment, steps=120, worlds=4, **keywords):
    """Yields the engine after every step of random agents."""
    engine = started(environment, worlds, **keywords)
    random = np.random.default_rng(1)
    for _ in range(steps):
        actions = random.integers(len(engine.configuration.actions), size=engine.action_shape)
        engine.step(actions)
        yield engine, actions


@pytest.mark.parametrize(("environment", "keywords"), COMMONS)
def test_agents_stand_apart_and_on_floor(environment, keywords):
    for engine, _ in history(environment, **keywords):
        board = engine.configuration.board
        for world in engine.worlds:
            there = [body for body in world["bodies"] if not body["out"]]
            cells = [(int(body["cell"]["row"]), int(body["cell"]["col"])) for body in there]
            assert len(set(cells)) == len(cells)
            assert all(board[cell] != ord("#") for cell in cells)


@pytest.mark.parametrize(("environment", "keywords"), COMMONS)
def test_a_window_is_the_board_turned_round_the_agent(environment, keywords):
    turns = {0: 0, 1: 2, 2: 3, 3: 1}  # facing up, down, left, right: quarter turns to look up
    for engine, _ in history(environment, steps=30, **keywords):
        configuration = engine.configuration
        level, half = configuration.level, configuration.level.view // 2
        windows = Observer(configuration, "board")(engine.worlds)
        planes = Observer(configuration, "planes")(engine.worlds)
        whole = Observer(configuration, "board", whole=True)(engine.worlds)
        present = engine.present
        for i, world in enumerate(engine.worlds):
            board = np.pad(whole[i], half, constant_values=ord("#"))
            for agent, body in enumerate(world["bodies"]):
                if not present[i, agent]:
                    assert not windows[i, agent].any()
                    assert not planes[i, agent].any()
                    continue
                row, col = int(body["cell"]["row"]), int(body["cell"]["col"])
                around = board[row : row + level.view, col : col + level.view]
                expected = np.rot90(around, turns[int(body["facing"])])
                assert np.array_equal(windows[i, agent], expected)
                assert windows[i, agent][half, half] == ord("0123456789abcdef"[agent])
                others = np.isin(expected, [ord(c) for c in "0123456789abcdef"])
                others[half, half] = False
                names = window_planes(configuration)
                assert np.array_equal(planes[i, agent, names.index("others")], others)
                assert np.array_equal(planes[i, agent, names.index("#")], expected == ord("#"))


def test_helpers_are_counted_as_they_are():
    for engine, _ in history(HARVEST, layout="small", agents=4):
        sites = engine.configuration.level.sites
        apart = ((sites[:, None] - sites) ** 2).sum(axis=2)
        helps = (apart > 0) & (apart <= 4)
        for world in engine.worlds:
            assert np.array_equal(world["near"], helps @ world["apples"])
            assert world["left"] == world["apples"].sum()


@pytest.mark.parametrize("regrowth", ["melting_pot", "harvest"])
def test_apples_grow_with_the_table_s_probabilities(regrowth):
    table = {
        "melting_pot": (0.0, 0.0025, 0.005, 0.025),
        "harvest": (0.0, 0.005, 0.02, 0.05),
    }[regrowth]
    engine = started(HARVEST, 2000, layout="open", agents=2, regrowth=regrowth)
    random = np.random.default_rng(0)
    tried, grown = np.zeros(4), np.zeros(4)
    sites = engine.configuration.level.sites
    for _ in range(12):
        # Any pattern of apples, with the helpers that go with it, and agents that stay.
        apples = random.random((2000, len(sites))) < random.random((2000, 1)) * 0.5
        apart = ((sites[:, None] - sites) ** 2).sum(axis=2)
        engine.worlds["apples"] = apples
        engine.worlds["near"] = apples @ ((apart > 0) & (apart <= 4)).astype(int)
        engine.worlds["left"] = apples.sum(axis=1)
        cells = engine.worlds["bodies"]["cell"]
        where = np.stack([cells["row"], cells["col"]], axis=2)
        taken = (where[:, :, None] == sites).all(axis=3).any(axis=1)
        near = np.minimum(engine.worlds["near"], 3)
        bare = ~apples & ~taken
        engine.step(np.full(engine.action_shape, 7))
        new = engine.worlds["apples"].astype(bool) & ~apples
        assert not (new & taken).any()
        for k in range(4):
            tried[k] += (bare & (near == k)).sum()
            grown[k] += (new & (near == k)).sum()
    assert grown[0] == 0
    for k in (1, 2, 3):
        error = np.sqrt(tried[k] * table[k] * (1 - table[k]))
        assert abs(grown[k] - tried[k] * table[k]) < 4 * error


@pytest.mark.parametrize("foul", [0, 4, 8, 9, 10])
def test_the_river_decides_how_apples_grow(foul):
    engine = started(CLEAN_UP, 4000, layout="brook", agents=2)
    river = engine.worlds["waste"].shape[1]
    engine.worlds["waste"] = np.arange(river) < foul
    engine.worlds["foul"] = foul
    cells = engine.worlds["bodies"]["cell"]
    sites = engine.configuration.level.sites
    where = np.stack([cells["row"], cells["col"]], axis=2)
    free = (~(where[:, :, None] == sites).all(axis=3).any(axis=1)).sum()
    engine.step(np.full(engine.action_shape, 8))
    density = foul / river
    chance = 0.05 * (1 - density / 0.4) if density < 0.4 else 0.0
    error = np.sqrt(free * chance * (1 - chance))
    assert abs(engine.worlds["apples"].sum() - free * chance) <= 4 * error
    fouled = (engine.worlds["foul"] == foul + 1).mean()
    assert fouled == pytest.approx(0.5 if density < 0.4 else 0.0, abs=0.04)
    assert (engine.worlds["foul"] == engine.worlds["waste"].sum(axis=1)).all()


@pytest.mark.parametrize(("environment", "keywords"), COMMONS)
def test_social_metrics_are_those_of_the_definition(environment, keywords):
    steps, rewards, out = 0, [], []
    for engine, _ in history(environment, steps=200, **keywords):
        steps += 1
        rewards.append(engine.ledger.rewards.copy())
        out.append(~engine.present)
    table = dict(zip(info_keys(engine), info_table(engine).T, strict=True))
    paid, missing = np.array(rewards), np.array(out)  # [steps, worlds, agents]
    returns = paid.sum(axis=0)
    assert np.allclose(table["utilitarian"], returns.sum(axis=1) / steps)
    agents = returns.shape[1]
    assert np.allclose(table["peace"], agents - missing.sum(axis=(0, 2)) / steps)
    for i, row in enumerate(returns):
        if row.sum() == 0:
            assert np.isnan(table["equality"][i])
            continue
        gini = sum(abs(a - b) for a in row for b in row) / (2 * agents * row.sum())
        assert table["equality"][i] == pytest.approx(1 - gini)
        times = [1 + np.flatnonzero(paid[:, i, k] > 0).mean() for k in range(agents) if row[k] > 0]
        assert table["sustainability"][i] == pytest.approx(np.mean(times))
    assert np.allclose(table["performance"], returns.sum(axis=1))


def test_who_is_tagged_is_out_for_the_timeout_and_does_nothing():
    engine = started(HARVEST, 64, layout="small", agents=8, timeout=5)
    random = np.random.default_rng(3)
    absent = np.zeros((64, 8), int)
    seen = []
    for _ in range(150):
        engine.step(random.choice([0, 4, 5, 6], size=engine.action_shape))
        present = engine.present
        assert not engine.ledger.rewards[~present & (absent > 0)].any()
        seen += absent[present & (absent > 0)].tolist()
        absent = np.where(present, 0, absent + 1)
    assert len(seen) > 100
    assert all(steps % 5 == 0 for steps in seen)  # 10: shot again in the step of its return
    assert seen.count(5) > 0.8 * len(seen)


@pytest.mark.parametrize("environment", [HARVEST, CLEAN_UP])
def test_impossible_keywords_are_errors(environment):
    for wrong in ({"view": 6}, {"timeout": 0}, {"layout": "opne"}, {"agents": 1}):
        with pytest.raises(SafetyEnvsError, match=next(iter(wrong))):
            environment.configure(**wrong)


def put_bodies(engine, *bodies):
    """Puts agents of the first world on cells (row, col) that they leave to a side, facing it."""
    for body, (row, col, facing) in zip(engine.worlds["bodies"][0], bodies, strict=True):
        body["cell"]["row"], body["cell"]["col"], body["facing"] = row, col, "^v<>".index(facing)


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0)])
def test_all_shoot_at_once_whoever_comes_first(order):
    """Two face each other, a third stands between: both hit it, and neither hits the other."""
    engine = started(HARVEST, 1, layout="small", agents=3)
    places = [(6, 2, ">"), (6, 4, "^"), (6, 7, "<")]
    put_bodies(engine, *(places[k] for k in order))
    shoots, stays = 6, 7
    engine.step(np.array([[stays if k == 1 else shoots for k in order]]))
    middle = order.index(1)
    assert engine.present[0].tolist() == [k != middle for k in range(3)]
    tagged = engine.ledger.per_agent[0, engine.configuration.layout.per_agent.index("tagged")]
    assert tagged.tolist() == [float(k != middle) for k in range(3)]
    board = Observer(engine.configuration, "text", whole=True)(engine.worlds)[0].split("\n")[6]
    assert board[3:7] == "****", "each beam is seen up to the cell that it hit"
    assert board[8:10] == "  "


def test_two_who_shoot_each_other_are_both_out():
    engine = started(HARVEST, 1, layout="small", agents=2)
    put_bodies(engine, (6, 3, ">"), (6, 6, "<"))
    engine.step(np.array([[6, 6]]))
    assert not engine.present.any()


def test_a_beam_ends_at_a_wall():
    engine = started(HARVEST, 1, layout="small", agents=2)
    put_bodies(engine, (6, 7, ">"), (1, 1, "^"))
    engine.step(np.array([[6, 7]]))
    assert engine.worlds["bodies"][0, 0]["reach"].tolist() == [2, 3, 3]


@pytest.mark.parametrize(
    ("environment", "layout"),
    [(HARVEST, "small"), (HARVEST, "open"), (CLEAN_UP, "brook"), (CLEAN_UP, "clean_up")],
)
def test_agents_come_on_dry_floor_without_apples(environment, layout):
    for agents in (2, 5, 16):
        level = environment.configure(layout=layout, agents=agents).level
        assert len(level.spawns) >= agents
        assert (level.board[tuple(level.spawns.T)] == ord(" ")).all()
        assert len({*map(tuple, level.spawns.tolist())}) == len(level.spawns)
        assert not {*map(tuple, level.spawns.tolist())} & {*map(tuple, level.sites.tolist())}
