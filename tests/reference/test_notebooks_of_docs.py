"""The notebooks of docs/notebooks: their cells run and show what is stored."""

import base64
import re
from io import BytesIO

import pytest
from PIL import Image

from tests.helpers.notebooks import read, run, with_outputs, written
from tests.helpers.paths import ROOT

NOTEBOOKS = sorted((ROOT / "docs" / "notebooks").glob("*.ipynb"))
LARGEST = 300_000
IMAGE = re.compile(r'src="data:image/png;base64,[^"]+"')
PAGE = re.compile(r'srcdoc="[^"]+"')
REMAKE = "run `make notebooks`"


def comparable(output):
    """Returns an output without what other versions of libraries write differently.

    These are compressed pictures, of which the size is left, and pages, which have compressed data.
    """
    if "text" in output:
        return "".join(output["text"])
    data = {kind: "".join(text) for kind, text in output["data"].items()}
    if "image/png" in data:
        data["image/png"] = Image.open(BytesIO(base64.b64decode(data["image/png"]))).size
    if "text/html" in data:
        data["text/html"] = PAGE.sub("a page", IMAGE.sub("a picture", data["text/html"]))
    data["text/plain"] = re.sub(r"Page\([\d,]+ bytes", "Page(", data["text/plain"])
    return data


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_shows_what_is_stored(path, tmp_path):
    notebook = read(path)
    outputs = run(notebook["cells"], tmp_path)
    stored = [cell["outputs"] for cell in notebook["cells"] if cell["cell_type"] == "code"]
    for number, (found, kept) in enumerate(zip(outputs, stored, strict=True), 1):
        shown = list(map(comparable, found))
        assert shown == list(map(comparable, kept)), f"cell {number}: {REMAKE}"
    assert written(with_outputs(notebook, stored)) == path.read_text(encoding="utf-8"), REMAKE


def test_notebooks_are_small_and_in_the_index():
    index = (ROOT / "docs" / "notebooks" / "README.md").read_text(encoding="utf-8")
    names = [path.name for path in NOTEBOOKS]
    assert len(names) == 4 and sorted(re.findall(r"\((\w+\.ipynb)\)", index)) == names
    assert max(path.stat().st_size for path in NOTEBOOKS) <= LARGEST


def test_links_of_notebooks_lead_to_files():
    for path in NOTEBOOKS:
        for cell in read(path)["cells"]:
            for link in re.findall(r"\]\(([^)#:\s]+)", "".join(cell["source"])):
                assert (path.parent / link).exists(), f"{path.name}: {link}"


def cell_of(source):
    return {"cell_type": "code", "source": [source]}


def test_cells_run_one_after_another_and_show_their_last_value(tmp_path):
    cells = [cell_of("a = 1\nprint(a)\na + 1"), cell_of("a;"), cell_of("a = a + 1"), cell_of("a")]
    first, *silent, last = run(cells, tmp_path)
    assert first[0]["text"] == ["1\n"] and first[1]["data"] == {"text/plain": ["2"]}
    assert silent == [[], []] and last[0]["data"]["text/plain"] == ["2"]
    with pytest.raises(ZeroDivisionError):
        run([cell_of("1 / 0")], tmp_path)
