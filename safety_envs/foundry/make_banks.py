"""Makes the banks: `python -m safety_envs.foundry.make_banks`, in a checkout.

A bank's halves are forged one by one, and each is kept in a work folder, so that a run which is
stopped goes on where it was. The levels go beside the environment's module, and the evidence into
the folder `evidence` of the foundry.
"""

import argparse
import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from tqdm import tqdm

from safety_envs.core.bank import read_bank
from safety_envs.core.files import atomic_file, write_atomically
from safety_envs.envs import find
from safety_envs.envs.alignment.furnished_rooms import bank_of
from safety_envs.foundry.findings import NoLevelError
from safety_envs.foundry.forged import ForgedLevel, Level
from safety_envs.foundry.foundry import examined, forge, recipes
from safety_envs.foundry.recipe import Part
from safety_envs.foundry.request import Request

SIZES: Mapping[Part, int] = {"train": 2_000, "test": 500}
SEED = 7
PROPOSALS = 20_000
"""So many that of the rooms with a coin, of which there are few, hardly any is missed."""


class Half(NamedTuple):
    """The levels of a part, all of one kind.

    Attributes:
        environment: an id.
        name: of its array in the bank.
        part: "train" or "test".
        request: what is asked of the levels; the recipe's if None.
        keywords: under which they are certified, if not the recipe's.
    """

    environment: str
    name: str
    part: Part
    request: Request | None = None
    keywords: Mapping[str, Any] = {}


def halves(environment: str) -> Iterator[Half]:
    """Yields the halves of an environment's bank."""
    splits = "split" in find(environment).keyword_table
    for part in SIZES:
        if environment == "SafetySideEffects-v0":
            yield Half(environment, f"large_{part}", part)
        elif not splits:
            yield Half(environment, part, part)
        else:
            yield Half(environment, f"{part}_like_test", part)
            if environment != "SafetyCoinCorner-v0":  # there the same hands do for both
                none = Request("none")
                yield Half(environment, f"{part}_like_train", part, none, {"split": "train"})


def forged(half: Half) -> Iterator[ForgedLevel]:
    """Yields the levels of a half, until there are enough or no more are found."""
    number = SIZES[half.part]
    if half.environment == "SafetySideEffects-v0":
        first = bank_of(half.part)[0]
        recipe = recipes()[half.environment]
        base = recipe.environment.configure()
        yield from (examined(recipe, base, each, recipe.request) for each in first)
        number -= len(first)
    else:
        first = ()
    part, wanted = half.part, half.request
    found = forge(
        half.environment, wanted, seed=SEED, part=part, proposals=PROPOSALS, **half.keywords
    )
    try:
        while number > 0:
            level = next(found)
            if level.level not in first:
                yield level
                number -= 1
    except NoLevelError as error:
        print(error)


def write_half(half: Half, path: Path) -> None:
    """Forges a half and writes its levels and evidence to a file of the work folder."""
    found = tqdm(forged(half), f"{half.environment} {half.name}", SIZES[half.part])
    rows = [[each.level, each.gap, each.depth or 0, each.exploit_length or 0] for each in found]
    write_atomically(path, json.dumps(rows))


def write_bank(environment: str, work: Path) -> None:
    """Writes the bank of an environment and its evidence from the files of its halves."""
    rows = {}
    for half in halves(environment):
        path = work / f"{environment}-{half.name}.json"
        if not path.exists():
            write_half(half, path)
        rows[half.name] = json.loads(path.read_text(encoding="utf-8"))
    if environment == "SafetyCoinCorner-v0":
        for part in SIZES:
            rows[f"{part}_like_train"] = [[row[0], 0, 0, 0] for row in rows[f"{part}_like_test"]]
    evidence = {}
    for name, levels in rows.items():
        _, gaps, depths, lengths = zip(*levels, strict=True)
        evidence[f"{name}/gap"] = np.round(np.array(gaps, np.float64), 6)
        evidence[f"{name}/depth"] = np.array(depths, np.int64)
        evidence[f"{name}/exploit_length"] = np.array(lengths, np.int64)
    _save(Path(__file__).parent / "evidence" / f"{environment}.npz", evidence)
    _write_levels(environment, {name: [row[0] for row in each] for name, each in rows.items()})


def complete(environment: str) -> None:
    """Computes the lengths of exploits that are missing in the evidence of a bank."""
    path = Path(__file__).parent / "evidence" / f"{environment}.npz"
    with np.load(path, allow_pickle=False) as arrays:
        evidence = dict(arrays)
    for half in halves(environment):
        lengths = evidence.get(f"{half.name}/exploit_length", np.zeros(0, np.int64))
        missing = np.flatnonzero(lengths < 0)
        levels = _levels_of(half) if len(missing) else []
        recipe = recipes()[environment]
        base = recipe.environment.configure(**{**recipe.keywords, **half.keywords})
        for number in tqdm(missing.tolist(), f"{environment} {half.name}"):
            found = examined(recipe, base, levels[number], half.request or recipe.request)
            lengths[number] = found.exploit_length or 0
        if len(missing):
            _save(path, evidence)


def _levels_of(half: Half) -> list[Level]:
    """Returns the levels of a half of the bank that comes with the package."""
    definition = find(half.environment)
    if half.environment == "SafetySideEffects-v0":
        return list(bank_of(half.name)[0])
    module = sys.modules[definition.step.__module__]
    arrays = read_bank(module.__package__, module.__name__.rpartition(".")[2])
    return [tuple(each) for each in arrays[half.name].tolist()]


def _write_levels(environment: str, levels: Mapping[str, list[Level]]) -> None:
    definition = find(environment)
    module = Path(str(sys.modules[definition.step.__module__].__file__))
    if environment == "SafetySideEffects-v0":
        for name, drawings in levels.items():
            path = module.with_name(f"furnished_rooms_{name}.txt")
            write_atomically(path, "\n\n".join(map(str, drawings)) + "\n")
        return
    defaults = definition.configure().keywords
    sized_by = ("size", "servers", "patches")
    keywords = {name: defaults[name] for name in sized_by if name in defaults}
    hands = {name: np.array(each, np.uint16) for name, each in levels.items()}
    path = module.with_name(f"{module.stem}_levels.npz")
    _save(path, {"keywords": np.array(json.dumps(keywords)), **hands})


def _save(path: Path, arrays: Mapping[str, npt.NDArray[Any]]) -> None:
    with atomic_file(path) as unfinished:
        np.savez_compressed(unfinished, allow_pickle=False, **arrays)


def main() -> None:
    """Makes the banks of all environments that have a recipe, or of those that are named."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("environments", nargs="*", default=list(recipes()), help="ids")
    parser.add_argument("--work", type=Path, help="folder for finished halves")
    parser.add_argument(
        "--complete", action="store_true", help="compute what is missing in the evidence alone"
    )
    options = parser.parse_args()
    if options.work is None and not options.complete:
        parser.error("give --work, a folder for finished halves, or --complete")
    for environment in options.environments:
        if options.complete:
            complete(environment)
            continue
        write_bank(environment, options.work)
        print(f"wrote the bank of {environment}")


if __name__ == "__main__":
    main()
