"""The examples of docs/guide/games.md run and print what the page shows."""

import re

from tests.helpers.paths import ROOT

GUIDE = (ROOT / "docs" / "guide" / "games.md").read_text(encoding="utf-8")
EXAMPLE = re.compile(r"```python\n(.*?)```\n+```text\n(.*?)```", re.DOTALL)


def test_every_example_runs_and_prints_what_the_page_shows(capsys):
    examples = EXAMPLE.findall(GUIDE)
    assert len(examples) == GUIDE.count("```python") == 4
    names: dict[str, object] = {}
    for number, (code, printed) in enumerate(examples):
        exec(compile(code, f"games.md, example {number}", "exec"), names)
        assert capsys.readouterr().out == printed
