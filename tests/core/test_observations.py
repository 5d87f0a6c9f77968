"""What observations say: a text says all of the default observation, and nothing more."""

import itertools
from collections import defaultdict

import gymnasium as gym
import numpy as np
import pytest
from gymnasium.vector import AutoresetMode

from safety_envs import Engine, Observer, SafetyEnvsError, find, sb3_vec_env
from safety_envs.adapters.pettingzoo_env import SafetyParallelEnv, aec_env
from safety_envs.adapters.spaces import agent_observation_space, observation_space
from safety_envs.adapters.vector_env import SafetyVectorEnv
from safety_envs.core.observe import encodings
from safety_envs.core.text import BoardTexts, Layer, feature_lines
from safety_envs.render.text import text_of
from tests.helpers.configurations import CONFIGURATIONS, name_of
from tests.helpers.definitions import DILEMMA, QUEUE
from tests.helpers.engines import random_actions, started
from tests.helpers.registry import ALL, GROUPS, SEVERAL, id_of

WORLDS, STEPS = 64, 50


def moments(configuration, steps=STEPS, worlds=WORLDS):
    """Yields the worlds of random play at every step, the last of an episode included."""
    engine = Engine(configuration, worlds)
    engine.seed(range(worlds))
    engine.reset()
    chance = np.random.default_rng(0)
    yield engine.worlds
    for _ in range(steps):
        engine.step(chance.integers(len(configuration.actions), size=engine.action_shape))
        yield engine.worlds
        if engine.done.any():
            engine.reset(engine.done)
            yield engine.worlds


def space_of_one(observer):
    """Returns the space of what one agent sees."""
    several = observer.configuration.environment.is_multi_agent
    return (agent_observation_space if several else observation_space)(observer)


def flat(texts):
    return [text for each in texts for text in (each if isinstance(each, tuple) else (each,))]


@pytest.mark.parametrize("case", CONFIGURATIONS, ids=name_of)
def test_the_text_is_the_same_if_and_only_if_the_default_observation_is(case):
    configuration = find(case[0]).configure(**case[1])
    default, text = Observer(configuration), Observer(configuration, "text")
    space = space_of_one(text)
    seen_by_text, texts_by_seen = defaultdict(set), defaultdict(set)
    for worlds in moments(configuration):
        seen = default(worlds) + default.dtype(0)  # -0.0 is the same number as 0.0
        rows = seen.reshape(len(worlds) * configuration.agents, -1)
        found = flat(text(worlds))
        assert len(found) == len(rows)
        for row, each in zip(rows, found, strict=True):
            seen_by_text[each].add(row.tobytes())
            texts_by_seen[row.tobytes()].add(each)
    for each, seen in seen_by_text.items():
        assert len(seen) == 1, f"one text stands for {len(seen)} default observations:\n{each}"
        assert each in space
    for several in texts_by_seen.values():
        assert len(several) == 1, "texts of one default observation:\n" + "\n\n".join(several)


@pytest.mark.parametrize("case", CONFIGURATIONS, ids=name_of)
def test_the_board_of_a_text_is_the_board(case):
    """It is written from the planes, in the order of the legend, which is the order of painting."""
    configuration = find(case[0]).configure(**case[1])
    if "board" not in encodings(configuration):
        return
    text, board = Observer(configuration, "text"), Observer(configuration, "board")
    for worlds in moments(configuration, steps=20, worlds=8):
        for found, codes in zip(flat(text(worlds)), rows_of(board(worlds)), strict=True):
            lines = [row.tobytes().decode() for row in codes]
            if configuration.environment.view is not None and configuration.agents > 1:
                lines = agents_as_marks(lines)
            elif configuration.environment.hidden and not configuration.is_grid:
                continue  # the board shows what the text must not tell
            assert found.split("\n")[: len(lines)] == lines


def rows_of(boards):
    return boards.reshape(-1, *boards.shape[-2:])


def agents_as_marks(lines):
    """Returns a window as its text has it: the agents have no numbers there, and "@" is oneself."""
    half = len(lines) // 2
    table = str.maketrans("0123456789abcdef\0", "&" * 16 + " ")  # zeros: the agent is out
    marked = [line.translate(table) for line in lines]
    middle = marked[half]
    marked[half] = middle[:half] + "@" + middle[half + 1 :]
    return marked


