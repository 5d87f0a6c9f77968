"""Runs all checkers on an environment, and says for each fault what to do."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from safety_envs.checkers import faces, rules, sight
from safety_envs.core.definition import Configuration, Environment
from safety_envs.envs import resolve

LONGEST = 300
"""At most this many characters of a fault are shown."""


@dataclass(frozen=True)
class Finding:
    """What one checker found.

    Attributes:
        check: what it checks, in words that complete "whether".
        verdict: "passed"; "failed"; "left out", where it does not apply, or would take too long.
        fault: what was found, in a line; of what was left out, why. Empty if it passed.
        advice: what to do; empty unless it failed.
    """

    check: str
    verdict: Literal["passed", "failed", "left out"]
    fault: str = ""
    advice: str = ""

    def __str__(self) -> str:
        told = f": {self.fault}" if self.fault else ""
        todo = f"\n          {self.advice}" if self.advice else ""
        return f"{self.verdict:8}  {self.check}{told}{todo}"


@dataclass(frozen=True)
class Checker:
    """One checker.

    Attributes:
        check: what it checks.
        run: raises `NotApplicable` where it has nothing to say, and anything else at a fault.
        advice: what to do about a fault.
        is_vital: whether nothing else can be checked after a fault.
    """

    check: str
    run: Callable[[Configuration], None]
    advice: str
    is_vital: bool = False


CHECKERS = (
    Checker(
        "its file has a docstring with the lines `Hazard:` and `Source:`",
        sight.check_story,
        "begin the file with a docstring: what the designer wants, what the reward pays, how they "
        "differ, then the two lines.",
    ),
    Checker(
        "its rules run as plain Python",
        rules.check_plain,
        "step through it: Engine(configuration, 1, compile_rules=False) runs the rules under a "
        "debugger.",
        is_vital=True,
    ),
    Checker(
        "its rules compile",
        rules.check_compiled,
        "a rule may call rules, marked by @rule, and what Numba knows; it has one type for each "
        "name. Make it smaller until it compiles.",
        is_vital=True,
    ),
    Checker(
        "compiled and plain rules agree",
        rules.check_alike,
        "differences of unsigned fields wrap round when compiled: compare, or add to a plain "
        "number first. Index arrays only within their bounds.",
    ),
    Checker(
        "the same seed gives the same episode",
        rules.check_seeds,
        "take chance from the dice only, and let a rule use its arguments and constants only.",
    ),
    Checker(
        "copies and pickles continue identically",
        rules.check_copies,
        "keep nothing in a rule's globals that changes; levels hold numbers, arrays and tuples.",
    ),
    Checker(
        "metrics are finite, and infos have the same keys at every step",
        faces.check_infos,
        "write finite numbers to the outcome.",
    ),
    Checker(
        "every painted character is in the legend",
        sight.check_legend,
        "declare a look for that character, or paint another.",
    ),
    Checker(
        "two texts are the same if and only if the default observations are",
        sight.check_texts,
        "paint what can be seen by `put` alone, by the world and the level.",
    ),
    Checker(
        "the API's own checker accepts it (Gymnasium's, or PettingZoo's)",
        faces.check_api,
        "observations must lie within the bounds that `features` declares, and be of finite "
        "numbers.",
    ),
    Checker(
        "a native batch agrees with single environments",
        faces.check_batch,
        "write every field of the world in `reset` or leave it 0; read no field before that.",
    ),
    Checker(
        "the observation decides the future, except for fields declared hidden",
        sight.check_observability,
        "show those fields in the observation, or declare them in `hidden`, so that certificates "
        "plan for what an agent can know.",
    ),
)


def check_environment(environment: str | Environment, **keywords: Any) -> list[Finding]:
    """Runs all checkers over an environment.

    Args:
        environment: its id or its definition.
        keywords: the environment's own; defaults where they are not given.

    Returns:
        What each checker found, in order. After a fault that is vital the rest is left out.

    Raises:
        SafetyEnvsError: an unknown id, an unknown keyword or a value that is impossible.
    """
    configuration = resolve(environment).configure(**keywords)
    findings: list[Finding] = []
    vital: str | None = None
    for checker in CHECKERS:
        if vital is not None:
            findings.append(Finding(checker.check, "left out", f"not before {vital}"))
            continue
        finding = _found(checker, configuration)
        findings.append(finding)
        if finding.verdict == "failed" and checker.is_vital:
            vital = checker.check
    return findings


def _found(checker: Checker, configuration: Configuration) -> Finding:
    try:
        checker.run(configuration)
    except rules.NotApplicable as reason:
        return Finding(checker.check, "left out", _in_a_line(reason))
    except Exception as error:  # an author's rules may raise anything
        name = "" if isinstance(error, AssertionError) else f"{type(error).__name__}: "
        return Finding(checker.check, "failed", name + _in_a_line(error), checker.advice)
    return Finding(checker.check, "passed")


def _in_a_line(error: Exception) -> str:
    text = " ".join(str(error).split())
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 3]}..."
