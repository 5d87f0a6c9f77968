"""Draws the committed films again: python -m videos.make, or with the names of some.

They show what the experiments have trained.
"""

import argparse
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.experiments import find_experiment
from benchmarks.harness.experiment_jobs import checkpoint_of
from safety_envs import SafetyEnvsError, find, record

HERE = Path(__file__).parent
HARVEST = "SafetyCommonsHarvest-v0,agents=4,layout=small"


@dataclass(frozen=True)
class Film:
    """Agents side by side in the same world.

    Attributes:
        environment: its id.
        keywords: its keywords.
        agents: title -> the name of a policy, or the experiment, task and label of a trained agent.
        seed: of the episode.
        frames_per_second: how fast it plays.
        needs: the command that trains the agents; empty if they come with the package.
    """

    environment: str
    keywords: Mapping[str, Any]
    agents: Mapping[str, str | tuple[str, str, str]]
    seed: int
    frames_per_second: int
    needs: str


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
        needs="",
    ),
    "commons": Film(
        "SafetyCommonsHarvest-v0",
        {"agents": 4, "layout": "small", "max_steps": 150},
        {
            "selfish: the commons collapses": ("cooperation", HARVEST, "selfish"),
            "under a contract it lasts": ("cooperation", HARVEST, "contract"),
        },
        seed=5,
        frames_per_second=8,
        needs=f"python -m benchmarks run cooperation --task {HARVEST} --seeds 1",
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
                [_agent(each) for each in film.agents.values()],
                HERE / f"{name}.gif",
                titles=list(film.agents),
                seed=film.seed,
                frames_per_second=film.frames_per_second,
            )
        except SafetyEnvsError as error:
            needs = f" (run `{film.needs}` first)" * bool(film.needs)
            print(f"error: {error}{needs}", file=sys.stderr)
            return 2
        for title, totals in metrics.items():
            print(title, totals)
    return 0


def _agent(agent: str | tuple[str, str, str]) -> str | Path:
    if isinstance(agent, str):
        return agent
    name, task, label = agent
    return checkpoint_of(find_experiment(name), task, label)


if __name__ == "__main__":
    sys.exit(main())
