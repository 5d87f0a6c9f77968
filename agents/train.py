"""Trains a Stable-Baselines3 agent: python -m agents.train ppo SafetyProxy-v0 --steps 200000.

Options that are keywords of the environment are passed on to it: --proxy events --size 7. Where an
environment has several agents they share one model, or learn each for itself (--independent), and
may be made to care for others (--method inequity_aversion).
"""

import argparse
import sys
from pathlib import Path
from typing import Any

from agents.settings import SETTINGS
from agents.training import train
from safety_envs import SafetyEnvsError, add_environment_argument, find, keywords_from


def main(arguments: list[str] | None = None) -> int:
    """Runs the command line; returns its exit status."""
    parser = argparse.ArgumentParser(
        "python -m agents.train", description=__doc__, allow_abbrev=False, add_help=False
    )
    parser.add_argument("algorithm", choices=sorted(SETTINGS))
    add_environment_argument(parser)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--steps", type=int, default=1_000_000, help="steps of agents")
    parser.add_argument("--observation", help="an encoding; the environment's first by default")
    parser.add_argument("--independent", action="store_true", help="one model for each agent")
    parser.add_argument("--agent-id", action="store_true", help="tell each agent its number")
    parser.add_argument("--method", help="inequity_aversion, social_value or contract")
    parser.add_argument("--out", type=Path, help="folder for the run")
    parser.add_argument("--force", action="store_true", help="train again over a finished run")
    options, rest = parser.parse_known_args(arguments)
    try:
        keywords = keywords_from(find(options.environment), rest)
        parts = [options.algorithm, options.environment, *map(str, keywords.values())]
        parts += ["independent"] * options.independent + ["id"] * options.agent_id
        parts += [each for each in (options.method, options.observation) if each]
        name = "-".join(parts)
        folder = options.out or Path("results/train") / f"{name}-seed{options.seed}"
        if (folder / "run.json").exists() and not options.force:
            print(f"{folder} holds a finished run: nothing to do (--force trains again)")
            return 0
        if options.steps < 1:
            raise SafetyEnvsError(f"--steps must be at least 1, got {options.steps}")
        _train_with_bar(options, keywords, folder)
    except SafetyEnvsError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    print(f"checkpoint, episodes.csv and TensorBoard logs are in {folder}")
    return 0


def _train_with_bar(options: argparse.Namespace, keywords: dict[str, Any], folder: Path) -> None:
    from tqdm import tqdm

    with tqdm(total=options.steps, unit="step", unit_scale=True, desc=options.algorithm) as bar:

        def progress(steps: int) -> None:
            bar.update(min(steps, options.steps) - bar.n)

        train(
            options.algorithm,
            options.environment,
            keywords=keywords,
            seed=options.seed,
            steps=options.steps,
            folder=folder,
            observation=options.observation,
            independent=options.independent,
            agent_id=options.agent_id,
            method=options.method,
            progress=progress,
        )


if __name__ == "__main__":
    sys.exit(main())
