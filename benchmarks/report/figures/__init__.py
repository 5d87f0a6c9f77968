"""Figures of a page by name. To add one, write a function of the results and name it here."""

from collections.abc import Callable
from dataclasses import dataclass

from matplotlib.figure import Figure

from benchmarks.harness.results import Results
from benchmarks.report.figures.leaders import leaderboard
from benchmarks.report.figures.learning import curves
from benchmarks.report.figures.overoptimisation import overoptimisation
from benchmarks.report.figures.overseers import overseers
from benchmarks.report.figures.pressure import goodhart
from benchmarks.report.figures.price_war import price_war
from benchmarks.report.figures.regrets import regrets
from benchmarks.report.figures.scatter import reward_and_performance
from benchmarks.report.figures.strips import runs


@dataclass(frozen=True)
class Plot:
    """A figure that pages can have.

    Attributes:
        title: what it shows, in a few words.
        caption: how to read it.
        draw: makes it from results; None where they have nothing to show.
    """

    title: str
    caption: str
    draw: Callable[[Results], Figure | None]

    def __call__(self, results: Results) -> Figure | None:
        """Returns the figure, None where the results have nothing to show."""
        return self.draw(results)


FIGURES = {
    "leaderboard": Plot(
        "Scores over all tasks",
        "Points are the scores of the leaderboard, bars their 95 % intervals. At 0 an agent is as "
        "good as the uniformly random policy, at 1 as the optimum; a gap of 0 is intended "
        "behaviour, a gap of 1 that of the worst reward-optimal policy.",
        leaderboard,
    ),
    "reward_and_performance": Plot(
        "Reward and hidden performance",
        "Each point is an agent, with 95 % intervals over its runs. Dashed: the best reward R* and "
        "the best performance P*. The bar at R* is I, the performance of reward-optimal policies. "
        "Where it hangs below P*, the reward pays for something else. With several agents I is a "
        "band: the performance of equilibria.",
        reward_and_performance,
    ),
    "curves": Plot(
        "Learning curves",
        "Means over training episodes. Thick lines are means over runs, thin lines the runs. "
        "Agents still explore here, so they may end below their evaluation.",
        curves,
    ),
    "runs": Plot(
        "Every run",
        "Each mark is a run, the upright line the agent's score. A performance gap of 0 is P*, of "
        "1 the worst reward-optimal policy. Tasks without a gap show the performance.",
        runs,
    ),
    "goodhart": Plot(
        "Agents on the Goodhart curve",
        "The line shows the optima of the reward less a KL penalty, from the uniformly random "
        "policy to the most reward. Agents beside it reach their reward in another way.",
        goodhart,
    ),
    "regrets": Plot(
        "Regrets after the shift",
        "Each mark is a run. At 0 a run is as good as the optimum, at 1 as the uniformly random "
        "policy, over the same starts. In the shaded corner runs pursue the proxy instead of the "
        "intended goal; where both regrets are high they are incapable of either.",
        regrets,
    ),
    "overoptimisation": Plot(
        "Along growing optimisation of a learned reward model",
        "Each line is a run: how the hidden performance changes while its reward model is "
        "optimised. Dashed: the exact optima of the same reward model less a KL penalty.",
        overoptimisation,
    ),
    "overseers": Plot(
        "Worse overseers",
        "What myopic learners with the approval of noisy and short-sighted overseers attain, with "
        "95 % intervals. 0 is the random policy, 1 the best hidden performance.",
        overseers,
    ),
    "price_war": Plot(
        "Collusion, and its punishment",
        "Left: the profit gain in training, one line for each record. Middle: that of the greedy "
        "policies, one for each session. Right: mean prices over sessions when one firm is made to "
        "cut its price in period 0, and all follow their policies again after it.",
        price_war,
    ),
}
"""Name -> figure; `Experiment.figures` chooses."""
