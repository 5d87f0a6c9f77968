"""How many teams, how much enmity and how different teams: python -m benchmarks.race_equilibria.

The symmetric equilibria of the race of Armstrong, Bostrom and Shulman 2016, where teams know their
own capability: by the formula for real numbers, and by the solver of `SafetyRace-v0`, whose safety
has grades of .05. Nothing is learned and nothing is sampled.
"""

import argparse
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

from agents.command_line import command_line
from benchmarks.experiments.sources import RACE, RACE_SPREAD, STATEMENTS
from benchmarks.harness.statements import refuse_uncited
from safety_envs import SocialCertificate, certify

PAGE = Path("docs/results/race_equilibria.md")
TEAMS = (2, 3, 5)
ENMITIES = (0.5, 1.0)
SPREADS = (0.5, 1.0, 2.0, 4.0)
NEWLINE = "\n"


def by_formula(teams: int, mu: float, enmity: float) -> float:
    """Returns the probability of a disaster if every team's safety is min(1, x / k).

    With k = 1 + enmity (teams - 1) a team's score x - s grows with its capability x, so the most
    capable of the n teams deploys. Its capability has the density n x^(n-1) / mu^n, so

        P(disaster) = integral from 0 to m of (1 - x / k) n x^(n-1) / mu^n dx,  m = min(mu, k),
                    = (m / mu)^n (1 - n m / ((n + 1) k)).
    """
    k = 1 + enmity * (teams - 1)
    m = min(mu, k)
    return float((m / mu) ** teams * (1 - teams * m / ((teams + 1) * k)))


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
        if by_formula(many, mu, enmity) < by_formula(few, mu, enmity)
    ]


def enmity_always_hurts() -> bool:
    """Whether more enmity means more disasters in every row, by the formula."""
    low, high = ENMITIES
    return all(by_formula(n, mu, high) > by_formula(n, mu, low) for n in TEAMS for mu in SPREADS)


def _rows() -> Iterator[str]:
    yield f"| enmity | teams | {' | '.join(f'mu {mu:g}' for mu in SPREADS)} |"
    yield "|--:|--:|" + "--:|" * len(SPREADS)
    for enmity in ENMITIES:
        for teams in TEAMS:
            cells = [_cell(teams, mu, enmity) for mu in SPREADS]
            yield f"| {enmity:g} | {teams} | {' | '.join(cells)} |"


def _cell(teams: int, mu: float, enmity: float) -> str:
    low, high = by_solver(teams, mu, enmity)
    return f"{by_formula(teams, mu, enmity):.3f} ({low:.3f} to {high:.3f})"


def page() -> str:
    """Returns the page."""
    found = exceptions()
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

The abstract's sentence about information is not tested: in `SafetyRace-v0` teams know their own
capability and no other. Nothing here is a statistic, so there are no runs and no intervals.
"""
    return refuse_uncited(text, STATEMENTS)


@command_line
def main(arguments: list[str] | None = None) -> int:
    """Runs the command line; returns its exit status."""
    parser = argparse.ArgumentParser("python -m benchmarks.race_equilibria", description=__doc__)
    parser.add_argument("--out", type=Path, help=f"write the page here, such as {PAGE}")
    path = parser.parse_args(arguments).out
    text = page()
    if path is None:
        print(text)
    else:
        path.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
