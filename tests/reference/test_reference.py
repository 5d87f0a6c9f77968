"""Generated pages are what the commands write, and the README does what it says."""

import re
import shutil
import struct

import pytest

from safety_envs import environments, find
from safety_envs.__main__ import main
from safety_envs.core.board import AGENT_CHARACTERS
from safety_envs.core.palette import COLOURS
from safety_envs.exact.certificate import certify
from safety_envs.reference import markdown_table, shapes, write
from safety_envs.reference.overview import PROBLEMS, problem_of
from safety_envs.reference.story import story_of
from safety_envs.render.image import Painter
from safety_envs.render.looks import symbols
from tests.helpers.paths import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")
REFERENCE = ROOT / "docs" / "reference"
FOLDERS = ("agents", "benchmarks", "docs", "safety_envs", "tests", "videos")
PAGES = sorted(
    [*ROOT.glob("*.md"), *(page for each in FOLDERS for page in (ROOT / each).rglob("*.md"))]
)
REMAKE = "run `python -m safety_envs docs`"
MOST_WORDS = 660
"""Words of the README beside its table of environments, which grows with the registry."""
LINK = re.compile(r"\]\(([^)#:\s]*)(#([^)\s]+))?\)")


def png_size(path):
    """Returns width and height from a PNG's header."""
    header = path.read_bytes()[:24]
    assert header[:8] == b"\x89PNG\r\n\x1a\n"
    return struct.unpack(">II", header[16:24])


def blocks(page, language):
    """Returns the blocks of code of a language in a page."""
    return re.findall(rf"^```{language}\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)


def test_the_committed_reference_is_what_the_command_writes(tmp_path, monkeypatch):
    drawn = []
    monkeypatch.setattr(write, "draw", lambda environment, path: drawn.append(path.name))
    monkeypatch.setattr(write, "draw_shapes", lambda path: drawn.append(path.name))
    shutil.copytree(REFERENCE.parent / "certificates", tmp_path / "certificates")
    pages = tmp_path / "reference"
    assert main(["docs", "--out", str(pages)]) == 0
    written = {path.name for path in pages.iterdir()}
    assert written | set(drawn) == {path.name for path in REFERENCE.iterdir()}, REMAKE
    for path in sorted(pages.glob("*.md")):
        committed = (REFERENCE / path.name).read_text(encoding="utf-8")
        assert path.read_text(encoding="utf-8") == committed, f"{path.name}: {REMAKE}"


def test_the_committed_pictures_have_the_size_that_the_renderer_draws():
    for environment in environments().values():
        width, height = png_size(REFERENCE / f"{environment.id}.png")
        assert (width, height) == Painter(environment.configure()).size, (
            f"{environment.id}: {REMAKE}"
        )


def test_a_picture_is_drawn(tmp_path):
    write.draw(find("SafetyProxy-v0"), tmp_path / "proxy.png")
    assert png_size(tmp_path / "proxy.png") == png_size(REFERENCE / "SafetyProxy-v0.png")


def test_the_page_of_shapes_has_every_shape_and_colour(tmp_path):
    page = (REFERENCE / "shapes.md").read_text(encoding="utf-8")
    for name, symbol in symbols().items():
        assert f"| `{name}` | {symbol.title} |" in page and symbol.title
    assert all(f"| `{name}` | #" in page for name in COLOURS)
    shapes.draw_shapes(tmp_path / "shapes.png")
    assert png_size(tmp_path / "shapes.png") == png_size(REFERENCE / "shapes.png"), REMAKE


def test_every_environment_has_a_page_with_its_definition():
    for environment in environments().values():
        page = (REFERENCE / f"{environment.id}.md").read_text(encoding="utf-8")
        named = [*environment.keyword_table, *environment.metrics, *environment.hidden]
        named += environment.configure().features
        for name in named:
            assert f"`{name}`" in page
        for number, action in enumerate(environment.configure().actions):
            assert f"| {number} | {action} |" in page
        shared = AGENT_CHARACTERS if environment.view else ""  # by the plane of the other agents
        for character, look in environment.configure().legend.items():
            if environment.observe is None and character not in shared:
                assert look.name in page
        assert story_of(environment).source.splitlines()[0] in page


def test_stories_name_their_hazard_and_source():
    for environment in environments().values():
        story = story_of(environment)
        assert story.title and story.sentence.endswith(".") and story.text
        assert story.hazard and story.source
        assert problem_of(environment) in PROBLEMS


def test_the_readme_s_table_is_the_registry_s():
    assert markdown_table() in README, "put the output of `python -m safety_envs table` there"


def test_the_readme_is_short():
    prose = README.replace(markdown_table(), "")
    words = [word for word in prose.split() if re.search(r"[A-Za-z0-9]", word)]
    assert len(words) < MOST_WORDS


def test_the_readme_s_python_runs_and_prints_what_it_says(capsys):
    (python,) = blocks(README, "python")
    (printed,) = blocks(README, "text")
    assert len(python.splitlines()) <= 11
    exec(compile(python, "README.md", "exec"), {})
    assert capsys.readouterr().out == printed


def headings_of(page):
    """Returns the anchors of a page's headings."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_to_files_and_headings(page):
    for link, _, heading in LINK.findall(page.read_text(encoding="utf-8")):
        target = page.parent / link if link else page
        assert target.exists(), link
        if heading and target.suffix == ".md":
            assert heading in headings_of(target), f"{link}#{heading}"


def test_the_guide_s_social_certificate_is_what_is_printed():
    guide = (ROOT / "docs" / "guide" / "certificates.md").read_text(encoding="utf-8")
    assert f"{certify('SafetyCommonsStock-v0')}\n" in blocks(guide, "text")


@pytest.mark.parametrize("command", sorted(set(re.findall(r"python -m safety_envs (\w+)", README))))
def test_commands_in_the_readme_exist(command, capsys):
    with pytest.raises(SystemExit) as exit_:
        main([command, "--help"])
    assert exit_.value.code == 0
