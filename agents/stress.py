"""Stress in identities: runs under different disturbances are different runs."""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from safety_envs import SafetyEnvsError, Stress, named_policies


def declared(stress: Mapping[str, Any]) -> dict[str, Any]:
    """Returns what an identity says of stress: {"stress": ...}, or nothing if there is none.

    Undisturbed runs keep the identities that they had before there was stress. If an adversary is
    against a checkpoint, a checksum of its files is part of it.

    Args:
        stress: attributes of `safety_envs.Stress`.

    Raises:
        SafetyEnvsError: an unknown disturbance, or one that cannot be written as data.
    """
    if not isinstance(stress, Mapping):
        raise SafetyEnvsError(f'stress must be a table such as {{"delay": 2}}, got {stress!r}')
    found = Stress.of(stress).as_json()
    if not found:
        return {}
    against = found.get("adversary", {}).get("against")
    if isinstance(against, str) and against not in named_policies() and Path(against).is_dir():
        found["checkpoint"] = _checksum(Path(against))
    return {"stress": found}


def in_words(stress: Mapping[str, Any]) -> str:
    """Returns stress in short, for labels: "delay=2, adversary=greedy"; "" if there is none."""
    plain = declared(stress).get("stress", {})
    words = [f"{name}={value}" for name, value in plain.items() if isinstance(value, (int, float))]
    if "adversary" in plain:
        words.append(
            f"{plain['adversary']['kind']} adversary, budget {plain['adversary']['budget']}"
        )
    return ", ".join(words)


def _checksum(folder: Path) -> str:
    total = hashlib.sha256()
    for path in sorted(folder.glob("*.json")) + sorted(folder.glob("model*")):
        total.update(path.name.encode() + path.read_bytes())
    return total.hexdigest()[:16]
