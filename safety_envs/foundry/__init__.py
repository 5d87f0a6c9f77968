"""The level foundry: levels are proposed at random and accepted only with a certificate.

A recipe says how a family's levels are proposed and what their certificate must show. More
families are added by adding recipes.
"""

from safety_envs.foundry.foundry import forge, recipes

__all__ = ["forge", "recipes"]
