"""The version of the rules: it distinguishes results that were made by different code.

It is a hash of the sources that decide what happens in a world: `core`, `envs`, and the package of
an environment that comes from elsewhere. Comments, docstrings and layout do not count, since they
change nothing.
"""

import ast
import hashlib
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from safety_envs.core.definition import Environment

_ROOT = Path(__file__).parent.parent
_OURS = _ROOT.name


def rules_version(environment: Environment | None = None) -> str:
    """Returns the version of the rules, 16 hexadecimal digits, the same on every machine.

    Args:
        environment: whose; one of another package also counts its package's sources. None speaks
            of this package alone.
    """
    package = environment.step.__module__.partition(".")[0] if environment else _OURS
    folders = [_ROOT / "core", _ROOT / "envs"]
    if package != _OURS:
        module = sys.modules[package]
        folders += [Path(each) for each in getattr(module, "__path__", [])]
        if not hasattr(module, "__path__") and getattr(module, "__file__", None):
            folders.append(Path(str(module.__file__)))  # a module of one file
    return _hash_of(tuple(folders))


@cache
def _hash_of(roots: tuple[Path, ...]) -> str:
    found = hashlib.sha256()
    for root in roots:
        for path in sorted(_files(root)):
            found.update(path.relative_to(root.parent).as_posix().encode() + b"\0")
            found.update(_meaning(path).encode() + b"\0")
    return found.hexdigest()[:16]


def _files(root: Path) -> Iterator[Path]:
    """Yields sources, and the data that lie beside them."""
    if root.is_file():
        yield root
    for path in root.rglob("*"):
        if path.is_file() and "__pycache__" not in path.parts and not path.name.startswith("."):
            yield path


def _meaning(path: Path) -> str:
    """Returns what a file says, without what changes nothing."""
    if path.suffix != ".py":
        return hashlib.sha256(path.read_bytes()).hexdigest()
    return repr(_plain(ast.parse(path.read_bytes())))


def _plain(node: Any) -> Any:
    """Returns a syntax tree as nested tuples, without docstrings and empty fields.

    Python's own dump differs from version to version in how it shows what is empty.
    """
    if isinstance(node, list):
        return tuple(_plain(each) for each in node if not _is_bare_text(each))
    if not isinstance(node, ast.AST):
        return node
    fields = ((name, getattr(node, name, None)) for name in node._fields)
    filled = [(name, _plain(value)) for name, value in fields if value is not None and value != []]
    return (type(node).__name__, *filled)


def _is_bare_text(node: Any) -> bool:
    """Whether a statement is a string and nothing else: a docstring."""
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )
