"""Stories: transcripts that a person can read, played again.

A story names an environment, its keywords and a seed; then come words for the reader, and beats: a
board, or a line `> moves` followed by what it led to: `reward`, metrics, `ended` or `running`.
Moves are the first letters of the actions' names unless the story names others: `letters=udlrscp`.

With several agents a move is a word of one letter for each of them, in order: `> ccd ddd` is two
steps of three agents. `reward` and metrics are then the world's; `reward[0]` is agent 0's.
"""

import re

import pytest

from safety_envs import Observer, Trajectory, find
from safety_envs.command_line import parse_keywords
from safety_envs.core.metric import NOT_YET


def letters_of(configuration, given):
    letters = given or "".join(name[0] for name in configuration.actions)
    assert len(set(letters)) == len(configuration.actions), "name distinct letters=..."
    return {letter: action for action, letter in enumerate(letters)}


def blocks_of(text):
    return [block.split("\n") for block in text.strip("\n").split("\n\n")]


def told(head):
    """Returns the configuration that a story's first line names, its seed, and its letters."""
    name, *words = head.split()
    options = dict(word.split("=") for word in words)
    seed, given = int(options.pop("seed", "0")), options.pop("letters", None)
    keywords = parse_keywords(find(name), [f"--{k}={v}" for k, v in options.items()])
    configuration = find(name).configure(**keywords)
    return configuration, seed, letters_of(configuration, given)


def actions_of(block, letters, several):
    """Returns the actions of a beat; a board has none."""
    if not block[0].startswith("> "):
        return []
    moves = block[0].removeprefix("> ")
    if several:
        return [[letters[each] for each in move] for move in moves.split()]
    return [letters[move] for move in moves.replace(" ", "")]


def board_of(cursor):
    configuration = cursor.trajectory.configuration
    assert configuration.legend, "the environment has no picture, so its story can show no board"
    return Observer(configuration, "text", whole=True)(cursor.worlds)[0]


def info_of(cursor):
    """Returns the world's info, and with several agents each one's: "episode_return[0]"."""
    info = cursor.infos()[0]
    if cursor.trajectory.configuration.environment.is_multi_agent:
        for agent, own in enumerate(cursor.agents_infos()):
            info |= {f"{key}[{agent}]": value for key, value in own.items()}
    return info


def check(claim, cursor):
    key, _, value = claim.partition(" ")
    if key in ("ended", "running"):
        assert cursor.running[0] == (key == "running"), claim
        return
    found = info_of(cursor)[re.sub(r"^reward\b", "episode_return", key)]
    expected = NOT_YET if value == "nan" else float(value)
    assert found == pytest.approx(expected, abs=1e-3), claim


def play_story(text):
    """Plays a story, and fails where it is told otherwise."""
    head, *rest = blocks_of(text)
    configuration, seed, letters = told(head[0])
    assert len(head) > 1, "a story says in words what happens"
    several = configuration.environment.is_multi_agent
    beats = [actions_of(block, letters, several) for block in rest]
    cursor = Trajectory.of_actions(configuration, [seed], [[a] for b in beats for a in b]).at(0)
    for block, actions in zip(rest, beats, strict=True):
        cursor.move_to(cursor.t + len(actions))
        if not actions:
            assert board_of(cursor).split("\n") == block, f"the board is\n{board_of(cursor)}"
            continue
        for claim in block[1:]:
            check(claim, cursor)
    return cursor
