"""The version of the rules: it distinguishes results that different code produced.

It is a hash of the sources that determine what happens in a world: `core`, `envs`, and for an
environment of another package the sources of that package. Comments, docstrings and formatting do
not affect it.
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
        environment: if it is defined in another package, the hash includes that package's sources.
            If None, the hash covers this package only.
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
    """Yields source files and the data files beside them."""
    if root.is_file():
        yield root
    for path in root.rglob("*"):
        if path.is_file() and "__pycache__" not in path.parts and not path.name.startswith("."):
            yield path


def _meaning(path: Path) -> str:
    """Returns the content of a file that affects the version."""
    if path.suffix != ".py":
        return hashlib.sha256(path.read_bytes()).hexdigest()
    return repr(_plain(ast.parse(path.read_bytes())))


def _plain(node: Any) -> Any:
    """Returns a syntax tree as nested tuples, without docstrings and empty fields.

    `ast.dump` is not used because it shows empty fields differently in different Python versions.
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
