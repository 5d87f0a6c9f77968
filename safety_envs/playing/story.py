"""Episodes as stories: transcripts that a person can read, and a test can play again.

The first line names the environment, its keywords, the seed and the letters of the actions. Boards
and lines `> moves` follow, each of these with the reward, the performance and the metrics that have
changed since. `CONTRIBUTING.md` describes the format.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from safety_envs.core.definition import Configuration
from safety_envs.core.errors import SafetyEnvsError
from safety_envs.core.files import write_atomically
from safety_envs.core.infos import STEP_KEYS
from safety_envs.core.observe import Observer
from safety_envs.trajectories import Trajectory
from safety_envs.trajectories.cursor import Cursor

MOST_MOVES = 10
"""The largest number of steps on one line."""

PLAYED = "A person played this episode."


def story_text(trajectory: Trajectory, letters: str, sentence: str = PLAYED) -> str:
    """Returns the story of a trajectory of one episode.

    Args:
        trajectory: one episode, perhaps not to its end.
        letters: a character for each action, all different.
        sentence: what happens, in words.
    """
    configuration = trajectory.configuration
    head = [configuration.id, *words_of_keywords(configuration), *_seed(trajectory.seeds[0])]
    if letters != "".join(name[0] for name in configuration.actions):
        head.append(f"letters={letters}")
    blocks = [f"{' '.join(head)}\n{sentence}", *_board(trajectory.at(0))]
    told: Mapping[str, float] = _channels(trajectory.at(0))
    for cursor, begin in _stops(trajectory):
        found = _channels(cursor)
        moves = f"> {_moves(trajectory.actions[begin : cursor.t, 0], letters)}"
        claims = [
            f"{key} {_number(value)}"
            for key, value in found.items()
            if key in ("reward", "performance") or value != told[key]
        ]
        state = ["running" if cursor.running[0] else "ended"] * (cursor.t == trajectory.num_steps)
        blocks.append("\n".join([moves, *claims, *state]))
        told = found
    if trajectory.num_steps:
        blocks += _board(trajectory.at(trajectory.num_steps))
    return "\n\n".join(blocks) + "\n"


def write_story(text: str, path: Path) -> None:
    """Writes a story, completely or not at all.

    Raises:
        SafetyEnvsError: the file cannot be written.
    """
    try:
        write_atomically(path, text)
    except OSError as error:
        raise SafetyEnvsError(f"cannot write {str(path)!r}: {error}") from error


def _stops(trajectory: Trajectory) -> Iterator[tuple[Cursor, int]]:
    """Yields a cursor at the end of every line of moves, and the step at which the line begins."""
    cursor = trajectory.at(0)
    for begin in range(0, trajectory.num_steps, MOST_MOVES):
        yield cursor.move_to(min(begin + MOST_MOVES, trajectory.num_steps)), begin


def _moves(actions: Any, letters: str) -> str:
    """Returns the letters of actions [T] or [T, agents]; with several agents, a word for a step."""
    if actions.ndim == 1:
        return "".join(letters[action] for action in actions)
    return " ".join("".join(letters[action] for action in step) for step in actions)


def _channels(cursor: Cursor) -> dict[str, float]:
    """Returns the totals so far, those of agents too."""
    rows: list[tuple[str, Mapping[str, float]]] = [("", cursor.infos()[0])]
    configuration = cursor.trajectory.configuration
    if configuration.environment.is_multi_agent:
        own = ("episode_return", *configuration.layout.per_agent)
        for agent, info in enumerate(cursor.agents_infos()):
            rows.append((f"[{agent}]", {key: info[key] for key in own}))
    return {
        key.replace("episode_return", "reward") + suffix: float(value)
        for suffix, info in rows
        for key, value in info.items()
        if key not in STEP_KEYS
    }


def _number(value: float) -> str:
    """Returns a number with at most four decimals; an undefined one is -1, as in infos."""
    text = f"{value:.4f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def _board(cursor: Cursor) -> list[str]:
    """Returns the board as a block; none without a picture, or if it would read as something else.

    A blank line would end the block, and "> " begins a line of moves.
    """
    configuration = cursor.trajectory.configuration
    if not configuration.legend:
        return []
    text = Observer(configuration, "text", whole=True)(cursor.worlds)[0]
    return [] if text.startswith("> ") or "" in text.split("\n") else [text]


def _seed(seed: int) -> list[str]:
    return [f"seed={seed}"] if seed else []


def words_of_keywords(configuration: Configuration) -> list[str]:
    """Returns the keywords that make the configuration another one than the default."""
    needed = dict(configuration.keywords)
    for name in list(needed):
        fewer = {key: value for key, value in needed.items() if key != name}
        if _makes(configuration, fewer):
            needed = fewer
    return [f"{name}={'none' if value is None else value}" for name, value in needed.items()]


def _makes(configuration: Configuration, keywords: Mapping[str, Any]) -> bool:
    """Tells whether keywords make the configuration."""
    try:
        return configuration.asked.configure(**keywords) == configuration
    except SafetyEnvsError:
        return False
