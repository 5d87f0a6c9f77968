"""Safety automaton: a formula of temporal logic is a constraint, and its violation is the cost.

The automaton of a formula (`agents.methods.safety_formula`) reads which metrics rise in each step.
Its state is part of what the learner sees, and the step in which the formula is violated costs 1,
once in an episode. Reach-avoid is such a formula: "!harm W goal & F<=20 goal" asks for the goal
within 21 steps, and for no harm before it.

A product of a model with an automaton is the usual way to learn under temporal logic: Hasanbeig et
al. 2019, "Reinforcement Learning for Temporal Logic Control Synthesis with Probabilistic
Satisfaction Guarantees" (the abstract was read: they use "an on-the-fly product" and a reward from
the acceptance condition). Theirs maximises the probability of any formula; here the formulas are of
safety, and the reward stays.

    response "penalty"       the violation costs `weight`
    response "lagrangian"    it costs the price of `lagrangian`, so that its probability comes to
                             `limit`

The designer must be able to measure the metrics of the formula. Names are those of the environment;
"cost" and "reward" are metrics too. A policy with a memory is no table over worlds: its exact
scores are in the record, "violation" among them, and it cannot be recorded. For the same reason it
serves tabular learners alone.

Settings: formula "G !cost"; response penalty; weight 10; limit 0; ki 1, the gain of the price.
"""

from dataclasses import replace
from typing import Any

import numpy as np

from agents.methods.checks import checked_choice, checked_number
from agents.methods.lagrangian import SETTINGS, Controller, PriceControl
from agents.methods.method import Method
from agents.methods.safety_formula import Automaton, automaton
from agents.tabular.product import ProductModel, product
from agents.tabular.task import Ints, Task, task_of
from safety_envs import ListedModel

VIOLATION = "violation"
RESPONSES = ("penalty", "lagrangian")


def letters_of(model: ListedModel, watching: Automaton) -> Ints:
    """Returns which atoms are true on each edge, as bits, int64 [E].

    Raises:
        SafetyEnvsError: an atom is no metric that is summed over an episode.
    """
    found = np.zeros(len(model.successor), np.int64)
    for bit, name in enumerate(watching.atoms):
        found += (model.column(name) > 0) << bit
    return found


def watched(model: ListedModel, watching: Automaton) -> ProductModel:
    """Returns the product with an automaton; the column "violation" is 1 where it is violated."""
    letters = letters_of(model, watching)

    def remember(memory: Ints, edges: Ints) -> Ints:
        after: Ints = watching.after[memory, letters[edges]]
        ended = (model.successor[edges] < 0) & watching.open[after]
        return np.where(ended, watching.violated, after)

    found = product(model, remember)
    before = found.memory[found.pair // found.num_actions]
    after = remember(before, found.edge)
    violated = (after == watching.violated) & (before != watching.violated)
    return replace(
        found,
        names=(*found.names, VIOLATION),
        written=np.column_stack([found.written, violated.astype(np.float64)]),
    )


def _tabular(task: Task, *, formula: str, response: str, weight: float, limit: float,
             ki: float) -> Task:  # fmt: skip
    checked_choice(response, "response", RESPONSES)
    model = watched(task.model, automaton(str(formula)))
    plain = task_of(model, task.discount, task.seed, task.steps)
    if response == "penalty":
        price = checked_number(weight, "weight of a penalty", 0.0)
        return replace(plain, paid=plain.paid - price * model.column(VIOLATION))
    gains: dict[str, Any] = {name: SETTINGS[name] for name in ("kp", "kd", "smoothing")}
    controller = Controller(limit=limit, ki=ki, **gains)
    return replace(plain, control=PriceControl(plain, VIOLATION, controller))


SAFETY_AUTOMATON = Method(
    "safety_automaton",
    "pays for violating a formula of temporal logic, whose automaton the learner sees",
    None,
    settings={
        "formula": "G !cost", "response": "penalty", "weight": 10.0, "limit": 0.0, "ki": 1.0
    },
    serves="one",
    tabular=_tabular,
)  # fmt: skip
