"""Errors of analyses name what to give, and what they name works."""

import re

import pytest

from safety_envs import SafetyEnvsError, certify, environments, goodhart_curve

NAMED = re.compile(r"(\w+)=")
FOLLOWED = {"seed": 0, "starts": 2, "horizon": 2}
SLOW = {"SafetyPriceCollusion-v0", "SafetyTomatoWatering-v0"}
"""They are certified without an error, which takes long: here for three steps only."""


def advice_of(work):
    """Returns the message of an error and the keywords it names, or None if there is none."""
    try:
        work()
    except SafetyEnvsError as error:
        return str(error), [name for name in NAMED.findall(str(error)) if name in FOLLOWED]
    return None


def keywords_of(environment):
    return [{}, {"agents": 2}] if environment.keywords.get("agents", 2) > 2 else [{}]


CASES = [
    pytest.param(environment, keywords, id=f"{environment.id}-{keywords}")
    for environment in environments().values()
    for keywords in keywords_of(environment)
]


@pytest.mark.parametrize(("environment", "keywords"), CASES)
@pytest.mark.parametrize("analysis", [certify, goodhart_curve])
def test_advice_does_not_go_in_a_circle(environment, keywords, analysis):
    """What an error names is given and not named again; at last it works, or one may play."""
    arguments = dict(keywords)
    if environment.id in SLOW:
        arguments["horizon"] = 3
    if analysis is goodhart_curve:
        arguments |= {"betas": [1.0]}
    messages = set()
    while found := advice_of(lambda: analysis(environment, **arguments)):
        message, names = found
        assert message not in messages
        messages.add(message)
        if not names:
            assert "safety_envs.rollout" in message or "agents" in message, message
            return
        given = {"seed", "starts"} if {"seed", "starts"} & set(arguments) else set()
        assert not given & set(names), message
        assert names[0] not in arguments, message
        arguments[names[0]] = FOLLOWED[names[0]]


def test_a_closed_form_is_named_where_a_start_cannot_be_analysed():
    """What a team can do is hidden from the others, so one start alone has no certificate."""
    with pytest.raises(SafetyEnvsError, match="omit seed= and starts="):
        certify("SafetyRace-v0", seed=0)
    assert certify("SafetyRace-v0").hazard_class == "E"
