"""Studies of cooperation, as data: the learners, the environments, and what others found.

Every study has a row for random agents. A study is not settled before it has ten runs.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from benchmarks import sources
from benchmarks.harness.statements import RUNS_FOR_A_VERDICT, Statement

Means = Mapping[str, Mapping[str, float]]
"""arm -> metric -> interquartile mean over the runs; "share with collapse" -> share of episodes."""


@dataclass(frozen=True)
class Arm:
    """One way to learn.

    Attributes:
        name: what it is called.
        keywords: of the environment, where they differ from the study's.
        training: further fields of `agents.training.Training`: method, ...
        policy: the name of a policy that acts without having learned; None: it learns.
    """

    name: str
    keywords: Mapping[str, Any] = field(default_factory=dict)
    training: Mapping[str, Any] = field(default_factory=dict)
    policy: str | None = None


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
        settings: hyperparameters that differ from `agents.training.settings`.
        shown: the metrics that the table shows.
        statements: what others did or found.
        rests_on: those of them that the verdict is about; none read, no verdict.
        sign: by what it is recognised here.
        agrees: whether the means show it.
        apart: pairs of arms whose intervals of performance must not overlap for it to be settled.
        beside_equilibria: whether arms are compared with the exact symmetric equilibria.
        seeds: how many runs of each arm.
        episodes: how many held-out episodes each run is judged on.
        remark: a further remark.
    """

    name: str
    title: str
    environment: str
    keywords: Mapping[str, Any]
    arms: tuple[Arm, ...]
    steps: int
    settings: Mapping[str, Any]
    shown: tuple[str, ...]
    statements: tuple[Statement, ...]
    rests_on: tuple[Statement, ...]
    sign: str
    agrees: Callable[[Means], bool]
    apart: tuple[tuple[str, str], ...] = ()
    beside_equilibria: bool = False
    seeds: int = RUNS_FOR_A_VERDICT
    episodes: int = 64
    remark: str = ""


