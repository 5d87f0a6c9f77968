"""Frames: what they say, that it fits, and that they say how an episode ended."""

from dataclasses import replace

import numpy as np
import pytest

from safety_envs import (
    Engine,
    SafetyEnv,
    SafetyEnvsError,
    SafetyVectorEnv,
    Trajectory,
    environments,
    find,
)
from safety_envs.core.board import Look
from safety_envs.core.endings import BY_THE_RULES, ending
from safety_envs.core.observe import Observer
from safety_envs.pages.replay import end_in_words
from safety_envs.render.board import _is_hidden
from safety_envs.render.caption import AgentLine, Pair, caption_of, caption_text, number, plain
from safety_envs.render.font import fitted, width_of
from safety_envs.render.image import Painter, _repainted
from safety_envs.render.legend import MOST_LINES, entries_of
from safety_envs.render.payments import pays_what_is_wanted
from safety_envs.render.renderer import Renderer
from safety_envs.render.strip import UNIT, Strip
from safety_envs.stress.engine import StressedEngine
from safety_envs.stress.spec import Stress
from tests.helpers.configurations import CONFIGURATIONS

UP, DOWN, LEFT, RIGHT = range(4)
ISLAND = "SafetyIslandNavigation-v0"
ENDS = {
    "drowned": (ISLAND, {}, [LEFT] * 3, "the agent drowned"),
    "home": (ISLAND, {}, [LEFT, *[DOWN] * 3], "the goal was reached"),
    "out of time": (ISLAND, {"max_steps": 2}, [UP] * 2,
                    "the limit of 2 steps is reached"),
    "one step": ("SafetyProxy-v0", {"max_steps": 1}, [UP], "the limit of 1 step is reached"),
    "false alarm": ("SafetyAnomalyWatch-v0", {}, [1], "the alarm was false"),
    "asked": ("SafetyOffSwitchGame-v0", {}, [2], "the human decided"),
    "gold": ("SafetyWhiskyGold-v0", {"exploration": 0}, [DOWN, *[RIGHT] * 4, UP],
             "the gold was reached"),
}  # fmt: skip


def plain_engine(configuration, seed=0):
    engine = Engine(configuration, 1, compile_rules=False)
    engine.note_steps()
    engine.seed([seed])
    engine.reset()
    return engine


def played(environment, keywords, actions, seed=0):
    engine = plain_engine(find(environment).configure(**keywords), seed)
    for action in actions:
        engine.step(np.array([action]))
    return engine


@pytest.mark.parametrize("case", ENDS)
def test_the_last_frame_says_why_the_episode_ended(case):
    environment, keywords, actions, words = ENDS[case]
    engine = played(environment, keywords, actions)
    caption = caption_of(engine)
    assert caption.ending == words and not engine.running[0]
    lines = Strip(engine.configuration, 400).lines(caption, 0)
    assert f"Ended: {words}" in [line.text for line in lines]
    assert f"ended: {words}" in caption_text(caption).split("\n")


@pytest.mark.parametrize("environment", list(environments().values()), ids=lambda each: each.name)
def test_every_episode_ends_in_words(environment):
    configuration = environment.configure(max_steps=min(environment.max_steps, 40))
    random = np.random.default_rng(0)
    for seed in range(2):
        engine = plain_engine(configuration, seed)
        assert caption_of(engine).ending == ""
        while engine.running[0]:
            engine.step(random.integers(len(configuration.actions), size=engine.action_shape))
        found = caption_of(engine).ending
        if engine.ledger.terminated[0]:
            assert found in configuration.environment.endings.values(), "declare `endings`"
        else:
            assert found == f"the limit of {configuration.max_steps} " + (
                "steps is reached" if configuration.max_steps > 1 else "step is reached"
            )


def test_pages_end_in_the_same_words():
    episode = Trajectory.of_actions(ISLAND, [0], [[LEFT]] * 3)
    assert end_in_words(episode) == "The rules ended the episode after 3 steps: the agent drowned"
    late = Trajectory.of_actions(find(ISLAND).configure(max_steps=1), [0], [[LEFT]])
    assert end_in_words(late) == "The step limit ended the episode after 1 step"


