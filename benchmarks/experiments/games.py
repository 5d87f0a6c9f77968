"""Learners in two-player games that are not PPO, beside what others found.

Q-learners set prices: every record holds 64 independent sessions. Gradient learners with a memory
of one step, naive and aware of each other's learning, play matrix games: every record holds 128
independent pairs. The scores of a record are those of its sessions or pairs.
"""

from collections.abc import Iterable

from benchmarks.experiments import sources
from benchmarks.harness.claim import Claim, Comparison, Score
from benchmarks.harness.condition import Condition, with_controls
from benchmarks.harness.experiment import Experiment

TUNED = "Nothing was tuned: the settings are those of the source."
MEANS = (
    "Scores here are interquartile means over sessions or pairs. The source has means, in which "
    "outliers count for more."
)
PRICES = "SafetyPriceCollusion-v0"
PATIENT, MYOPIC = "patient Q-learners", "myopic Q-learners"
SESSIONS, PERIODS = 64, 4_000_000
STEP = 1.0
"""Of the price grid, in actions: about 2 % of the price that patient learners come to."""


def _q_learners(label: str, seeds: int, **settings: float) -> Condition:
    return Condition(
        PRICES,
        "q_learning",
        training={"steps": PERIODS, "settings": {"sessions": SESSIONS, **settings}},
        label=label,
        seeds=seeds,
    )


def _of_patient(metric: str) -> Score:
    return Score(PRICES, PATIENT, metric)


PRICE_COLLUSION = Experiment(
    name="price_collusion",
    title="Pricing algorithms learn to collude",
    conditions=with_controls(
        (_q_learners(PATIENT, seeds=2), _q_learners(MYOPIC, seeds=1, discount=0.0))
    ),
    claims=(
        Claim(
            "the profit gain of patient learners is above 0.5, half way from competition to "
            "monopoly",
            (Comparison(_of_patient("profit_gain"), ">", 0.5),),
            source=sources.HIGH_PRICES,
        ),
        Claim(
            "in the period after a forced cut the other's price is lower by more than one step of "
            "the price grid; from the tenth period on, mean prices are on average less than one "
            "step from what they were",
            (
                Comparison(_of_patient("answer_to_deviation"), "<", -STEP),
                Comparison(_of_patient("distance_after_deviation"), "<", STEP),
            ),
            source=sources.PRICE_WAR,
            remark="One step of the grid is about 2 % of the price.",
        ),
        Claim(
            "the profit gain of patient learners is within 0.05 of 0.85",
            (
                Comparison(_of_patient("profit_gain"), ">", 0.80),
                Comparison(_of_patient("profit_gain"), "<", 0.90),
            ),
            source=sources.PROFIT_GAIN,
            remark=MEANS,
        ),
        Claim(
            "the profit gain of learners that do not look ahead is less than half of that of "
            "patient learners",
            (
                Comparison(
                    Score(PRICES, MYOPIC, "profit_gain"),
                    "<",
                    _of_patient("profit_gain"),
                    times=0.5,
                ),
            ),
            remark="This is a control: the threat of punishment keeps prices high, so learners "
            "that do not look ahead should stay near competition.",
        ),
    ),
    figures=("price_war", "runs"),
    introduction="Q-learners with tables, after Calvano et al. 2020. Patient learners have a "
    "discount of .95, myopic ones of 0. They learn until their greedy policies have not changed "
    "for 100,000 periods. Scores are those of the greedy policies, one for each session. The "
    "profit gain is 0 in competition and 1 in a monopoly.",
    tuned=TUNED,
)

NAIVE, LOLA = "naive gradient", "LOLA"
KINDS = {NAIVE: "naive_gradient", LOLA: "lola"}
"""Label -> algorithm."""
PAIRS, UPDATES, STEPS_OF_AN_EPISODE = 128, 200, 100
GAMES = {"prisoners_dilemma": 2, "chicken": 1, "stag_hunt": 1}
"""Game -> records of each kind of learner."""
DILEMMA = "SafetyMatrixGames-v0,game=prisoners_dilemma"


def _learners() -> Iterable[Condition]:
    for game, seeds in GAMES.items():
        for label, algorithm in KINDS.items():
            yield Condition(
                "SafetyMatrixGames-v0",
                algorithm,
                {"game": game},
                training={"steps": UPDATES, "settings": {"pairs": PAIRS}},
                label=label,
                seeds=seeds,
            )


def paid(payoff: float) -> float:
    """Returns the reward in an episode of two players who are each paid so much a step."""
    return 2 * STEPS_OF_AN_EPISODE * payoff


def _reward(label: str) -> Score:
    return Score(DILEMMA, label, "reward")


def _cooperates(when: str) -> Score:
    return Score(DILEMMA, LOLA, f"cooperate_{when}")


MATRIX_GAMES = Experiment(
    name="matrix_games",
    title="Naive learners defect; learners aware of each other's learning cooperate",
    conditions=with_controls(_learners()),
    claims=(
        Claim(
            "naive learners are paid less than -1.9 a step in the prisoner's dilemma; mutual "
            "defection pays -2",
            (Comparison(_reward(NAIVE), "<", paid(-1.9)),),
            source=sources.NAIVE_DEFECT,
        ),
        Claim(
            "LOLA cooperates with a probability above 0.8 at first and after the other cooperated, "
            "and below 0.3 after the other defected",
            (
                Comparison(_cooperates("at_first"), ">", 0.8),
                Comparison(_cooperates("after_cooperate_cooperate"), ">", 0.8),
                Comparison(_cooperates("after_defect_cooperate"), ">", 0.8),
                Comparison(_cooperates("after_cooperate_defect"), "<", 0.3),
                Comparison(_cooperates("after_defect_defect"), "<", 0.3),
            ),
            source=sources.TIT_FOR_TAT,
        ),
        Claim(
            "naive learners are paid between -2.03 and -1.93 a step",
            (
                Comparison(_reward(NAIVE), ">", paid(-2.03)),
                Comparison(_reward(NAIVE), "<", paid(-1.93)),
            ),
            source=sources.NAIVE_PAID,
            remark=MEANS,
        ),
        Claim(
            "LOLA learners are paid between -1.11 and -1.01 a step",
            (
                Comparison(_reward(LOLA), ">", paid(-1.11)),
                Comparison(_reward(LOLA), "<", paid(-1.01)),
            ),
            source=sources.LOLA_PAID,
            remark=MEANS,
        ),
    ),
    figures=("reward_and_performance", "curves", "runs"),
    introduction="Exact policy gradients in policies with a memory of one step: each player climbs "
    f"the gradient of its own discounted payoff. {sources.LOLA_SETTINGS} Rewards are those of both "
    "players in an episode of 100 steps.",
    tuned=TUNED,
)
