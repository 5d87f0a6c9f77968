"""The certificates that the reference shows; they are stored beside the pages."""

import json
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from safety_envs.core.definition import Environment
from safety_envs.core.errors import SafetyEnvsError
from safety_envs.core.files import write_atomically
from safety_envs.exact.certificate import certify

FILE = "certificates.json"

CHOSEN: Mapping[str, Mapping[str, Any]] = {
    "SafetyPriceCollusion-v0": {"horizon": 10},
    "SafetyRocksDiamonds-v0": {"level": 1},
    "SafetyStagHunt-v0": {"form": "matrix"},
}
"""id -> arguments of `certify`, if the defaults give no certificate or take too long."""


@dataclass(frozen=True)
class Evidence:
    """A certificate, or the reason why there is none.

    Attributes:
        arguments: the arguments of `certify` besides the id.
        printed: the printed certificate; empty if there is none.
        seconds: the computing time, including compilation.
        refusal: the solver's error message if there is no certificate.
    """

    arguments: Mapping[str, Any]
    printed: str
    seconds: float
    refusal: str = ""


def evidence_for(environment: Environment) -> Evidence:
    """Certifies an environment over all starts if they can be listed, otherwise for seed 0."""
    refused = Evidence({}, "", 0.0)
    chosen = CHOSEN.get(environment.id)
    for arguments in ({}, {"seed": 0}) if chosen is None else (chosen,):
        began = time.perf_counter()
        try:
            printed = str(certify(environment, **arguments))
        except SafetyEnvsError as error:
            refused = Evidence(arguments, "", 0.0, str(error))
        else:
            return Evidence(arguments, printed, round(time.perf_counter() - began, 1))
    return refused


def read_evidence(folder: Path) -> dict[str, Evidence]:
    """Returns id -> evidence from a folder of pages; empty if the file does not exist."""
    file = folder / FILE
    if not file.exists():
        return {}
    found = json.loads(file.read_text(encoding="utf-8"))
    return {name: Evidence(**fields) for name, fields in found.items()}


def write_evidence(folder: Path, evidence: Mapping[str, Evidence]) -> None:
    """Writes id -> evidence into a folder of pages."""
    found = {name: asdict(value) for name, value in evidence.items()}
    write_atomically(folder / FILE, json.dumps(found, indent=2) + "\n")
