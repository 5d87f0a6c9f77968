"""Notebooks as Markdown: the site shows their committed outputs and runs nothing."""

import base64
import json
from collections.abc import Iterator, Mapping
from typing import Any

from docs.site.markup import fenced

PICTURES = {"image/png": "png", "image/svg+xml": "svg", "image/gif": "gif"}


def notebook_page(text: str, name: str) -> tuple[str, dict[str, bytes]]:
    """Returns a notebook as Markdown, and its pictures: file name -> content.

    Args:
        text: the notebook's JSON.
        name: what the pictures' names begin with.
    """
    notebook = json.loads(text)
    pictures: dict[str, bytes] = {}
    language = notebook.get("metadata", {}).get("kernelspec", {}).get("language", "python")
    parts: list[str] = []
    for cell in notebook["cells"]:
        source = _joined(cell["source"]).rstrip()
        if cell["cell_type"] == "markdown":
            parts.append(source)
        elif cell["cell_type"] == "code":
            parts += [fenced(source, language)] if source else []
            for made in _outputs(cell.get("outputs", ())):
                if isinstance(made, str):
                    parts.append(made)
                else:
                    suffix, content = made
                    file = f"{name}_{len(pictures)}.{suffix}"
                    pictures[file] = content
                    parts.append(f"![Output of the cell above]({file})")
    return "\n\n".join(parts) + "\n", pictures


def _outputs(outputs: Any) -> Iterator[str | tuple[str, bytes]]:
    for output in outputs:
        if output["output_type"] == "stream":
            yield fenced(_joined(output["text"]).rstrip("\n"), "text")
        elif output["output_type"] == "error":
            yield fenced(f"{output['ename']}: {output['evalue']}", "text")
        else:
            yield from _data(output.get("data", {}))


def _data(data: Mapping[str, Any]) -> Iterator[str | tuple[str, bytes]]:
    for kind, suffix in PICTURES.items():
        if kind in data:
            content = _joined(data[kind])
            is_text = suffix == "svg"
            yield suffix, content.encode() if is_text else base64.b64decode(content)
            return
    if "text/html" in data:
        html = f'<div class="notebook-output">{_joined(data["text/html"])}</div>'
        yield fenced(html, "{raw} html")
    elif "text/markdown" in data:
        yield _joined(data["text/markdown"])
    elif "text/plain" in data:
        yield fenced(_joined(data["text/plain"]), "text")


def _joined(text: str | list[str]) -> str:
    return text if isinstance(text, str) else "".join(text)
