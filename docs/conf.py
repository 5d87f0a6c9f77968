"""Configuration of Sphinx; `make docs` calls it for the pages that `docs.site` has prepared."""

from typing import Any

from sphinx.builders.html import StandaloneHTMLBuilder

import safety_envs
from docs.site.docstrings import restructured
from docs.site.inheritance import with_inherited
from docs.site.references import resolved

project = "Safety Envs"
author = "The Safety Envs developers"
copyright = "2026, The Safety Envs developers"  # noqa: A001  (Sphinx's name)
release = version = safety_envs.__version__

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx_copybutton",
    "sphinx_design",
]
source_suffix = {".md": "markdown"}
nitpicky = True

myst_enable_extensions = ["colon_fence"]
myst_heading_anchors = 4
myst_links_external_new_tab = False

autodoc_typehints = "signature"
autodoc_typehints_format = "short"
autodoc_preserve_defaults = True
python_use_unqualified_type_names = True

maximum_signature_line_length = 88

highlight_language = "none"
"""Blocks without a language are output, not Python."""

html_theme = "furo"
html_title = "Safety Envs"
html_static_path = ["site/static"]
html_css_files = ["site.css"]
html_show_sphinx = False
html_copy_source = False
html_show_search_summary = False  # summaries are fetched, which browsers refuse for files
html_baseurl = ""
copybutton_exclude = ".linenos, .gp, .go"


def setup(app: Any) -> None:
    """Connects what Sphinx asks for while it reads and writes."""
    # Clips are WebP, which all browsers show and Sphinx does not list.
    StandaloneHTMLBuilder.supported_image_types.append("image/webp")
    app.connect("autodoc-process-docstring", _restructure)
    app.connect("missing-reference", resolved)


def _restructure(app: Any, what: str, name: str, obj: Any, options: Any, lines: list[str]) -> None:
    if what == "class":
        lines[:] = with_inherited(obj, lines)
    lines[:] = restructured(lines)
