"""What the command line does with pages: `view`, and `certify --page`."""

import argparse
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from safety_envs.command_line import PLACE, definition_at, parse_keywords
from safety_envs.core.definition import Environment
from safety_envs.core.errors import SafetyEnvsError


def view_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Adds the command `view`."""
    parser = commands.add_parser(
        "view",
        help="write a page that plays episodes side by side",
        description="Writes one HTML file that needs no server and no network. Its episodes are "
        "those of files, or are played with --agent.",
    )
    parser.add_argument(
        "replays",
        nargs="+",
        metavar="REPLAY | ENVIRONMENT",
        help=f".npz files written by `Trajectory.save`, or {PLACE} with its keywords as options",
    )
    parser.add_argument(
        "--agent", "--policy", action="append", default=[], help="see `record`; of an environment"
    )
    parser.add_argument("--title", action="append", default=[], help="a title; one per episode")
    parser.add_argument("--seed", type=int, help="seed of the episodes of --agent; default 0")
    parser.add_argument("--out", type=Path, required=True, help="a .html file")
    parser.add_argument("--trust", action="store_true", help="see `record`")
    parser.set_defaults(run=_view, environment=None)


def _view(options: argparse.Namespace, rest: list[str]) -> int:
    from safety_envs.pages.page import checked_page
    from safety_envs.pages.watching import replay_page, watch

    checked_page(options.out)
    if not options.agent:
        _check_files(options, rest)
        page = replay_page(*options.replays, titles=options.title)
    elif len(options.replays) > 1:
        raise SafetyEnvsError(
            "--agent plays one environment: give one id, or files without --agent"
        )
    else:
        environment = definition_at(options.replays[0])
        page = watch(
            environment,
            options.agent,
            titles=options.title,
            seed=options.seed or 0,
            trust=options.trust,
            **parse_keywords(environment, rest),
        )
    print(f"wrote {page.save(options.out)} ({page.nbytes:,} bytes)")
    return 0


def _check_files(options: argparse.Namespace, rest: list[str]) -> None:
    """Checks that all arguments are files, because nobody plays."""
    for replay in options.replays:
        if Path(replay).suffix != ".npz":
            raise SafetyEnvsError(
                f"{replay!r} is no .npz file: to play an environment, say who plays it: "
                "--agent reward_optimal"
            )
    if rest or options.seed is not None:
        unknown = rest[0] if rest else "--seed"
        raise SafetyEnvsError(f"{unknown} is an option of an environment, but files are given")


def write_play_page(path: Path, environment: Environment, keywords: Mapping[str, Any]) -> None:
    """Writes the page of `certify --page`."""
    from safety_envs.pages.page import checked_page
    from safety_envs.pages.playable import play_page

    page = play_page(environment, **keywords).save(checked_page(path))
    print(f"wrote {page} ({page.stat().st_size:,} bytes)", file=sys.stderr)
