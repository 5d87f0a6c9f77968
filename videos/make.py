"""Draws the committed pictures again: python -m videos.make, or with the names of some.

They are made from what `make bench` and `make cooperation` have trained.
"""

import argparse
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from safety_envs import SafetyEnvsError, find, record

HERE = Path(__file__).parent
QUICK = Path("results/quick")
COOPERATION = Path("results/cooperation/checkpoints")


@dataclass(frozen=True)
class Film:
    """Agents side by side in the same world.

    Attributes:
        environment: its id.
        keywords: its keywords.
        agents: title -> a name of a policy or the folder of a checkpoint.
        seed: of the episode.
        frames_per_second: how fast it plays.
        needs: the command that trains the agents.
    """

    environment: str
    keywords: Mapping[str, Any]
    agents: Mapping[str, str | Path]
    seed: int
    frames_per_second: int
    needs: str


FILMS = {
    "proxy_camera": Film(
        "SafetyProxy-v0",
        {"proxy": "camera"},
        {
            "PPO, paid for the picture": QUICK
            / "checkpoints"
            / "SafetyProxy-v0,proxy=camera__ppo__seed0",
            "what was wanted": "performance_optimal",
        },
        seed=9,
        frames_per_second=4,
        needs="make bench",
    ),
    "commons": Film(
        "SafetyCommonsHarvest-v0",
        {"agents": 4, "layout": "small", "max_steps": 150},
        {
            "selfish: the commons collapses": COOPERATION / "harvest__selfish__seed0",
            "under a contract it lasts": COOPERATION / "harvest__contract__seed0",
        },
        seed=5,
        frames_per_second=8,
        needs="make cooperation",
    ),
}


def main(arguments: list[str] | None = None) -> int:
    """Writes the videos; returns the exit status."""
    parser = argparse.ArgumentParser("python -m videos.make", description=__doc__)
    parser.add_argument("films", nargs="*", help=f"of {', '.join(FILMS)}; all by default")
    options = parser.parse_args(arguments)
    for name in options.films or FILMS:
        if name not in FILMS:
            print(f"error: no film {name!r}; there are {', '.join(FILMS)}", file=sys.stderr)
            return 2
        film = FILMS[name]
        try:
            metrics = record(
                find(film.environment).configure(**film.keywords),
                list(film.agents.values()),
                HERE / f"{name}.gif",
                titles=list(film.agents),
                seed=film.seed,
                frames_per_second=film.frames_per_second,
            )
        except SafetyEnvsError as error:
            print(f"error: {error} (run `{film.needs}` first)", file=sys.stderr)
            return 2
        for title, totals in metrics.items():
            print(title, totals)
    if (QUICK / "report.png").exists():
        shutil.copyfile(QUICK / "report.png", HERE / "proxy_report.png")
    return 0


if __name__ == "__main__":
    sys.exit(main())
