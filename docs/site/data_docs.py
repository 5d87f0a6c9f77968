"""What the source says of a constant or an alias: Python keeps no docstring of these."""

import ast
from functools import cache
from importlib.util import find_spec
from pathlib import Path


def doc_of(module: str, name: str) -> str:
    """Returns the text under the assignment of a name, wherever the name is from; "" if none."""
    for number, node in enumerate(body := _body(module)):
        if isinstance(node, ast.ImportFrom) and node.module:
            for each in node.names:
                if (each.asname or each.name) == name:
                    return doc_of(node.module, each.name)
        if name in _assigned(node) and number + 1 < len(body):
            after = body[number + 1]
            if isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant):
                return str(after.value.value)
    return ""


@cache
def _body(module: str) -> list[ast.stmt]:
    spec = find_spec(module)
    if spec is None or not spec.origin or not spec.origin.endswith(".py"):
        return []
    return ast.parse(Path(spec.origin).read_text(encoding="utf-8")).body


def _assigned(node: ast.stmt) -> set[str]:
    targets = node.targets if isinstance(node, ast.Assign) else []
    targets = [node.target] if isinstance(node, ast.AnnAssign) else targets
    return {
        each.id for target in targets for each in ast.walk(target) if isinstance(each, ast.Name)
    }
