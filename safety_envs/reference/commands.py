"""What the command line does with clips."""

import argparse
from pathlib import Path

from safety_envs.core.errors import SafetyEnvsError
from safety_envs.envs import environments, find


def clips_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Adds the command `clips`."""
    parser = commands.add_parser(
        "clips", help="write a clip of every environment: two policies side by side; and a gallery"
    )
    parser.add_argument("ids", nargs="*", metavar="ID", help="ids of environments; all by default")
    parser.add_argument("--out", type=Path, default=Path("docs/clips"), help="output folder")
    parser.set_defaults(run=_clips)


def _clips(options: argparse.Namespace, rest: list[str]) -> int:
    from safety_envs.reference.clips import make_clip, write_gallery

    if rest:
        raise SafetyEnvsError(f"unknown option {rest[0]!r}")
    chosen = [find(name) for name in options.ids] or list(environments().values())
    for done, environment in enumerate(chosen, 1):
        make_clip(environment, options.out)
        print(f"{done}/{len(chosen)} {environment.id}", flush=True)
    write_gallery(options.out)
    print(f"all clips are finished: {options.out / 'README.md'}")
    return 0
