"""The pages of the API reference: signatures and docstrings, for Sphinx and as plain Markdown."""

import inspect
import textwrap
from collections.abc import Iterable
from itertools import groupby
from typing import Any

from docs.site.api import GROUPS, Group, is_public, names_of, value_of
from docs.site.data_docs import doc_of
from docs.site.docstrings import restructured
from docs.site.markup import fenced, toctree


def page_of_group(group: Group) -> str:
    """Returns a group's page, which Sphinx fills with signatures and docstrings."""
    return _page(group, _directive)


def text_of_group(group: Group) -> str:
    """Returns a group's page as plain Markdown, complete as it is."""
    return _page(group, plain)


def with_groups(text: str) -> str:
    """Returns the page above all groups with a table of them."""
    rows = [
        f"| [{group.title}]({group.page}.md) | {', '.join(_names(group))} |" for group in GROUPS
    ]
    table = "\n".join(["| group | names |", "|---|---|", *rows])
    return f"{text}\n{table}\n\n{toctree(f'api/{group.page}' for group in GROUPS)}\n"


def plain(module: str, name: str) -> str:
    """Returns a name's signature and docstring as Markdown."""
    value = value_of(module, name)
    head = fenced(f"{module}.{name}{_signature(value)}", "python")
    known = kind_of(value) != "data"
    text = inspect.getdoc(value) if known else doc_of(module, name)
    return f"### {name}\n\n{head}\n\n{text or ''}".rstrip()


def kind_of(value: Any) -> str:
    """Returns what Sphinx calls a value: "class", "exception", "function" or "data"."""
    if inspect.isclass(value):
        return "exception" if issubclass(value, BaseException) else "class"
    return "function" if inspect.isroutine(inspect.unwrap(value)) else "data"


def private_bases(value: type) -> list[type]:
    """Returns the bases of a public class that are ours and are not public themselves.

    What they hold is documented with the class. If another package has one of the bases, its
    documentation is there.
    """
    bases = [each for each in value.__mro__[1:] if each.__module__ not in ("builtins", "abc")]
    ours = all(each.__module__.startswith("safety_envs") for each in bases)
    return [each for each in bases if not is_public(each)] if ours else []


def _names(group: Group) -> Iterable[str]:
    for _, name in names_of(group):
        yield f"`{name}`"


def _page(group: Group, entry: Any) -> str:
    parts = [f"# {group.title}", group.text]
    for module, names in groupby(names_of(group), key=lambda pair: pair[0]):
        parts.append(f"## `{module}`")
        parts += [entry(module, name) for _, name in names]
    return "\n\n".join(parts) + "\n"


def _directive(module: str, name: str) -> str:
    kind = kind_of(value_of(module, name))
    if kind == "data":
        text = textwrap.indent("\n".join(restructured(doc_of(module, name).split("\n"))), "   ")
        return fenced(f".. py:data:: {module}.{name}\n\n{text}", "{eval-rst}")
    options = "\n   :members:\n   :member-order: bysource" if kind == "class" else ""
    if kind == "class" and private_bases(value_of(module, name)):
        options += "\n   :inherited-members:"
    return fenced(f".. auto{kind}:: {module}.{name}{options}", "{eval-rst}")


def _signature(value: Any) -> str:
    try:
        return "" if kind_of(value) == "data" else str(inspect.signature(value))
    except (TypeError, ValueError):
        return ""
