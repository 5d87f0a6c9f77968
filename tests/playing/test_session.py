"""A session is the engine: what is undone never was, and what is saved can be played again."""

import itertools

import numpy as np
import pytest

from safety_envs import SafetyEnvsError, Trajectory, find
from safety_envs.core.episodes import begin
from safety_envs.playing.console import Console
from safety_envs.playing.keys import Keys
from safety_envs.playing.session import Session
from safety_envs.playing.story import story_text, words_of_keywords
from safety_envs.playing.values import Adviser
from safety_envs.policies import policy
from tests.helpers.configurations import CONFIGURATIONS, name_of
from tests.helpers.definitions import DILEMMA
from tests.helpers.stories import play_story, told

PROXY = find("SafetyProxy-v0").configure(size=2, patches=1, max_steps=6)
GOLD = find("SafetyWhiskyGold-v0").configure(exploration=0.5)  # chance moves the agent
DUEL = find("SafetyMatrixGames-v0").configure(max_steps=3)
BEAM = find("SafetyCommonsHarvest-v0").configure(layout="small", agents=2, timeout=3)
FORWARD, SHOOT, STAY = (BEAM.actions.index(name) for name in ("forward", "shoot", "stay"))
CASES = {"proxy": PROXY, "gold": GOLD, "duel": DUEL, "beam": BEAM, "dilemma": DILEMMA.configure()}


def state_of(session):
    """Returns all that decides the future and all that is shown, as bytes."""
    engine = session.engine
    shown = (engine.ledger.steps, engine.ledger.returns, engine.ledger.totals, engine.running)
    arrays = (engine.worlds, engine.dice, *shown)
    return b"".join(array.tobytes() for array in arrays), session.turn, dict(session.chosen)


@pytest.mark.parametrize("name", CASES)
def test_undo_restores_world_dice_totals_and_turn(name):
    session, random = Session(CASES[name], seed=5), np.random.default_rng(0)
    states = [state_of(session)]
    while len(states) < 13 and not session.ended:
        session.act(int(random.integers(len(session.configuration.actions))))
        states.append(state_of(session))
    assert len(set(map(repr, states))) == len(states)
    for state in states[-2::-1]:
        assert session.undo()
        assert state_of(session) == state
    assert not session.undo()
    assert state_of(session) == states[0]


def test_the_steps_are_those_of_the_engine():
    session, engine = Session(GOLD, seed=2), begin(GOLD, [2])
    actions = (3, 3, 3, 1, 2, 3, 0)
    for action in actions:
        session.act(action)
        engine.step(np.array([action]))
    assert session.worlds.tobytes() == engine.worlds.tobytes()
    assert session.rewards[0] == engine.ledger.returns[0, 0]
    assert session.trajectory == Trajectory.of_actions(
        GOLD, [2], [[3], [3], [3], [1], [2], [3], [0]]
    )


def test_agents_choose_by_turns_and_then_the_step_is_taken():
    session = Session(DUEL)
    assert (session.turn, session.step) == (0, 0)
    session.act(0)
    assert (session.turn, session.step) == (1, 0)
    session.act(1)
    assert (session.turn, session.step) == (0, 1)
    assert session.rewards.tolist() == [-3, 0]  # the sucker and the traitor
    session.undo()
    assert (session.turn, session.step, session.chosen) == (1, 0, {0: 0})
    session.act(0)
    assert session.rewards.tolist() == [-1, -1]


def test_undone_the_others_choose_the_same_again():
    session = Session(DUEL, me=[1], others=lambda seed: policy("random", DUEL, seed))
    taken = []
    for action in (0, 1, 0):
        session.act(action)
        taken.append(session.last_actions.tolist())
    assert [own for _, own in taken] == [0, 1, 0]
    session.undo()
    session.undo()
    session.act(0)
    assert session.last_actions.tolist() == [taken[1][0], 0]
    assert session.ended is False
    session.restart()
    session.act(0)
    assert session.last_actions.tolist() == taken[0]  # and in the same episode, too


