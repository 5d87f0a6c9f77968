"""What the documentation site is made of, without its builder: places, links, API, lists."""

import base64
import inspect
import json
import re
import textwrap

import pytest

import safety_envs
from docs.site import api, api_pages, llms, staging
from docs.site.contents import SECTIONS, pages_of, without_place
from docs.site.links import moved, place_of
from docs.site.markup import fenced, with_cards
from docs.site.notebooks import notebook_page
from tests.helpers.paths import ROOT

LINK = re.compile(r"\]\(([^)#:\s]+)(?:#[^)\s]*)?\)")


@pytest.fixture(scope="module")
def pages():
    return staging.staged()


def test_every_page_of_the_repository_has_a_place_in_the_contents(pages):
    there = [path.removesuffix(".md") for path in pages if path.endswith(".md")]
    unplaced = without_place(each for each in there if not each.startswith("source/"))
    assert not unplaced, "add them to docs/site/contents.py"


def test_every_link_leads_to_a_page_of_the_site(pages):
    for path, text in pages.items():
        if path.endswith(".md") and not path.startswith("source/"):
            folder = ROOT / path  # any absolute path would do: links are relative
            for link in LINK.findall(re.sub(r"```.*?```", "", text, flags=re.DOTALL)):
                target = (folder.parent / link).resolve().relative_to(ROOT).as_posix()
                assert target in pages, f"{path}: {link}"


def test_links_move_with_the_page_and_code_stays():
    text = (
        "[a](../glossary.md#batch) ![b](x.png)\n```md\n[c](../glossary.md)\n```\n"
        "[d](../../Makefile) [![e](y.png)](y.svg)"
    )
    assert moved(text, "docs/guide/levels.md", lambda path: True) == (
        "[a](../glossary.md#batch) ![b](x.png)\n```md\n[c](../glossary.md)\n```\n"
        "[d](../source/Makefile.md) [![e](y.png)](y.svg)"
    )
    assert moved("[e](docs/results/README.md)", "CONTRIBUTING.md", lambda path: True) == (
        "[e](results/index.md)"
    )
    assert place_of("docs/notebooks/a.ipynb") == "notebooks/a.md"
    assert place_of("videos/a.gif") == "source/videos/a.gif"


def test_a_link_to_a_part_that_is_not_there_becomes_text():
    asked = []
    text = "See [the clips](../clips/README.md#all) and [a](levels.md)."
    found = moved(
        text, "docs/guide/frames.md", lambda path: asked.append(path) or "clips" not in path
    )
    assert list(dict.fromkeys(asked)) == ["docs/clips/README.md", "docs/guide/levels.md"]
    assert found == "See the clips and [a](levels.md)."


def test_every_public_name_is_in_a_group_of_the_reference():
    grouped = {pair for group in api.GROUPS for pair in api.names_of(group)}
    values = [api.value_of(*pair) for pair in grouped]
    modules = ("safety_envs", "safety_envs.statistics", "safety_envs.authoring")
    for module in (*modules, "safety_envs.applications"):
        public = getattr(__import__(module, fromlist=["x"]), "__all__", None) or [
            name for name in dir(safety_envs.statistics) if not is_inner(name)
        ]
        for name in {*public, *(safety_envs._LAZY if module == "safety_envs" else ())}:
            value = api.value_of(module, name)
            known = (module, name) in grouped or any(value is each for each in values)
            assert known or api.is_module(value), f"add {module}.{name} to docs/site/api.py"


def is_inner(name):
    """Returns whether a name of the package of statistics is not one that it exports."""
    value = getattr(safety_envs.statistics, name)
    return name.startswith("_") or inspect.ismodule(value)


def test_no_name_is_in_two_groups():
    grouped = [pair for group in api.GROUPS for pair in api.names_of(group)]
    assert len(grouped) == len(set(grouped)) > 150


