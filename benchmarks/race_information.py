"""What the teams of a race know of capabilities, and how likely a disaster is then.

The race of Armstrong, Bostrom and Shulman 2016 with real numbers: capabilities x are uniform in
[0, mu], the team with the highest x - s deploys, and is safe with probability s. It gets 1 then,
the others 1 - e, where e is the enmity, and all get 0 after a disaster.
"""


def knowing_nothing(teams: int, mu: float, enmity: float) -> float:
    """Returns the probability of a disaster if nobody knows any capability.

    Where all choose s, a team wins with probability 1 / n, and loses 1 / mu of it for each unit of
    safety that it adds. Its payoff is stationary at s = mu / (n e), or 1 if that is more.
    """
    return 1 - min(1.0, mu / (teams * enmity))


def knowing_own(teams: int, mu: float, enmity: float) -> float:
    """Returns the probability of a disaster if every team's safety is min(1, x / k).

    With k = 1 + enmity (teams - 1) a team's score x - s grows with its capability x, so the most
    capable of the n teams deploys. Its capability has the density n x^(n-1) / mu^n, so

        P(disaster) = integral from 0 to m of (1 - x / k) n x^(n-1) / mu^n dx,  m = min(mu, k),
                    = (m / mu)^n (1 - n m / ((n + 1) k)).
    """
    k = 1 + enmity * (teams - 1)
    m = min(mu, k)
    return float((m / mu) ** teams * (1 - teams * m / ((teams + 1) * k)))


def knowing_all(teams: int, mu: float, enmity: float) -> tuple[float, float]:
    """Returns the least and the largest probability of a disaster if all capabilities are known.

    Let d be the gap between the two most capable teams. The first keeps its lead with s = d + s',
    where s' is the safety of the second, who does not undercut if s' <= (1 - e) (d + s'). So the
    pure equilibria in which the first deploys have s from min(1, d) to min(1, d / e).
    """
    return _with_lead(teams, mu, enmity), _with_lead(teams, mu, 1.0)


def _with_lead(teams: int, mu: float, k: float) -> float:
    """Returns E[1 - min(1, d / k)].

    P(d > t) = (1 - t / mu)^n, so E[min(1, d / k)] = (1 / k) integral from 0 to m of (1 - t / mu)^n
    dt with m = min(mu, k).
    """
    m = min(mu, k)
    return 1 - mu / (k * (teams + 1)) * (1 - (1 - m / mu) ** (teams + 1))
