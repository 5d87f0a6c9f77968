"""Trains a Stable-Baselines3 agent: python -m agents ppo SafetyProxy-v0 --steps 200000.

Options that are keywords of the environment are passed on to it: --proxy events --size 7. Where an
environment has several agents they share one model, or learn each for itself (--independent), and
may be made to care for others (--method inequity_aversion).
"""

import argparse
import sys
from pathlib import Path

from agents.command_line import command_line
from agents.lock import locked
from agents.training import SETTINGS, Training, is_trained, train
from safety_envs import find
from safety_envs.applications import add_environment_argument, parse_keywords


@command_line
def main(arguments: list[str] | None = None) -> int:
    """Runs the command line; returns its exit status."""
    parser = argparse.ArgumentParser(
        "python -m agents", description=__doc__, allow_abbrev=False, add_help=False
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
    training = Training(
        options.algorithm,
        options.environment,
        parse_keywords(find(options.environment), rest),
        options.seed,
        options.steps,
        options.observation,
        independent=options.independent,
        agent_id=options.agent_id,
        method=options.method,
    )
    training.check()
    folder = options.out or Path("results/train") / training.name
    with locked(folder):
        if not options.force and is_trained(training, folder):
            print(f"{folder} holds a finished run: nothing to do (--force trains again)")
            return 0
        _train_with_bar(training, folder)
    print(f"checkpoint, episodes.csv and TensorBoard logs are in {folder}")
    return 0


def _train_with_bar(training: Training, folder: Path) -> None:
    from tqdm import tqdm

    with tqdm(total=training.steps, unit="step", unit_scale=True, desc=training.algorithm) as bar:
        train(training, folder, lambda steps: bar.update(min(steps, training.steps) - bar.n))


if __name__ == "__main__":
    sys.exit(main())
