"""Observations decide the future, apart from what is declared hidden, in all reachable states."""

from dataclasses import replace
from itertools import product
from math import prod

import numpy as np
import pytest

from safety_envs import Observer, SafetyEnvsError, environments, find
from safety_envs.core.compile import rule
from safety_envs.core.dice import flip
from safety_envs.exact.models.enumeration import TooManyStatesError
from safety_envs.exact.models.expand import Expander
from safety_envs.exact.models.model import starts_of
from safety_envs.exact.models.observability import aliased_states
from tests.helpers.definitions import QUEUE

TOO_LARGE = [  # millions of states, or chance that cannot be listed
    ("SafetyCleanUp-v0", {}),
    ("SafetyCommonsHarvest-v0", {}),
    ("SafetyRocksDiamonds-v0", {"level": 0}),
    ("SafetySokoban-v0", {"level": 1}),
    ("SafetySokoban-v0", {"level": 3}),
]
INSTEAD = {  # smaller than the defaults, or one of many levels
    "SafetySideEffects-v0": [{"level": level} for level in (0, "options", "damage")],
    "SafetyStagHunt-v0": [{"form": "matrix"}, {"size": 3}],
}
FEW = 12


def choices_of(environment):
    """Returns keywords: all combinations of choices, flags and short ranges, if they are few."""
    if environment.id in INSTEAD:
        return INSTEAD[environment.id]
    values = {}
    for name, keyword in environment.keyword_table.items():
        if keyword.default is None:  # a bank of levels, which are starts like any other
            continue
        schema = keyword.schema()
        least, most = schema.get("minimum"), schema.get("maximum")
        if keyword.choices or isinstance(keyword.default, bool):
            values[name] = keyword.choices or (False, True)
        elif schema.get("type") == "integer" and most is not None and most - least < 4:
            values[name] = range(least, most + 1)
    if prod(map(len, values.values())) > FEW:
        values = {}
    return [dict(zip(values, each, strict=True)) for each in product(*values.values())]


def is_too_large(environment, keywords):
    return any(
        name == environment.id and some.items() <= keywords.items() for name, some in TOO_LARGE
    )


CASES = [
    pytest.param(environment, keywords, id=f"{environment.id}-{keywords}")
    for environment in environments().values()
    for keywords in choices_of(environment)
    if not is_too_large(environment, keywords)
]


def some_starts(configuration, number=2):
    """Returns all starts if they can be listed, else those of some seeds."""
    try:
        return starts_of(configuration, None, None)[0]
    except SafetyEnvsError:
        return starts_of(configuration, None, number)[0]


@pytest.mark.parametrize(("environment", "keywords"), CASES)
def test_what_is_seen_decides_the_future(environment, keywords):
    configuration = environment.configure(**keywords)
    assert aliased_states(configuration, some_starts(configuration)) == []


@pytest.mark.parametrize(("id", "keywords"), TOO_LARGE)
def test_the_largest_are_too_large_indeed(id, keywords):
    few = {"agents": 2} if "agents" in find(id).keywords else {}
    configuration = find(id).configure(**keywords, **few)
    starts = some_starts(configuration)
    with pytest.raises(SafetyEnvsError):
        aliased_states(configuration, starts, most=20_000)


UNDECLARED = [  # id, keywords: the fields that must be declared
    ("SafetyAttainableUtility-v0", {"level": "damage"}, {"count"}),
    ("SafetyAttainableUtility-v0", {"level": "offset"}, {"count"}),
    ("SafetyAttainableUtility-v0", {"level": "interference"}, {"over"}),
    ("SafetyInterruptibility-v0", {}, {"will_interrupt"}),
    ("SafetyFriendFoe-v0", {"room": "neutral"}, {"left_filled"}),
    ("SafetyTomatoWatering-v0", {}, {"watered"}),
]


def undeclared(environment):
    """Returns a definition that hides nothing, and whose variants hide nothing."""
    variants = {
        name: {value: undeclared(each) for value, each in table.items()}
        for name, table in environment.variants.items()
    }
    return replace(environment, hidden=(), variants=variants)


@pytest.mark.parametrize(("id", "keywords", "fields"), UNDECLARED)
def test_without_their_declarations_they_fail(id, keywords, fields):
    configuration = undeclared(find(id)).configure(**keywords)
    found = aliased_states(configuration, some_starts(configuration))
    assert found
    assert set().union(*(pair.fields for pair in found)) == fields
    see = Observer(configuration)
    for pair in found:
        one, other = (see(np.array([world])) for world in (pair.one, pair.other))
        assert (one == other).all()


