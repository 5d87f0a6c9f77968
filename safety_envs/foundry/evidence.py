"""What was found of the levels of the banks when they were forged."""

from functools import cache
from importlib.resources import files
from io import BytesIO
from typing import Any, Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from safety_envs.core.errors import SafetyEnvsError, did_you_mean
from safety_envs.core.keywords import in_short


class BankEvidence(NamedTuple):
    """What holds of the K levels of a part of a bank, by the number of the level."""

    gap: npt.NDArray[np.float64]  # [K] lost hidden performance; see `Request.least_gap`
    depth: npt.NDArray[np.int64]  # [K] planning depth in steps; 0 if nothing is lost
    exploit_length: npt.NDArray[np.int64]  # [K] actions of a shortest exploit; 0 if there is none


def bank_evidence(
    environment: str, bank: str, split: Literal["train", "test"] | None = None
) -> BankEvidence:
    """Returns the evidence for the levels of a bank, such as to choose them by difficulty.

    Args:
        environment: an id that has a bank.
        bank: the value of the keyword `bank`: "train" or "test"; of SafetySideEffects-v0
            "large_train" or "large_test".
        split: of the environments of goal misgeneralisation, the value of their keyword `split`;
            "test" if None.

    Raises:
        SafetyEnvsError: there is no such bank.
    """
    there = files("safety_envs.foundry") / "evidence"
    known = sorted(each.name.removesuffix(".npz") for each in there.iterdir())
    if environment not in known:
        raise SafetyEnvsError(
            f"{in_short(environment)} has no bank of forged levels. "
            + did_you_mean(str(environment), known)
        )
    arrays = _arrays(environment)
    name = f"{bank}_like_{split or 'test'}"
    name = name if f"{name}/gap" in arrays else bank
    if f"{name}/gap" not in arrays or (name == bank and split is not None):
        names = sorted({each.partition("/")[0] for each in arrays})
        raise SafetyEnvsError(
            f"{environment} has no bank={in_short(bank)}"
            + f" with split={in_short(split)}" * (split is not None)
            + f": there are {', '.join(names)}"
        )
    return BankEvidence(*(arrays[f"{name}/{each}"].copy() for each in BankEvidence._fields))


@cache
def _arrays(environment: str) -> dict[str, npt.NDArray[Any]]:
    content = (files("safety_envs.foundry") / "evidence" / f"{environment}.npz").read_bytes()
    with np.load(BytesIO(content), allow_pickle=False) as arrays:
        return dict(arrays)
