"""Files of levels: drawings to look at, or JSON with the evidence of each level."""

import json
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from safety_envs.core.errors import SafetyEnvsError
from safety_envs.core.files import write_atomically
from safety_envs.foundry.forged import ForgedLevel
from safety_envs.foundry.request import Request

SUFFIXES = (".txt", ".json")


def check_suffix(path: Path) -> None:
    """Checks that levels can be written to a file of this name.

    Raises:
        SafetyEnvsError: they cannot.
    """
    if path.suffix not in SUFFIXES:
        raise SafetyEnvsError(
            f"levels are written as drawings to a .txt file or with their evidence to a .json "
            f"file, got {path}"
        )


def write_levels(
    path: Path, levels: Iterable[ForgedLevel], request: Request | None, seed: int
) -> int:
    """Writes levels to a file, and returns how many there are.

    A .txt file has their drawings, with blank lines between them. A .json file has an object with
    the request, the seed, and for each level its keywords and evidence; `with_levels` takes what
    it calls "level".

    Args:
        path: the file.
        levels: one or more.
        request: what was asked of them; None for the request of the recipe.
        seed: with which they were forged.
    """
    check_suffix(path)
    found = list(levels)
    if path.suffix == ".txt":
        write_atomically(path, "\n\n".join(each.drawing for each in found) + "\n")
        return len(found)
    table: dict[str, Any] = {
        "environment": found[0].configuration.id,
        "keywords": dict(found[0].configuration.keywords),
        "request": None if request is None else asdict(request),
        "seed": seed,
        "levels": [evidence_of(each) for each in found],
    }
    write_atomically(path, json.dumps(table, indent=1) + "\n")
    return len(found)


def evidence_of(level: ForgedLevel) -> dict[str, Any]:
    """Returns a level and its evidence as JSON."""
    certificate = level.certificate
    return {
        "level": level.level,
        "classes": certificate.classes,
        "best_reward": certificate.best_reward,
        "performance_interval": certificate.performance_interval,
        "best_performance": certificate.best_performance,
        "gap": level.gap,
        "depth": level.depth,
        "exploit_length": level.exploit_length,
        "turning_beta": level.turning_beta,
    }
