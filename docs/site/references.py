"""References from signatures: private homes of public names, and names of other packages."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from docs.site.api import GROUPS, names_of, value_of
from docs.site.api_pages import kind_of


@cache
def homes() -> Mapping[str, str]:
    """Returns where the public classes and functions are defined -> the name in the reference."""
    found: dict[str, str] = {}
    for group in GROUPS:
        for module, name in names_of(group):
            value = value_of(module, name)
            if kind_of(value) != "data":  # an alias has the name of what it stands for
                found.setdefault(f"{value.__module__}.{value.__qualname__}", f"{module}.{name}")
    return found


def resolved(app: Any, env: Any, node: Any, contnode: Any) -> Any:
    """Returns a link to the public name, or plain text: only public names have a place here.

    Sphinx calls it for what it does not find.
    """
    if node.get("refdomain") != "py":
        return None
    target = homes().get(node["reftarget"])
    if target is None:
        return contnode
    domain, here = env.get_domain("py"), node.get("refdoc", env.docname)
    link = domain.resolve_xref(env, here, app.builder, node["reftype"], target, node, contnode)
    return link or contnode