def test_an_ending_that_nobody_declared_is_said_too():
    silent = replace(find(ISLAND), endings={})
    assert ending(silent.configure(), True, False, {"water_entries": 1.0}) == BY_THE_RULES
    with pytest.raises(SafetyEnvsError, match="`endings` are for"):
        replace(silent, endings={"drowned": "the agent drowned"})


def longest_setting(environment, keywords):
    """Returns the longest texts that any values of the keywords make."""
    found = [environment, f"seed {2**63 - 1}, episode 1234"]
    for name, value in keywords.items():
        table = find(environment).keyword_table
        of = table[name].choices if name in table else ()
        found.append(f"{name}={max((str(value), '0.12345', *map(str, of)), key=len)}")
    return tuple(found)


NARROW = [(case, 300) for case in CONFIGURATIONS if not case[1]]


@pytest.mark.parametrize(("case", "width"), [*NARROW, *((case, 400) for case in CONFIGURATIONS)])
def test_every_text_fits_its_width(case, width):
    environment, keywords = case
    configuration = find(environment).configure(**keywords)
    strip = Strip(configuration, width)
    act = plain(max(configuration.actions, key=len))
    act += f" (executed: {act})" * configuration.environment.overrides_actions
    words = [*configuration.environment.endings.values(), BY_THE_RULES, "a limit of 1000000 steps"]
    several = configuration.environment.is_multi_agent
    caption = replace(
        caption_of(plain_engine(configuration)),
        title="the reward-optimal policy",
        step=1000,
        action="" if several else act,
        gained=Pair(-123.45, -123.45),
        totals=Pair(-999.99, -12345.0),
        best=Pair(-999.99, -12345.0),
        ending=max(words, key=len),
        setting=longest_setting(environment, configuration.keywords),
    )
    vars(strip)["_is_same"] = True  # to find it out takes time, and the other row is shorter
    same = replace(caption, totals=Pair(-999.99, -999.99), best=Pair(-999.99, -999.99))
    for line in [*strip.lines(same, 0), *strip.lines(caption, 0)]:
        assert width_of(line.text, line.size) <= line.room, line.text
    events = [f"{plain(name)} -123.45" for name in configuration.environment.metrics]
    for line in strip.lines(replace(caption, ending="", happened=max(events, key=len)), 0):
        assert width_of(line.text, line.size) <= line.room, line.text
    assert strip.legend.is_complete and len(strip.legend.lines) <= MOST_LINES
    agents = strip.agents
    for k in range(configuration.agents if agents else 0):
        for text, room in agents.texts(AgentLine(k, act, -12.25, -12345.0, True)):
            assert width_of(text, agents.size) <= room, text


def test_a_text_without_room_ends_with_an_ellipsis():
    assert fitted("short", 14, 100) == "short"
    cut = fitted("a long title that has no room", 14, 100)
    assert cut.endswith("…") and width_of(cut, 14) <= 100 < width_of(cut[:-1] + "xxx", 14)


@pytest.mark.parametrize("size", [None, 300])
def test_all_frames_of_an_episode_have_one_size_and_one_aspect(size):
    env = SafetyEnv(ISLAND, render_mode="rgb_array", render_size=size)
    env.reset(seed=0)
    frames = [env.render()]
    for action in [LEFT] * 3:
        env.step(action)
        frames.append(env.render())
    width = size or UNIT
    assert {frame.shape for frame in frames} == {(round(width * 5 / 4), width, 3)}
    gold = np.array([232, 176, 48])
    assert [(frame == gold).all(axis=2).sum() > width * 10 for frame in frames] == [0, 0, 0, 1]
    assert (env.render() == frames[-1]).all()


@pytest.mark.parametrize("size", [299, 4001, "large", 300.5])
def test_wrong_sizes_are_refused(size):
    with pytest.raises(SafetyEnvsError, match="render_size must be a whole number"):
        SafetyEnv("SafetyProxy-v0", render_mode="rgb_array", render_size=size)


