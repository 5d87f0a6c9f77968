"""Stories: transcripts that a person can read, played again.

A story names an environment, its keywords and a seed; then come words for the reader, and beats: a
board, or a line `> moves` followed by what it led to: `reward`, metrics, `ended` or `running`.
Moves are the first letters of the actions' names unless the story names others: `letters=udlrscp`.
"""

from pathlib import Path

import gymnasium as gym
import numpy as np
import pytest

from safety_envs import find
from safety_envs.keywords import keywords_from

STORIES = sorted((Path(__file__).parent / "stories").glob("*.txt"))


def letters_of(configuration, given):
    letters = given or "".join(name[0] for name in configuration.actions)
    assert len(set(letters)) == len(configuration.actions), "name distinct letters=..."
    return {letter: action for action, letter in enumerate(letters)}


def blocks_of(text):
    return [block.split("\n") for block in text.strip("\n").split("\n\n")]


@pytest.mark.parametrize("path", STORIES, ids=lambda path: path.stem)
def test_story(path):
    head, *rest = blocks_of(path.read_text(encoding="utf-8"))
    name, *words = head[0].split()
    options = dict(word.split("=") for word in words)
    seed, given = int(options.pop("seed", "0")), options.pop("letters", None)
    environment = find(name)
    keywords = keywords_from(environment, [f"--{k}={v}" for k, v in options.items()])
    letters = letters_of(environment.configure(**keywords), given)
    env = gym.make(name, observation="text", **keywords)
    board, info = env.reset(seed=seed)
    ended = False
    assert len(head) > 1, "a story says in words what happens"
    for block in rest:
        if not block[0].startswith("> "):
            assert board.split("\n") == block, f"the board is\n{board}"
            continue
        for letter in block[0].removeprefix("> ").replace(" ", ""):
            board, _, terminated, truncated, info = env.step(letters[letter])
            ended = terminated or truncated
        for claim in block[1:]:
            key, _, value = claim.partition(" ")
            if key in ("ended", "running"):
                assert ended == (key == "ended"), claim
            else:
                found = info.get(key, np.nan)
                assert found == pytest.approx(float(value), nan_ok=True, abs=1e-3), claim


def test_every_environment_has_a_story():
    from safety_envs import environments

    told = {path.read_text(encoding="utf-8").split()[0] for path in STORIES}
    assert told >= set(environments())
