"""Notebooks: their cells are run, and what they show is written into them or compared.

    python -m tests.helpers.notebooks docs/notebooks/NAME.ipynb ...    runs them and writes them

The notebook is the source. Its cells run in this process as Jupyter runs them: what is printed is
kept, and the value of a last expression is shown in all forms that it has. So no kernel is needed,
and what is written does not depend on Jupyter's version.
"""

import ast
import base64
import contextlib
import io
import json
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

Notebook = dict[str, Any]
Outputs = list[dict[str, Any]]

FORMS = {"_repr_html_": "text/html", "_repr_png_": "image/png"}
"""Methods of displays and what they return. A picture is kept only where there is no HTML."""


def run(cells: list[dict[str, Any]], folder: Path) -> list[Outputs]:
    """Runs the cells of code of a notebook in a folder, and returns the outputs of each."""
    names: dict[str, Any] = {"__name__": "__main__"}
    sources = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    with contextlib.chdir(folder):
        return [_outputs(source, names, number) for number, source in enumerate(sources, 1)]


def _outputs(source: str, names: dict[str, Any], number: int) -> Outputs:
    *body, last = ast.parse(source).body
    is_shown = isinstance(last, ast.Expr) and not source.rstrip().endswith(";")
    found: Outputs = []
    value, printed = None, io.StringIO()
    with contextlib.redirect_stdout(printed):
        statements = body if is_shown else [*body, last]
        exec(compile(ast.Module(statements, []), f"cell {number}", "exec"), names)
        if is_shown and isinstance(last, ast.Expr):
            value = eval(compile(ast.Expression(last.value), f"cell {number}", "eval"), names)
    if text := printed.getvalue():
        found.append({"name": "stdout", "output_type": "stream", "text": _lines(text)})
    if value is not None:
        found.append(
            {
                "data": _forms(value),
                "execution_count": number,
                "metadata": {},
                "output_type": "execute_result",
            }
        )
    return found


def _forms(value: Any) -> dict[str, Any]:
    forms: dict[str, Any] = {}
    for method, kind in FORMS.items():
        if forms or (shown := getattr(value, method, None)) is None:
            continue
        data = shown()
        forms[kind] = base64.b64encode(data).decode() if isinstance(data, bytes) else _lines(data)
    # What print shows reads better than a repr, and has no addresses that differ every time.
    return {**forms, "text/plain": _lines(str(value) if forms else repr(value))}


def _lines(text: str) -> list[str]:
    """Returns text as notebooks keep it: its lines, with their ends."""
    return text.splitlines(keepends=True)


def read(path: Path) -> Notebook:
    """Returns a notebook."""
    notebook: Notebook = json.loads(path.read_text(encoding="utf-8"))
    return notebook


def with_outputs(notebook: Notebook, outputs: list[Outputs]) -> Notebook:
    """Returns a notebook with other outputs, and nothing that depends on who ran it."""
    found = iter(outputs)
    cells: list[dict[str, Any]] = []
    for number, cell in enumerate(notebook["cells"]):
        kept = {"cell_type": cell["cell_type"], "id": f"cell-{number}", "metadata": {}}
        if cell["cell_type"] == "code":
            shown = next(found)
            count = 1 + sum(each["cell_type"] == "code" for each in cells)
            kept |= {"execution_count": count, "outputs": shown}
        cells.append({**kept, "source": _lines("".join(cell["source"]))})
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    metadata = {"kernelspec": kernel, "language_info": {"name": "python"}}
    return {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}


def written(notebook: Notebook) -> str:
    """Returns the text of a notebook's file."""
    return json.dumps(notebook, indent=1, ensure_ascii=False, sort_keys=True) + "\n"


def main(paths: list[str]) -> None:
    """Runs notebooks and writes what they show into them."""
    for path in map(Path, paths):
        notebook = read(path)
        with tempfile.TemporaryDirectory() as folder:
            outputs = run(notebook["cells"], Path(folder))
        text = written(with_outputs(notebook, outputs))
        path.write_text(text, encoding="utf-8")
        print(f"{path}: {len(text):,} bytes")


if __name__ == "__main__":
    os.environ.setdefault("SDL_VIDEODRIVER", "dummy")
    main(sys.argv[1:])
