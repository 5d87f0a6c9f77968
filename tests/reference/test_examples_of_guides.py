"""The examples of guides run and print what the pages show."""

import re

import pytest

from tests.helpers.paths import ROOT

EXAMPLE = re.compile(r"```python\n(.*?)```\n+```text\n(.*?)```", re.DOTALL)


@pytest.mark.parametrize(
    ("name", "number"),
    [
        ("frames", 1),
        ("games", 4),
        ("levels", 3),
        ("questions", 7),
        ("robustness", 4),
        ("watching", 3),
    ],
)
def test_every_example_runs_and_prints_what_the_page_shows(
    name, number, capsys, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)  # some examples write files
    guide = (ROOT / "docs" / "guide" / f"{name}.md").read_text(encoding="utf-8")
    examples = EXAMPLE.findall(guide)
    assert len(examples) == guide.count("```python") == number
    names: dict[str, object] = {}
    for code, printed in examples:
        exec(compile(code, f"{name}.md", "exec"), names)
        assert capsys.readouterr().out == printed
