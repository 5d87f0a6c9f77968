"""The level foundry: levels are proposed at random and accepted only with a certificate.

A `Request` says what is asked of a level. A recipe says how the levels of an environment are
proposed. `forge` proposes, certifies and accepts.
"""

from safety_envs.foundry.evidence import bank_evidence
from safety_envs.foundry.findings import NoLevelError
from safety_envs.foundry.forged import ForgedLevel
from safety_envs.foundry.foundry import forge, recipes, with_levels
from safety_envs.foundry.request import Request

__all__ = [
    "ForgedLevel",
    "NoLevelError",
    "Request",
    "bank_evidence",
    "forge",
    "recipes",
    "with_levels",
]
