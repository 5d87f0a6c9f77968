"""Tutorials: every block of code runs and prints what the page shows."""

import re

import pytest

from tests.helpers.examples import blocks_of, printed_by, with_outputs
from tests.helpers.paths import ROOT
from tests.helpers.processes import python

TUTORIALS = ROOT / "docs" / "tutorials"
IN_A_PROCESS = "add_a_method"
"""It installs plugins; tables of plugins are filled once in a process."""
ON_A_CLUSTER = "ray_cluster"
"""See tests/benchmarks/test_clusters.py."""
PAGES = sorted(path.stem for path in TUTORIALS.glob("*.md") if path.stem != "README")


def page_of(name):
    return (TUTORIALS / f"{name}.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", sorted({*PAGES} - {IN_A_PROCESS, ON_A_CLUSTER}))
def test_a_tutorial_prints_what_it_shows(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    blocks = blocks_of(page_of(name))
    assert len(blocks) >= 4
    for block, printed in zip(blocks, printed_by(blocks), strict=True):
        assert printed == block.shown


def test_another_package_adds_a_method_and_an_agent_as_the_tutorial_shows(tmp_path):
    page = tmp_path / "page.md"
    page.write_text(page_of(IN_A_PROCESS), encoding="utf-8")
    done = python("-m", "tests.helpers.examples", str(page))
    assert done.returncode == 0, done.stderr
    assert page.read_text(encoding="utf-8") == page_of(IN_A_PROCESS)


def test_a_method_and_an_agent_take_ten_lines_each():
    blocks = {block.code.split()[1]: block.code for block in blocks_of(page_of(IN_A_PROCESS))[:2]}
    assert list(blocks) == ["myopia.py", "search.py"]
    for code in blocks.values():
        lines = [line for line in code.splitlines() if line and not line.startswith("#")]
        assert len(lines) <= 11
    guide = (ROOT / "docs" / "guide" / "environments.md").read_text(encoding="utf-8")
    assert blocks["search.py"].partition("\n")[2] in guide


def test_the_index_names_every_tutorial():
    index = page_of("README")
    assert sorted(re.findall(r"\]\((\w+)\.md\)", index)) == PAGES


def test_outputs_are_written_below_their_blocks():
    page = "# A\n\n```python\nprint(1)\n```\n\n```text\n0\n```\n\nB\n\n```sh\npython -m x\n```\n"
    assert [block.shown for block in blocks_of(page)] == ["0\n", ""]
    assert with_outputs(page, ["1\n", ""]) == page.replace("0", "1")
    with pytest.raises(AssertionError, match="another kind"):
        blocks_of(page + "\n```json\n1\n```\n")
