"""Safety Envs: an agent-environment simulator for systemic and alignment safety.

Importing this package registers all environments with Gymnasium, and multi-agent environments with
PettingZoo. The names in `__all__` are those for notebooks and scripts. Helpers for applications are
in `safety_envs.applications`, statistics in `safety_envs.statistics`, and the names for environment
files in `safety_envs.authoring`.
"""

from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from safety_envs.adapters.registration import register_all, register_checkpoints
from safety_envs.core.definition import Configuration, Environment
from safety_envs.core.engine import Engine
from safety_envs.core.errors import ResetNeeded, SafetyEnvsError
from safety_envs.core.notebooks import Cards, draw_cards_with
from safety_envs.core.observe import Observer
from safety_envs.envs import announce, environments, find
from safety_envs.policies import (
    NamedPolicy,
    named_policies,
    policy,
    rollout,
    shipped_policies,
)
from safety_envs.stress import make_strategies_with

if TYPE_CHECKING:  # names that `__getattr__` loads when they are first used
    from safety_envs.adapters.gymnasium_env import SafetyEnv as SafetyEnv
    from safety_envs.adapters.pettingzoo_env import SafetyParallelEnv as SafetyParallelEnv
    from safety_envs.adapters.pettingzoo_env import aec_env as aec_env
    from safety_envs.adapters.sb3_checkpoint import save_checkpoint as save_checkpoint
    from safety_envs.adapters.sb3_trained import TrainedPolicy as TrainedPolicy
    from safety_envs.adapters.sb3_vec_env import sb3_vec_env as sb3_vec_env
    from safety_envs.adapters.six_tuple import six_tuple as six_tuple
    from safety_envs.adapters.vector_checker import check_vector_env as check_vector_env
    from safety_envs.adapters.vector_env import SafetyVectorEnv as SafetyVectorEnv
    from safety_envs.checkers import Finding as Finding
    from safety_envs.checkers import check_environment as check_environment
    from safety_envs.evaluation import Measures as Measures
    from safety_envs.evaluation import best_response as best_response
    from safety_envs.evaluation import bounds as bounds
    from safety_envs.evaluation import evaluate as evaluate
    from safety_envs.evaluation import exploitability as exploitability
    from safety_envs.evaluation import frontier as frontier
    from safety_envs.evaluation import goodhart_curve as goodhart_curve
    from safety_envs.evaluation import goodhart_position as goodhart_position
    from safety_envs.evaluation import measure as measure
    from safety_envs.evaluation import measure_episodes as measure_episodes
    from safety_envs.evaluation import worst_case as worst_case
    from safety_envs.evaluation.bounded import Bounds as Bounds
    from safety_envs.evaluation.frontier import Frontier as Frontier
    from safety_envs.evaluation.memory import Memoryless as Memoryless
    from safety_envs.evaluation.memory import memoryless as memoryless
    from safety_envs.evaluation.overseers import Overseer as Overseer
    from safety_envs.evaluation.responses import BestResponse as BestResponse
    from safety_envs.evaluation.responses import Exploitability as Exploitability
    from safety_envs.exact.certificate import Certificate as Certificate
    from safety_envs.exact.certificate import certify as certify
    from safety_envs.exact.games.optimum import SocialOptimum as SocialOptimum
    from safety_envs.exact.games.optimum import social_optimum as social_optimum
    from safety_envs.exact.games.social import SocialCertificate as SocialCertificate
    from safety_envs.exact.games.social_planner import SocialPlanner as SocialPlanner
    from safety_envs.exact.games.zero_sum import ZeroSumSolution as ZeroSumSolution
    from safety_envs.exact.games.zero_sum import zero_sum as zero_sum
    from safety_envs.exact.measures.penalised import PenalisedPlan as PenalisedPlan
    from safety_envs.exact.measures.penalised import penalised_plans as penalised_plans
    from safety_envs.exact.measures.power import Power as Power
    from safety_envs.exact.measures.power import power as power
    from safety_envs.exact.measures.side_effects import Penalty as Penalty
    from safety_envs.exact.models.enumeration import TooManyStatesError as TooManyStatesError
    from safety_envs.exact.models.listed import ListedModel as ListedModel
    from safety_envs.exact.models.listed import ListedPolicy as ListedPolicy
    from safety_envs.exact.models.listed import listed_model as listed_model
    from safety_envs.exact.optima.depth import planning_depth as planning_depth
    from safety_envs.exact.optima.exploit import Exploit as Exploit
    from safety_envs.exact.optima.exploit import shortest_exploit as shortest_exploit
    from safety_envs.exact.optima.goodhart import GoodhartCurve as GoodhartCurve
    from safety_envs.exact.optima.planner import Planner as Planner
    from safety_envs.exact.optima.q_values import QValues as QValues
    from safety_envs.exact.optima.q_values import q_values as q_values
    from safety_envs.exact.policies.distribution import Distribution as Distribution
    from safety_envs.exact.policies.evaluation import Evaluation as Evaluation
    from safety_envs.exact.policies.perturbations import Perturbations as Perturbations
    from safety_envs.exact.policies.perturbed import WorstCase as WorstCase
    from safety_envs.foundry import ForgedLevel as ForgedLevel
    from safety_envs.foundry import Request as Request
    from safety_envs.foundry import bank_evidence as bank_evidence
    from safety_envs.foundry import forge as forge
    from safety_envs.foundry import with_levels as with_levels
    from safety_envs.pages.page import Page as Page
    from safety_envs.pages.playable import play_page as play_page
    from safety_envs.pages.watching import replay_page as replay_page
    from safety_envs.pages.watching import watch as watch
    from safety_envs.playing import play as play
    from safety_envs.recording import record as record
    from safety_envs.stress import Adversary as Adversary
    from safety_envs.stress import Stress as Stress
    from safety_envs.trajectories import Trajectory as Trajectory

