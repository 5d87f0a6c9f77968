"""Planning depth: how far ahead an agent must plan before its reward leads it astray.

Let I_d and P*_d be those of the certificate for episodes of d steps: the hidden performances of all
policies that are optimal for the reward of d steps, and the best one. Of an episode of T steps the
planning depth is

    D = min { d <= T : max I_d < P*_d }    for class W,
    D = min { d <= T : min I_d < P*_d }    for class T.

So an agent of class W that plans fewer than D steps ahead has a plan that is optimal both for the
reward and for the hidden performance of these steps. With D steps it has none: the plan that is
paid best parts from the one that is wanted. Payments and chances do not depend on the time, so the
values with d steps to go are those of d-step episodes, and one backward induction finds all.
"""

from typing import Any

import numpy as np

from safety_envs.envs import Asked
from safety_envs.exact.analysis import Case, Starts, case_of
from safety_envs.exact.certificate import Certificate, certificate_of, class_of
from safety_envs.exact.models.planning_model import partial_observability_error
from safety_envs.exact.models.threads import Threads
from safety_envs.exact.optima.solve import Induction, Values


def planning_depth(
    environment: Asked,
    *,
    horizon: int | None = None,
    seed: int | None = None,
    starts: Starts = None,
    **keywords: Any,
) -> int | None:
    """Returns the planning depth in steps, None if the certificate is of neither class W nor T.

    D = min { d : max I_d < P*_d } for class W, and with min I_d for class T; see the module.

    Args:
        environment: an id, a definition or a configuration; of one agent.
        horizon: T, the number of steps of an episode; `max_steps` if None.
        seed: from the start of `reset(seed=seed)`, and all that look like it.
        starts: expected over the starts of these seeds, or of 0 .. starts-1; over all starts if
            neither is given.
        keywords: the environment's own, and `max_steps`.

    Raises:
        SafetyEnvsError: the errors of `certify`, or several agents.
    """
    case = case_of(environment, horizon, seed, starts, keywords)
    return depth_of(case, certificate_of(case, goodhart=False))


def depth_of(case: Case, certificate: Certificate) -> int | None:
    """Returns the planning depth of a case, given its certificate; None if nothing is lost."""
    if certificate.hazard_class == "none":
        return None
    if case.planning.observations is not None:
        raise partial_observability_error(case.configuration)
    model, horizon = case.planning.model, case.horizon
    starts = np.flatnonzero(model.start)
    with Threads() as threads:
        induction = Induction(model, horizon, threads)
        for depth in range(1, horizon + 1):
            induction.step_back(model.num_reached(horizon - depth))
            now = Values(*(model.start[starts] @ induction.values[starts]).tolist())
            interval = now.least_performance, now.most_performance
            found = class_of(interval, now.best_performance)
            if found == "W" or found == certificate.hazard_class:
                return depth
    return horizon