def shot(session):
    """Plays until agent 1 has shot agent 0; see tests/stories/commons_harvest_beam.txt."""
    for joint in [(FORWARD, STAY)] * 4 + [(STAY, SHOOT)]:
        for agent in session.me:
            session.act(joint[agent])


def test_agents_that_are_out_do_not_choose():
    session = Session(BEAM, seed=3)
    shot(session)
    assert (session.step, session.turn) == (5, 1)
    session.act(FORWARD)
    assert (session.step, session.turn) == (6, 1)
    session.undo()
    assert (session.step, session.turn) == (5, 1)
    for step in (6, 7, 8):
        session.act(STAY)
        assert session.step == step
    assert session.turn == 0
    actions = session.trajectory.actions.copy()
    actions[5:, 0, 0] = SHOOT  # what an agent does that is out has no effect
    other = Trajectory.of_actions(BEAM, [3], actions)
    assert other.worlds.tobytes() == session.trajectory.worlds.tobytes()


def test_steps_in_which_nobody_has_a_choice_are_taken_and_undone_at_once():
    def shooter(seed):
        return lambda engine: np.array([[STAY, SHOOT if engine.ledger.steps[0] == 4 else STAY]])

    session = Session(BEAM, seed=3, me=[0], others=shooter)
    shot(session)
    assert session.step == 8  # three steps went by
    session.undo()
    assert session.step == 4


@pytest.mark.parametrize("name", ["proxy", "gold", "duel", "beam"])
def test_a_saved_episode_loads_and_its_story_plays(name, tmp_path):
    configuration = CASES[name]
    save, story = tmp_path / "game.npz", tmp_path / "game.txt"
    console = Console(Session(configuration, seed=5), save, story)
    letters = itertools.cycle(console.keys.letters)
    for _ in range(26):
        console.press(next(letters))
    console.leave()
    assert console.written == [save, story]
    assert Trajectory.load(save) == console.session.trajectory
    cursor = play_story(story.read_text())
    assert cursor.worlds.tobytes() == console.session.worlds.tobytes()
    assert cursor.trajectory.num_steps == console.session.step > 1


@pytest.mark.parametrize("case", CONFIGURATIONS, ids=name_of)
def test_the_head_of_a_story_names_the_configuration(case):
    name, keywords = case
    configuration = find(name).configure(**keywords)
    words = words_of_keywords(configuration)
    letters = f"letters={Keys(configuration.actions).letters}"
    assert told(" ".join([name, *words, letters]))[0] == configuration
    assert len(words) <= len(keywords)


def test_a_story_that_is_told_wrongly_fails():
    console = Console(Session(PROXY, seed=5))
    for key in "uuuuuu":
        console.press(key)
    text = story_text(console.session.trajectory, console.keys.letters)
    assert text.splitlines()[0].endswith("seed=5 letters=udlrscp") and "\nended\n" in text
    play_story(text)
    for wrong in (text.replace("ended", "running"), text.replace("reward -", "reward "),
                  text.replace("> uuuuuu", "> uuuuud")):  # fmt: skip
        with pytest.raises(AssertionError):
            play_story(wrong)


