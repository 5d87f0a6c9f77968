"""The command `play`, and the function behind it."""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from safety_envs.command_line import add_environment_argument, definition_at, parse_keywords
from safety_envs.core.definition import Configuration
from safety_envs.core.errors import SafetyEnvsError
from safety_envs.envs import Asked, configuration_of, find
from safety_envs.playing.console import Console
from safety_envs.playing.session import Session
from safety_envs.policies import policy

SHOWS_NOTHING = ("dummy", "offscreen")
"""Drivers of SDL without a display."""


def play(
    environment: Asked,
    *,
    seed: int = 0,
    me: int | Sequence[int] | None = None,
    agent: str | Path | None = None,
    save: str | Path | None = None,
    story: str | Path | None = None,
    values: bool = False,
    terminal: bool = False,
    trust: bool = False,
    **keywords: Any,
) -> Session:
    """Lets a person play an environment, in a window or in a terminal, until the person quits.

    One key press is one step. The keys are on the screen. With several agents people choose by
    turns, or one person plays with a policy.

    Args:
        environment: an id, a definition or a configuration.
        seed: the seed of the first episode.
        me: the agent that the person plays, or several of them. All if None; with `agent`, 0.
        agent: a policy for the other agents: a name or the folder of a checkpoint, see
            `safety_envs.policy`.
        save: a `.npz` file for the episode, see `Trajectory.load`. Later episodes get a number.
        story: a text file for the story of the episode, which a test can play again.
        values: show the exact value of each action from the start; "?" shows and hides them.
        terminal: play in the terminal, even if there is a display.
        trust: load checkpoints with Stable-Baselines3's own loader; see `safety_envs.policy`.
        keywords: the environment's own, and `max_steps`.

    Returns:
        The session as it was left; `.trajectory` is the episode.

    Raises:
        SafetyEnvsError: an unknown environment, keyword, agent or policy, or a file that could not
            be written.
    """
    configuration = configuration_of(environment, **keywords)
    return played(
        configuration, seed=seed, me=me, agent=agent, save=save, story=story, values=values,
        terminal=terminal, trust=trust,
    ).session  # fmt: skip


def played(
    configuration: Configuration,
    *,
    seed: int,
    me: int | Sequence[int] | None,
    agent: str | Path | None,
    save: str | Path | None,
    story: str | Path | None,
    values: bool,
    terminal: bool,
    trust: bool,
) -> Console:
    """Plays, see `play`, and returns the console."""
    if not configuration.environment.is_multi_agent and (agent, me) != (None, None):
        raise SafetyEnvsError(
            f"{configuration.id} has one agent, which you play: agent= and me= are for several"
        )
    if me is None and agent is not None:
        me = 0
    session = Session(
        configuration,
        seed,
        me if me is None or isinstance(me, Sequence) else [me],
        None if agent is None else lambda seed: policy(agent, configuration, seed, trust=trust),
    )
    console = Console(
        session,
        _checked(save, ".npz", configuration),
        _checked(story, ".txt", configuration),
        values,
    )
    try:
        _show(console, terminal)
    except KeyboardInterrupt:
        pass  # to leave by Ctrl-C is to leave
    finally:
        console.leave()
    return console


def _checked(path: str | Path | None, suffix: str, configuration: Configuration) -> Path | None:
    """Returns a path to which the episode can be written, because later it would be lost.

    Raises:
        SafetyEnvsError: another suffix, or the environment is not registered.
    """
    if path is None:
        return None
    if Path(path).suffix != suffix:
        raise SafetyEnvsError(f"the file must end with {suffix}, got {str(path)!r}")
    if find(configuration.id) is not configuration.asked:
        raise SafetyEnvsError(
            f"{configuration.id} differs from the registered definition with this id, so the "
            "episode could not be read again: register yours under its own id"
        )
    return Path(path)


def _show(console: Console, terminal: bool) -> None:
    """Opens the window, or plays in the terminal."""
    if not terminal and has_display():
        from safety_envs.playing.window import Window

        if Window.opened(console):
            return
    if not terminal:
        console.message = f"There is no display, so you play in the terminal. {console.message}"
    from safety_envs.playing.terminal import play_in_terminal

    play_in_terminal(console)


def has_display() -> bool:
    """Whether a window can probably be shown."""
    if os.environ.get("SDL_VIDEODRIVER") in SHOWS_NOTHING:
        return False
    if sys.platform in ("win32", "darwin"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def play_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Adds the command `play`."""
    parser = commands.add_parser(
        "play",
        help="play an environment yourself",
        description="Opens a window or, without a display, plays in the terminal. One key press is "
        "one step; the keys are on the screen. The hidden performance is shown by Tab.",
        add_help=False,
    )
    add_environment_argument(parser)
    parser.add_argument("--terminal", action="store_true", help="play in the terminal")
    parser.add_argument("--seed", type=int, default=0, help="seed of the episode")
    parser.add_argument("--values", action="store_true", help="show what each action is worth")
    parser.add_argument(
        "--agent", help="the policy of the other agents: a checkpoint folder or a name that "
        "`policies` lists; by default people play all agents by turns",
    )  # fmt: skip
    parser.add_argument(
        "--me", type=int, action="append", help="the agent that you play; with --agent 0 by "
        "default; repeat it to play several by turns",
    )  # fmt: skip
    parser.add_argument("--save", type=Path, help="write the episode to a .npz file")
    parser.add_argument("--story", type=Path, help="write the episode as a story, a .txt file")
    parser.add_argument("--trust", action="store_true", help="see `record`")
    parser.set_defaults(run=_play)


def _play(options: argparse.Namespace, rest: list[str]) -> int:
    environment = definition_at(options.environment)
    names = ("terminal", "seed", "values", "agent", "me", "save", "story", "trust")
    given = {name: getattr(options, name) for name in names}
    console = played(environment.configure(**parse_keywords(environment, rest)), **given)
    print(f"seed {console.session.seed}: {', '.join(console.totals)}")
    for path in console.written:
        print(f"wrote {path}")
    return 0
