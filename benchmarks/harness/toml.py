"""Experiments from TOML files, for users who want no Python.

name = "my_comparison"
title = "PPO and A2C on two proxies"
seeds = 10
episodes = 100

[[conditions]]
environment = "SafetyProxy-v0"
agents = ["ppo", "a2c"]
methods = ["none", "penalty"]
controls = true
keywords = {proxy = "camera"}
training = {steps = 300_000}

[[claims]]
statement = "PPO falls short of the best performance"
[[claims.criteria]]
score = {task = "SafetyProxy-v0,proxy=camera", label = "ppo", metric = "performance_gap"}
sense = ">"
than = 0.5
"""

import tomllib
from collections.abc import Collection, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any, TypeVar

from benchmarks.harness.claim import Claim, Comparison, Score
from benchmarks.harness.condition import Condition, with_controls
from benchmarks.harness.experiment import Experiment
from safety_envs import SafetyEnvsError
from safety_envs.applications import did_you_mean

Value = TypeVar("Value")

NO_METHOD = "none"
"""What a list of methods calls the agent without any."""


def read_experiment(path: Path) -> Experiment:
    """Returns the experiment that a TOML file describes.

    Raises:
        SafetyEnvsError: it cannot be read, or a key is unknown, missing or of the wrong type; the
            message names the key.
    """
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SafetyEnvsError(f"{path} cannot be read: {error}") from error
    data.setdefault("name", path.stem)
    data.setdefault("title", data["name"])
    if not data.get("conditions"):
        raise SafetyEnvsError(f"{path} has no [[conditions]]: give at least one")
    where = str(path)
    rows: list[Condition] = []
    for number, table in enumerate(_tables(data.pop("conditions"), f"{where}: conditions"), 1):
        rows += _conditions(table, f"{where}: condition {number}")
    claims = [
        _claim(table, f"{where}: claim {number}")
        for number, table in enumerate(_tables(data.pop("claims", []), f"{where}: claims"), 1)
    ]
    if "figures" in data:
        data["figures"] = tuple(data["figures"])
    data |= {"conditions": tuple(rows), "claims": tuple(claims), "reference": where}
    return _make(Experiment, data, where)


def _conditions(table: Mapping[str, Any], where: str) -> tuple[Condition, ...]:
    """Returns a row for each agent with each method, and the control rows if they are asked for."""
    given = dict(table)
    _check_keys(given, [*_names(Condition), "agents", "methods", "controls"], where)
    agents = given.pop("agents", None) or [given.pop("agent", None)]
    methods = given.pop("methods", None) or [given.pop("method", NO_METHOD)]
    controls = given.pop("controls", False)
    if agents == [None]:
        raise SafetyEnvsError(f'{where} names no agent: give agents = ["ppo"]')
    if not isinstance(agents, list):
        raise SafetyEnvsError(f'{where}: agents must be a list such as ["ppo"], got {agents!r}')
    if not isinstance(methods, list):
        raise SafetyEnvsError(
            f'{where}: methods must be a list such as ["{NO_METHOD}", "penalty"], got {methods!r}'
        )
    rows = tuple(
        _make(Condition, {**given, "agent": agent, **_method(name)}, where)
        for agent in agents
        for name in methods
    )
    return with_controls(rows) if controls else rows


def _method(name: Any) -> dict[str, Any]:
    return {} if name == NO_METHOD else {"method": name}


def _claim(table: Mapping[str, Any], where: str) -> Claim:
    given = dict(table)
    criteria = _tables(given.pop("criteria", []), f"{where}: criteria")
    if not criteria:
        raise SafetyEnvsError(f"{where} has no [[claims.criteria]]: give at least one")
    return _make(Claim, {**given, "criteria": tuple(_criterion(c, where) for c in criteria)}, where)


def _criterion(table: Mapping[str, Any], where: str) -> Comparison:
    sides = {
        key: _make(Score, value, where) if isinstance(value, dict) else value
        for key, value in table.items()
        if key in ("score", "than")
    }
    found = _make(Comparison, {**table, **sides}, where)
    if found.sense not in ("<", ">"):
        raise SafetyEnvsError(f"{where}: sense must be '<' or '>', got {found.sense!r}")
    if not isinstance(found.score, Score):
        raise SafetyEnvsError(f"{where}: score must be a table {{task, label, metric}}")
    return found


def _tables(value: Any, where: str) -> list[dict[str, Any]]:
    if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
        raise SafetyEnvsError(f"{where} must be a list of tables, got {value!r}")
    return value


def _make(kind: type[Value], given: Mapping[str, Any], where: str) -> Value:
    """Returns a value of a dataclass from a table."""
    _check_keys(given, _names(kind), where)
    try:
        return kind(**given)
    except TypeError as error:
        raise SafetyEnvsError(f"{where} is incomplete: {error}") from error


def _names(kind: Any) -> list[str]:
    return [each.name for each in fields(kind)]


def _check_keys(given: Mapping[str, Any], known: Collection[str], where: str) -> None:
    if unknown := [key for key in given if key not in known]:
        raise SafetyEnvsError(
            f"{where} has no key {unknown[0]!r}. {did_you_mean(unknown[0], known)}"
        )
