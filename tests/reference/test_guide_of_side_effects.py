"""The examples of docs/guide/side_effects.md run, and show what the page says."""

import re

from tests.helpers.paths import ROOT

GUIDE = (ROOT / "docs/guide/side_effects.md").read_text(encoding="utf-8")


def test_the_examples_run(capsys):
    import safety_envs

    names = {"safety_envs": safety_envs}
    examples = re.findall(r"^```python\n(.*?)^```$", GUIDE, re.MULTILINE | re.DOTALL)
    assert len(examples) == 3
    assert all(len(example.splitlines()) <= 6 for example in examples)
    for example in examples:
        exec(compile(example, "side_effects.md", "exec"), names)
    printed = capsys.readouterr().out
    hub = float(re.search(r"\[(0\.\d+)\]", printed)[1])
    assert abs(hub - 3 / 4) < 0.02
    assert "power_gained" in printed
    assert names["plan"].performance == (0.0, 0.0)
    assert printed.splitlines()[-1].startswith("['")
