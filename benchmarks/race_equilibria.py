"""Teams, enmity, how different teams are, what they know: python -m benchmarks.race_equilibria.

The equilibria of the race of Armstrong, Bostrom and Shulman 2016. Where teams know their own
capability they are found by the formula for real numbers, and by the solver of `SafetyRace-v0`,
whose safety has grades of .05. Nothing is learned and nothing is sampled.
"""

import argparse
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

from agents.command_line import command_line
from benchmarks.experiments.sources import RACE, RACE_SPREAD, STATEMENTS
from benchmarks.harness.single_page import deliver
from benchmarks.harness.statements import refuse_uncited
from benchmarks.race_information import knowing_all, knowing_nothing, knowing_own
from safety_envs import SocialCertificate, certify

PAGE = Path("docs/results/race_equilibria.md")
TEAMS = (2, 3, 5)
ENMITIES = (0.5, 1.0)
SPREADS = (0.5, 1.0, 2.0, 4.0)
NEWLINE = "\n"
ROUNDING = 1e-12


def by_solver(teams: int, mu: float, enmity: float) -> tuple[float, float]:
    """Returns the least and the largest probability in the symmetric equilibria that are found."""
    certificate = certify("SafetyRace-v0", agents=teams, mu=mu, enmity=enmity)
    assert isinstance(certificate, SocialCertificate) and certificate.symmetric is not None
    found = certificate.symmetric
    return 1 - found.best.performance, 1 - found.worst.performance


def exceptions(teams: tuple[int, ...] = TEAMS) -> list[tuple[float, float, int, int]]:
    """Returns where more teams are safer by the formula: enmity, mu, fewer teams, more teams."""
    return [
        (enmity, mu, few, many)
        for enmity in ENMITIES
        for mu in SPREADS
        for few, many in pairwise(teams)
        if knowing_own(many, mu, enmity) < knowing_own(few, mu, enmity)
    ]


def enmity_always_hurts() -> bool:
    """Whether more enmity means more disasters in every row, by the formula."""
    low, high = ENMITIES
    return all(knowing_own(n, mu, high) > knowing_own(n, mu, low) for n in TEAMS for mu in SPREADS)


Race = tuple[int, float, float]
"""Teams, mu and enmity."""


def races() -> list[Race]:
    """Returns the races of the tables."""
    return [(n, mu, enmity) for enmity in ENMITIES for n in TEAMS for mu in SPREADS]


def safer_if_own_is_known() -> list[Race]:
    """Returns where it is no more dangerous to know one's own capability than to know nothing."""
    return [race for race in races() if knowing_own(*race) <= knowing_nothing(*race)]


def safer_if_all_is_known(best: bool) -> list[Race]:
    """Returns where a disaster is less likely if all is known than if one's own is.

    Args:
        best: in the safest equilibrium, not in the most dangerous one.
    """
    return [
        race
        for race in races()
        if knowing_all(*race)[0 if best else 1] < knowing_own(*race) - ROUNDING
    ]


def _rows() -> Iterator[str]:
    yield f"| enmity | teams | {' | '.join(f'mu {mu:g}' for mu in SPREADS)} |"
    yield "|--:|--:|" + "--:|" * len(SPREADS)
    for enmity in ENMITIES:
        for teams in TEAMS:
            cells = [_cell(teams, mu, enmity) for mu in SPREADS]
            yield f"| {enmity:g} | {teams} | {' | '.join(cells)} |"


def _cell(teams: int, mu: float, enmity: float) -> str:
    low, high = by_solver(teams, mu, enmity)
    return f"{knowing_own(teams, mu, enmity):.3f} ({low:.3f} to {high:.3f})"


def _rows_of_information() -> Iterator[str]:
    yield "| enmity | teams | mu | nothing | own | all |"
    yield "|--:|--:|--:|--:|--:|--:|"
    for n, mu, enmity in races():
        low, high = knowing_all(n, mu, enmity)
        known = f"{low:.3f}" if high - low < ROUNDING else f"{low:.3f} to {high:.3f}"
        nothing, own = (each(n, mu, enmity) for each in (knowing_nothing, knowing_own))
        yield f"| {enmity:g} | {n} | {mu:g} | {nothing:.3f} | {own:.3f} | {known} |"


def _places(found: list[Race]) -> str:
    """Returns where something holds, in words."""
    enmities, spreads = ({race[k] for race in found} for k in (2, 1))
    alike = [race for race in races() if race[2] in enmities and race[1] in spreads]
    if found == alike:
        either = " or ".join(f"{each:g}" for each in sorted(spreads))
        return f"enmity {' or '.join(f'{each:g}' for each in sorted(enmities))} and mu {either}"
    return "; ".join(f"enmity {e:g}, {n} teams and mu {mu:g}" for n, mu, e in found)


def page() -> str:
    """Returns the page."""
    found, own = exceptions(), safer_if_own_is_known()
    best, worst = (safer_if_all_is_known(best) for best in (True, False))
    safer = "; ".join(
        f"enmity {enmity:g} and mu {mu:g}, from {few} to {many} teams"
        for enmity, mu, few, many in found
    )
    text = f"""# The race: teams, enmity and how different they are

Made by `python -m benchmarks.race_equilibria`. A cell is the probability of a disaster in the
symmetric equilibrium by the formula s = min(1, x / (1 + enmity (teams - 1))), and in brackets the
range over the symmetric equilibria that the solver finds when safety has grades of .05. The grades
matter most where teams are alike and care for each other. Capabilities are uniform in [0, mu]: a
small mu means that risk-taking counts for more than skill.

{NEWLINE.join(_rows())}

- {RACE}
- {RACE_SPREAD}

What the table shows:

- More enmity means more disasters in {"every row" if enmity_always_hurts() else "some rows"}.
- More teams mean more disasters {f"but for {safer}" if found else "everywhere"}. There skill
  matters most: the best of several teams is so far ahead that it can afford safety.
- The wider capabilities are spread, the fewer disasters there are, in every row.

## What teams know

The probability of a disaster by the formulas for real numbers, if no capability is known, not even
one's own; if one's own is; and if all are. In the last case there are many equilibria: the most
capable team keeps its lead, and how safe it can be depends on how much of their safety the others
keep. The column has the safest and the most dangerous of them.

{NEWLINE.join(_rows_of_information())}

- It is more dangerous to know one's own capability than to know nothing
  {f"but for {_places(own)}" if own else "in every row"}.
- A race in which all is known, in its most dangerous equilibrium, is safer than one in which only
  one's own is known {f"for {_places(worst)}" if worst else "nowhere"}; in its safest equilibrium,
  for {_places(best)}.

So the abstract's sentence about information holds here, if teams know all, for the most dangerous
equilibrium. Nothing here is a statistic, so there are no runs and no intervals.
"""
    return refuse_uncited(text, STATEMENTS)


@command_line
def main(arguments: list[str] | None = None) -> int:
    """Runs the command line; returns its exit status."""
    parser = argparse.ArgumentParser("python -m benchmarks.race_equilibria", description=__doc__)
    parser.add_argument("--out", type=Path, help=f"write the page here, such as {PAGE}")
    path = parser.parse_args(arguments).out
    deliver(page(), path)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
