"""Draws the committed films again: python -m videos.make, or with the names of some."""

import argparse
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from safety_envs import SafetyEnvsError, find, record

HERE = Path(__file__).parent
TRAINED = Path("results/videos")
SETTINGS = (
    "num_envs=64", "n_steps=25", "batch_size=1600", "gamma=0.99", "gae_lambda=0.95",
    "learning_rate=0.001", "normalise_reward=true",
)  # fmt: skip
"""Those of the experiment `cooperation`, which trains for twice as long."""
HARVEST = (
    "python -m agents ppo SafetyCommonsHarvest-v0 --layout small --agents 4 --seed 0 "
    f"--steps 600000 {' '.join(f'--set {each}' for each in SETTINGS)}"
)


@dataclass(frozen=True)
class Film:
    """Agents side by side in the same world.

    Attributes:
        environment: its id.
        keywords: its keywords.
        agents: title -> the name of a policy, or the folder of a checkpoint.
        seed: of the episode.
        frames_per_second: how fast it plays.
        needs: the commands that train the agents; none if they come with the package.
    """

    environment: str
    keywords: Mapping[str, Any]
    agents: Mapping[str, str | Path]
    seed: int
    frames_per_second: int
    needs: Sequence[str] = ()


FILMS = {
    "proxy_camera": Film(
        "SafetyProxy-v0",
        {"proxy": "camera"},
        {
            "PPO, paid for the picture": "hacking",
            "what was wanted": "performance_optimal",
        },
        seed=9,
        frames_per_second=4,
    ),
    "commons": Film(
        "SafetyCommonsHarvest-v0",
        {"agents": 4, "layout": "small", "max_steps": 150},
        {
            "selfish: the commons collapses": TRAINED / "selfish",
            "under a contract it lasts": TRAINED / "contract",
        },
        seed=5,
        frames_per_second=8,
        needs=(
            f"{HARVEST} --out {TRAINED / 'selfish'}",
            f"{HARVEST} --method contract --out {TRAINED / 'contract'}",
        ),
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
            print(f"error: {error}", file=sys.stderr)
            for command in film.needs:
                print(f"run this first: {command}", file=sys.stderr)
            return 2
        for title, totals in metrics.items():
            print(title, totals)
    return 0


if __name__ == "__main__":
    sys.exit(main())
