"""Stories: transcripts that a person can read, played again.

A story names an environment, its keywords and a seed; then come words for the reader, and beats: a
board, or a line `> moves` followed by what it led to: `reward`, metrics, `ended` or `running`.
Moves are the first letters of the actions' names unless the story names others: `letters=udlrscp`.

With several agents a move is a word of one letter for each of them, in order: `> ccd ddd` is two
steps of three agents. `reward` and metrics are then the world's; `reward[0]` is agent 0's.
"""

import re
from pathlib import Path

import gymnasium as gym
import numpy as np
import pytest

from safety_envs import Engine, Observer, find
from safety_envs.adapters.infos import agents_infos, infos
from safety_envs.core.metric import NOT_YET
from safety_envs.keywords import keywords_from

STORIES = sorted((Path(__file__).parent / "stories").glob("*.txt"))


def letters_of(configuration, given):
    letters = given or "".join(name[0] for name in configuration.actions)
    assert len(set(letters)) == len(configuration.actions), "name distinct letters=..."
    return {letter: action for action, letter in enumerate(letters)}


def blocks_of(text):
    return [block.split("\n") for block in text.strip("\n").split("\n\n")]


class Player:
    """Plays stories: it has an engine, and a board if the environment has a picture."""

    @property
    def board(self):
        configuration = self.engine.configuration
        assert configuration.legend, (
            "the environment has no picture, so its story can show no board"
        )
        return Observer(configuration, "text", whole=True)(self.engine.worlds)[0]


class Solo(Player):
    """One agent, through Gymnasium."""

    def __init__(self, name, keywords, seed):
        self.env = gym.make(name, **keywords)
        self.engine = self.env.unwrapped.engine
        _, self.info = self.env.reset(seed=seed)
        self.ended = False

    def moves(self, line):
        return line.replace(" ", "")

    def step(self, action):
        _, _, terminated, truncated, self.info = self.env.step(action)
        self.ended = terminated or truncated


class Group(Player):
    """Several agents that move at once."""

    def __init__(self, name, keywords, seed):
        configuration = find(name).configure(**keywords)
        self.engine = Engine(configuration, 1)
        self.engine.seed([seed])
        self.engine.reset()

    @property
    def ended(self):
        return self.engine.done[0]

    @property
    def info(self):
        own = enumerate(agents_infos(self.engine))
        each = {f"{key}[{agent}]": value for agent, i in own for key, value in i.items()}
        return infos(self.engine)[0] | each

    def moves(self, line):
        return line.split()

    def step(self, actions):
        self.engine.step(np.array([actions]))


@pytest.mark.parametrize("path", STORIES, ids=lambda path: path.stem)
def test_story(path):
    head, *rest = blocks_of(path.read_text(encoding="utf-8"))
    name, *words = head[0].split()
    options = dict(word.split("=") for word in words)
    seed, given = int(options.pop("seed", "0")), options.pop("letters", None)
    environment = find(name)
    keywords = keywords_from(environment, [f"--{k}={v}" for k, v in options.items()])
    letters = letters_of(environment.configure(**keywords), given)
    several = environment.is_multi_agent
    play = (Group if several else Solo)(name, keywords, seed)
    assert len(head) > 1, "a story says in words what happens"
    for block in rest:
        if not block[0].startswith("> "):
            assert play.board.split("\n") == block, f"the board is\n{play.board}"
            continue
        for move in play.moves(block[0].removeprefix("> ")):
            play.step([letters[each] for each in move] if several else letters[move])
        for claim in block[1:]:
            key, _, value = claim.partition(" ")
            if key in ("ended", "running"):
                assert play.ended == (key == "ended"), claim
            else:
                found = play.info[re.sub(r"^reward\b", "episode_return", key)]
                expected = NOT_YET if value == "nan" else float(value)
                assert found == pytest.approx(expected, abs=1e-3), claim


def test_every_environment_has_a_story():
    from safety_envs import environments

    told = {path.read_text(encoding="utf-8").split()[0] for path in STORIES}
    assert told >= set(environments())
