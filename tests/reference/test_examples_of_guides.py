"""The examples of guides run and print what the pages show."""

import re

import pytest

from tests.helpers.paths import ROOT

EXAMPLE = re.compile(r"```python\n(.*?)```\n+```text\n(.*?)```", re.DOTALL)


@pytest.mark.parametrize(
    ("name", "number"),
    [
        ("guide/frames", 1),
        ("guide/games", 5),
        ("guide/levels", 3),
        ("guide/questions", 9),
        ("guide/robustness", 4),
        ("guide/training", 2),
        ("guide/watching", 3),
        ("concepts/certificates", 1),
        ("concepts/gap_and_tax", 1),
        ("concepts/goodhart_curves", 1),
        ("concepts/hazard_classes", 1),
        ("concepts/reward_and_performance", 1),
        ("start", 5),
    ],
)
def test_every_example_runs_and_prints_what_the_page_shows(
    name, number, capsys, tmp_path, monkeypatch
):
    if name == "start":
        pytest.importorskip("stable_baselines3")
    monkeypatch.chdir(tmp_path)  # some examples write files
    guide = (ROOT / "docs" / f"{name}.md").read_text(encoding="utf-8")
    examples = EXAMPLE.findall(guide)
    assert len(examples) == guide.count("```python") == number
    names: dict[str, object] = {}
    for code, printed in examples:
        exec(compile(code, f"{name}.md", "exec"), names)
        assert capsys.readouterr().out == printed
