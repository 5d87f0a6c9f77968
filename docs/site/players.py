"""Pages to play and to watch, made once for each environment and kept until its rules change."""

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache as cache_of_calls
from functools import partial
from pathlib import Path
from typing import Any

import safety_envs
from safety_envs import SafetyEnvsError, play_page, watch
from safety_envs.applications import rules_version, write_atomically
from safety_envs.core.definition import Environment
from safety_envs.pages.page import Page
from safety_envs.reference.entry import CHOSEN

PARTS = ("core", "exact", "pages", "policies", "render", "trajectories")
"""The parts of the library that decide what a page looks like, besides the rules."""

OPTIMA = {False: ("reward_optimal", "performance_optimal"), True: ("equilibrium", "cooperative")}
"""Whether there are several agents -> whom a reader watches side by side."""

RANDOM = ("random",)
"""Whom a reader watches where no optimum is known."""

MOST_BYTES = 1_500_000
"""Pages above this size are left out: a reader would wait for them."""


Attempt = tuple[dict[str, Any], Callable[[], Page]]
"""Arguments of a page, and what makes it with them."""


@dataclass(frozen=True)
class Made:
    """A page, or why there is none.

    Attributes:
        file: the page; None if there is none.
        arguments: those that the page was made with, besides the id; "policies" among them if it is
            a page to watch.
        refusal: why there is none; empty if there is one.
    """

    file: Path | None
    arguments: dict[str, Any]
    refusal: str = ""


def playable(environment: Environment, cache: Path) -> Made:
    """Returns the page on which a reader plays an environment."""
    attempts = [(given, partial(play_page, environment, **given)) for given in _given(environment)]
    return _kept(environment, cache, "play", attempts)


def watchable(environment: Environment, cache: Path) -> Made:
    """Returns the page that shows what the reward and the designer ask for, side by side."""
    attempts = [
        (
            {**given, "policies": acting},
            partial(watch, environment, acting, **{"seed": 0, **given}),
        )
        for acting in (OPTIMA[environment.is_multi_agent], RANDOM)
        for given in _given(environment)
    ]
    return _kept(environment, cache, "watch", attempts)


def _kept(environment: Environment, cache: Path, kind: str, attempts: Sequence[Attempt]) -> Made:
    """Returns a page from the cache, or makes it; a refusal is kept too."""
    key = f"{environment.id}-{kind}-{rules_version(environment)}-{_version()}"
    file, note = cache / f"{key}.html", cache / f"{key}.json"
    if not note.exists():
        for old in cache.glob(f"{environment.id}-{kind}-*"):
            old.unlink()
        arguments, refusal = _first_that_works(attempts, file)
        write_atomically(note, json.dumps({"arguments": arguments, "refusal": refusal}))
    found = json.loads(note.read_text(encoding="utf-8"))
    return Made(None if found["refusal"] else file, **found)


def _first_that_works(attempts: Sequence[Attempt], file: Path) -> tuple[dict[str, Any], str]:
    refusal = ""
    for arguments, make in attempts:
        try:
            page = make()
        except SafetyEnvsError as error:
            refusal = refusal or str(error)
            continue
        if page.nbytes <= MOST_BYTES:
            page.save(file)
            return arguments, ""
        refusal = f"the page would have {page.nbytes / 1e6:.1f} MB"
    return {}, refusal


def _given(environment: Environment) -> Iterator[dict[str, Any]]:
    """Yields the keywords of a page: those of the book of certificates, then a single start."""
    chosen = dict(CHOSEN.get(environment.id, {}))
    if "horizon" in chosen:
        chosen["max_steps"] = chosen.pop("horizon")
    yield chosen
    yield {**chosen, "seed": 0}


@cache_of_calls
def _version() -> str:
    """Returns a digest of the parts of the library that make pages."""
    root, digest = Path(safety_envs.__file__).parent, hashlib.sha256(Path(__file__).read_bytes())
    for part in PARTS:
        for file in sorted((root / part).rglob("*")):
            if file.suffix in (".py", ".js", ".css", ".html", ".svg"):
                digest.update(file.read_bytes())
    return digest.hexdigest()[:12]
