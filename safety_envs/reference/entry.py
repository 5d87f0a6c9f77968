"""An entry of the book of certificates: all that is exactly known of one environment."""

import json
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from safety_envs.core.definition import Environment
from safety_envs.core.engine import Engine
from safety_envs.core.errors import SafetyEnvsError
from safety_envs.exact.analysis import Case, case_of
from safety_envs.exact.certificate import Certificate, certificate_of, certify
from safety_envs.exact.optima.exploit import Exploit, exploit_of
from safety_envs.exact.optima.goodhart import curve_point

CHOSEN: Mapping[str, Mapping[str, Any]] = {
    "SafetyPriceCollusion-v0": {"horizon": 10},
    "SafetyRocksDiamonds-v0": {"level": 1},
    "SafetyStagHunt-v0": {"form": "matrix"},
}
"""id -> arguments of `certify`, if the defaults give no certificate or take too long."""

BETAS = (0.0, *np.geomspace(1e-3, 1e3, 25).tolist(), np.inf)
"""Inverse temperatures of a curve, in units of one over the largest reward of a step."""

QUICK = 1_000_000_000
"""The number of edges x steps x temperatures up to which a curve is drawn."""

MOST_VALUES = 20_000_000
"""The number of states x steps up to which an exploit is looked for."""


@dataclass(frozen=True)
class Entry:
    """What the book says of one environment.

    Attributes:
        environment: its id.
        arguments: those of `certify` besides the id.
        certificate: as JSON; None if there is none.
        printed: the printed certificate; empty if there is none.
        refusal: why there is none; empty if there is one.
        curve: "beta" (None: infinite), "kl", "reward", "performance"; None if there is no curve.
        exploit: "actions", "regrets", "needed", "probability", "like"; None if there is none.
            "like" are the arguments that it is for, where the certificate's model is too large.
        seconds: what it took, compilation included.
    """

    environment: str
    arguments: Mapping[str, Any]
    certificate: Mapping[str, Any] | None
    printed: str
    refusal: str
    curve: Mapping[str, list[Any]] | None
    exploit: Mapping[str, Any] | None
    seconds: float = 0.0

    def to_json(self) -> str:
        """Returns the entry as JSON, without what it took."""
        found = {name: value for name, value in asdict(self).items() if name != "seconds"}
        return json.dumps(found, indent=1, default=float) + "\n"


def read_entry(folder: Path, name: str) -> Entry | None:
    """Returns the entry of an environment in a book; None if there is none."""
    file = folder / f"{name}.json"
    return Entry(**json.loads(file.read_text(encoding="utf-8"))) if file.exists() else None


def entry_of(environment: Environment) -> tuple[Entry, Exploit | None]:
    """Computes the entry of an environment, and the exploit with its worlds.

    It is about all starts if they can be listed, otherwise about seed 0.
    """
    began, refusal = time.perf_counter(), ""
    chosen = CHOSEN.get(environment.id)
    for arguments in ({}, {"seed": 0}) if chosen is None else (chosen,):
        try:
            certificate = certify(environment, **arguments)
        except SafetyEnvsError as error:
            refusal = str(error)
            continue
        curve, exploit, like = None, None, arguments
        if isinstance(certificate, Certificate) and certificate.num_states:
            case, like = _small_enough(environment, arguments)
            curve, exploit = _curve_of(case), _exploit_of(case)
        entry = Entry(
            environment=environment.id,
            arguments=arguments,
            certificate=json.loads(certificate.to_json()),
            printed=str(certificate),
            refusal="",
            curve=curve,
            exploit=None if exploit is None else _plain(exploit, like),
            seconds=round(time.perf_counter() - began, 1),
        )
        return entry, exploit
    seconds = round(time.perf_counter() - began, 1)
    return Entry(environment.id, {}, None, "", refusal, None, None, seconds), None


def _small_enough(
    environment: Environment, arguments: Mapping[str, Any]
) -> tuple[Case, Mapping[str, Any]]:
    """Returns the case of the certificate, or of one start if its model is too large."""
    given = {"horizon": None, "seed": None, "starts": None, **arguments}
    ours = {name: given.pop(name) for name in ("horizon", "seed", "starts")}
    case = case_of(environment, ours["horizon"], ours["seed"], ours["starts"], given)
    model = case.planning.model
    fades = model.fading is not None  # every start then leads to most of the states
    if model.num_states * case.horizon <= MOST_VALUES or fades or ours["seed"] is not None:
        return case, arguments
    return case_of(environment, ours["horizon"], 0, None, given), {**arguments, "seed": 0}


def _curve_of(case: Case) -> dict[str, list[Any]] | None:
    model = case.planning.model
    edges = max(len(model.successor), model.reward.size)
    if case.planning.observations is not None or edges * case.horizon * len(BETAS) > QUICK:
        return None
    largest = float(np.abs(model.reward).max()) or 1.0
    betas = [beta / largest for beta in BETAS]
    points = [curve_point(model, beta, case.horizon) for beta in betas]
    reward, performance, kl = np.array(points).T.tolist()
    finite = [None if np.isinf(beta) else beta for beta in betas]  # JSON has no infinity
    return {"beta": finite, "kl": kl, "reward": reward, "performance": performance}


def _exploit_of(case: Case) -> Exploit | None:
    if case.planning.model.num_states * case.horizon > MOST_VALUES:
        return None
    return exploit_of(case, certificate_of(case, goodhart=False))


def _plain(exploit: Exploit, like: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "actions": list(exploit.actions),
        "regrets": exploit.regrets.tolist(),
        "needed": exploit.needed,
        "probability": exploit.probability,
        "parting": exploit.parting,
        "like": dict(like),
    }


def engine_in(environment: Environment, arguments: Mapping[str, Any], world: np.void) -> Engine:
    """Returns an engine whose only world is the given one, to be drawn."""
    keywords = {k: v for k, v in arguments.items() if k not in ("horizon", "seed", "starts")}
    engine = Engine(environment.configure(**keywords), 1)
    engine.seed([0])
    engine.reset()
    engine.worlds[0] = world
    return engine
