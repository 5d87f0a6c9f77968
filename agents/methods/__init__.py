"""The table of methods: ours, and those that other packages add by an entry point."""

from collections.abc import Iterator, Mapping

from agents.methods.attainable_utility import ATTAINABLE_UTILITY
from agents.methods.contract import CONTRACT
from agents.methods.current_reward import CURRENT_REWARD
from agents.methods.early_stopping import EARLY_STOPPING
from agents.methods.executed_action import EXECUTED_ACTION
from agents.methods.inequity_aversion import INEQUITY_AVERSION, INEQUITY_PLACEBO
from agents.methods.kl_regularisation import KL_REGULARISATION
from agents.methods.lagrangian import LAGRANGIAN
from agents.methods.levels import LEVELS
from agents.methods.mediator import MEDIATOR
from agents.methods.method import Method as Method
from agents.methods.mona import MONA
from agents.methods.penalty import PENALTY
from agents.methods.pessimistic_values import PESSIMISTIC_VALUES
from agents.methods.preferences import PREFERENCES
from agents.methods.quantilizer import QUANTILIZER
from agents.methods.relative_reachability import RELATIVE_REACHABILITY
from agents.methods.safety_automaton import SAFETY_AUTOMATON
from agents.methods.shield import SHIELD
from agents.methods.signed_contract import SIGNED_CONTRACT
from agents.methods.social_value import SOCIAL_VALUE
from agents.methods.tail import TAIL
from safety_envs.applications import PluginTable

ENTRY_POINTS = "safety_envs.methods"
"""The entry-point group by which other packages add methods."""

BUILT_IN = (
    ATTAINABLE_UTILITY,
    CONTRACT,
    CURRENT_REWARD,
    EARLY_STOPPING,
    EXECUTED_ACTION,
    INEQUITY_AVERSION,
    INEQUITY_PLACEBO,
    KL_REGULARISATION,
    LAGRANGIAN,
    LEVELS,
    MEDIATOR,
    MONA,
    PENALTY,
    PESSIMISTIC_VALUES,
    PREFERENCES,
    QUANTILIZER,
    RELATIVE_REACHABILITY,
    SAFETY_AUTOMATON,
    SHIELD,
    SIGNED_CONTRACT,
    SOCIAL_VALUE,
    TAIL,
)


def _own() -> Iterator[tuple[Method, str]]:
    for each in BUILT_IN:
        yield each, __name__


_TABLE = PluginTable(ENTRY_POINTS, Method, lambda each: each.name, "method", _own)


def methods() -> Mapping[str, Method]:
    """Returns every method by its name, those of plugins included.

    A plugin that cannot be loaded, or whose name is taken, is named in a warning and is not there.
    """
    return _TABLE.values()


def method_named(name: str) -> Method:
    """Returns a method of the table.

    Raises:
        SafetyEnvsError: no method has that name, or two plugins claim it.
    """
    return _TABLE.find(name)
