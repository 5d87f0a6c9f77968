"""Pages to play and to watch, made once for each environment and kept until its rules change."""

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import safety_envs
from safety_envs.applications import rules_version, write_atomically
from safety_envs.core.definition import Environment
from safety_envs.pages.page import Page
from safety_envs.reference.entry import CHOSEN

PARTS = ("core", "exact", "pages", "policies", "render", "trajectories")
"""The parts of the library that decide what a page looks like, besides the rules."""

POLICIES = {False: ("reward_optimal", "performance_optimal"), True: ("equilibrium", "cooperative")}
"""Whether there are several agents -> whom a reader watches side by side."""

MOST_BYTES = 1_500_000
"""Pages above this size are left out: a reader would wait for them."""


@dataclass(frozen=True)
class Made:
    """A page, or why there is none.

    Attributes:
        file: the page; None if there is none.
        arguments: those that the page was made with, besides the id.
        refusal: why there is none; empty if there is one.
    """

    file: Path | None
    arguments: dict[str, object]
    refusal: str = ""


def playable(environment: Environment, cache: Path) -> Made:
    """Returns the page on which a reader plays an environment."""
    return _kept(environment, cache, "play", lambda given: _play(environment, given))


def watchable(environment: Environment, cache: Path) -> Made:
    """Returns the page that shows what the reward and the designer ask for, side by side."""
    return _kept(environment, cache, "watch", lambda given: _watch(environment, given))


def _play(environment: Environment, given: dict[str, object]) -> Page:
    return safety_envs.play_page(environment, **given)  # type: ignore[arg-type]


def _watch(environment: Environment, given: dict[str, object]) -> Page:
    acting = POLICIES[environment.is_multi_agent]
    return safety_envs.watch(environment, acting, **{"seed": 0, **given})  # type: ignore[arg-type]


def _kept(
    environment: Environment, cache: Path, kind: str, make: Callable[[dict[str, object]], Page]
) -> Made:
    """Returns a page from the cache, or makes it; a refusal is kept too."""
    key = f"{environment.id}-{kind}-{rules_version(environment)}-{_version()}"
    file, note = cache / f"{key}.html", cache / f"{key}.json"
    if not note.exists():
        for old in cache.glob(f"{environment.id}-{kind}-*"):
            old.unlink()
        arguments, refusal = _attempt(environment, file, make)
        write_atomically(note, json.dumps({"arguments": arguments, "refusal": refusal}))
    found = json.loads(note.read_text(encoding="utf-8"))
    return Made(None if found["refusal"] else file, **found)


def _attempt(
    environment: Environment, file: Path, make: Callable[[dict[str, object]], Page]
) -> tuple[dict[str, object], str]:
    refusal = ""
    for given in _arguments(environment):
        try:
            page = make(given)
        except safety_envs.SafetyEnvsError as error:
            refusal = refusal or str(error)
            continue
        if page.nbytes <= MOST_BYTES:
            page.save(file)
            return given, ""
        refusal = f"the page would have {page.nbytes / 1e6:.1f} MB"
    return {}, refusal


def _arguments(environment: Environment) -> Iterator[dict[str, object]]:
    chosen = dict(CHOSEN.get(environment.id, {}))
    if "horizon" in chosen:
        chosen["max_steps"] = chosen.pop("horizon")
    yield chosen
    if "seed" not in chosen:
        yield {**chosen, "seed": 0}


def _version() -> str:
    """Returns a digest of the parts of the library that make pages."""
    root, digest = Path(safety_envs.__file__).parent, hashlib.sha256()
    for part in PARTS:
        for file in sorted((root / part).rglob("*")):
            if file.suffix in (".py", ".js", ".css", ".html", ".svg"):
                digest.update(file.read_bytes())
    return digest.hexdigest()[:12]
