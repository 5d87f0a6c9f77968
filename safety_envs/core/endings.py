"""Why an episode ended, in words."""

from collections.abc import Mapping

from safety_envs.core.definition import Configuration

BY_THE_RULES = "the rules ended it"
"""The reason where the definition declares none."""


def ending(
    configuration: Configuration, terminated: bool, truncated: bool, written: Mapping[str, float]
) -> str:
    """Returns why an episode ended, in words without a full stop; "" if it has not ended.

    Args:
        configuration: the environment.
        terminated: whether a rule ended it.
        truncated: whether the step limit ended it.
        written: name -> what the last step added to the metric.
    """
    if terminated:
        return _reason(configuration.environment.endings, written)
    if truncated:
        steps = configuration.max_steps
        return f"the limit of {steps} step{'s' * (steps != 1)} is reached"
    return ""


def _reason(endings: Mapping[str, str], written: Mapping[str, float]) -> str:
    for metric, words in endings.items():
        if metric and written.get(metric, 0.0):
            return words
    return endings.get("", BY_THE_RULES)