def test_large_boards_have_large_frames_of_the_same_aspect():
    for environment in environments().values():
        painter = Painter(environment.configure())
        assert painter.size[1] == round(painter.size[0] * 5 / 4)
        assert painter.size[0] >= 400 and painter._place.tile >= 20, environment.id


def test_the_ledger_notes_what_the_last_step_wrote_if_it_is_asked():
    noting, other = (played("SafetyProxy-v0", {}, [], seed=3) for _ in range(2))
    other.ledger = other.ledger._replace(chosen=other.ledger.chosen[:0], written=np.zeros((0, 7)))
    random = np.random.default_rng(1)
    for _ in range(20):
        before = noting.ledger.totals.copy()
        action = random.integers(7, size=1)
        noting.step(action)
        other.step(action)
        sums = slice(0, noting.configuration.layout.channels_of("total", "mean").stop)
        assert (noting.ledger.totals - before)[:, sums] == pytest.approx(
            noting.ledger.written[:, sums]
        )
        assert noting.ledger.chosen.tolist() == [action.tolist()]
        assert (other.worlds == noting.worlds).all()
    assert np.isnan(caption_of(other).gained.performance)
    noting.reset()
    assert caption_of(noting).gained is None and not noting.ledger.written.any()
    assert "seed 3, episode 2" in caption_of(noting).setting


def test_a_frame_says_which_action_took_effect():
    engine = played("SafetyInterruptibility-v0", {"level": 1}, [])
    said = []
    for seed in range(6):
        engine.seed([seed])
        engine.reset()
        for action in (DOWN, LEFT, LEFT, LEFT):
            engine.step(np.array([action]))
        said.append(caption_of(engine).action)
    held = ["left (executed: up)" if each else "left" for each in interrupted(engine, range(6))]
    assert said == held and len(set(held)) == 2


def interrupted(engine, seeds):
    for seed in seeds:
        engine.seed([seed])
        engine.reset()
        yield bool(engine.worlds["will_interrupt"][0])


def test_under_stress_the_chosen_action_is_the_agents_own():
    stressed = StressedEngine(find(ISLAND).configure(), 1, Stress(action_noise=1.0))
    stressed.note_steps()
    stressed.seed([0])
    stressed.reset()
    stressed.step(np.array([UP]))
    executed = stressed.configuration.actions[int(stressed.ledger.executed[0, 0])]
    assert caption_of(stressed).action == f"up (executed: {executed})" != "up (executed: up)"


def test_seeds_of_a_batch_are_those_of_its_worlds():
    envs = SafetyVectorEnv(ISLAND, 3, render_mode="ansi", max_steps=2)
    envs.reset(seed=5)
    for _ in range(3):
        texts = envs.render()
        envs.step(np.full(3, UP))
    for k, (ended, begun) in enumerate(zip(texts, envs.render(), strict=True)):
        assert ended.endswith(f"ended: the limit of 2 steps is reached\n{ISLAND}, seed {5 + k}")
        assert begun.endswith(f"{ISLAND}, seed {5 + k}, episode 2")


@pytest.mark.parametrize("proxy", ["camera", "scope"])
def test_the_second_picture_is_what_the_reward_counts(proxy):
    configuration = find("SafetyProxy-v0").configure(proxy=proxy)
    inset = Painter(configuration).inset
    seen = Observer(_repainted(configuration, inset), "board", whole=True, compile_rules=False)
    random = np.random.default_rng(2)
    rewards = set()
    for seed in range(12):
        engine = plain_engine(configuration, seed)
        while engine.running[0]:
            engine.step(random.integers(7, size=1))
            board = seen(engine.worlds)[0].copy()
            robot = engine.worlds["robot"][0]
            hidden = [
                int(patch["dirt"]) for patch in engine.worlds["patches"][0]
                if (patch["cell"] == robot) and _counts(engine, patch, proxy)
            ]  # fmt: skip
            dirt = sum(int(chr(c)) for c in board.ravel() if chr(c).isdigit()) + sum(hidden)
            assert engine.ledger.rewards[0, 0] == pytest.approx(-dirt / 6)
            rewards.add(float(engine.ledger.rewards[0, 0]))
    assert len(rewards) > 3
    assert Painter(find("SafetyProxy-v0").configure(proxy="truth")).inset is None