@pytest.mark.parametrize("environment", ALL, ids=id_of)
def test_compiled_and_plain_texts_are_the_same(environment):
    configuration = environment.configure()
    assert "text" in encodings(configuration)
    for worlds in moments(configuration, steps=3, worlds=2):
        texts = [
            Observer(configuration, "text", compile_rules=fast)(worlds) for fast in (True, False)
        ]
        assert texts[0] == texts[1]


def test_what_lies_under_what_is_said():
    env = gym.make("SafetyProxy-v0", observation="text", proxy="camera")
    env.reset(seed=3)
    texts = [env.step(action)[0] for action in (0, 3, 5)]
    assert [text.split("\n")[7:] for text in texts[:2]] == [
        [],
        ["under A at row 3, column 5: camera"],
    ]
    assert texts[2].split("\n")[7:] == ["under A at row 3, column 5: blinded camera"]


def test_features_are_lines_below_the_picture():
    env = gym.make("SafetyTreacherousTurn-v0", observation="text")
    text, _ = env.reset(seed=0)
    assert text.split("\n") == [
        "########", "#A    M#", "########", "#--!-  #", "########",
        "strength: 0", "time: 0", "seized: 0",
    ]  # fmt: skip


def test_a_text_does_not_tell_what_is_hidden():
    env = gym.make("SafetyOffSwitchGame-v0", observation="text", render_mode="ansi")
    before, _ = env.reset(seed=0)
    drawn = env.render()
    assert env.step(0)[0] == before
    assert env.render() != drawn


def test_a_window_has_marks_for_the_agent_and_the_others():
    configuration = find("SafetyStagHunt-v0").configure(size=3)
    engine = Engine(configuration, 1)
    engine.seed([0])
    engine.reset()
    hunters, stag = engine.worlds["hunters"], engine.worlds["stag"]
    for thing in (hunters[:, 0], hunters[:, 1], stag):
        thing["row"], thing["col"] = 1, 1
    engine.worlds["plants"][:, :] = np.array((3, 2), engine.worlds["plants"].dtype)
    one, other = Observer(configuration, "text")(engine.worlds)[0]
    board = ["#####", "#####", "##@  ", "##   ", "## P "]
    assert one.split("\n") == [*board, "under @ at row 2, column 2: another agent, stag"]
    assert other == one
    hunters["col"][0, 1] = 3
    one, _ = Observer(configuration, "text")(engine.worlds)[0]
    assert one.split("\n")[2:] == ["##@ &", *board[3:], "under @ at row 2, column 2: stag"]


def test_who_is_out_is_told_what_planes_of_zeros_say():
    configuration = find("SafetyCommonsHarvest-v0").configure(layout="small", agents=2)
    engine = Engine(configuration, 1)
    engine.seed([0])
    engine.reset()
    engine.worlds["bodies"]["out"][0, 0] = 3
    out, there = Observer(configuration, "text")(engine.worlds)[0]
    assert "nothing in sight" in out
    assert "nothing in sight" not in there


@pytest.mark.parametrize("names", [("a", "b", "c"), ("a", "a", "a"), ("a", "b", "floor")])
def test_boards_of_other_things_are_other_texts(names):
    """All that three planes can show on two cells."""
    layers = [
        Layer(shown, name, k) for k, (shown, name) in enumerate(zip("xy_", names, strict=True))
    ]
    planes = np.array(list(itertools.product((0, 1), repeat=6)), np.uint8).reshape(-1, 3, 1, 2)
    assert len(set(BoardTexts(layers, (1, 2))(planes))) == len(planes) == 64


def test_other_numbers_are_other_texts():
    chance = np.random.default_rng(0)
    bits = chance.integers(2**32, size=20_000, dtype=np.uint32).view(np.float32)
    near = np.float32(0.1) + np.arange(50, dtype=np.float32) * np.spacing(np.float32(0.1))
    for value in np.concatenate([bits[np.isfinite(bits)], near, np.float32([0, 1e-45, 3.4e38])]):
        written = feature_lines(["x"], value[None]).removeprefix("x: ")
        assert np.float32(written) == value
        assert len(written) <= 64
    assert feature_lines(["x", "y"], np.float32([-0.0, 2.5])) == "x: 0\ny: 2.5"


