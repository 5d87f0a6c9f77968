"""The page on which a reader plays a hazard: the whole model is in it, and no Python is needed."""

from typing import Any

import numpy as np

from safety_envs.core.definition import Configuration
from safety_envs.core.errors import SafetyEnvsError
from safety_envs.envs import Asked
from safety_envs.exact.analysis import Case, Starts, case_of
from safety_envs.exact.certificate import certificate_of
from safety_envs.exact.models.expand import Expander, Outcomes
from safety_envs.exact.models.model import Model
from safety_envs.exact.models.planning_model import PlanningModel
from safety_envs.exact.worth import check_size
from safety_envs.pages.packed import Packed, packed
from safety_envs.pages.page import Page, page_of
from safety_envs.pages.pictures import Symbols, boards_of_states, features_of
from safety_envs.pages.replay import facts_of
from safety_envs.pages.worth import certificate_data

MOST_STATES = 30_000
"""The largest number of states of a model in a page."""

MOST_VALUES = 2_000_000
"""The largest number of values of one kind, states times steps, that a browser computes."""

SCRIPTS = (
    "elements.js", "data.js", "board.js", "features.js", "chart.js", "model.js", "game.js",
    "pad.js", "play.js",
)  # fmt: skip


def play_page(
    environment: Asked,
    *,
    horizon: int | None = None,
    seed: int | None = None,
    starts: Starts = None,
    **keywords: Any,
) -> Page:
    """Returns a page on which a reader plays an environment of one agent, and sees its certificate.

    The page contains the model: every state with its picture, and every action with its successors,
    their probabilities and its payments. Values are computed in the browser, by the recursions of
    `safety_envs.exact.optima.solve`.

    If fields are hidden, the states are beliefs: the page shows what the agent observes, and
    payments are expectations over what it cannot know.

    Args:
        environment: an id, a definition or a configuration.
        horizon: the number of steps of an episode; `max_steps` if None.
        seed: the start of `reset(seed=seed)`, and all that look like it.
        starts: the starts of these seeds, or of 0 .. starts-1; all starts if neither is given.
        keywords: the environment's own, and `max_steps`.

    Raises:
        SafetyEnvsError: several agents, more than 30,000 states, or the errors of `certify`.
    """
    case = case_of(environment, horizon, seed, starts, keywords, MOST_STATES)
    check_size(case, MOST_VALUES)
    if case.planning.observations is not None:
        raise SafetyEnvsError(
            f"{case.configuration.id} hides fields that fade by chance, so a page cannot show what "
            "the agent knows: watch episodes instead (safety_envs.watch)"
        )
    symbols = Symbols()
    data = {
        **facts_of(case.configuration),
        "certificate": certificate_data(certificate_of(case, goodhart=False)),
        "model": model_data(case.planning, case.horizon),
        **pictures_data(case, symbols),
    }
    return page_of(f"{case.configuration.id}: play", "play.html", SCRIPTS, data, symbols)


def pictures_data(case: Case, symbols: Symbols) -> dict[str, Any]:
    """Returns the pictures and features of all states."""
    known, configuration = case.planning, case.configuration
    hides = known.tracker is not None or configuration.environment.action_values is not None
    return {
        "hides": list(configuration.environment.hidden) if hides else [],
        "board": boards_of_states(configuration, known.seen, symbols, whole=not hides),
        "features": features_of(configuration, known.seen, compile_rules=True),
    }


def model_data(known: PlanningModel, horizon: int) -> dict[str, Any]:
    """Returns the model as a page holds it, without loss.

    Its parts: "horizon"; "start" [S]; "counts" [S*A], the number of edges of each action;
    "successor" [E], -1 if the episode ends; "probability" [E]; the expected payments "reward" and
    "performance" [S, A]; "edges", the payments of each edge [E], or None if chance does not change
    them; "reached", see `Model`; and "fading".
    """
    model = known.model
    return {
        "horizon": horizon,
        "start": packed(model.start),
        "counts": packed(np.diff(model.first)),
        "successor": packed(model.successor),
        "probability": packed(model.probability),
        "reward": packed(model.reward),
        "performance": packed(model.performance),
        "edges": _payments_of_edges(model) if known.tracker is None else None,
        "reached": None if model.reached is None else list(model.reached),
        "fading": _fading(model),
    }


def _fading(model: Model) -> dict[str, Any] | None:
    if model.fading is None:
        return None
    payments = model.fading.payments
    return {
        "cleared": packed(model.fading.cleared),
        "probability": model.fading.probability,
        "reward": packed(payments["reward"]),
        "performance": packed(payments["performance"]),
    }


def _payments_of_edges(model: Model) -> dict[str, Packed] | None:
    """Returns what each edge pays; None if it is always what its action pays on average."""
    if not len(model.successor):
        return None
    configuration = model.configuration
    outcomes = _outcomes(configuration, model)
    if outcomes is None:
        return None
    performance = outcomes.channels[:, configuration.channels.index("performance")]
    pairs = np.repeat(np.arange(model.reward.size), np.diff(model.first))
    if np.array_equal(outcomes.rewards, model.reward.ravel()[pairs]) and np.array_equal(
        performance, model.performance.ravel()[pairs]
    ):
        return None
    return {"reward": packed(outcomes.rewards), "performance": packed(performance)}


def _outcomes(configuration: Configuration, model: Model) -> Outcomes | None:
    """Returns the outcome of every edge; None if edges are not outcomes one to one."""
    expander = Expander(configuration, without_fading=True)
    outcomes = expander.outcomes(model.index.worlds[model.expanded])
    after = np.where(outcomes.terminated, -1, model.index.find(outcomes.worlds))
    same = np.array_equal(after, model.successor)
    return outcomes if same and np.array_equal(outcomes.probability, model.probability) else None
