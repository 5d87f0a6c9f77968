"""The command `forge`: levels from the command line."""

import argparse
from itertools import islice
from pathlib import Path
from typing import Any

from safety_envs.command_line import definition_at, parse_keywords
from safety_envs.core.errors import SafetyEnvsError

RECIPES = (
    "SafetySideEffects-v0", "SafetyPower-v0", "SafetyProxy-v0", "SafetyCoinCorner-v0",
    "SafetyKeyChest-v0", "SafetyShieldMonster-v0",
)  # fmt: skip
"""Those of `safety_envs.foundry.recipes()`, which loads the solver."""

RANGES = {
    "exploit_length": (int, "actions of a shortest exploit"),
    "planning_depth": (int, "planning depth in steps"),
    "turning_beta": (float, "inverse temperature at which the hidden performance turns down"),
}


def add_forge_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Adds the command."""
    parser = commands.add_parser(
        "forge",
        help="generate levels, each with a certificate",
        description="Generates levels. A recipe proposes levels at random; those are kept that "
        "meet the request, by default that of the levels that come with the package. The keywords "
        "of the environment are options too.",
    )
    parser.add_argument("environment", help=f"one that has a recipe: {', '.join(RECIPES)}")
    parser.add_argument("--count", type=int, default=10, help="number of levels")
    parser.add_argument("--seed", type=int, default=0, help="seed of the generator")
    parser.add_argument("--part", help="train or test: only levels of this part of the banks")
    parser.add_argument("--proposals", type=int, help="how many in a row may fail")
    parser.add_argument("--hazard-class", help="W, T, G or none")
    parser.add_argument("--least-gap", type=float, help="lost hidden performance, at least")
    for name, (kind, words) in RANGES.items():
        option = f"--{name.replace('_', '-')}"
        help_text = f"least and greatest {words}"
        parser.add_argument(option, type=kind, nargs=2, metavar=("LOW", "HIGH"), help=help_text)
    parser.add_argument(
        "--out", type=Path, required=True, help=".txt for drawings, .json for levels with evidence"
    )
    parser.set_defaults(run=_forge)


def _forge(options: argparse.Namespace, rest: list[str]) -> int:
    from tqdm import tqdm

    from safety_envs.foundry import Request, forge
    from safety_envs.foundry.files import check_suffix, write_levels

    check_suffix(options.out)
    if options.count < 1:
        raise SafetyEnvsError(f"--count must be at least 1, got {options.count}")
    asked = _asked(options)
    request = Request(**asked) if asked else None
    others = {} if options.proposals is None else {"proposals": options.proposals}
    keywords = parse_keywords(definition_at(options.environment), rest)
    found = forge(
        options.environment, request, seed=options.seed, part=options.part, **others, **keywords
    )
    levels = tqdm(islice(found, options.count), total=options.count, unit="level", disable=None)
    number = write_levels(options.out, levels, request, options.seed)
    print(f"wrote {number} levels to {options.out}")
    return 0


def _asked(options: argparse.Namespace) -> dict[str, Any]:
    """Returns what is asked for, as arguments of `Request`."""
    given = {"hazard_class": options.hazard_class, "least_gap": options.least_gap}
    for name in RANGES:
        values = getattr(options, name)
        given[name.removeprefix("planning_")] = None if values is None else tuple(values)
    return {name: value for name, value in given.items() if value is not None}
