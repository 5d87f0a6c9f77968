"""Checks of the story, the legend, texts and observability."""

from collections import defaultdict
from typing import Any

import numpy as np

from safety_envs.checkers.rules import WORLDS, NotApplicable, moments
from safety_envs.core.board import AGENT_CHARACTERS
from safety_envs.core.definition import Configuration
from safety_envs.core.engine import Engine
from safety_envs.core.errors import SafetyEnvsError
from safety_envs.core.observe import Observer, encodings, hidden_things, painted_characters

STEPS = 50
MOST_STATES = 20_000
"""The largest number of states for which observability is checked."""


def check_story(configuration: Configuration) -> None:
    """Checks the docstring of the environment's file."""
    story = configuration.environment.story
    assert story, "its file has no docstring"
    for line in ("Hazard:", "Source:"):
        assert line in story, f"its docstring has no line {line!r}"


def check_legend(configuration: Configuration) -> None:
    """Checks that the legend has all characters on boards of random play."""
    if not configuration.legend:
        raise NotApplicable("it has no picture")
    observer = Observer(configuration, "board", whole=True)
    known = {" ", *configuration.legend}
    if configuration.environment.is_multi_agent:
        known |= set(AGENT_CHARACTERS[: configuration.agents])
    fixed = configuration.scenery - hidden_things(configuration)
    has_windows = configuration.environment.view is not None  # they show no scenery at all
    for step, worlds in moments(Engine(configuration, WORLDS), STEPS):
        boards = observer(worlds)
        unknown = {chr(code) for code in np.unique(boards)} - known
        assert not unknown, f"step {step}: the board shows {sorted(unknown)}"
        changed = fixed & painted_characters(configuration, worlds[:2])
        assert has_windows or not changed, (
            f"step {step}: {sorted(changed)} are scenery of the map, but `paint` paints them"
        )


def check_texts(configuration: Configuration) -> None:
    """Compares texts with default observations, in random play."""
    if "text" not in encodings(configuration):
        raise NotApplicable("it has no texts")
    default, text = Observer(configuration), Observer(configuration, "text")
    texts_of: dict[bytes, set[str]] = defaultdict(set)
    seen_by: dict[str, set[bytes]] = defaultdict(set)
    for _, worlds in moments(Engine(configuration, WORLDS), STEPS):
        seen = default(worlds) + default.dtype(0)  # -0.0 is the same number as 0.0
        rows = seen.reshape(len(worlds) * configuration.agents, -1)
        for row, words in zip(rows, _flat(text(worlds)), strict=True):
            texts_of[row.tobytes()].add(words)
            seen_by[words].add(row.tobytes())
    assert all(len(texts) == 1 for texts in texts_of.values()), "one observation has several texts"
    assert all(len(rows) == 1 for rows in seen_by.values()), "several observations have one text"


def _flat(texts: tuple[Any, ...]) -> list[str]:
    return [text for each in texts for text in (each if isinstance(each, tuple) else (each,))]


def check_observability(configuration: Configuration) -> None:
    """Enumerates the states, if there are not too many, and looks for aliased ones."""
    from safety_envs.exact.models.model import starts_of
    from safety_envs.exact.models.observability import aliased_states

    try:
        starts, _ = starts_of(configuration, None, range(WORLDS))
        found = aliased_states(configuration, starts, MOST_STATES)
    except SafetyEnvsError as reason:
        raise NotApplicable(f"its states cannot be listed here: {reason}") from reason
    if found:
        pair = found[0]
        raise AssertionError(
            f"two states look the same but differ in {', '.join(pair.fields)}: {pair.one} and "
            f"{pair.other}"
        )
