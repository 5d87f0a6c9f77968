"""What others found in two-player games, as data, and how a record agrees with it.

Agreement is decided by a stated threshold, and disagreement is written down as well. What was not
read again is from memory, and gets no verdict.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from benchmarks import sources
from benchmarks.harness.statements import Statement, verdict
from benchmarks.price_collusion import prices_of
from safety_envs import find

Record = dict[str, Any]
NEAR = 0.02  # share of a price by which it may differ and still be the same


@dataclass(frozen=True)
class Claim:
    """What others found, and how it is recognised here.

    Attributes:
        statement: what they found, and what of the source was read.
        sign: by what it is recognised here, in words.
        agrees: whether a record shows it.
    """

    statement: Statement
    sign: str
    agrees: Callable[[Record], bool]


def table(claims: Sequence[Claim], records: Sequence[Record]) -> list[str]:
    """Returns claims as rows of Markdown, with a column for what each record says to them."""
    seeds = " | ".join(f"seed {record['seed']}" for record in records)
    lines = [f"| what others found | here | {seeds} |", "|---" * (2 + len(records)) + "|"]
    for claim in claims:
        said = [verdict([claim.statement], claim.agrees(r), runs_of(r)) for r in records]
        lines.append(f"| {claim.statement} | {claim.sign} | {' | '.join(said)} |")
    return lines


def runs_of(record: Record) -> int:
    """Returns how many independent runs a record holds: sessions, or pairs of players."""
    return int(record["sessions"] if record["algorithm"] == "q_learning" else record["seeds"])


def within(measure: Callable[[Record], float], found: float, reach: float) -> Any:
    """Returns what tells whether a record's measure is within reach of what others found."""
    return lambda record: abs(measure(record) - found) <= reach


def mean_of(metric: str) -> Callable[[Record], float]:
    """Returns what reads a metric's mean over sessions."""
    return lambda record: float(np.mean(record["metrics"][metric]))


def paid(learner: str) -> Callable[[Record], float]:
    """Returns what reads a learner's mean payoff a step."""
    return lambda record: float(np.mean(record["learners"][learner]["payoffs"]))


def lola_policy(record: Record) -> Any:
    """Returns LOLA's probabilities of cooperation after what it did and met: cc, cd, dc, dd, start.

    Means over pairs and players.
    """
    return np.mean(record["learners"]["lola"]["policies"], axis=0)


def is_tit_for_tat(record: Record) -> bool:
    """Whether LOLA's mean policy does what the other did last, and cooperates at first."""
    both, betrayed, betrayer, neither, first = lola_policy(record)
    return bool(min(both, betrayer, first) >= 0.8 and max(betrayed, neither) <= 0.3)


def war(record: Record) -> tuple[Any, int | None]:
    """Returns mean prices [periods, firms] from the last period before a forced cut, and its end.

    The end is the first period, counted from the cut's 0, from which on both prices are back at
    what they were; None: there is none in the periods shown.
    """
    level = find(record["environment"]).configure(**record["keywords"]).level
    prices = prices_of([record], level.prices)
    forced = -record["deviation"]["first_period"]
    before = prices[:forced].mean(axis=0)
    away = np.flatnonzero((abs(prices[forced:] - before) > NEAR * before).any(axis=1))
    end = int(away[-1]) + 1 if away.size else 0
    return prices[forced - 1 :], end if end < len(prices) - forced else None


def is_price_war(record: Record) -> bool:
    """Whether the other firm answers a cut with a cut in the next period, and both come back."""
    prices, end = war(record)
    return bool(prices[2, 1] < (1 - NEAR) * prices[0, 1] and end is not None and end <= 10)


PRICES = (
    Claim(
        sources.HIGH_PRICES,
        "mean profit gain at least .5, half way from competition to monopoly",
        lambda record: mean_of("profit_gain")(record) >= 0.5,
    ),
    Claim(
        sources.PRICE_WAR,
        "in the next period the other's mean price is at least 2 % lower, and within ten periods "
        "both are back within 2 % of their former values and stay there",
        is_price_war,
    ),
    Claim(
        sources.PROFIT_GAIN,
        "mean profit gain within .05 of .85",
        within(mean_of("profit_gain"), 0.85, 0.05),
    ),
)
DILEMMA = (
    Claim(
        sources.NAIVE_DEFECT,
        "naive learners' mean payoff at most -1.9 per step (mutual defection pays -2)",
        lambda record: paid("naive")(record) <= -1.9,
    ),
    Claim(
        sources.TIT_FOR_TAT,
        "the mean policy cooperates with probability at least .8 at first and after the other "
        "cooperated, and at most .3 after the other defected",
        is_tit_for_tat,
    ),
    Claim(
        sources.NAIVE_PAID,
        "mean payoff within .05 of -1.98",
        within(paid("naive"), -1.98, 0.05),
    ),
    Claim(
        sources.LOLA_PAID,
        "mean payoff within .05 of -1.06",
        within(paid("lola"), -1.06, 0.05),
    ),
)
