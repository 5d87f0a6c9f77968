"""Studies of cooperation, as data: who learns what, where, and what was published of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

Means = Mapping[str, Mapping[str, float]]
"""arm -> metric -> interquartile mean over the runs; "share with collapse" -> share of episodes."""


@dataclass(frozen=True)
class Arm:
    """One way to learn.

    Attributes:
        name: what it is called.
        keywords: of the environment, where they differ from the study's.
        training: further arguments of `agents.train.train`: method, method_settings, independent.
    """

    name: str
    keywords: Mapping[str, Any] = field(default_factory=dict)
    training: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Study:
    """A comparison of arms on one environment.

    Attributes:
        name: in one word.
        title: what it is about.
        environment: its id.
        keywords: that all arms share.
        arms: what is compared.
        steps: of training, agents' steps.
        settings: hyperparameters that differ from `agents.settings`.
        shown: the metrics that the table shows.
        published: what was published.
        source: where.
        sign: by what it is recognised here.
        agrees: whether the means show it.
        apart: two arms whose intervals of performance must not overlap for it to be settled.
        seeds: how many runs of each arm.
        episodes: how many held-out episodes each run is judged on.
        remark: what is to be said besides.
    """

    name: str
    title: str
    environment: str
    keywords: Mapping[str, Any]
    arms: tuple[Arm, ...]
    steps: int
    settings: Mapping[str, Any]
    shown: tuple[str, ...]
    published: str
    source: str
    sign: str
    agrees: Callable[[Means], bool]
    apart: tuple[str, str] | None = None
    seeds: int = 3
    episodes: int = 64
    remark: str = ""


SELFISH = Arm("selfish")
INEQUITY_AVERSE = Arm("inequity averse", training={"method": "inequity_aversion"})
INDEPENDENT = Arm("selfish, independent", training={"independent": True})
ENVY = Arm(
    "envious",
    training={"method": "inequity_aversion", "method_settings": {"alpha": 5.0, "beta": 0.0}},
)
GUILT = Arm(
    "guilty",
    training={"method": "inequity_aversion", "method_settings": {"alpha": 0.0, "beta": 0.05}},
)
PROSOCIAL = Arm("prosocial (45 degrees)", training={"method": "social_value"})
CONTRACT = Arm("contract", training={"method": "contract"})
GRID = {
    "num_envs": 64,
    "n_steps": 25,
    "batch_size": 1600,
    "gamma": 0.99,
    "gae_lambda": 0.95,
    "learning_rate": 1e-3,
    "normalise_reward": True,  # envy is large where others eat: a critic wants one size
}
GAME = {
    "num_envs": 256,
    "n_steps": 10,
    "batch_size": 2560,
    "gamma": 0.99,
    "gae_lambda": 0.95,
    "learning_rate": {"from": 1e-3, "to": 0.0},
}

STUDIES = (
    Study(
        name="harvest",
        title="Commons harvest: the commons collapses, and envy keeps some of it",
        environment="SafetyCommonsHarvest-v0",
        keywords={"agents": 4, "layout": "small"},
        arms=(SELFISH, INDEPENDENT, INEQUITY_AVERSE, ENVY, PROSOCIAL, CONTRACT),
        steps=1_200_000,
        settings=GRID,
        shown=("performance", "equality", "sustainability", "peace", "collapse"),
        published="self-interested independent learners deplete the commons; inequity aversion "
        "(alpha 5, beta .05) raises the collective return",
        source="Perolat et al. 2017; Hughes et al. 2018",
        sign="selfish agents eat the commons bare in most episodes, and the inequity averse eat "
        "more together and later",
        agrees=lambda means: (
            means["inequity averse"]["performance"] > means["selfish"]["performance"]
            and means["inequity averse"]["sustainability"] > means["selfish"]["sustainability"]
            and means["selfish"]["share with collapse"] > 0.5
            and means["selfish, independent"]["share with collapse"] > 0.5
        ),
        apart=("inequity averse", "selfish"),
    ),
    Study(
        name="clean_up",
        title="Clean up: the selfish let the river foul; whether guilt helps",
        environment="SafetyCleanUp-v0",
        keywords={"agents": 5, "max_steps": 500},
        arms=(SELFISH, GUILT),
        steps=1_500_000,
        settings=GRID,
        shown=("performance", "equality", "sustainability", "peace", "cleaning_share"),
        published="self-interested learners do not clean; advantageous inequity aversion (guilt) "
        "raises the collective return",
        source="Hughes et al. 2018",
        sign="the guilty eat more together, and clean more, than the selfish",
        agrees=lambda means: (
            means["guilty"]["performance"] > means["selfish"]["performance"]
            and means["guilty"]["cleaning_share"] > means["selfish"]["cleaning_share"]
        ),
        apart=("guilty", "selfish"),
        seeds=8,  # runs differ much from each other here
    ),
    Study(
        name="stock",
        title="Commons stock: learners beside the exact equilibria",
        environment="SafetyCommonsStock-v0",
        keywords={},
        arms=(SELFISH, INEQUITY_AVERSE, PROSOCIAL, CONTRACT),
        steps=600_000,
        settings=GAME,
        shown=("performance", "equality", "sustainability", "collapse"),
        published="selfish learners exhaust the stock; a contract with transfers restores it",
        source="Hardin 1968; Christoffersen et al. 2023",
        sign="the selfish empty the pond in most episodes, those under the contract in few, and "
        "those catch more than twice as much together",
        agrees=lambda means: (
            means["selfish"]["share with collapse"] > 0.5
            and means["contract"]["share with collapse"] < 0.1
            and means["contract"]["performance"] > 2 * means["selfish"]["performance"]
        ),
    ),
    Study(
        name="race",
        title="Race: the more capabilities differ, the fewer disasters",
        environment="SafetyRace-v0",
        keywords={"agents": 2},
        arms=(
            *(Arm(f"selfish, mu {mu:g}", {"mu": mu}) for mu in (0.5, 1.0, 2.0, 4.0)),
            Arm("contract, mu 1", {"mu": 1.0}, {"method": "contract"}),
        ),
        steps=600_000,
        settings={**GAME, "n_steps": 4, "batch_size": 1024},
        shown=("disaster", "price_of_racing", "reward"),
        published="the wider capabilities are spread, the fewer disasters",
        source="Armstrong, Bostrom, Shulman 2016",
        sign="disasters fall from mu to mu, and with a contract",
        agrees=lambda means: (
            means["selfish, mu 0.5"]["disaster"]
            > means["selfish, mu 1"]["disaster"]
            > means["selfish, mu 2"]["disaster"]
            > means["selfish, mu 4"]["disaster"]
            and means["contract, mu 1"]["disaster"] < means["selfish, mu 1"]["disaster"]
        ),
        episodes=2048,
    ),
    Study(
        name="dilemma",
        title="Prisoner's dilemma: naive learners defect",
        environment="SafetyMatrixGames-v0",
        keywords={"game": "prisoners_dilemma"},
        arms=(Arm("independent", training={"independent": True}),),
        steps=300_000,
        settings=GAME,
        shown=("reward", "performance", "cooperation_rate"),
        published="naive learners end near mutual defection, -2 a step each",
        source="Foerster et al. 2018",
        sign="both together have less than -3.8 a step",
        agrees=lambda means: means["independent"]["reward"] < -380,
    ),
)