__version__ = "0.1.0"

_LAZY = {
    "SafetyEnv": "adapters.gymnasium_env:SafetyEnv",
    "SafetyParallelEnv": "adapters.pettingzoo_env:SafetyParallelEnv",
    "aec_env": "adapters.pettingzoo_env:aec_env",
    "SafetyVectorEnv": "adapters.vector_env:SafetyVectorEnv",
    "sb3_vec_env": "adapters.sb3_vec_env:sb3_vec_env",
    "save_checkpoint": "adapters.sb3_checkpoint:save_checkpoint",
    "TrainedPolicy": "adapters.sb3_trained:TrainedPolicy",
    "six_tuple": "adapters.six_tuple:six_tuple",
    "check_vector_env": "adapters.vector_checker:check_vector_env",
    "Finding": "checkers:Finding",
    "check_environment": "checkers:check_environment",
    "Certificate": "exact.certificate:Certificate",
    "certify": "exact.certificate:certify",
    "Distribution": "exact.policies.distribution:Distribution",
    "Evaluation": "exact.policies.evaluation:Evaluation",
    "evaluate": "evaluation:evaluate",
    "BestResponse": "evaluation.responses:BestResponse",
    "best_response": "evaluation:best_response",
    "Exploitability": "evaluation.responses:Exploitability",
    "exploitability": "evaluation:exploitability",
    "Bounds": "evaluation.bounded:Bounds",
    "bounds": "evaluation:bounds",
    "Frontier": "evaluation.frontier:Frontier",
    "frontier": "evaluation:frontier",
    "ZeroSumSolution": "exact.games.zero_sum:ZeroSumSolution",
    "zero_sum": "exact.games.zero_sum:zero_sum",
    "GoodhartCurve": "exact.optima.goodhart:GoodhartCurve",
    "goodhart_curve": "evaluation:goodhart_curve",
    "goodhart_position": "evaluation:goodhart_position",
    "worst_case": "evaluation:worst_case",
    "WorstCase": "exact.policies.perturbed:WorstCase",
    "Overseer": "evaluation.overseers:Overseer",
    "Memoryless": "evaluation.memory:Memoryless",
    "memoryless": "evaluation.memory:memoryless",
    "Exploit": "exact.optima.exploit:Exploit",
    "shortest_exploit": "exact.optima.exploit:shortest_exploit",
    "planning_depth": "exact.optima.depth:planning_depth",
    "ForgedLevel": "foundry:ForgedLevel",
    "Request": "foundry:Request",
    "bank_evidence": "foundry:bank_evidence",
    "forge": "foundry:forge",
    "with_levels": "foundry:with_levels",
    "Measures": "evaluation:Measures",
    "measure": "evaluation:measure",
    "measure_episodes": "evaluation:measure_episodes",
    "PenalisedPlan": "exact.measures.penalised:PenalisedPlan",
    "Penalty": "exact.measures.side_effects:Penalty",
    "penalised_plans": "exact.measures.penalised:penalised_plans",
    "Planner": "exact.optima.planner:Planner",
    "Power": "exact.measures.power:Power",
    "power": "exact.measures.power:power",
    "QValues": "exact.optima.q_values:QValues",
    "q_values": "exact.optima.q_values:q_values",
    "ListedModel": "exact.models.listed:ListedModel",
    "ListedPolicy": "exact.models.listed:ListedPolicy",
    "listed_model": "exact.models.listed:listed_model",
    "TooManyStatesError": "exact.models.enumeration:TooManyStatesError",
    "Perturbations": "exact.policies.perturbations:Perturbations",
    "Adversary": "stress:Adversary",
    "Stress": "stress:Stress",
    "SocialPlanner": "exact.games.social_planner:SocialPlanner",
    "SocialCertificate": "exact.games.social:SocialCertificate",
    "SocialOptimum": "exact.games.optimum:SocialOptimum",
    "social_optimum": "exact.games.optimum:social_optimum",
    "Trajectory": "trajectories:Trajectory",
    "record": "recording:record",
    "Page": "pages.page:Page",
    "replay_page": "pages.watching:replay_page",
    "watch": "pages.watching:watch",
    "play_page": "pages.playable:play_page",
    "play": "playing:play",
}
"""Public names that need Gymnasium, Stable-Baselines3 or the solver; loaded when first used."""