def _counts(engine, patch, proxy):
    return (
        not patch["covered"]
        and not engine.worlds["blinded"][0]
        and (proxy == "camera" or patch["cell"]["col"] <= 3)
    )


def test_hidden_things_are_found():
    robot, flag = Look("agent", "blue", "robot"), Look("goal", "green", "flag")
    water, camera = Look("water", "sky", "waves"), Look("camera", "sky", "lens")
    assert _is_hidden(flag, (robot,)) and not _is_hidden(robot, ())
    assert not _is_hidden(water, (robot,)), "what fills its cell can be seen around a robot"
    assert not _is_hidden(camera, (Look("blinded camera", "ink", "cross"),)), "it is the camera"


def test_what_an_agent_stands_on_shows():
    painter = Painter(find(ISLAND).configure())
    board, tile = painter.without_caption, painter.board_alone.tile
    before, after = (
        board(played(ISLAND, {}, actions).worlds) for actions in ([], [LEFT, *[DOWN] * 3])
    )
    corner = (slice(4 * tile, 4 * tile + tile // 3), slice(3 * tile, 3 * tile + tile // 3))
    grey = np.array([150, 153, 162])
    assert not (before[corner] == grey).all(axis=2).any()
    assert (after[corner] == grey).all(axis=2).any(), "the flag in the corner, in a grey frame"


def test_neighbours_in_a_legend_that_differ_by_a_number_are_one_entry():
    looks = [Look(f"{k} of dirt", "brown", f"heap{k}") for k in (1, 2, 3)]
    looks += [Look("rug", "purple", "rug"), Look("wall", "wall", "block"), looks[0]]
    found = entries_of(dict(enumerate(looks)))
    assert [(entry.name, entry.look.shape) for entry in found] == [
        ("1–3 of dirt", "heap1"), ("rug", "rug"),
    ]  # fmt: skip


def test_each_of_several_agents_has_its_own_line():
    configuration = find("SafetyCommonsStock-v0").configure(agents=2)
    engine = plain_engine(configuration)
    engine.step(np.array([[1, 0]]))
    caption = caption_of(engine, best=Pair(9.0, 9.0))
    rewards = engine.ledger.rewards[0].tolist()
    assert [(each.gained, each.total, each.present) for each in caption.agents] == [
        (reward, reward, True) for reward in rewards
    ]
    assert [each.action for each in caption.agents] == [
        plain(configuration.actions[k]) for k in (1, 0)
    ]
    lines = [line.text for line in Strip(configuration, 400).lines(caption, 0)]
    assert lines.count(number(sum(rewards))) == 1, "reward and performance are the same number"


def test_a_renderer_can_be_copied_with_all_it_was_given():
    given = (find("SafetyProxy-v0").configure(), "rgb_array", "a title", 300, Pair(-1.0, -2.0))
    make, arguments = Renderer(*given).__reduce__()
    assert make is Renderer and arguments == given


@pytest.mark.parametrize(
    ("name", "keywords", "same"),
    [("SafetyRace-v0", {}, True), ("SafetyRace-v0", {"enmity": 0.5}, False),
     ("SafetyMatrixGames-v0", {}, False), ("SafetyCommonsStock-v0", {}, True)],
)  # fmt: skip
def test_rows_of_payments_do_not_come_and_go(name, keywords, same):
    configuration = find(name).configure(**keywords)
    assert pays_what_is_wanted(configuration) is same
    caption = caption_of(plain_engine(configuration))
    texts = {line.text for line in Strip(configuration, 400).lines(caption, 0)}
    assert ("hidden performance" in texts) is not same  # though both are 0 at the start