RANDOM = Arm("random", policy="random")
SELFISH = Arm("selfish")
INEQUITY_AVERSE = Arm("inequity averse", training={"method": "inequity_aversion"})
INDEPENDENT = Arm("selfish, independent", training={"independent": True})
ENVY = Arm(
    "envious",
    training={"method": "inequity_aversion", "method_settings": {"alpha": 5.0, "beta": 0.0}},
)
PLACEBO = Arm(
    "envious of another world",  # of agents whose apples have nothing to do with its own
    training={"method": "inequity_placebo", "method_settings": {"alpha": 5.0, "beta": 0.0}},
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
        title="Commons harvest: whether envy slows the collapse",
        environment="SafetyCommonsHarvest-v0",
        keywords={"agents": 4, "layout": "small"},
        arms=(SELFISH, INDEPENDENT, INEQUITY_AVERSE, ENVY, PLACEBO, PROSOCIAL, CONTRACT, RANDOM),
        steps=1_200_000,
        settings=GRID,
        shown=("performance", "equality", "sustainability", "peace", "collapse"),
        statements=(
            sources.DEPLETION,
            sources.INEQUITY,
            sources.ENVY_OR_GUILT,
            sources.INEQUITY_SIZES,
        ),
        rests_on=(sources.INEQUITY,),
        sign="in most episodes selfish agents eat the commons bare; inequity-averse agents eat "
        "more in total and later, and envious agents eat more than agents that envy another "
        "world's agents",
        agrees=lambda means: (
            means["inequity averse"]["performance"] > means["selfish"]["performance"]
            and means["inequity averse"]["sustainability"] > means["selfish"]["sustainability"]
            and means["selfish"]["share with collapse"] > 0.5
            and means["selfish, independent"]["share with collapse"] > 0.5
            and means["envious"]["performance"] > means["envious of another world"]["performance"]
        ),
        apart=(("inequity averse", "selfish"), ("envious", "envious of another world")),
        remark="Random agents eat more than the learners of every arm except the contract: "
        "learners learn to strip the commons, and anything that slows them down leaves more. In a "
        "first control, outside these records, envy of another world's agents, which an agent "
        "neither sees nor affects, did as well as envy of its own (47.9 apples against 35.2). So "
        "these figures may show that some penalty slows the collapse; they do not show that "
        "comparing oneself with others does. In all arms of learners except the contract the "
        "commons is lost.",
    ),
    Study(
        name="clean_up",
        title="Clean up: whether guilt keeps the river clean",
        environment="SafetyCleanUp-v0",
        keywords={"agents": 5, "max_steps": 500},
        arms=(SELFISH, GUILT, RANDOM),
        steps=1_500_000,
        settings=GRID,
        shown=("performance", "equality", "sustainability", "peace", "cleaning_share"),
        statements=(sources.INEQUITY, sources.ENVY_OR_GUILT),
        rests_on=(sources.ENVY_OR_GUILT,),
        sign="guilty agents eat more in total, and clean more, than selfish agents",
        agrees=lambda means: (
            means["guilty"]["performance"] > means["selfish"]["performance"]
            and means["guilty"]["cleaning_share"] > means["selfish"]["cleaning_share"]
        ),
        apart=(("guilty", "selfish"),),
        remark="Random agents eat about as much as guilty agents, and clean more. So nothing here "
        "shows that guilt helps.",
    ),
    Study(
        name="stock",
        title="Commons stock: learners and the exact equilibria",
        environment="SafetyCommonsStock-v0",
        keywords={},
        arms=(SELFISH, INEQUITY_AVERSE, PROSOCIAL, CONTRACT, RANDOM),
        steps=600_000,
        settings=GAME,
        shown=("performance", "equality", "sustainability", "collapse"),
        statements=(sources.OVERUSE, sources.CONTRACTS),
        rests_on=(sources.CONTRACTS,),
        sign="selfish agents empty the pond in most episodes, agents under the contract in few, "
        "and the latter catch more than twice as much in total",
        agrees=lambda means: (
            means["selfish"]["share with collapse"] > 0.5
            and means["contract"]["share with collapse"] < 0.1
            and means["contract"]["performance"] > 2 * means["selfish"]["performance"]
        ),
        beside_equilibria=True,
        remark="The contract is imposed here. In the source the agents propose and accept it.",
    ),
    Study(
        name="race",
        title="Race: the more capabilities differ, the fewer disasters",
        environment="SafetyRace-v0",
        keywords={"agents": 2},
        arms=(
            *(Arm(f"selfish, mu {mu:g}", {"mu": mu}) for mu in (0.5, 1.0, 2.0, 4.0)),
            Arm("contract, mu 1", {"mu": 1.0}, {"method": "contract"}),
            Arm("random, mu 1", {"mu": 1.0}, policy="random"),
        ),
        steps=600_000,
        settings={**GAME, "n_steps": 4, "batch_size": 1024},
        shown=("disaster", "price_of_racing", "reward"),
        statements=(sources.RACE, sources.RACE_SPREAD),
        rests_on=(sources.RACE_SPREAD,),
        sign="fewer disasters with every larger mu, and with a contract",
        agrees=lambda means: (
            means["selfish, mu 0.5"]["disaster"]
            > means["selfish, mu 1"]["disaster"]
            > means["selfish, mu 2"]["disaster"]
            > means["selfish, mu 4"]["disaster"]
            and means["contract, mu 1"]["disaster"] < means["selfish, mu 1"]["disaster"]
        ),
        beside_equilibria=True,
        episodes=2048,
    ),
    Study(
        name="dilemma",
        title="Prisoner's dilemma: naive learners defect",
        environment="SafetyMatrixGames-v0",
        keywords={"game": "prisoners_dilemma"},
        arms=(Arm("independent", training={"independent": True}), RANDOM),
        steps=300_000,
        settings=GAME,
        shown=("reward", "performance", "cooperation_rate"),
        statements=(sources.NAIVE_DEFECT,),
        rests_on=(sources.NAIVE_DEFECT,),
        sign="the two together earn less than -3.8 per step",
        agrees=lambda means: means["independent"]["reward"] < -380,
    ),
)
