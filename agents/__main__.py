"""Trains agents: python -m agents ppo SafetyProxy-v0 --steps 200000.

Options that are keywords of the environment are passed on to it: --proxy events --size 7. If an
environment has several agents, they share one model, or each has its own (--independent). A method
changes what they learn from: --method penalty --method-set metric=camera_blinded. A training that
was interrupted or killed continues from its last snapshot when it is called again.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from agents.command_line import command_line
from agents.lock import locked
from agents.methods import methods
from agents.record import Record
from agents.training import SETTINGS, Training, is_trained, train
from agents.training.loggers import WRITERS, check_loggers
from safety_envs import SafetyEnvsError, find
from safety_envs.applications import add_environment_argument, parse_keywords


@command_line
def main(arguments: list[str] | None = None) -> int:
    """Runs the command line; returns its exit status."""
    parser = _parser()
    options, rest = parser.parse_known_args(arguments)
    training = Training(
        options.algorithm,
        options.environment,
        parse_keywords(find(options.environment), rest),
        options.seed,
        options.steps,
        options.observation,
        settings=_settings(options.set),
        independent=options.independent,
        agent_id=options.agent_id,
        method=options.method,
        method_settings=_settings(options.method_set),
        stress=_settings(options.stress),
    )
    if options.method_set and not options.method:
        raise SafetyEnvsError("--method-set needs a --method")
    training.check()
    check_loggers(options.log)
    folder = options.out or Path("results/train") / training.name
    with locked(folder):
        if not options.force and is_trained(training, folder):
            print(f"{folder} holds a finished run: nothing to do (--force trains again)")
            return 0
        record = _train_with_bar(training, folder, options.log)
    print(_left(record, folder))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "python -m agents", description=__doc__, allow_abbrev=False, add_help=False
    )
    parser.add_argument("algorithm", choices=sorted(SETTINGS))
    add_environment_argument(parser)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--steps", type=int, default=1_000_000, help="steps of agents")
    parser.add_argument("--observation", help="an encoding; the environment's first by default")
    parser.add_argument(
        "--set", action="append", metavar="NAME=VALUE", default=[], help="a setting, as JSON"
    )
    parser.add_argument("--independent", action="store_true", help="one model for each agent")
    parser.add_argument("--agent-id", action="store_true", help="tell each agent its number")
    parser.add_argument("--method", help=f"one of {', '.join(methods())}")
    parser.add_argument(
        "--method-set", action="append", metavar="NAME=VALUE", default=[], help="of the method"
    )
    parser.add_argument(
        "--stress",
        action="append",
        metavar="NAME=VALUE",
        default=[],
        help="a disturbance of the worlds to learn in, as JSON: delay=2",
    )
    parser.add_argument(
        "--log",
        action="append",
        default=[],
        help=f"{' or '.join(WRITERS)}, in addition to TensorBoard",
    )
    parser.add_argument("--out", type=Path, help="folder for the run")
    parser.add_argument("--force", action="store_true", help="train again over a finished run")
    return parser


def _left(record: Record, folder: Path) -> str:
    """Returns what a training has left in a folder, in words."""
    if "scores" not in record:
        return f"the record, the checkpoint and the logs are in {folder}"
    return (
        f"the record and the logs are in {folder}; "
        f"{record['algorithm']} leaves no checkpoint: its scores are in run.json"
    )


def _settings(words: Sequence[str]) -> dict[str, Any]:
    """Returns settings from words like gamma=0.9; what is not JSON is a string."""
    settings = {}
    for word in words:
        name, sign, text = word.partition("=")
        if not sign:
            raise SafetyEnvsError(f"a setting is NAME=VALUE, got {word!r}")
        try:
            settings[name] = json.loads(text)
        except ValueError:
            settings[name] = text
    return settings


def _train_with_bar(training: Training, folder: Path, log: Sequence[str]) -> Record:
    from tqdm import tqdm

    with tqdm(total=training.steps, unit="step", unit_scale=True, desc=training.algorithm) as bar:

        def progress(steps: int) -> None:
            bar.update(min(steps, training.steps) - bar.n)

        return train(training, folder, progress, log=log)


if __name__ == "__main__":
    sys.exit(main())
