"""The builder reads what the site's modules write, without a warning. It is not part of CI."""

import subprocess
import sys

import pytest
from PIL import Image

from docs.site import built
from docs.site.api import GROUPS
from docs.site.api_pages import page_of_group
from docs.site.markup import toctree, with_cards
from tests.helpers.paths import ROOT

pytest.importorskip("sphinx", reason="the builder of the site is not installed: `make docs`")


def test_a_small_site_is_built_without_warnings(tmp_path):
    (stress,) = (group for group in GROUPS if group.page == "stress")
    cards = with_cards("<!-- cards -->\n- **[Stress](api/stress.md)** What it is.\n")
    tree = toctree(["api/stress"], caption="API")
    pages = {
        "index.md": f"# Title\n\n![A clip](a.webp)\n\n{cards}\n{tree}\n",
        "api/stress.md": page_of_group(stress).replace("](../guide/robustness.md)", "](#stress)"),
    }
    for path, text in pages.items():
        (tmp_path / "pages" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "pages" / path).write_text(text, encoding="utf-8")
    Image.new("RGB", (2, 2)).save(tmp_path / "pages" / "a.webp")
    out = tmp_path / "out"
    command = [sys.executable, "-m", "sphinx", "-E", "-W", "-n", "-q", "-c", str(ROOT / "docs")]
    places = ["-d", str(tmp_path / "trees"), str(tmp_path / "pages"), str(out)]
    done = subprocess.run(
        [*command, *places], capture_output=True, text=True, cwd=ROOT, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert built.faults_of(out) == []
    page = (out / "api" / "stress.html").read_text(encoding="utf-8")
    assert 'id="safety_envs.Adversary"' in page and "budget" in page
