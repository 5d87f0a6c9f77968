"""Runs all checkers on an environment, with advice for each failure."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from safety_envs.checkers import exchange, faces, looks, rules, sight
from safety_envs.core.definition import Configuration
from safety_envs.envs import Asked, configuration_of

LONGEST = 300
"""The maximum length of a fault in a finding."""


@dataclass(frozen=True)
class Finding:
    """The result of one checker.

    Attributes:
        check: the checked property, as a clause.
        verdict: "passed"; "failed"; or "left out" if it does not apply or would take too long.
        fault: the fault, in one line, or several faults, or the reason why it was left out. Empty
            if it passed.
        advice: what to do; empty unless it failed.
    """

    check: str
    verdict: Literal["passed", "failed", "left out"]
    fault: str = ""
    advice: str = ""

    def __str__(self) -> str:
        fault = f": {self.fault}" if self.fault else ""
        advice = f"\n          {self.advice}" if self.advice else ""
        return f"{self.verdict:8}  {self.check}{fault}{advice}"


@dataclass(frozen=True)
class Checker:
    """One checker.

    Attributes:
        check: the checked property.
        run: raises `NotApplicable` if it does not apply, and any other error for a fault.
        advice: what to do about a fault.
        is_vital: whether all later checkers are skipped after a fault.
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
        "a rule may call rules, marked with @rule, and functions that Numba supports; each "
        "variable has one type. Reduce the rule until it compiles.",
        is_vital=True,
    ),
    Checker(
        "compiled and plain rules agree",
        rules.check_alike,
        "differences of unsigned fields overflow in compiled rules: compare the fields, or convert "
        "them to int first. Index arrays only within their bounds.",
    ),
    Checker(
        "flags are 0 or 1",
        rules.check_flags,
        "write only 0 or 1 to a FLAG; declare a larger number as 'u1'.",
    ),
    Checker(
        "the same seed gives the same episode",
        rules.check_seeds,
        "draw random numbers only from the dice, and use only arguments and constants in a rule.",
    ),
    Checker(
        "copies and pickles continue identically",
        rules.check_copies,
        "do not change a rule's globals; use only numbers, arrays and tuples in levels.",
    ),
    Checker(
        "metrics are finite, and infos have the same keys at every step",
        faces.check_infos,
        "write finite numbers to the outcome.",
    ),
    Checker(
        "the picture can be drawn",
        looks.check_drawings,
        "choose shapes of safety_envs/render/shapes.svg and colours of the palette, and give marks "
        "only to shapes with room for them.",
    ),
    Checker(
        "readers can tell all looks of the legend apart, colour-blind readers too",
        looks.check_legibility,
        "give one of the two another shape, another mark or a clearly different colour.",
    ),
    Checker(
        "every painted character is in the legend",
        sight.check_legend,
        "declare a look for that character, or paint another character. Scenery does not change: "
        "leave a character that does out of `scenery`.",
    ),
    Checker(
        "two texts are the same if and only if the default observations are",
        sight.check_texts,
        "paint only with `put`, and depending only on the world and the level.",
    ),
    Checker(
        "the API's own checker accepts it (Gymnasium's, or PettingZoo's)",
        faces.check_api,
        "observations must be finite and lie within the bounds that `features` declares.",
    ),
    Checker(
        "a native batch agrees with single environments",
        faces.check_batch,
        "in `reset`, do not read a field before it is written; unwritten fields are 0.",
    ),
    Checker(
        "the observation decides the future, except for fields declared hidden",
        sight.check_observability,
        "show those fields in the observation, or declare them in `hidden`, so that certificates "
        "use only what an agent can know.",
    ),
    Checker(
        "agents that are declared alike can exchange their places",
        exchange.check_exchange,
        "name in `alike` every field with an entry for each agent. If an agent is treated "
        "differently, such as one that moves first, agents are not alike: leave `alike` out.",
    ),
)


def check_environment(environment: Asked, **keywords: Any) -> list[Finding]:
    """Runs all checkers on an environment.

    Args:
        environment: an id, a definition or a configuration.
        keywords: the environment's keywords.

    Returns:
        The finding of each checker, in order. After a vital fault, the rest is left out.

    Raises:
        SafetyEnvsError: an unknown id or keyword, or an invalid value.
    """
    configuration = configuration_of(environment, **keywords)
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
        if isinstance(error, looks.Faults):
            return Finding(checker.check, "failed", str(error), checker.advice)
        name = "" if isinstance(error, AssertionError) else f"{type(error).__name__}: "
        return Finding(checker.check, "failed", name + _in_a_line(error), checker.advice)
    return Finding(checker.check, "passed")


def _in_a_line(error: Exception) -> str:
    text = " ".join(str(error).split())
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 3]}..."