def test_names_that_guides_import_from_the_applications_are_in_the_reference():
    grouped = {pair for group in api.GROUPS for pair in api.names_of(group)}
    found = set()
    for guide in (ROOT / "docs").rglob("*.md"):
        text = guide.read_text(encoding="utf-8")
        for module, names in re.findall(
            r"^from ((?:agents|benchmarks)[\w.]*) import (.+)$", text, re.M
        ):
            found |= {(module, name.strip()) for name in names.split(",")}
    assert ("benchmarks.harness.claim", "Claim") in found
    found = {(module, name) for module, name in found if not module.endswith("__main__")}
    assert found <= grouped, "add them to docs/site/api.py"


@pytest.mark.parametrize("group", api.GROUPS, ids=lambda group: group.page)
def test_every_name_of_the_reference_says_what_it_is(group):
    for module, name in api.names_of(group):
        kind = api_pages.kind_of(api.value_of(module, name))
        text = api_pages.plain(module, name)
        assert len(text.splitlines()) > 5, f"{module}.{name} has no docstring"
        assert f"auto{kind}:: {module}.{name}" in api_pages.page_of_group(group) or kind == "data"


def test_a_list_with_the_mark_becomes_cards():
    cards = "- **[Start](start.md)** Install it,\n  and run.\n- **[More](a/b.md)**: rest\n"
    text = f"<!-- cards -->\n{cards}\nEnd"
    found = with_cards(text)
    assert found.count(":::{grid-item-card}") == 2
    assert ":link: start\n" in found and "Install it, and run." in found
    assert ":link: a/b\n" in found and "\nrest\n" in found and found.endswith("\nEnd")
    assert with_cards(text.replace("<!-- cards -->\n", "")) == text.replace("<!-- cards -->\n", "")


def test_the_first_page_shows_what_certify_prints():
    page = (ROOT / "docs" / "index.md").read_text(encoding="utf-8")
    (printed,) = re.findall(r"^   ```text\n(.*?)^   ```$", page, re.MULTILINE | re.DOTALL)
    assert textwrap.dedent(printed) == f"{safety_envs.certify('SafetySmartVault-v0')}\n"


def test_a_fence_is_longer_than_those_inside():
    assert fenced("a\n````\nb", "md") == "`````md\na\n````\nb\n`````"


def test_a_notebook_becomes_a_page_with_its_outputs():
    picture = base64.b64encode(b"png").decode()
    cells = [
        {"cell_type": "markdown", "source": ["# Title\n", "words"]},
        {
            "cell_type": "code",
            "source": "print(1)",
            "outputs": [
                {"output_type": "stream", "text": ["1\n"]},
                {"output_type": "display_data", "data": {"image/png": picture, "text/plain": "x"}},
                {"output_type": "execute_result", "data": {"text/plain": "2"}},
                {"output_type": "execute_result", "data": {"text/html": "<b>3</b>"}},
            ],
        },
    ]
    text, pictures = notebook_page(json.dumps({"cells": cells}), "first")
    assert pictures == {"first_0.png": b"png"}
    assert text == (
        "# Title\nwords\n\n```python\nprint(1)\n```\n\n```text\n1\n```\n\n"
        "![Output of the cell above](first_0.png)\n\n```text\n2\n```\n\n"
        '```{raw} html\n<div class="notebook-output"><b>3</b></div>\n```\n'
    )


def test_the_list_for_language_models_has_every_section_and_working_links(pages):
    markdown = llms.markdown_of(pages)
    text = llms.llms_txt(markdown)
    assert text.startswith("# Safety Envs\n\n> Reinforcement-learning environments")
    there = [path.removesuffix(".md") for path in markdown]
    for section in SECTIONS:
        expected = pages_of(section, there)
        assert (f"\n## {section.title}\n" in text) == bool(expected)
    links = re.findall(r"^- \[[^\]]+\]\(([^)]+)\)", text, re.MULTILINE)
    assert len(links) == len(set(links)) > 120
    assert set(links) <= set(markdown)
    full = llms.llms_full_txt(markdown)
    assert "safety_envs.certify" in full and "{toctree}" not in full and "{grid}" not in full