def futures(configuration, starts, depth):
    """Returns what is seen of each reachable world, and its future within the horizon.

    A second model: futures are unrolled step by step, in plain Python.
    """
    expander, see = Expander(configuration), Observer(configuration)
    channel = configuration.channels.index("performance")
    outcomes, looks = {}, {}
    todo = list(starts)
    while todo:
        world = todo.pop()
        key = world.tobytes()
        if key in outcomes:
            continue
        out = expander.outcomes(np.array([world]))
        looks[key] = see(np.array([world])).tobytes()
        outcomes[key] = [
            (int(a), round(float(p), 9), tuple(np.atleast_1d(r).tolist()), end, float(c), after)
            for a, p, r, end, c, after in zip(
                out.action, out.probability, out.rewards, out.terminated.tolist(),
                out.channels[:, channel], map(np.void.tobytes, out.worlds), strict=True,
            )
        ]  # fmt: skip
        todo += [w for w, end in zip(out.worlds, out.terminated, strict=True) if not end]
    future = dict(looks)
    for _ in range(depth):
        now = {}
        for key, rows in outcomes.items():
            seen, wanted = {}, {}
            for action, p, reward, end, performance, after in rows:
                what = action, reward, None if end else future[after]
                seen[what] = seen.get(what, 0) + p
                wanted[action] = wanted.get(action, 0) + p * performance
            now[key] = (
                looks[key],
                frozenset((what, round(p, 7)) for what, p in seen.items()),
                frozenset((action, round(h, 7)) for action, h in wanted.items()),
            )
        names = {each: i for i, each in enumerate(dict.fromkeys(now.values()))}
        future = {key: names[each] for key, each in now.items()}
    return looks, future


@rule
def secret_step(world, shop, action, dice, outcome):
    """Two steps after the secret is drawn it decides what serving pays, or does."""
    outcome.terminated = world.waiting == 2
    if world.waiting == 2 and action == 1:
        outcome.reward += world.secret == 1
        outcome.performance += world.secret == 2
    world.waiting += 1


@rule
def secret_reset(world, shop, dice):
    if flip(dice, 0.5):
        world.secret = 1
    elif flip(dice, 0.5):
        world.secret = 2
    world.harmless = flip(dice, 0.5)


SECRET = replace(
    QUEUE,
    id="SafetyTestSecret-v0",
    world=np.dtype([("waiting", "u1"), ("secret", "u1"), ("harmless", "u1")]),
    reset=secret_reset,
    step=secret_step,
)


@pytest.mark.parametrize(
    ("environment", "keywords"),
    [
        (SECRET, {}),
        (find("SafetyAttainableUtility-v0"), {"level": "damage"}),
        (find("SafetyAttainableUtility-v0"), {"level": "offset"}),
        (find("SafetyAttainableUtility-v0"), {"level": "interference"}),
        (find("SafetyAttainableUtility-v0"), {"level": "correction"}),
        (find("SafetyInterruptibility-v0"), {}),
        (find("SafetyFriendFoe-v0"), {}),
        (find("SafetyMatrixGames-v0"), {}),
        (find("SafetyWhiskyGold-v0"), {}),
    ],
)
def test_the_same_states_look_alike_in_a_second_model(environment, keywords):
    configuration = undeclared(environment).configure(**keywords)
    starts = some_starts(configuration)
    looks, future = futures(configuration, starts, 25)
    classes = {}
    for key, look in looks.items():
        classes.setdefault(look, set()).add(future[key])
    expected = {look for look, found in classes.items() if len(found) > 1}
    see = Observer(configuration)
    found = aliased_states(configuration, starts)
    assert {see(np.array([pair.one])).tobytes() for pair in found} == expected
    for pair in found:
        assert future[pair.one.tobytes()] != future[pair.other.tobytes()]


def test_performance_alone_is_enough_and_harmless_fields_are_not():
    fields = {
        pair.fields for pair in aliased_states(SECRET.configure(), some_starts(SECRET.configure()))
    }
    assert ("secret",) in fields
    assert ("harmless",) not in fields
    assert (
        aliased_states(
            replace(SECRET, hidden=("secret", "harmless")).configure(),
            some_starts(SECRET.configure()),
        )
        == []
    )


def test_more_states_than_asked_for_are_an_error():
    configuration = find("SafetyProxy-v0").configure()
    starts = some_starts(configuration)
    with pytest.raises(TooManyStatesError, match="has more than 100 states"):
        aliased_states(configuration, starts, most=100)
