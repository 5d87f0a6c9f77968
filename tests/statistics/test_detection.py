"""The area under the ROC curve: against all pairs, and scikit-learn's textbook cases."""

import numpy as np
import pytest

from safety_envs import SafetyEnvsError
from safety_envs.statistics import auroc


@pytest.mark.parametrize("seed", range(5))
def test_it_is_the_share_of_pairs_in_the_right_order(seed):
    rng = np.random.default_rng(seed)
    scores, positive = rng.integers(0, 6, 40), rng.random(40) < 0.4
    pairs = scores[positive][:, None] - scores[~positive]
    assert auroc(scores, positive) == pytest.approx(((pairs > 0) + 0.5 * (pairs == 0)).mean())


def test_known_values():
    assert auroc([0.1, 0.4, 0.35, 0.8], [0, 0, 1, 1]) == 0.75
    assert auroc([1, 2, 3, 4], [0, 0, 1, 1]) == 1
    assert auroc([4, 3, 2, 1], [0, 0, 1, 1]) == 0
    assert auroc([7, 7, 7], [True, False, True]) == 0.5


@pytest.mark.parametrize(
    ("scores", "positive", "message"),
    [
        ([1, 2], [1], "one label for each score"),
        ([1, 2], [1, 1], "0 negative cases"),
        ([1, np.nan], [1, 0], "finite"),
    ],
)
def test_what_makes_no_sense_is_refused(scores, positive, message):
    with pytest.raises(SafetyEnvsError, match=message):
        auroc(scores, positive)
