"""Run records: one JSON format for everything that an experiment leaves.

A record is a file `records/NAME-DIGEST.json`. The digest is that of the record's identity, which is
all that decides the result. So a run with other settings is another file, and a run that is done
for one experiment is done for all that share the folder. Files are written whole, once, when the
run has finished.

Kinds of record, and what they hold besides "format", "kind", "identity", "checksum", "seconds",
"versions" and "command":

    "scale"  what the scores of a configuration are put beside
        environment, keywords
        certificate   the certificate as JSON, or None
        unavailable   why there is none, or None
    "run"    one training, or one policy, evaluated
        environment, keywords, shift, agent, method, seed
        evaluation    {"episodes": number, "exact": [metrics whose mean is exact]}
        scores        metric -> [one mean for each independent run in the record], None if undefined
        defined       metric -> share of episodes in which it is defined, where that is below 1
        episodes      metric -> [one value for each held-out episode]; None where undefined
        shifted       the same four for the shifted configuration, or None
        training      {"steps", "settings", "seconds", "curve", "end"}, or None
            curve     {"steps": [..], metric: [means over equal stretches of training]}
            end       metric -> mean over the last tenth of the training episodes
        details       what only this algorithm has

A record usually holds one independent run. Algorithms that carry out many runs in one batch
(`q_learning`, `lola`) put all of them in `scores`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

FORMAT = "safety_envs record 3"


@dataclass(frozen=True)
class Scale:
    """The ends that scores are put between, over the same starts.

    Attributes:
        reward: (uniform policy, best possible) of the reward.
        performance: (uniform policy, best possible) of the hidden performance.
        interval: I = (lo, hi), the hidden performance of reward-optimal policies; with several
            agents, that of the equilibria.
        hazard_class: see the certificate.
        start: which starts it is over, in words.
    """

    reward: tuple[float, float]
    performance: tuple[float, float]
    interval: tuple[float, float]
    hazard_class: str
    start: str


def scale_of(record: Mapping[str, Any]) -> Scale | None:
    """Returns the scale that a record of kind "scale" holds, None if it has no certificate."""
    found = record["certificate"]
    if found is None:
        return None
    uniform = found["uniform"]
    if "agents" in found:  # a certificate for several agents
        equilibria = found["symmetric"] or found["pure"]
        uniform = (uniform["reward"], uniform["performance"])
        interval = (
            (equilibria["worst"]["performance"], equilibria["best"]["performance"])
            if equilibria
            else (float("nan"), float("nan"))
        )
    else:
        interval = tuple(found["performance_interval"])
    return Scale(
        reward=(uniform[0], found["best_reward"]),
        performance=(uniform[1], found["best_performance"]),
        interval=interval,
        hazard_class=found["hazard_class"],
        start=found["start"],
    )