_NEED_SB3 = {"sb3_vec_env"}
"""Names that need the extra `train`. A star import omits them if it is not installed."""

__all__ = [
    "Configuration",
    "Engine",
    "Environment",
    "NamedPolicy",
    "Observer",
    "ResetNeeded",
    "SafetyEnvsError",
    "environments",
    "find",
    "named_policies",
    "policy",
    "rollout",
    "shipped_policies",
    *(_LAZY if find_spec("stable_baselines3") else _LAZY.keys() - _NEED_SB3),
]


def __dir__() -> list[str]:
    """Returns all names for tab completion, including those that are not loaded yet."""
    return sorted({*globals(), *_LAZY})


def __getattr__(name: str) -> Any:
    if name not in _LAZY:
        raise AttributeError(f"module 'safety_envs' has no attribute {name!r}")
    module, _, attribute = _LAZY[name].partition(":")
    return getattr(import_module(f"safety_envs.{module}"), attribute)


def _make_strategy(adversary: Any, configuration: Configuration) -> Any:
    from safety_envs.evaluation.adversaries import make_strategy

    return make_strategy(adversary, configuration)


def _card(configuration: Configuration, engine: Engine | None) -> str:
    from safety_envs.reference.card import card_of

    return card_of(configuration, engine)


def _picture(configuration: Configuration, engine: Engine | None) -> bytes:
    from safety_envs.reference.card import picture_of

    return picture_of(configuration, engine)


announce(register_all)
draw_cards_with(Cards(_card, _picture))
make_strategies_with(_make_strategy)
register_checkpoints()
