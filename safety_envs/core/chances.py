"""Choices by chance."""

import numpy as np
import numpy.typing as npt


def drawn(
    probabilities: npt.NDArray[np.float64], random: np.random.Generator
) -> npt.NDArray[np.int64]:
    """Returns an action for each row of probabilities [N, A], int64 [N]."""
    sums = np.cumsum(probabilities, axis=1)
    thrown = random.random(len(sums))[:, None]
    chosen: npt.NDArray[np.int64] = (thrown >= sums).sum(axis=1).clip(max=sums.shape[1] - 1)
    return chosen
