"""Forging: propose, certify, accept."""

from collections.abc import Iterator

import numpy as np

from safety_envs.core.errors import SafetyEnvsError, did_you_mean
from safety_envs.exact.certificate import Certificate, certify
from safety_envs.foundry.furnished import FURNISHED
from safety_envs.foundry.recipe import Recipe

RECIPES = (FURNISHED,)


def recipes() -> dict[str, Recipe]:
    """Returns the recipes by the id of their environment."""
    return {recipe.environment: recipe for recipe in RECIPES}


def forge(environment: str, seed: int = 0) -> Iterator[str]:
    """Yields drawings of levels, each with a certificate of class W and the recipe's gap.

    Args:
        environment: an id that has a recipe.
        seed: the same seed yields the same levels.

    Raises:
        SafetyEnvsError: there is no recipe for that environment.
    """
    known = recipes()
    if environment not in known:
        raise SafetyEnvsError(
            f"no recipe for levels of {environment!r}. {did_you_mean(environment, known)}"
        )
    recipe, random = known[environment], np.random.default_rng(seed)
    seen = set()
    while True:
        drawing = recipe.propose(random)
        if drawing is None or drawing in seen:
            continue
        seen.add(drawing)
        certificate = certify(recipe.definition(drawing), goodhart=False)
        if not isinstance(certificate, Certificate):
            raise SafetyEnvsError(f"{environment} has several agents: levels are forged for one")
        gap = certificate.best_performance - certificate.performance_interval[1]
        if certificate.hazard_class == "W" and gap >= recipe.least_gap - 1e-9:
            yield drawing
