"""The version of the rules: it distinguishes results that different code produced.

It is a hash of the sources that determine what happens in a world: `core`, the module of the
environment, and the modules of its package that this module imports. A new environment leaves the
versions of the others unchanged. Comments, docstrings and formatting do not affect it.
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
        environment: whose rules. If it is defined in another package, the hash includes that
            package's sources. If None, the hash covers all environments of this package.
    """
    if environment is None:
        return _hash_of((_ROOT / "core", _ROOT / "envs"))
    name = environment.step.__module__
    package = name.partition(".")[0]
    if package == _OURS:
        return _hash_of((_ROOT / "core", *_sources(Path(str(sys.modules[name].__file__)))))
    module = sys.modules[package]
    folders = [Path(each) for each in getattr(module, "__path__", [])]
    if not folders and getattr(module, "__file__", None):
        folders.append(Path(str(module.__file__)))  # a module of one file
    return _hash_of((_ROOT / "core", _ROOT / "envs", *folders))


def _sources(module: Path) -> list[Path]:
    """Returns a module's file, those in `envs` that it imports, and the data files of all of them.

    The name of a data file begins with that of its module.
    """
    found: dict[Path, None] = {}
    waiting = [module]
    while waiting:
        path = waiting.pop()
        if path not in found:
            found[path] = None
            waiting += _imported(path)
    data = {
        each
        for path in found
        for each in path.parent.iterdir()
        if each.is_file() and each.suffix != ".py" and each.name.startswith(path.stem)
    }
    return [*sorted(found), *sorted(data)]


def _imported(path: Path) -> Iterator[Path]:
    """Yields the files in `envs` that a file imports."""
    for node in ast.walk(ast.parse(path.read_bytes())):
        if not isinstance(node, ast.ImportFrom) or not str(node.module).startswith(f"{_OURS}.envs"):
            continue
        for name in [str(node.module), *(f"{node.module}.{each.name}" for each in node.names)]:
            file = _ROOT.parent.joinpath(*name.split(".")).with_suffix(".py")
            if file.is_file():
                yield file


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
        return
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
