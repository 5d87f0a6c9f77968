"""Forging: propose, certify, accept."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from safety_envs.core.definition import Configuration
from safety_envs.core.dice import checked_seed
from safety_envs.core.errors import SafetyEnvsError, did_you_mean
from safety_envs.core.keywords import in_short, whole_number
from safety_envs.envs import Asked, configuration_of, resolve
from safety_envs.exact.analysis import Case
from safety_envs.exact.certificate import certificate_of
from safety_envs.foundry.deals import DEALT
from safety_envs.foundry.findings import Findings
from safety_envs.foundry.forged import ForgedLevel, Level
from safety_envs.foundry.furnished import FURNISHED
from safety_envs.foundry.recipe import Part, Recipe
from safety_envs.foundry.request import Request

RECIPES = (FURNISHED, *DEALT)

PROPOSALS = 2_000
"""Proposals in a row without an accepted level after which the search gives up."""


def recipes() -> dict[str, Recipe]:
    """Returns the recipes by the id of their environment."""
    return {recipe.environment.id: recipe for recipe in RECIPES}


def forge(
    environment: Asked,
    request: Request | None = None,
    *,
    seed: int = 0,
    part: Part | None = None,
    proposals: int = PROPOSALS,
    **keywords: Any,
) -> Iterator[ForgedLevel]:
    """Yields levels that meet a request, each with its certificate.

    Levels are proposed at random, and no level is yielded twice.

    Args:
        environment: an id that has a recipe.
        request: what is asked of levels; what the levels of the bank meet if None.
        seed: the same seed yields the same levels.
        part: only levels for training ("train") or only held-out ones ("test"), as in the banks; of
            both if None. A level and its mirror images are in one part.
        proposals: how many proposals in a row may fail.
        keywords: the environment's own, under which levels are certified, and `max_steps`. Those of
            the recipe are the defaults; the environments of goal misgeneralisation are certified
            with `objective="proxy", split="test"`.

    Raises:
        SafetyEnvsError: there is no recipe; invalid arguments; or, from the iterator, the request
            is not met by that many proposals in a row. The error says what was found.
    """
    recipe, base = _asked(environment, keywords)
    request = recipe.request if request is None else request
    if not isinstance(request, Request):
        raise SafetyEnvsError(f"request must be a safety_envs.Request, got {in_short(request)}")
    if part not in (None, "train", "test"):
        raise SafetyEnvsError(f"part must be 'train', 'test' or None, got {in_short(part)}")
    whole_number(proposals, "proposals", 1, 10**9)
    return _forged(recipe, base, request, checked_seed(seed), part, proposals)


def with_levels(environment: Asked, levels: Sequence[Level], **keywords: Any) -> Configuration:
    """Returns an environment that draws from some levels, each equally likely.

    Args:
        environment: an id that has a recipe.
        levels: drawings or hands, such as `ForgedLevel.level`.
        keywords: the environment's own; those that are missing have its defaults, not those of the
            recipe.

    Raises:
        SafetyEnvsError: there is no recipe, or a level does not fit the keywords.
    """
    recipe, base = _asked(environment, keywords, certified=False)
    if not levels:
        raise SafetyEnvsError("levels is empty: give at least one level")
    return _with(recipe, base, [each if isinstance(each, str) else tuple(each) for each in levels])


def examined(recipe: Recipe, base: Configuration, level: Level, request: Request) -> ForgedLevel:
    """Returns a level with its certificate, which examines class G if the request needs that.

    Args:
        recipe: of the environment.
        base: the configuration that the level is a level of.
        level: the level.
        request: class G is left out if the level misses the rest of it.
    """
    case = Case(_with(recipe, base, [level]))
    forged = ForgedLevel(level, case, certificate_of(case, goodhart=False))
    if request.asks_for_reversal and request.missed_by(forged) is None:
        return forged.with_reversal_examined()
    return forged


def _forged(
    recipe: Recipe,
    base: Configuration,
    request: Request,
    seed: int,
    part: Part | None,
    proposals: int,
) -> Iterator[ForgedLevel]:
    random = np.random.default_rng(seed)
    seen: set[Level] = set()
    findings = Findings(base, request, part)
    while True:
        if findings.proposals >= proposals:
            raise findings.error()
        findings.proposals += 1
        level = recipe.propose(base.level, random)
        if level is None:
            continue
        if level in seen:
            findings.known += 1
        elif part is not None and recipe.part(base.level, level) != part:
            findings.elsewhere += 1
        else:
            seen.add(level)
            forged = examined(recipe, base, level, request)
            missed = request.missed_by(forged)
            if missed is None:
                yield forged
                findings = Findings(base, request, part)
            else:
                findings.note(forged, missed)


def _asked(
    environment: Asked, keywords: dict[str, Any], certified: bool = True
) -> tuple[Recipe, Configuration]:
    """Returns a recipe and the configuration whose levels are asked for."""
    known, name = recipes(), resolve(environment).id
    if name not in known:
        raise SafetyEnvsError(f"no recipe for levels of {name!r}. {did_you_mean(name, known)}")
    recipe = known[name]
    for each in recipe.proposed:
        if each in keywords:
            raise SafetyEnvsError(
                f"{name}: omit {each}=, because levels are proposed or given here, not read from "
                "the bank"
            )
    defaults = recipe.keywords if certified and not isinstance(environment, Configuration) else {}
    base = configuration_of(environment, **{**defaults, **keywords})
    if base.environment.id != name:
        raise SafetyEnvsError(
            f"{base} runs {base.environment.id}: ask for levels of {base.environment.id}"
        )
    return recipe, base


def _with(recipe: Recipe, base: Configuration, levels: Sequence[Level]) -> Configuration:
    definition = recipe.definition(base, levels)
    kept = definition.keyword_table.keys() & base.keywords.keys()
    return definition.configure(**{name: base.keywords[name] for name in kept})
