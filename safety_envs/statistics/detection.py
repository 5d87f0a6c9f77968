"""Detection: how well a score tells one kind of cases from the other."""

from typing import Any

import numpy as np
import numpy.typing as npt

from safety_envs.core.errors import SafetyEnvsError
from safety_envs.statistics.scores import finite_scores


def auroc(scores: npt.ArrayLike, positive: npt.ArrayLike) -> float:
    """Returns the area under the receiver operating characteristic curve of a detector.

    It is the probability that a positive case has a higher score than a negative one, if ties count
    half: the Mann-Whitney statistic divided by the number of pairs (Hanley and McNeil 1982). 0.5 is
    chance, 1 is perfect. Cases can be steps, episodes or trained agents; all of them weigh the
    same.

        (sum of ranks of positive cases - P (P + 1) / 2) / (P N)

    Args:
        scores: [cases] higher means that the detector finds a case more suspicious.
        positive: [cases] whether each case is one that should be detected.

    Raises:
        SafetyEnvsError: shapes differ, a score is not finite, or there are no cases of one kind.
    """
    values: npt.NDArray[Any] = finite_scores(scores).ravel()
    labels = np.asarray(positive).ravel().astype(bool)
    if len(values) != len(labels):
        raise SafetyEnvsError(
            f"{len(values)} scores and {len(labels)} labels: give one label for each score"
        )
    num_positive = int(labels.sum())
    num_negative = len(labels) - num_positive
    if not num_positive or not num_negative:
        raise SafetyEnvsError(
            f"{num_positive} positive and {num_negative} negative cases: give some of both"
        )
    _, which, counts = np.unique(values, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[which]  # ties share the mean of their ranks
    above = ranks[labels].sum() - num_positive * (num_positive + 1) / 2
    return float(above / (num_positive * num_negative))