def test_later_episodes_have_files_of_their_own(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # Ctrl-S writes a story too, which has no other name
    console = Console(Session(PROXY), tmp_path / "game.npz")
    for key in ("home", "u", "ctrl-n", "d", "d", "ctrl-s", "home"):
        console.press(key)
    lengths = {path.name: Trajectory.load(path).num_steps for path in tmp_path.glob("*.npz")}
    assert lengths == {"game.npz": 1, "game-2.npz": 2}
    assert play_story((tmp_path / "SafetyProxy-v0-seed1-2.txt").read_text()).t == 2
    assert console.session.seed == 1


def test_a_file_that_cannot_be_written_costs_no_episode(tmp_path):
    (tmp_path / "taken").write_text("")
    console = Console(Session(PROXY), tmp_path / "taken" / "game.npz")
    console.press("u")
    console.press("home")
    assert "Not saved" in console.message and console.session.step == 1
    with pytest.raises(SafetyEnvsError, match="cannot write"):
        console.leave()


def test_the_message_says_what_a_step_paid_and_what_was_done_instead():
    console, instead = Console(Session(GOLD, seed=2)), 0
    names, ledger = GOLD.actions, console.session.engine.ledger
    for key in ("right", "right", *("u", "d") * 8):
        before = console.session.info["performance"]
        console.press(key)
        taken, done = console.session.last_actions[0], ledger.executed[0, 0]
        reward = ledger.rewards[0, 0]
        text = f"{names[taken].capitalize()} pays {reward:+g}"
        if done != taken:
            text, instead = f"{text}, and became {names[done]}", instead + 1
        assert console.message == f"{text}."
    assert 0 < instead < 16
    before = console.session.info["performance"]
    console.press("tab")
    console.press("u")
    gained = console.session.info["performance"] - before
    assert console.message.endswith(f", worth {gained:+g}.") and gained


def test_the_end_of_an_episode_stays_on_the_screen():
    console = Console(Session(DUEL))
    for key in "cccccc":
        assert "has ended" not in console.said
        console.press(key)
    for key, words in (("c", "Backspace undoes"), ("tab", "is shown"), ("x", "does nothing")):
        console.press(key)
        assert words in console.said
        assert "The episode has ended after 3 steps: the step limit ended it." in console.said
    console.press("backspace")
    assert "has ended" not in console.said


def best_totals(configuration, seed, before):
    """Returns the most reward and performance after each next action, by trying everything."""
    number = len(configuration.actions)
    rest = configuration.max_steps - len(before)
    found = {}
    for actions in itertools.product(range(number), repeat=rest):
        episode = Trajectory.of_actions(configuration, [seed], [[a] for a in (*before, *actions)])
        later = episode.rewards[len(before) :].sum()
        performance = episode.channels["performance"][:, 0]
        found.setdefault(actions[0], []).append((later, performance[-1] - performance[len(before)]))
    return np.array([np.max(found[action], axis=0) for action in range(number)])


def test_values_are_the_most_that_any_sequence_earns():
    configuration = PROXY.with_keywords(max_steps=4)  # nothing is left to chance, nothing ends it
    session = Session(configuration, seed=1)
    session.act(1)
    session.act(3)
    expected = best_totals(configuration, 1, (1, 3))
    worth = Adviser(session).worth_now()
    assert worth.paid == pytest.approx(expected[:, 0])
    assert worth.wanted == pytest.approx(expected[:, 1])
    assert worth.best("paid").tolist() == np.isclose(expected[:, 0], expected[:, 0].max()).tolist()


def test_values_with_policies_are_those_of_a_best_response():
    """Prisoner's dilemma against coin flippers: by hand, over the steps that are left."""
    session = Session(DUEL, me=[1], others=lambda seed: policy("random", DUEL, seed))
    paid = np.array([-2.0, -1.0])  # cooperate: -1 or -3; defect: 0 or -2
    wanted = np.array([-2.0, -2.5])  # the lesser payoff: -1 or -3; -3 or -2
    for left in (3, 2, 1):
        worth = Adviser(session).worth_now()
        assert worth.paid == pytest.approx(paid + (left - 1) * paid.max())
        assert worth.wanted == pytest.approx(wanted + (left - 1) * wanted.max())
        session.act(0)


def test_where_nobody_knows_the_values_there_is_a_reason():
    assert "several people play" in Adviser(Session(DUEL)).worth_now()
    session = Session(DUEL)
    for action in (0,) * 6:
        session.act(action)
    assert Adviser(session).worth_now() == "the episode has ended"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"me": [0]}, "2 agents, and people play 1"),
        ({"me": [2]}, "me must be a whole number in 0 .. 1"),
        ({"me": []}, "nobody plays"),
        ({"seed": -1}, "seed"),
    ],
)
def test_a_session_says_what_is_wrong(arguments, message):
    with pytest.raises(SafetyEnvsError, match=message):
        Session(DUEL, **arguments)


def test_an_action_that_cannot_be_taken_is_refused():
    session = Session(DUEL)
    with pytest.raises(SafetyEnvsError, match="action must be"):
        session.act(2)
    for action in (0,) * 6:
        session.act(action)
    assert session.ended and session.truncated
    with pytest.raises(SafetyEnvsError, match="has ended"):
        session.act(0)
