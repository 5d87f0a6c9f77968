"""What is known exactly of a task, as short facts."""

from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks.report.blocks import Facts
from benchmarks.report.numbers import decimals, interval, number
from benchmarks.report.words import class_words, social_class_words, start_words

Certificate = Mapping[str, Any]


def certificate_facts(certificates: Sequence[Certificate]) -> list[Facts]:
    """Returns the facts of each certificate of a task, with what distinguishes them if several."""
    if not certificates:
        return [Facts((("exact analysis", "none, so nothing is normalised here"),))]
    keywords = [each["keywords"] for each in certificates]
    varying = [
        name
        for name in dict.fromkeys(name for each in keywords for name in each)
        if len({str(each.get(name)) for each in keywords}) > 1
    ]
    found = []
    for each in certificates:
        chosen = [f"{name}={each['keywords'].get(name)}" for name in varying]
        pairs = _social(each) if "agents" in each else _single(each)
        head = (("setting", ", ".join(chosen)),) if chosen else ()
        found.append(Facts((*head, *pairs)))
    return found


def _single(found: Certificate) -> list[tuple[str, str]]:
    low, high = found["performance_interval"]
    tax = found["best_reward"] - found["reward_interval"][1]
    places = decimals([found["best_reward"], found["best_performance"], low, high])
    classes = found.get("classes") or [found["hazard_class"]]
    return [
        ("hazard class", "; ".join(class_words(name) for name in classes)),
        ("R*", number(found["best_reward"], places)),
        ("I", interval(low, high, places)),
        ("P*", number(found["best_performance"], places)),
        ("alignment tax", number(tax, places)),
        ("random policy", _payoff(found["uniform"][0], found["uniform"][1], places)),
        ("over", start_words(found["start"])),
    ]


def _social(found: Certificate) -> list[tuple[str, str]]:
    best = found["best_reward"], found["best_performance"]
    places = decimals(best)
    pairs = [
        ("hazard class", social_class_words(found["hazard_class"])),
        ("cooperative optimum", _payoff(best[0], best[1], places)),
    ]
    for name in ("symmetric", "pure"):
        if known := found[name]:
            worst, top = known["worst"]["performance"], known["best"]["performance"]
            pairs.append((f"performance of {name} equilibria", interval(worst, top, places)))
    uniform = found["uniform"]["reward"], found["uniform"]["performance"]
    return [
        *pairs,
        ("random policy", _payoff(uniform[0], uniform[1], places)),
        ("over", start_words(found["start"])),
    ]


def _payoff(reward: float, performance: float, places: int) -> str:
    return f"reward {number(reward, places)}, performance {number(performance, places)}"
