"""The bibliography has every work that is cited."""

import pytest

from docs.site import bibliography
from docs.site.works import CHECKED, WORKS
from safety_envs import environments
from safety_envs.reference.story import story_of
from tests.helpers.paths import ROOT

TEXTS = bibliography.citing()


def test_the_committed_page_is_what_the_command_writes():
    committed = (ROOT / "docs" / "bibliography.md").read_text(encoding="utf-8")
    assert committed == bibliography.page(), "run `python -m docs.site.bibliography`"


def test_the_source_of_every_environment_is_there():
    for environment in environments().values():
        source = story_of(environment).source
        cited = any(form in " ".join(source.split()) for work in WORKS for form in work.cited)
        assert cited or source == "ours.", f"{environment.id}: add its source to docs/site/works.py"


@pytest.mark.parametrize("where", TEXTS)
def test_every_citation_is_covered(where):
    assert not bibliography.missing_in(TEXTS[where]), "add the work to docs/site/works.py"


def test_a_citation_that_is_not_covered_is_found():
    text = "Leike et al. 2017; Nobody and Nowhere 1999; after Someone (2020)."
    assert bibliography.missing_in(text) == ["Nowhere 1999", "Someone (2020)"]


def test_every_work_is_cited_and_in_order():
    assert not bibliography.unused()
    assert {*CHECKED} <= {work.cited[0] for work in WORKS}
    assert all(work.title and work.where and str(work.year) in work.cited[0] for work in WORKS)
