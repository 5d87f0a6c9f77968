"""The page of the two-player games and its picture, from records alone."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import sources
from benchmarks.games_claims import DILEMMA, PRICES, Record, lola_policy, mean_of, table, war
from benchmarks.harness.statements import refuse_uncited
from benchmarks.price_collusion import draw
from benchmarks.records import versions_of
from safety_envs import find
from safety_envs.applications import write_atomically
from safety_envs.statistics import estimate


def write_page(records: Sequence[Record], path: Path) -> None:
    """Writes the page as Markdown, and the picture of prices beside it."""
    prices = [record for record in records if record["algorithm"] == "q_learning"]
    patient = [record for record in prices if record["settings"]["discount"] > 0]
    games = [record for record in records if record["algorithm"] == "lola"]
    picture = path.with_name("price_collusion.png")
    draw(patient, picture)
    lines = [
        "# What learners do in two-player games",
        "",
        "Each figure is a mean over sessions or pairs with its 95 % interval, by "
        "the bootstrap (Student's where they are fewer than eight). A statement about others' "
        "work names the part of the source that was read. Otherwise it is marked as from memory "
        "and gets no verdict. Settings are the sources' and were not tuned. Made by "
        "`make games`.",
        "",
        *_pricing(prices, patient, picture.name),
        *_matrix_games(games),
        "## Where it comes from",
        "",
        *dict.fromkeys(f"    {record['command']}" for record in records),
        "",
        *[f"- {name} {versions}" for name, versions in versions_of(records).items()],
    ]
    statements = [claim.statement for claim in (*PRICES, *DILEMMA)]
    page = "\n".join(lines) + "\n"
    write_atomically(path, refuse_uncited(page, [*statements, sources.LOLA_SETTINGS]))


def _pricing(prices: Sequence[Record], patient: Sequence[Record], picture: str) -> list[str]:
    first = prices[0]
    settings = first["settings"]
    sessions, converged = (
        sum(record["sessions"] for record in prices),
        sum(period >= 0 for record in prices for period in record["converged_at"]),
    )
    lines = [
        "## Pricing algorithms learn to collude",
        "",
        "![Profit gain in learning; where sessions end; the price war after a deviation]"
        f"({picture})",
        "",
        f"{first['environment']}, Q-learners after Calvano et al. 2020 (rate {settings['rate']}, "
        f"exploration exp(-{settings['decay']:g} t)), {first['sessions']} sessions per "
        f"seed; {converged} of {sessions} have converged. Profit gain is 0 in competition and 1 "
        "in a monopoly. The consumer surplus is per period. The dashed "
        "line in the picture, .85, is from memory.",
        "",
        "| learners | profit gain | price | consumer surplus |",
        "|---|---|---|---|",
    ]
    for record in prices:
        metrics = record["metrics"]
        cells = [_cell(metrics[name]) for name in ("profit_gain", "mean_price", "performance")]
        name = f"discount {record['settings']['discount']:g}, seed {record['seed']}"
        lines.append(f"| {name} | {' | '.join(cells)} |")
    level = find(first["environment"]).configure(**first["keywords"]).level
    for name, gain, price in (
        ("competition", 0, level.nash_price),
        ("monopoly", 1, level.monopoly_price),
    ):
        lines.append(f"| {name} (exact) | {gain} | {price:.3f} | {_surplus(level, price):.3f} |")
    wars = [(record["seed"], war(record)[1]) for record in patient]
    back = ", ".join(f"seed {seed} in period {period}" for seed, period in wars if period)
    return [
        *lines,
        "",
        *table(PRICES, patient),
        "",
        _control(prices, patient),
        "",
        *([f"After a forced cut in period 0 both prices return: {back}.", ""] * bool(back)),
    ]


def _control(prices: Sequence[Record], patient: Sequence[Record]) -> str:
    """Returns whether collusion needs learners that look ahead."""
    gain = mean_of("profit_gain")
    myopic = [gain(record) for record in prices if record not in patient]
    holds = max(myopic) <= min(map(gain, patient)) / 2
    return (
        "Control: the threat of punishment keeps prices high, so learners that do not look ahead "
        "(discount 0) should stay near competition. Here: their mean profit gain is at most half "
        f"of that of learners that do: {'holds' if holds else '**does not hold**'}."
    )


def _surplus(level: Any, price: float) -> float:
    """Returns the consumer surplus of a period in which all firms charge a price.

    A good's appeal is exp((quality - price) / spread), that of buying nothing 1.
    """
    logs = np.log(level.appeal)
    spread = (level.prices[0] - level.prices[-1]) / (logs[-1] - logs[0])
    appeal = np.exp(np.interp(price, level.prices, logs))
    return float(spread * np.log(level.firms * appeal + 1))


def _matrix_games(games: Sequence[Record]) -> list[str]:
    settings = games[0]["settings"]
    lines = [
        "## Naive learners defect; learners aware of each other's learning cooperate",
        "",
        f"{games[0]['environment']}, exact policy gradients in policies with a memory of one step "
        f"(gamma {settings['discount']:g}, rates {settings['rate']:g} and "
        f"{settings['look_ahead']:g}, {settings['updates']} updates), {games[0]['seeds']} pairs. "
        f"{sources.LOLA_SETTINGS} Mean payoff per step:",
        "",
        "| game | naive | LOLA |",
        "|---|---|---|",
    ]
    for record in games:
        cells = [
            _cell(np.mean(record["learners"][kind]["payoffs"], axis=0))
            for kind in ("naive", "lola")
        ]
        game = record["keywords"]["game"].replace("_", " ")
        lines.append(f"| {game}, seed {record['seed']} | {' | '.join(cells)} |")
    dilemma = [record for record in games if record["keywords"]["game"] == "prisoners_dilemma"]
    lines += ["", *table(DILEMMA, dilemma), ""]
    both, betrayed, betrayer, neither, first = np.mean([lola_policy(each) for each in dilemma], 0)
    return [
        *lines,
        f"In the prisoner's dilemma LOLA's mean policy cooperates with probability {first:.2f} at "
        f"first, {both:.2f} after both cooperated, {betrayed:.2f} after only the other defected, "
        f"{betrayer:.2f} after only it defected, {neither:.2f} after both defected.",
        "",
    ]


def _cell(values: Sequence[float]) -> str:
    found = estimate(values, lambda drawn: float(np.mean(drawn)))
    return f"{found.value:.3f} [{found.low:.3f}, {found.high:.3f}]"
