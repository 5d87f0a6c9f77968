"""The page of results from the literature: its commands exist, its counts are those of reports."""

import re
from importlib.util import find_spec

import pytest

from benchmarks.experiments import EXPERIMENTS
from tests.helpers.paths import ROOT

PAGE = (ROOT / "docs/guide/published.md").read_text(encoding="utf-8")
COUNTS = re.findall(r"\[(\w+)\]\(\.\./results/\w+/report\.md\): ([^.]*)\.", " ".join(PAGE.split()))
VERDICTS = {
    "agree": "agrees",
    "disagree": "disagrees",
    "not settled": "not settled",
    "from memory": "from memory, no verdict",
}


def verdicts_of(name):
    """Returns the verdicts of a committed report, one for each claim."""
    text = (ROOT / "docs/results" / name / "report.md").read_text(encoding="utf-8")
    table = text.split("**What was expected, and what came**")[1].split("\n### ")[0]
    cells = [row.rsplit(" | ", 1)[1] for row in re.findall(r"^\| \d+\. (.*) \|$", table, re.M)]
    return [re.sub(r" \(\d+ of \d+ runs\)$", "", cell) for cell in cells]


def test_every_published_result_is_on_the_page():
    for name in EXPERIMENTS:
        if name.startswith("published_"):
            assert f"python -m benchmarks run {name}\n" in PAGE


def test_every_command_of_the_page_exists():
    for name in re.findall(r"python -m benchmarks run (\w+)", PAGE):
        assert name in EXPERIMENTS
    for module in re.findall(r"python -m (benchmarks\.\w+)", PAGE):
        assert find_spec(module)


@pytest.mark.parametrize(("name", "counts"), COUNTS)
def test_counts_of_verdicts_are_those_of_the_report(name, counts):
    found = {VERDICTS[words]: int(n) for n, words in re.findall(r"(\d+) (\D+?)(?:, |$)", counts)}
    verdicts = verdicts_of(name)
    assert sum(found.values()) == len(verdicts) > 0
    assert found == {each: verdicts.count(each) for each in set(verdicts)}