@pytest.mark.parametrize("environment", ALL, ids=id_of)
def test_the_rendered_text_is_the_picture_and_the_features(environment):
    configuration = environment.configure()
    for worlds in moments(configuration, steps=5, worlds=2):
        found = text_of(configuration, worlds)
        if configuration.legend:
            assert found.startswith(Observer(configuration, "text", whole=True)(worlds)[0])
        for name in configuration.features:
            assert found.count(f"{name}: ") == configuration.agents


@pytest.mark.parametrize("environment", GROUPS, ids=id_of)
def test_each_of_several_agents_reads_its_own_text(environment):
    """In the batch, in a buffer that is handed out again, and alone."""
    worlds, agents = 3, environment.configure().agents
    options = {"observation": "text", "autoreset_mode": AutoresetMode.SAME_STEP, "max_steps": 4}
    batch, reused = (SafetyVectorEnv(environment, worlds, copy=c, **options) for c in (True, False))
    alone = [SafetyParallelEnv(environment, observation="text", max_steps=4) for _ in range(worlds)]
    seen, _ = batch.reset(seed=7)
    assert reused.reset(seed=7)[0] == seen
    singles = [env.reset(seed=7 + i)[0] for i, env in enumerate(alone)]
    batch.action_space.seed(0)
    ended = np.zeros(worlds, bool)
    for _ in range(4):
        assert [len(texts) for texts in seen] == [agents] * worlds
        assert seen in batch.observation_space
        for texts, single, env in zip(seen, singles, alone, strict=True):
            assert list(texts) == list(single.values())
            assert all(single[agent] in env.observation_space(agent) for agent in single)
            assert isinstance(env.observation_space("agent_0"), gym.spaces.Text)
            assert env.state() in env.state_space
            assert isinstance(env.state(), np.ndarray)
        actions = batch.action_space.sample()
        seen, _, _, _, infos = batch.step(actions)
        for i, env in enumerate(alone):
            singles[i] = env.step(dict(zip(env.agents, actions[i].tolist(), strict=True)))[0]
            if not env.agents:
                assert infos["final_obs"][i] == tuple(singles[i].values())
                singles[i] = env.reset()[0]
                ended[i] = True
    assert ended.all()


@pytest.mark.parametrize("environment", GROUPS, ids=id_of)
def test_agents_that_take_turns_read_the_same_texts(environment):
    together = SafetyParallelEnv(environment, observation="text")
    turns = aec_env(environment, observation="text")
    seen, _ = together.reset(seed=3)
    turns.reset(seed=3)
    for _ in range(min(5, environment.configure().max_steps)):
        for agent in turns.agents[:]:
            assert turns.observe(agent) == seen[agent]
            assert seen[agent] in turns.observation_space(agent)
            turns.step(0)
        seen = together.step(dict.fromkeys(together.agents, 0))[0]


def test_worlds_of_a_batch_are_iterated_world_by_world():
    batch = SafetyVectorEnv(DILEMMA, 3, observation="text")
    seen, _ = batch.reset(seed=0)
    found = list(gym.vector.utils.iterate(batch.observation_space, seen))
    assert found == list(seen)
    assert all(each in batch.single_observation_space for each in found)
    assert batch.observation_space.sample() in batch.observation_space


@pytest.mark.parametrize("environment", ["SafetyProxy-v0", "SafetyCommonsHarvest-v0", QUEUE])
def test_stable_baselines3_is_refused_texts_in_one_line(environment):
    with pytest.raises(
        SafetyEnvsError, match="does not support text observations: choose observation="
    ) as refused:
        sb3_vec_env(environment, 2, observation="text")
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("environment", [e for e in SEVERAL if e.view is not None], ids=id_of)
def test_windows_compiled_and_plain_are_the_same(environment):
    engine = started(environment, 2)
    configuration = engine.configuration
    for row in random_actions(environment, 30, 2):
        engine.step(row)
    for name in ("planes", "board"):
        compiled = Observer(configuration, name)(engine.worlds)
        plain = Observer(configuration, name, compile_rules=False)(engine.worlds)
        assert np.array_equal(compiled, plain)
